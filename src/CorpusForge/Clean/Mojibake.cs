using System.Buffers;
using System.Text;

namespace CorpusForge.Clean;

/// <summary>Undoes UTF-8 that was read as windows-1252 or Latin-1.</summary>
/// <remarks>
/// <para>A sequence is a character of the bytes C2 to F4 and as many of the bytes 80 to BF as strict UTF-8 wants behind it. It is
/// sure when one of the latter cannot follow a letter in ordinary writing, such as a currency sign; a dash, a quotation mark, an
/// ellipsis or a letter can. A capital right behind a small letter makes it sure as well. Only sure sequences are evidence: the
/// others are undone in a text with one sure for at most eight of them.</para>
/// <para>A text that quotes such sequences is repaired like one that suffers from them.</para>
/// </remarks>
public static class Mojibake
{
    private const int UnsureOfOneSure = 8;

    // The bytes 80 to 9F; what windows-1252 leaves out is itself, as in Latin-1.
    private const string High = "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
        + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    // Bytes that end a word's writing, or are letters or signs behind one: no evidence.
    private static readonly SearchValues<byte> s_ordinary = SearchValues.Create(
        0x82, 0x84, 0x85, 0x8A, 0x8B, 0x8C, 0x8E, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9E, 0x9F,
        0xA0, 0xA1, 0xA7, 0xAA, 0xAB, 0xAD, 0xAE, 0xB0, 0xB2, 0xB3, 0xB4, 0xB7, 0xB9, 0xBA, 0xBB, 0xBF);

    private static readonly SearchValues<char> s_leads = SearchValues.Create([.. Enumerable.Range(0xC2, 0xF5 - 0xC2).Select(i => (char)i)]);

    /// <summary>Every layer undone: the text itself if there is none, else the text that was meant, and how many sequences that were undone.</summary>
    public static string Undo(string text, out int undone)
    {
        undone = 0;
        for (var (sure, unsure) = Count(text); sure > 0; (sure, unsure) = Count(text))
            text = Undo(text, unsure <= (long)UnsureOfOneSure * sure, ref undone);
        return text;
    }

    /// <summary>What windows-1252 has at a place of U+0080 to U+009F; also what the numeric references of those places mean (HTML 13.2.5.80).</summary>
    public static char Windows1252(char control) => High[control - 0x80];

    private static (int Sure, int Unsure) Count(ReadOnlySpan<char> text)
    {
        var (sure, unsure, before) = (0, 0, ' ');
        for (var at = text.IndexOfAny(s_leads); at >= 0; at = text.IndexOfAny(s_leads))
        {
            before = at > 0 ? text[at - 1] : before;
            text = text[at..];
            var length = Sequence(before, text, out _, out var isSure);
            if (length > 0 && isSure)
                sure++;
            else if (length > 0)
                unsure++;
            before = text[Math.Max(1, length) - 1];
            text = text[Math.Max(1, length)..];
        }
        return (sure, unsure);
    }

    private static string Undo(string text, bool all, ref int undone)
    {
        var meant = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        var before = ' ';
        var rest = text.AsSpan();
        for (var at = rest.IndexOfAny(s_leads); at >= 0; at = rest.IndexOfAny(s_leads))
        {
            meant.Append(rest[..at]);
            before = at > 0 ? rest[at - 1] : before;
            rest = rest[at..];
            var length = Sequence(before, rest, out var rune, out var sure);
            if (length > 0 && (sure || all))
            {
                meant.Append(units[..rune.EncodeToUtf16(units)]);
                undone++;
            }
            else
            {
                length = 1;
                meant.Append(rest[0]);
            }
            before = rest[length - 1];
            rest = rest[length..];
        }
        return meant.Append(rest).ToString();
    }

    /// <summary>How many characters at the start are the bytes of one rune, or 0.</summary>
    private static int Sequence(char before, ReadOnlySpan<char> text, out Rune rune, out bool sure)
    {
        Span<byte> bytes = [(byte)text[0], 0, 0, 0];
        var length = bytes[0] switch { < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
        sure = char.IsUpper(text[0]) && char.IsLower(before);
        rune = default;
        if (text.Length < length)
            return 0;
        for (var i = 1; i < length; i++)
        {
            if (Byte(text[i]) is not { } b)
                return 0;
            bytes[i] = b;
            sure |= !s_ordinary.Contains(b);
        }
        return Rune.DecodeFromUtf8(bytes[..length], out rune, out var used) == OperationStatus.Done && used == length ? length : 0;
    }

    /// <summary>The byte 80 to BF that a character was made of.</summary>
    private static byte? Byte(char c) => c switch
    {
        >= '\u0080' and <= '\u00BF' => (byte)c,
        _ when c >= '\u0152' && High.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i => (byte)(0x80 + i),
        _ => null,
    };
}
