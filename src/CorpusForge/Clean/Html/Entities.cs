using System.Collections.Concurrent;
using System.Text;
using AngleSharp.Html;

namespace CorpusForge.Clean.Html;

/// <summary>Character references of HTML, by the rules for text and for attribute values.</summary>
internal static class Entities
{
    /// <summary>The longest name, `CounterClockwiseContourIntegral;`, and the longest that stands without a semicolon.</summary>
    private const int MaxName = 32, MaxBare = 6;

    // Only names that exist are kept, so that no page can fill it.
    private static readonly ConcurrentDictionary<string, string> s_known = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> s_lookup = s_known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Writes the text with its references resolved, which never makes it longer; returns the length.</summary>
    public static int Decode(ReadOnlySpan<char> text, Span<char> target, bool attribute)
    {
        var length = 0;
        while (text.IndexOf('&') is var at and >= 0)
        {
            text[..at].CopyTo(target[length..]);
            length += at;
            text = text[at..];
            var (used, written) = One(text, target[length..], attribute);
            if (used == 0)
                (used, written, target[length]) = (1, 1, '&');
            length += written;
            text = text[used..];
        }
        text.CopyTo(target[length..]);
        return length + text.Length;
    }

    private static (int Used, int Written) One(ReadOnlySpan<char> text, Span<char> target, bool attribute)
    {
        if (text.Length < 3)
            return default;
        return text[1] == '#' ? Number(text, target) : char.IsAsciiLetterOrDigit(text[1]) ? Named(text, target, attribute) : default;
    }

    private static (int Used, int Written) Named(ReadOnlySpan<char> text, Span<char> target, bool attribute)
    {
        var end = 1;
        while (end < text.Length && end <= MaxName && char.IsAsciiLetterOrDigit(text[end]))
            end++;
        if (end < text.Length && text[end] == ';' && Symbol(text[1..(end + 1)]) is { } whole)
            return (end + 1, Write(whole, target));
        for (end = Math.Min(end, MaxBare + 1); end > 2; end--)
        {
            if (Symbol(text[1..end]) is not { } bare)
                continue;
            // `?a=1&copy=2` in an attribute is an address.
            if (attribute && end < text.Length && (text[end] == '=' || char.IsAsciiLetterOrDigit(text[end])))
                return default;
            return (end, Write(bare, target));
        }
        return default;
    }

    private static (int Used, int Written) Number(ReadOnlySpan<char> text, Span<char> target)
    {
        var hex = text[2] is 'x' or 'X';
        var first = hex ? 3 : 2;
        var at = first;
        var value = 0;
        for (; at < text.Length && (hex ? char.IsAsciiHexDigit(text[at]) : char.IsAsciiDigit(text[at])); at++)
            if (value <= 0x10FFFF)
                value = value * (hex ? 16 : 10) + (text[at] <= '9' ? text[at] - '0' : (text[at] | 0x20) - 'a' + 10);
        if (at == first)
            return default;
        if (at < text.Length && text[at] == ';')
            at++;
        // Numbers of windows-1252 are what they were meant to be.
        if (value is >= 0x80 and <= 0x9F && HtmlEntityProvider.GetSymbolFromTable(value) is { } meant)
            return (at, Write(meant, target));
        var rune = value == 0 || !Rune.IsValid(value) ? Rune.ReplacementChar : new Rune(value);
        return (at, rune.EncodeToUtf16(target));
    }

    private static int Write(string symbol, Span<char> target)
    {
        symbol.CopyTo(target);
        return symbol.Length;
    }

    private static string? Symbol(ReadOnlySpan<char> name)
    {
        if (s_lookup.TryGetValue(name, out var known))
            return known;
        var text = name.ToString();
        if (HtmlEntityProvider.Resolver.GetSymbol(text) is not { Length: > 0 } symbol)
            return null;
        s_known[text] = symbol;
        return symbol;
    }
}
