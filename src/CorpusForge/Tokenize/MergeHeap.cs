namespace CorpusForge.Tokenize;

/// <summary>Gives the lowest of many numbers, again and again; its memory is kept for the next use.</summary>
/// <remarks>Each node has four children, which lie in one cache line.</remarks>
internal sealed class MergeHeap
{
    private const int Arity = 4;

    private ulong[] _items = [];
    private int _count;

    /// <summary>Takes numbers in before the first is asked for, without an order.</summary>
    public void Fill(ReadOnlySpan<ulong> items)
    {
        Reserve(items.Length);
        items.CopyTo(_items);
        _count = items.Length;
        for (var node = (_count - 2) / Arity; node >= 0 && _count > 1; node--)
            Down(node, _items[node]);
    }

    public void Add(ulong item)
    {
        Reserve(_count + 1);
        var node = _count++;
        while (node > 0 && _items[(node - 1) / Arity] > item)
        {
            _items[node] = _items[(node - 1) / Arity];
            node = (node - 1) / Arity;
        }
        _items[node] = item;
    }

    public bool TryTake(out ulong lowest)
    {
        lowest = 0;
        if (_count == 0)
            return false;
        lowest = _items[0];
        var last = _items[--_count];
        if (_count > 0)
            Down(0, last);
        return true;
    }

    /// <summary>Gives its memory back.</summary>
    public void Trim() => _items = [];

    private void Down(int node, ulong item)
    {
        var items = _items;
        for (var child = (node * Arity) + 1; child < _count; child = (node * Arity) + 1)
        {
            var (least, end) = (child, Math.Min(child + Arity, _count));
            for (var other = child + 1; other < end; other++)
            {
                if (items[other] < items[least])
                    least = other;
            }
            if (items[least] >= item)
                break;
            items[node] = items[least];
            node = least;
        }
        items[node] = item;
    }

    private void Reserve(int count)
    {
        if (_items.Length < count)
            Array.Resize(ref _items, Math.Max(count, 2 * _items.Length));
    }
}
