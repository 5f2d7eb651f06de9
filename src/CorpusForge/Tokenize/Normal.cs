using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>The normalization forms of Unicode (UAX #15), for every text.</summary>
internal static class Normal
{
    // .NET refuses U+FFFE, which changes nothing and nothing changes.
    private const char Refused = '\uFFFE';

    /// <param name="text">Without halves of surrogate pairs.</param>
    /// <param name="form">Which.</param>
    public static string Of(string text, NormalizationForm form) =>
        text.Contains(Refused) ? string.Join(Refused, text.Split(Refused).Select(t => t.Normalize(form))) : text.Normalize(form);
}
