using System.Buffers;
using System.Numerics;

namespace CorpusForge.Clean.Content;

/// <summary>A set of hashes of the runs of words of a page, in an array of the pool.</summary>
internal readonly struct HashSlots : IDisposable
{
    /// <summary>Looks no further: words may be chosen so that their hashes meet.</summary>
    private const int MaxProbes = 32;

    private readonly uint[] _slots;
    private readonly int _mask;

    /// <summary>For the words of so many characters.</summary>
    public HashSlots(int chars)
    {
        // Words are longer than two characters but in the worst case, in which the last ones are not kept.
        var count = (int)BitOperations.RoundUpToPowerOf2((uint)chars / 2 + 64);
        (_slots, _mask) = (ArrayPool<uint>.Shared.Rent(count), count - 1);
        _slots.AsSpan(0, count).Clear();
    }

    /// <summary>Whether the hash was not there.</summary>
    public bool Add(uint hash)
    {
        hash |= 1;
        var at = (int)(hash * 0x9E3779B9 >> 7) & _mask;
        for (var probes = 0; _slots[at] != 0; at = (at + 1) & _mask)
            if (_slots[at] == hash)
                return false;
            else if (++probes == MaxProbes)
                return true;
        _slots[at] = hash;
        return true;
    }

    public void Dispose() => ArrayPool<uint>.Shared.Return(_slots);
}
