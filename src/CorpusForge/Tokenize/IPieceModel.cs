namespace CorpusForge.Tokenize;

/// <summary>Makes ids of one piece of a normalized text; for one worker at a time.</summary>
internal interface IPieceModel
{
    /// <summary>Appends the ids of a piece that is not empty.</summary>
    void Encode(ReadOnlySpan<byte> piece, List<int> ids);
}

/// <summary>Finds which of many strings of bytes a text begins with.</summary>
/// <remarks>A table of open addressing from a node and a byte to the next node.</remarks>
internal sealed class ByteTrie
{
    private const int Root = 0;

    private readonly List<int> _values = [-1];
    private ulong[] _keys = new ulong[1 << 10];
    private int[] _next = new int[1 << 10];

    /// <summary>A later value takes the place of an earlier one.</summary>
    public void Add(ReadOnlySpan<byte> text, int value)
    {
        var node = Root;
        foreach (var b in text)
        {
            if (Next(node, b) is not (>= 0 and var next))
            {
                next = _values.Count;
                _values.Add(-1);
                if (2 * _values.Count > _keys.Length)
                    Grow();
                Insert(Key(node, b), next);
            }
            node = next;
        }
        _values[node] = value;
    }

    /// <summary>The node behind one by a byte, or -1; nodes begin with 0.</summary>
    public int Next(int node, byte b)
    {
        var key = Key(node, b);
        for (var slot = Slot(key); ; slot = (slot + 1) & (_keys.Length - 1))
        {
            if (_keys[slot] == key)
                return _next[slot];
            if (_keys[slot] == 0)
                return -1;
        }
    }

    /// <summary>The value of a node, or -1.</summary>
    public int this[int node] => _values[node];

    /// <summary>The longest string that the text begins with; length 0 where there is none.</summary>
    public (int Value, int Length) Longest(ReadOnlySpan<byte> text)
    {
        var (found, length, node) = (-1, 0, Root);
        for (var i = 0; i < text.Length && Next(node, text[i]) is >= 0 and var next; i++)
        {
            node = next;
            if (_values[node] >= 0)
                (found, length) = (_values[node], i + 1);
        }
        return (found, length);
    }

    private static ulong Key(int node, byte b) => (((ulong)(uint)node << 8) | b) + 1;

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> 33) & (_keys.Length - 1);

    private void Insert(ulong key, int next)
    {
        var slot = Slot(key);
        while (_keys[slot] != 0)
            slot = (slot + 1) & (_keys.Length - 1);
        (_keys[slot], _next[slot]) = (key, next);
    }

    private void Grow()
    {
        var (keys, next) = (_keys, _next);
        (_keys, _next) = (new ulong[2 * keys.Length], new int[2 * keys.Length]);
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] != 0)
                Insert(keys[i], next[i]);
        }
    }
}
