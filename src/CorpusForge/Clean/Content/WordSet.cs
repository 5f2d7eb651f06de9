namespace CorpusForge.Clean.Content;

/// <summary>The words of a short text, to be asked about for every word of a page.</summary>
internal sealed class WordSet
{
    private readonly HashSet<uint> _words = [];

    /// <summary>A bit for each hash in the set, so that most of the others are told at once.</summary>
    private readonly ulong[] _bits = new ulong[32];

    public WordSet(string? text)
    {
        var (hash, inWord) = (WordHash.Start, false);
        foreach (var c in text ?? "")
            if (CharKinds.Of(c) is CharKind.Lower or CharKind.Upper or CharKind.Digit or CharKind.Wide)
                (hash, inWord) = (WordHash.Add(hash, char.ToLowerInvariant(c)), true);
            else if (inWord)
            {
                Add(hash);
                (hash, inWord) = (WordHash.Start, false);
            }
        if (inWord)
            Add(hash);
    }

    public bool Contains(uint word) => (_bits[word >> 27] >> (int)(word & 63) & 1) != 0 && _words.Contains(word);

    private void Add(uint word)
    {
        _words.Add(word);
        _bits[word >> 27] |= 1UL << (int)(word & 63);
    }
}
