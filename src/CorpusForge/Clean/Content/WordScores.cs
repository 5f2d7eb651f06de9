using System.Numerics;

namespace CorpusForge.Clean.Content;

/// <summary>The scores of words by their hashes; 0 for a word that has none.</summary>
/// <remarks>Open addressing: most words that are asked for are not there, which the first slot tells.</remarks>
internal sealed class WordScores
{
    private const float Scale = 16;

    private readonly (uint Word, float Score)[] _slots;
    private readonly int _shift;

    /// <summary>Names with their log-odds in sixteenths.</summary>
    public WordScores(IReadOnlyDictionary<string, sbyte> words)
    {
        Words = words;
        var bits = BitOperations.Log2((uint)words.Count + 1) + 2;
        (_slots, _shift) = (new (uint, float)[1 << bits], 32 - bits);
        foreach (var (word, score) in words)
        {
            var hash = WordHash.OfNamed(word);
            var at = Slot(hash);
            while (_slots[at].Score != 0)
                at = (at + 1) & (_slots.Length - 1);
            _slots[at] = (hash, score / Scale);
        }
    }

    public IReadOnlyDictionary<string, sbyte> Words { get; }

    public float this[uint word]
    {
        get
        {
            for (var at = Slot(word); _slots[at].Score != 0; at = (at + 1) & (_slots.Length - 1))
                if (_slots[at].Word == word)
                    return _slots[at].Score;
            return 0;
        }
    }

    public static sbyte Round(double logOdds) => (sbyte)Math.Clamp(Math.Round(logOdds * Scale), -48, 48);

    private int Slot(uint word) => (int)(word * 0x9E3779B9 >> _shift);
}
