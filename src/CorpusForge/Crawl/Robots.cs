using System.Globalization;
using System.Text;

namespace CorpusForge.Crawl;

/// <summary>What a site's robots.txt lets one crawler fetch, and how often.</summary>
/// <remarks>
/// RFC 9309: the groups that name the crawler's product token are merged, else those of `*` are; the longest matching rule
/// decides and `allow` wins ties; `*` matches anything, `$` at the end the end. Both sides are compared with their
/// percent-encoding normalised. Other lines do not end a group; Crawl-delay is not in the standard and is read because it
/// is a wish that costs only time.
/// </remarks>
public sealed class Robots
{
    /// <summary>What lies behind is not read; the standard asks for at least 500 KiB.</summary>
    public const int MaxBytes = 512 << 10;

    private readonly List<Rule> _rules = [];

    private Robots(params Rule[] rules) => _rules.AddRange(rules);

    /// <summary>For a robots.txt that is not there (status 4xx).</summary>
    public static Robots AllowAll { get; } = new();

    /// <summary>For a robots.txt that cannot be had (status 5xx, no connection).</summary>
    public static Robots DisallowAll { get; } = new(new Rule("/", false));

    /// <summary>Seconds between two requests that the site asks for; null when it does not.</summary>
    public double? CrawlDelay { get; private set; }

    public static Robots Parse(ReadOnlySpan<byte> bytes, string productToken)
    {
        var (own, any) = (new Robots(), new Robots());
        var (ownNamed, toOwn, toAny, naming) = (false, false, false, false);
        foreach (var line in Lines(bytes))
        {
            var text = line.Split('#', 2)[0];
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                continue;
            var (key, value) = (text[..colon].Trim().ToLowerInvariant(), text[(colon + 1)..].Trim());
            if (key is "user-agent")
            {
                if (!naming)
                    (toOwn, toAny, naming) = (false, false, true);
                var token = TokenOf(value);
                toAny |= value is "*" || value.StartsWith("* ", StringComparison.Ordinal);
                toOwn |= token.Equals(productToken, StringComparison.OrdinalIgnoreCase);
                ownNamed |= toOwn;
            }
            else if (key is "allow" or "disallow")
            {
                naming = false;
                if (value.Length == 0)
                    continue;
                var rule = new Rule(Normalise(value), key == "allow");
                if (toOwn)
                    own._rules.Add(rule);
                if (toAny)
                    any._rules.Add(rule);
            }
            else if (key == "crawl-delay" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var delay) && delay >= 0)
            {
                if (toOwn)
                    own.CrawlDelay = Math.Max(own.CrawlDelay ?? 0, delay);
                if (toAny)
                    any.CrawlDelay = Math.Max(any.CrawlDelay ?? 0, delay);
            }
        }
        return ownNamed ? own : any;
    }

    /// <summary>Whether the crawler may fetch <paramref name="pathAndQuery"/>, which starts with a slash.</summary>
    public bool Allows(string pathAndQuery)
    {
        if (pathAndQuery == "/robots.txt")
            return true;
        var path = Normalise(pathAndQuery);
        var (length, allowed) = (-1, true);
        foreach (var rule in _rules)
            if ((rule.Pattern.Length > length || (rule.Pattern.Length == length && rule.Allow)) && Matches(rule.Pattern, path))
                (length, allowed) = (rule.Pattern.Length, rule.Allow);
        return allowed;
    }

    private static string[] Lines(ReadOnlySpan<byte> bytes)
    {
        var cut = bytes.Length > MaxBytes;
        bytes = bytes[..Math.Min(bytes.Length, MaxBytes)];
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        // A line that the limit cuts could say more than it did.
        if (cut)
            bytes = bytes[..(bytes.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)];
        // One character a byte: what is not ASCII is percent-encoded by byte, whatever the encoding was.
        return Encoding.Latin1.GetString(bytes).Split('\r', '\n');
    }

    private static string TokenOf(string value)
    {
        var end = 0;
        while (end < value.Length && (char.IsAsciiLetter(value[end]) || value[end] is '-' or '_'))
            end++;
        return value[..end];
    }

    // Decodes what needs no encoding, encodes what does, and writes hexadecimal digits in upper case.
    private static string Normalise(string path)
    {
        var text = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (c == '%' && i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1]) && char.IsAsciiHexDigit(path[i + 2]))
            {
                var value = (char)int.Parse(path.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                if (char.IsAsciiLetterOrDigit(value) || value is '-' or '.' or '_' or '~')
                    text.Append(value);
                else
                    text.Append('%').Append(path.Substring(i + 1, 2).ToUpperInvariant());
                i += 2;
            }
            else if (c is > ' ' and < '\u007F')
                text.Append(c);
            else if (c < '\u0100')
                text.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
            else
                text.Append(Uri.EscapeDataString(c.ToString()));
        }
        return text.ToString();
    }

    // Greedy with one place to come back to, so that no pattern costs more than its length times the path's.
    private static bool Matches(string pattern, string path)
    {
        var anchored = pattern.EndsWith('$');
        var end = anchored ? pattern.Length - 1 : pattern.Length;
        var (p, i, star, back) = (0, 0, -1, 0);
        while (true)
        {
            if (p == end && (!anchored || i == path.Length))
                return true;
            if (p < end && pattern[p] == '*')
                (star, back) = (p++, i);
            else if (p < end && i < path.Length && pattern[p] == path[i])
                (p, i) = (p + 1, i + 1);
            else if (star >= 0 && back < path.Length)
                (p, i) = (star + 1, ++back);
            else
                return false;
        }
    }

    private readonly record struct Rule(string Pattern, bool Allow);
}
