using System.Numerics;
using System.Runtime.InteropServices;

namespace CorpusForge.Filter.Perplexity;

/// <summary>An n-gram as a model keeps it: a hash of its words, and logarithms to base 10.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct NGramEntry(ulong Key, float Probability, float BackOff) : IComparable<NGramEntry>
{
    public int CompareTo(NGramEntry other) => Key.CompareTo(other.Key);
}

/// <summary>The n-grams of one order, by key in ascending order: 16 bytes each, found by the first bits of the key.</summary>
internal sealed class NGramTable
{
    private const int EntriesABucket = 4;

    private readonly NGramEntry[] _entries;
    private readonly int[] _buckets;
    private readonly int _shift;

    /// <param name="entries">Keys strictly ascending.</param>
    public NGramTable(NGramEntry[] entries)
    {
        _entries = entries;
        var bits = BitOperations.Log2((uint)Math.Max(2, entries.Length / EntriesABucket));
        _shift = 64 - bits;
        _buckets = new int[(1 << bits) + 1];
        foreach (var entry in entries)
            _buckets[(int)(entry.Key >> _shift) + 1]++;
        for (var i = 1; i < _buckets.Length; i++)
            _buckets[i] += _buckets[i - 1];
    }

    public int Count => _entries.Length;

    public bool TryFind(ulong key, out NGramEntry entry)
    {
        var bucket = (int)(key >> _shift);
        for (var (i, end) = (_buckets[bucket], _buckets[bucket + 1]); i < end; i++)
        {
            if (_entries[i].Key != key)
                continue;
            entry = _entries[i];
            return true;
        }
        entry = default;
        return false;
    }
}
