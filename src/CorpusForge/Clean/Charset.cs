using System.Buffers;
using System.Text;

namespace CorpusForge.Clean;

/// <summary>Finds the charset of a document and decodes it to well-formed UTF-16.</summary>
/// <remarks>
/// In this order: byte order mark, the transport's label, the document's own label, strict UTF-8, statistics (<see cref="CharsetGuess"/>). A label that
/// nobody knows, or UTF-16 where the bytes cannot be it, is ignored. A label that is not UTF-8 loses to bytes that are
/// well-formed UTF-8 with at least one multi-byte character: old labels on UTF-8 pages are common, the reverse accident is not.
/// Labels are those of the WHATWG Encoding Standard as far as they matter: `latin1` and `ascii` mean windows-1252.
/// </remarks>
public static class Charset
{
    /// <summary>How much of a document is looked at for its own label, and for escape sequences.</summary>
    private const int MetaBytes = 4096, EscapeBytes = 64 << 10;

    private static readonly SearchValues<byte> s_highBytes = SearchValues.Create([.. Enumerable.Range(128, 128).Select(i => (byte)i)]);
    private static readonly SearchValues<char> s_labelEnd = SearchValues.Create(" \t\r\n\"';/>");
    private static readonly Encoding s_utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    static Charset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The text without its byte order mark, and the name of the charset it was decoded with.</summary>
    public static (string Text, string Name) Decode(ReadOnlySpan<byte> bytes, string? label, bool html = false)
    {
        var (encoding, mark) = Detect(bytes, label, html);
        var text = encoding.GetString(bytes[mark..]);
        return (WellFormed(text), encoding.WebName);
    }

