using System.Numerics;
using System.Runtime.CompilerServices;

namespace CorpusForge.Filter;

/// <summary>Numbers 64-bit keys in order of first appearance: an open-addressing table that keeps its memory.</summary>
internal sealed class GramTable
{
    private Slot[] _slots = [];
    private Slot[] _spare = [];
    private int _mask = -1;

    private struct Slot
    {
        public ulong Key;
        public int IdPlusOne;
    }

    public int Count { get; private set; }

    public void Clear(int expected) => Empty((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(expected, 8)) * 2);

    /// <summary>The number of the key; a new key gets the next one, which equals the former <see cref="Count"/>.</summary>
    public int Number(ulong key)
    {
        if (Count * 2 > _mask)
            Grow();
        ref var slot = ref Find(key);
        if (slot.IdPlusOne == 0)
            slot = new Slot { Key = key, IdPlusOne = ++Count };
        return slot.IdPlusOne - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot Find(ulong key)
    {
        var slots = _slots;
        // Keys are often pairs of small numbers: the product's high half spreads them, the low half would not.
        var at = (int)((key * 0x9E3779B97F4A7C15) >> 32) & _mask;
        while (slots[at].IdPlusOne != 0 && slots[at].Key != key)
            at = (at + 1) & _mask;
        return ref slots[at];
    }

    private void Grow()
    {
        var (size, count) = (_mask + 1, Count);
        (_slots, _spare) = (_spare, _slots);
        Empty(size * 2);
        foreach (ref readonly var slot in _spare.AsSpan(0, size))
            if (slot.IdPlusOne != 0)
                Find(slot.Key) = slot;
        Count = count;
    }

    private void Empty(int size)
    {
        if (_slots.Length < size)
            _slots = new Slot[size];
        else
            _slots.AsSpan(0, size).Clear();
        _mask = size - 1;
        Count = 0;
    }
}
