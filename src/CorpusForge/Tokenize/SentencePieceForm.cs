using System.Buffers;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>How SentencePiece normalizes: by the longest entry of a table, with white space made single and a space put before the text.</summary>
/// <remarks>Spaces stay spaces here.</remarks>
/// <param name="map">What strings become.</param>
/// <param name="prefix">Whether a space goes before the text.</param>
/// <param name="single">Whether spaces around the text go and those within are single.</param>
internal sealed class SentencePieceForm(CharsMap map, bool prefix, bool single) : ITextForm
{
    // U+FFFD stands for a byte that is not well formed.
    private readonly int _most = Math.Max(3, map.Growth);

    public bool Prefix => prefix;

    public int MostBytes(int bytes) => checked((_most * bytes) + 1);

    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, ref byte[] buffer)
    {
        if (buffer.Length < MostBytes(text.Length))
            buffer = new byte[MostBytes(text.Length)];
        var (count, space) = (0, single);
        if (prefix)
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
            space = single && next[^1] == ' ';
            if (next.SequenceEqual("▁"u8))
                next = " "u8;
            next.CopyTo(buffer.AsSpan(count));
            count += next.Length;
        }
        while (single && count > begin && buffer[count - 1] == ' ')
            count--;
        return buffer.AsSpan(0, count == begin ? 0 : count);
    }

    // What the longest entry that the text begins with becomes; else its first character.
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int consumed)
    {
        var found = map.Find(text, shortest: false, out consumed);
        if (consumed > 0)
            return found;
        if (Rune.DecodeFromUtf8(text, out _, out consumed) == OperationStatus.Done)
            return text[..consumed];
        consumed = 1;
        return "\uFFFD"u8;
    }
}