    /// <summary>The encoding and the length of the byte order mark.</summary>
    internal static (Encoding Encoding, int Mark) Detect(ReadOnlySpan<byte> bytes, string? label, bool html)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            return (s_utf8, 3);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]))
            return (Encoding.UTF32, 4);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return (Encoding.Unicode, 2);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return (Encoding.BigEndianUnicode, 2);

        if (bytes.IndexOfAny(s_highBytes) is var high && high < 0)
            return (WideWithoutMark(bytes) ?? Stateful(label) ?? Escaped(bytes) ?? (CharsetGuess.MayBeWide(bytes) ? CharsetGuess.Of(bytes) : s_utf8), 0);
        if (System.Text.Unicode.Utf8.IsValid(bytes[high..]))
            return (s_utf8, 0);
        if (WideWithoutMark(bytes) is { } wide)
            return (wide, 0);
        // A page cut off, or damaged in few places, is still UTF-8 if its label says so; windows-1252 text is not.
        if (Known(label) is { } transport && Plausible(transport, bytes))
            return (transport, 0);
        if (html && Known(MetaLabel(bytes)) is { } own && Plausible(own, bytes))
            return (own, 0);
        return (NearlyUtf8(bytes[high..]) ? s_utf8 : CharsetGuess.Of(bytes), 0);
    }

    /// <summary>The encoding of a WHATWG label, null when there is none.</summary>
    internal static Encoding? Known(string? label)
    {
        var name = label?.Trim(' ', '\t', '\r', '\n', '"', '\'').ToLowerInvariant();
        if (string.IsNullOrEmpty(name))
            return null;
        name = name switch
        {
            "utf8" or "unicode-1-1-utf-8" or "utf-8" => "utf-8",
            "latin1" or "latin-1" or "iso-8859-1" or "iso8859-1" or "iso_8859-1" or "ascii" or "us-ascii" or "l1" or "cp1252" or "x-cp1252" => "windows-1252",
            "iso-8859-9" or "latin5" => "windows-1254",
            "iso-8859-11" or "tis-620" => "windows-874",
            "gb2312" or "gbk" or "gb_2312-80" or "x-gbk" => "gb18030",
            "sjis" or "shift-jis" or "ms_kanji" or "x-sjis" or "windows-31j" => "shift_jis",
            "ks_c_5601-1987" or "euc_kr" or "windows-949" => "euc-kr",
            "big5-hkscs" or "x-x-big5" => "big5",
            "cp1251" or "x-cp1251" => "windows-1251",
            "koi8r" or "koi" or "koi8" => "koi8-r",
            "utf-7" or "x-user-defined" => "",
            _ => name,
        };
        try
        {
            return name.Length == 0 ? null : name == "utf-8" ? s_utf8 : Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Replaces lone surrogates by U+FFFD; the same string when there are none.</summary>
    public static string WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            i += text.AsSpan(i).IndexOfAnyInRange('\uD800', '\uDFFF') is var next and >= 0 ? next : text.Length - i;
            if (i >= text.Length)
                break;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else
                return string.Create(text.Length, text, static (span, from) =>
                {
                    from.CopyTo(span);
                    MakeWellFormed(span);
                });
        }
        return text;
    }

    internal static void MakeWellFormed(Span<char> text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                text[i] = '\uFFFD';
    }

    /// <summary>`charset=` of a meta tag in the first bytes, as the browsers' prescan reads it.</summary>
    private static string? MetaLabel(ReadOnlySpan<byte> bytes)
    {
        var head = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, MetaBytes)]);
        for (var at = 0; (at = head.IndexOf("charset", at, StringComparison.OrdinalIgnoreCase)) >= 0; at += 7)
        {
            var open = head.LastIndexOf('<', at);
            if (open < 0 || !head.AsSpan(open + 1).StartsWith("meta", StringComparison.OrdinalIgnoreCase) && !head.AsSpan(open + 1).StartsWith("?xml", StringComparison.OrdinalIgnoreCase))
                continue;
            var rest = head.AsSpan(at + 7).TrimStart();
            if (rest.IsEmpty || rest[0] != '=')
                continue;
            rest = rest[1..].TrimStart().TrimStart("\"'");
            var end = rest.IndexOfAny(s_labelEnd);
            return rest[..(end < 0 ? rest.Length : end)].ToString();
        }
        if (head.StartsWith("<?xml", StringComparison.Ordinal) && head.IndexOf("encoding=", StringComparison.Ordinal) is var xml and > 0 && xml < head.IndexOf('>', StringComparison.Ordinal))
        {
            var value = head.AsSpan(xml + 10);
            var end = value.IndexOfAny("\"'>");
            return end > 0 ? value[..end].ToString() : null;
        }
        return null;
    }

    /// <summary>UTF-16 without a mark shows as a zero in every second byte of mostly Latin text.</summary>
    private static Encoding? WideWithoutMark(ReadOnlySpan<byte> bytes)
    {
        var sample = bytes[..(Math.Min(bytes.Length, 1024) & ~1)];
        if (sample.Length < 8 || !sample.Contains((byte)0))
            return null;
        int even = 0, odd = 0;
        for (var i = 0; i < sample.Length; i += 2)
        {
            even += sample[i] == 0 ? 1 : 0;
            odd += sample[i + 1] == 0 ? 1 : 0;
        }
        var half = sample.Length / 2;
        return odd > half * 3 / 4 && even < half / 8 ? Encoding.Unicode : even > half * 3 / 4 && odd < half / 8 ? Encoding.BigEndianUnicode : null;
    }

    /// <summary>ISO-2022-JP is all ASCII bytes, so that only its label tells it.</summary>
    private static Encoding? Stateful(string? label) =>
        Known(label) is { WebName: "iso-2022-jp" or "iso-2022-kr" or "hz-gb-2312" } encoding ? encoding : null;

    /// <summary>Without a label, ISO-2022-JP shows by the escape sequences that begin its Japanese.</summary>
    private static Encoding? Escaped(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, EscapeBytes)];
        return bytes.IndexOf("\e$B"u8) >= 0 || bytes.IndexOf("\e$@"u8) >= 0 ? Encoding.GetEncoding("iso-2022-jp") : null;
    }

    private static bool Plausible(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        if (encoding.WebName is "utf-16" or "utf-16BE" or "utf-32" or "utf-32BE")
            return false;
        return encoding.WebName != "utf-8" || NearlyUtf8(bytes);
    }

    /// <summary>At least nine of ten characters outside ASCII are well-formed.</summary>
    private static bool NearlyUtf8(ReadOnlySpan<byte> bytes)
    {
        int good = 0, bad = 0;
        bytes = bytes[..Math.Min(bytes.Length, 1 << 20)];
        while (bytes.IndexOfAny(s_highBytes) is var next and >= 0)
        {
            bytes = bytes[next..];
            if (Rune.DecodeFromUtf8(bytes, out _, out var used) == OperationStatus.Done)
                good++;
            else
                bad++;
            bytes = bytes[used..];
        }
        return bad * 9 <= good;
    }
}
