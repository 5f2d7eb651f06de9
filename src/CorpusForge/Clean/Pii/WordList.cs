using System.Buffers;

namespace CorpusForge.Clean.Pii;

/// <summary>Many words that are looked for at once; one after the other they are only where there is one.</summary>
internal sealed class WordList(params string[] words)
{
    private readonly SearchValues<string> _any = SearchValues.Create(words, StringComparison.OrdinalIgnoreCase);

    public ReadOnlySpan<string> In(ReadOnlySpan<char> text) => text.ContainsAny(_any) ? words : [];
}
