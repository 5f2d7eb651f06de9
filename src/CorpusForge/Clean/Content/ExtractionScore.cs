using System.Globalization;
using System.Text;

namespace CorpusForge.Clean.Content;

/// <summary>How well an extracted text agrees with the wanted one.</summary>
/// <param name="Precision">Of the words extracted, those that are wanted.</param>
/// <param name="Recall">Of the words wanted, those that were extracted.</param>
/// <param name="F1">The harmonic mean of both.</param>
/// <param name="Found">The share of the snippets that have to be there; null when the page names none.</param>
/// <param name="Leaked">The share of the snippets that must not be there; null when the page names none.</param>
public readonly record struct ExtractionScore(double Precision, double Recall, double F1, double? Found, double? Leaked)
{
    /// <summary>Compares texts as bags of words: runs of letters, digits and underscores in lower case.</summary>
    public static ExtractionScore Of(string text, ExtractionTruth truth)
    {
        ArgumentNullException.ThrowIfNull(truth);
        var (precision, recall) = Compare(Words(text), Words(truth.MainContent));
        return new(precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0, Share(text, truth.With), Share(text, truth.Without));
    }

    private static (double Precision, double Recall) Compare(List<string> words, List<string> wanted)
    {
        if (wanted.Count == 0 || words.Count == 0)
            return wanted.Count == words.Count ? (1, 1) : (0, 0);
        var left = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in wanted)
            left[word] = left.GetValueOrDefault(word) + 1;
        var both = 0;
        foreach (var word in words)
            if (left.GetValueOrDefault(word) is var count and > 0)
            {
                left[word] = count - 1;
                both++;
            }
        return ((double)both / words.Count, (double)both / wanted.Count);
    }

    private static double? Share(string text, IReadOnlyList<string> snippets) =>
        snippets.Count == 0 ? null : (double)snippets.Count(s => text.ToLowerInvariant().Contains(s.ToLowerInvariant(), StringComparison.Ordinal)) / snippets.Count;

    /// <summary>The words of a text, where a word is what `\w+` means in Python: marks part words.</summary>
    internal static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in text.ToLowerInvariant().EnumerateRunes())
            if (IsWord(rune))
                word.Append(rune);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        if (word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    private static bool IsWord(Rune rune) =>
        Rune.IsLetter(rune) || rune.Value == '_'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
