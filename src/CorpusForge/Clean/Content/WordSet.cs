namespace CorpusForge.Clean.Content;

/// <summary>The words of a short text, to be asked about for every word of a page.</summary>
internal sealed class WordSet
{
    private readonly HashSet<uint> _words = [];

    /// <summary>A bit for each hash in the set, so that most of the others are told at once.</summary>
    private readonly ulong[] _bits = new ulong[32];

    public WordSet(string? text)
    {
        foreach (var word in Split(text ?? ""))
            Add(WordHash.Of(word));
    }

    /// <summary>The words of a text in lower case, as blocks are read.</summary>
    public static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
            if (i == text.Length || CharKinds.Of(text[i]) is not (CharKind.Lower or CharKind.Upper or CharKind.Digit or CharKind.Wide))
            {
                if (i > start)
                    yield return text[start..i].ToLowerInvariant();
                start = i + 1;
            }
    }

    public bool Contains(uint word) => (_bits[word >> 27] >> (int)(word & 63) & 1) != 0 && _words.Contains(word);

    private void Add(uint word)
    {
        _words.Add(word);
        _bits[word >> 27] |= 1UL << (int)(word & 63);
    }
}
