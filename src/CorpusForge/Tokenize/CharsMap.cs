using System.Collections;
using System.Runtime.InteropServices;

namespace CorpusForge.Tokenize;

/// <summary>The table by which SentencePiece normalizes: what strings of bytes become.</summary>
/// <remarks>A double array (Yata's darts-clone) of 32-bit units, and behind it the strings that it names. Read-only: workers share one.</remarks>
internal sealed class CharsMap
{
    private readonly uint[] _units = [];
    private readonly byte[] _strings = [];

    /// <param name="table">Its length in bytes, the units, the strings; may be empty.</param>
    /// <exception cref="FormatException">It is cut off.</exception>
    public CharsMap(ReadOnlySpan<byte> table)
    {
        if (table.Length <= 4)
            return;
        var size = (int)BitConverter.ToUInt32(table);
        if (size < 4 || size % 4 != 0 || size > table.Length - 4)
            throw new FormatException("the table of the normalizer is cut off");
        _units = MemoryMarshal.Cast<byte, uint>(table.Slice(4, size)).ToArray();
        _strings = [.. table[(4 + size)..], 0];
        Growth = LargestGrowth();
    }

    /// <summary>The most bytes that come of one.</summary>
    public int Growth { get; } = 1;

    /// <summary>What the longest entry that the text begins with becomes, or the shortest; consumed is 0 where there is none.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> text, bool shortest, out int consumed)
    {
        consumed = 0;
        if (_units.Length == 0)
            return default;
        var (node, value) = (Offset(_units[0]), 0U);
        for (var i = 0; i < text.Length && Next(node, text[i]) is { } next; i++)
        {
            node = next.Node;
            if (next.Value is not { } found)
                continue;
            (consumed, value) = (i + 1, found);
            if (shortest)
                break;
        }
        return consumed == 0 ? default : String(value);
    }

    private (uint Node, uint? Value)? Next(uint node, byte label)
    {
        node ^= label;
        if (node >= _units.Length || (_units[node] & 0x8000_00FF) != label)
            return null;
        var unit = _units[node];
        node ^= Offset(unit);
        return (node, (unit & 0x100) != 0 && node < _units.Length && (_units[node] & 0x7FFF_FFFF) is var value && value < _strings.Length ? value : null);
    }

    // Every entry once; a table that is not a tree ends too.
    private int LargestGrowth()
    {
        var (most, seen, open) = (1, new BitArray(_units.Length), new Stack<(uint Node, int Depth)>([(Offset(_units[0]), 0)]));
        while (open.TryPop(out var at))
        {
            for (var label = 1; label < 256; label++)
            {
                if (Next(at.Node, (byte)label) is not { } next || seen[(int)(at.Node ^ (uint)label)])
                    continue;
                seen[(int)(at.Node ^ (uint)label)] = true;
                open.Push((next.Node, at.Depth + 1));
                if (next.Value is { } value)
                    most = Math.Max(most, (String(value).Length + at.Depth) / (at.Depth + 1));
            }
        }
        return most;
    }

    private ReadOnlySpan<byte> String(uint start) => _strings.AsSpan((int)start)[.._strings.AsSpan((int)start).IndexOf((byte)0)];

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
