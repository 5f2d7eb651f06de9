using System.Globalization;
using System.Net;

namespace CorpusForge.Clean.Pii;

/// <summary>Public IPv4 and IPv6 addresses, found by their first digit.</summary>
/// <remarks>
/// Private, loopback, link-local and reserved addresses are nobody's. Four numbers that read like a version stay: with a letter or a sign of a version
/// around them, a part with a leading zero, a last part of 0, or most parts of one digit; and, without a word or sign that names an address, four parts below 32.
/// </remarks>
internal static class IpAddresses
{
    private static readonly string[] s_words =
        ["ip", "ips", "ipv4", "host", "server", "client", "peer", "address", "addresses", "adresse", "dirección", "indirizzo", "адрес", "ping", "ssh", "login", "logged", "remote", "dns", "nameserver", "gateway", "proxy", "地址", "アドレス"];

    public static PiiSpan? Find4(ReadOnlySpan<char> text, int start)
    {
        if (start > 0 && (IsWordChar(text[start - 1]) || text[start - 1] is '.' or '-' or '+'))
            return null;
        Span<int> parts = stackalloc int[4];
        var position = start;
        for (var i = 0; i < 4; i++)
        {
            if (i > 0 && (position >= text.Length || text[position++] != '.'))
                return null;
            var digits = 0;
            for (; digits < 4 && position + digits < text.Length && char.IsAsciiDigit(text[position + digits]); digits++)
                parts[i] = (parts[i] * 10) + text[position + digits] - '0';
            if (digits is 0 or 4 || parts[i] > 255 || digits > 1 && text[position] == '0')
                return null;
            position += digits;
        }
        if (position < text.Length && (IsWordChar(text[position]) || text[position] is '-' or '+'
                || text[position] == '.' && position + 1 < text.Length && char.IsAsciiLetterOrDigit(text[position + 1])))
            return null;
        if (!IsPublic(parts) || parts[3] == 0 || IsOutline(parts) || NamesVersion(text[Math.Max(0, start - 12)..start]))
            return null;
        // One address in 4,096 is so small; the sections of a standard nearly all are.
        if (!parts.ContainsAnyExceptInRange(0, 31) && !IsNamed(text, start, position))
            return null;
        // RFC 4291: the same written as an IPv6 address.
        var mapped = text[..start].EndsWith("::ffff:", StringComparison.OrdinalIgnoreCase) ? 7 : 0;
        return new PiiSpan(PiiType.IpAddress, start - mapped, position - start + mapped);
    }

    // Versions, sections and object identifiers begin with small numbers or have three of them.
    private static bool IsOutline(ReadOnlySpan<int> parts)
    {
        var small = 0;
        foreach (var part in parts)
            small += part < 10 ? 1 : 0;
        return small >= 3 || parts[0] < 10 && parts[1] < 10;
    }

    private static bool IsNamed(ReadOnlySpan<char> text, int start, int end) =>
        end + 1 < text.Length && text[end] is ':' or '/' && char.IsAsciiDigit(text[end + 1]) || start > 0 && text[start - 1] is '@' or '/' or '=' || new Nearby(text, start, end).HasLabel(s_words);

    // Han, kana and Hangul stand beside an address without a space.
    private static bool IsWordChar(char c) => c == '_' || char.IsLetterOrDigit(c) && c < 0x2E80;

    private static bool NamesVersion(ReadOnlySpan<char> before)
    {
        before = before.TrimEnd(" \t:=\"'<>~^(");
        return before.EndsWith("version", StringComparison.OrdinalIgnoreCase) || before.EndsWith("ver.", StringComparison.OrdinalIgnoreCase)
            || before.EndsWith("release", StringComparison.OrdinalIgnoreCase) || before.EndsWith("section", StringComparison.OrdinalIgnoreCase);
    }

    // RFC 6890: not private, loopback, link-local, shared, for tests of networks, nor of the first and last blocks for multicast and the last reserved one, whose
    // addresses are constants of protocols and masks. Others above 223 are written by people who make addresses up.
    private static bool IsPublic(ReadOnlySpan<int> a) => (a[0], a[1], a[2]) switch
    {
        (0 or 10 or 127 or 224 or 239 or 255, _, _) => false,
        (100, >= 64 and <= 127, _) => false,
        (169, 254, _) or (192, 168, _) or (172, >= 16 and <= 31, _) => false,
        (192, 0, 0) or (198, 18 or 19, _) => false,
        _ => true,
    };

    /// <summary>RFC 5737 and 3849: kept for documentation.</summary>
    public static bool IsDocumentation(ReadOnlySpan<char> address) =>
        address.StartsWith("192.0.2.", StringComparison.Ordinal) || address.StartsWith("198.51.100.", StringComparison.Ordinal) || address.StartsWith("203.0.113.", StringComparison.Ordinal)
        || address.StartsWith("2001:db8:", StringComparison.OrdinalIgnoreCase);

    /// <summary>An IPv6 address with the group at <paramref name="group"/>: global unicast, or any that is written in full.</summary>
    public static PiiSpan? Find6(ReadOnlySpan<char> text, int group, int from)
    {
        var floor = Math.Max(from, group - 39);
        var start = group;
        while (start > floor && IsAddressChar(text[start - 1]))
            start--;
        var end = group;
        while (end < text.Length && end - start < 40 && IsAddressChar(text[end]))
            end++;
        if (start > 0 && (IsWordChar(text[start - 1]) || text[start - 1] is ':' or '.' or '-') || end < text.Length && (IsWordChar(text[end]) || text[end] == '.' && end + 1 < text.Length && char.IsAsciiLetterOrDigit(text[end + 1])))
            return null;
        var address = text[start..end];
        if (address[^1] == ':' && !address.EndsWith("::", StringComparison.Ordinal))
            address = address[..^1];
        var colons = address.Count(':');
        var global = colons >= 3 && address[0] is '2' or '3' && address.IndexOf(':') == 4;
        var full = colons == 7 && address.Length >= 32 && address[..2] is not ("fe" or "fd" or "fc" or "ff" or "FE" or "FD" or "FC" or "FF" or "00");
        return (global || full) && IPAddress.TryParse(address, out _) ? new PiiSpan(PiiType.IpAddress, start, address.Length) : null;
    }

    private static bool IsAddressChar(char c) => c == ':' || char.IsAsciiHexDigit(c);

    public static string Fake(ReadOnlySpan<char> address, KeyedStream stream) => address.Contains(':')
        ? string.Create(CultureInfo.InvariantCulture, $"2001:db8::{stream.Next(0xFFFF) + 1:x}:{stream.Next(0xFFFF) + 1:x}")
        : string.Create(CultureInfo.InvariantCulture, $"{stream.Next(3) switch { 0 => "192.0.2", 1 => "198.51.100", _ => "203.0.113" }}.{stream.Next(254) + 1}");
}
