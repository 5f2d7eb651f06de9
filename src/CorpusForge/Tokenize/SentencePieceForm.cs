using System.Runtime.InteropServices;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>How SentencePiece normalizes: by the longest entry of a table, with white space made single and a space put before the text.</summary>
/// <remarks>The table is a double array (Yata's darts-clone) of 32-bit units, and behind it the strings that it names. Spaces stay spaces here.</remarks>
internal sealed class SentencePieceForm : ITextForm
{
    // Compatibility composition makes at most eleven bytes of one.
    private const int MostOfKnown = 11;

    private readonly uint[] _units = [];
    private readonly byte[] _strings = [];
    private readonly bool _single;
    private readonly int _most = 3;

    /// <param name="table">As the model has it; may be empty.</param>
    /// <param name="known">Whether the table is one of those that SentencePiece brings along.</param>
    /// <param name="prefix">Whether a space goes before the text.</param>
    /// <param name="single">Whether spaces around the text go and those within are single.</param>
    public SentencePieceForm(ReadOnlySpan<byte> table, bool known, bool prefix, bool single)
    {
        (Prefix, _single) = (prefix, single);
        if (table.Length <= 4)
            return;
        var size = (int)BitConverter.ToUInt32(table);
        if (size < 4 || size % 4 != 0 || size > table.Length - 4)
            throw new FormatException("the table of the normalizer is cut off");
        _units = MemoryMarshal.Cast<byte, uint>(table.Slice(4, size)).ToArray();
        _strings = [.. table[(4 + size)..], 0];
        _most = known ? MostOfKnown : LongestString();
    }

    public bool Prefix { get; }

    public int MostBytes(int bytes) => checked((_most * bytes) + 1);

    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, ref byte[] buffer)
    {
        if (buffer.Length < MostBytes(text.Length))
            buffer = new byte[MostBytes(text.Length)];
        var (count, space) = (0, _single);
        if (Prefix)
            buffer[count++] = (byte)' ';
        var begin = count;
        while (!text.IsEmpty)
        {
            var next = Next(text, out var consumed);
            text = text[consumed..];
            while (space && next.StartsWith(" "u8))
                next = next[1..];
            if (next.IsEmpty)
                continue;
            space = _single && next[^1] == ' ';
            if (next.SequenceEqual("▁"u8))
                next = " "u8;
            next.CopyTo(buffer.AsSpan(count));
            count += next.Length;
        }
        while (_single && count > begin && buffer[count - 1] == ' ')
            count--;
        return buffer.AsSpan(0, count == begin ? 0 : count);
    }

    // What the longest entry that the text begins with becomes; else its first character.
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int consumed)
    {
        consumed = 0;
        var value = 0U;
        if (_units.Length > 0)
        {
            var node = Offset(_units[0]);
            for (var i = 0; i < text.Length; i++)
            {
                node ^= text[i];
                if (node >= _units.Length || (_units[node] & 0x8000_00FF) != text[i])
                    break;
                var unit = _units[node];
                node ^= Offset(unit);
                if ((unit & 0x100) != 0 && node < _units.Length)
                    (consumed, value) = (i + 1, _units[node] & 0x7FFF_FFFF);
            }
        }
        if (consumed > 0 && value < _strings.Length)
            return _strings.AsSpan((int)value)[.._strings.AsSpan((int)value).IndexOf((byte)0)];
        var whole = Rune.DecodeFromUtf8(text, out _, out consumed) == System.Buffers.OperationStatus.Done;
        if (whole)
            return text[..consumed];
        consumed = 1;
        return "\uFFFD"u8;
    }

    private int LongestString()
    {
        var (longest, start) = (3, 0);
        for (var i = 0; i < _strings.Length; i++)
        {
            if (_strings[i] == 0)
                (longest, start) = (Math.Max(longest, i - start), i + 1);
        }
        return longest;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
