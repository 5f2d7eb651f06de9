using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace CorpusForge.Clean;

/// <summary>Replaces e-mail addresses and public IPv4 addresses by fixed ones that belong to nobody.</summary>
/// <remarks>
/// E-mail addresses become `email@example.com` (RFC 2606). An IPv4 address becomes one of six of the blocks that RFC 5737
/// keeps for documentation, always the same for the same address. Untouched: addresses of reserved names and blocks, hosts of
/// `git@host:path`, image names such as `icon@2x.png`, and four numbers that read like a version: with a letter or a sign of a
/// version around them, a part with a leading zero, a last part of 0, or only single digits.
/// </remarks>
public sealed record RedactPii : ITransform
{
    public bool Emails { get; init; } = true;
    public bool IpAddresses { get; init; } = true;

    private const string Email = "email@example.com";

    private static readonly string[] s_addresses = ["192.0.2.1", "192.0.2.2", "198.51.100.1", "198.51.100.2", "203.0.113.1", "203.0.113.2"];

    private static readonly SearchValues<char> s_letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    private static readonly SearchValues<char> s_local = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-");
    private static readonly SearchValues<char> s_domain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

    public Document Apply(Document document, Changes changes)
    {
        var text = document.Text;
        if (Emails)
            text = Replace(text, '@', FindEmail, "emails", changes);
        if (IpAddresses)
            text = Replace(text, '.', FindAddress, "ip-addresses", changes);
        return ReferenceEquals(text, document.Text) ? document : document with { Text = text };
    }

    /// <summary>What is found around the sign at <paramref name="at"/>, not before <paramref name="from"/>; null when nothing is.</summary>
    private delegate (Range Range, string With)? Find(ReadOnlySpan<char> text, int at, int from);

    private static string Replace(string text, char sign, Find find, string change, Changes changes)
    {
        var span = text.AsSpan();
        StringBuilder? replaced = null;
        var (done, found) = (0, 0);
        for (var at = span.IndexOf(sign); at >= 0;)
        {
            var next = at + 1;
            if (find(span, at, done) is var (range, with))
            {
                replaced ??= new StringBuilder(text.Length);
                replaced.Append(span[done..range.Start.Value]).Append(with);
                done = next = range.End.Value;
                found++;
            }
            var more = span[next..].IndexOf(sign);
            at = more < 0 ? -1 : next + more;
        }
        changes.Count(change, found);
        return replaced is null ? text : replaced.Append(span[done..]).ToString();
    }

    private static (Range, string)? FindEmail(ReadOnlySpan<char> text, int at, int from)
    {
        // RFC 5321: 64 characters before the sign, 255 after it.
        var before = text[Math.Max(from, at - 65)..at];
        var local = before[(before.LastIndexOfAnyExcept(s_local) + 1)..].TrimStart(".-%+");
        if (local.IsEmpty || local.Length > 64 || local[^1] == '.')
            return null;
        var after = text[(at + 1)..Math.Min(text.Length, at + 256)];
        var end = after.IndexOfAnyExcept(s_domain);
        var domain = (end < 0 ? after : after[..end]).TrimEnd(".-");
        var dot = domain.LastIndexOf('.');
        if (dot <= 0 || domain[0] is '.' or '-' || domain.Contains("..", StringComparison.Ordinal))
            return null;
        var top = domain[(dot + 1)..];
        if (top.Length is < 2 or > 24 || top.ContainsAnyExcept(s_letters) || IsReserved(domain, top) || IsImage(top))
            return null;
        end = at + 1 + domain.Length;
        if (local is "git" && end < text.Length && text[end] == ':')
            return null;
        return ((at - local.Length)..end, Email);
    }

    private static bool IsReserved(ReadOnlySpan<char> domain, ReadOnlySpan<char> top)
    {
        if (top is "test" or "example" or "invalid" or "localhost" or "local")
            return true;
        foreach (var name in (ReadOnlySpan<string>)["example.com", "example.org", "example.net"])
            if (domain.EndsWith(name, StringComparison.OrdinalIgnoreCase) && (domain.Length == name.Length || domain[^(name.Length + 1)] == '.'))
                return true;
        return false;
    }

    private static bool IsImage(ReadOnlySpan<char> top) => top is "png" or "jpg" or "jpeg" or "gif" or "svg" or "webp" or "avif" or "ico";

    private static (Range, string)? FindAddress(ReadOnlySpan<char> text, int at, int from)
    {
        // The sign is the first of three: digits stand before it.
        var start = at;
        while (start > from && char.IsAsciiDigit(text[start - 1]) && at - start < 4)
            start--;
        if (start == at || start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] is '.' or '_' or '-' or '+'))
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
        if (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] is '_' or '-' or '+'
                || text[position] == '.' && position + 1 < text.Length && char.IsAsciiLetterOrDigit(text[position + 1])))
            return null;
        if (!IsPublic(parts) || parts[3] == 0 || parts[0] < 10 && parts[1] < 10 && parts[2] < 10 && parts[3] < 10 || NamesVersion(text[Math.Max(0, start - 12)..start]))
            return null;
        var hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text[start..position]));
        return (start..position, s_addresses[hash % (ulong)s_addresses.Length]);
    }

    private static bool NamesVersion(ReadOnlySpan<char> before)
    {
        before = before.TrimEnd(" \t:=\"'<>~^(");
        return before.EndsWith("version", StringComparison.OrdinalIgnoreCase) || before.EndsWith("ver.", StringComparison.OrdinalIgnoreCase)
            || before.EndsWith("release", StringComparison.OrdinalIgnoreCase) || before.EndsWith("section", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>RFC 6890: not private, loopback, link-local, shared, for documentation or tests, multicast or reserved.</summary>
    private static bool IsPublic(ReadOnlySpan<int> a) => (a[0], a[1], a[2]) switch
    {
        (0 or 10 or 127 or >= 224, _, _) => false,
        (100, >= 64 and <= 127, _) => false,
        (169, 254, _) or (192, 168, _) or (172, >= 16 and <= 31, _) => false,
        (192, 0, 0 or 2) or (198, 51, 100) or (203, 0, 113) or (198, 18 or 19, _) => false,
        _ => true,
    };
}
