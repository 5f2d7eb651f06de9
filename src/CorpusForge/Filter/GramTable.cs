namespace CorpusForge.Filter;

/// <summary>Numbers 64-bit keys in order of first appearance: an open-addressing table that keeps its memory.</summary>
internal sealed class GramTable
{
    private Slot[] _slots = new Slot[16];
    private int _mask;

    private struct Slot
    {
        public ulong Key;
        public int IdPlusOne;
    }

    public int Count { get; private set; }

    public void Clear(int expected)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(expected, 8)) * 2;
        if (_slots.Length < size)
            _slots = new Slot[size];
        else
            _slots.AsSpan(0, size).Clear();
        _mask = size - 1;
        Count = 0;
    }

    /// <summary>The number of the key; a new key gets the next one, which equals the former <see cref="Count"/>.</summary>
    public int Number(ulong key)
    {
        if (Count * 2 > _mask)
            Grow();
        ref var slot = ref Find(_slots, key);
        if (slot.IdPlusOne == 0)
        {
            slot.Key = key;
            slot.IdPlusOne = ++Count;
        }
        return slot.IdPlusOne - 1;
    }

    private ref Slot Find(Slot[] slots, ulong key)
    {
        // Keys are often pairs of small numbers: the product's high half spreads them, the low half would not.
        var at = (int)((key * 0x9E3779B97F4A7C15) >> 32) & _mask;
        while (slots[at].IdPlusOne != 0 && slots[at].Key != key)
            at = (at + 1) & _mask;
        return ref slots[at];
    }

    private void Grow()
    {
        var old = _slots.AsSpan(0, _mask + 1).ToArray();
        _mask = (old.Length * 2) - 1;
        _slots = new Slot[_mask + 1];
        foreach (var slot in old)
            if (slot.IdPlusOne != 0)
                Find(_slots, slot.Key) = slot;
    }
}
