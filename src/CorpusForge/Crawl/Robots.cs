using System.Globalization;
using System.Text;

namespace CorpusForge.Crawl;

/// <summary>What a site's robots.txt lets one crawler fetch, how often, and which line says so.</summary>
/// <remarks>
/// RFC 9309: the groups that name the crawler's product token are merged, else those of `*` are; the longest matching rule
/// decides and `allow` wins ties; `*` matches anything, `$` at the end the end. Both sides are compared with their
/// percent-encoding normalised. As Google's matcher does, frequent misspellings, a forgotten colon and a cut byte order mark are
/// forgiven, and to allow `/index.html` allows its folder. Other lines do not end a group; Crawl-delay is not in the standard and is read because it
/// is a wish that costs only time. Content-Usage is that of the IETF's AIPREF drafts.
/// </remarks>
public sealed class Robots
{
    /// <summary>What lies behind is not read; the standard asks for at least 500 KiB.</summary>
    public const int MaxBytes = 512 << 10;

    private static readonly string[] s_agents = ["user-agent", "useragent", "user agent"];
    private static readonly string[] s_disallows = ["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"];

    private readonly List<Rule> _rules = [];
    private readonly List<Rule> _usages = [];

    private Robots(params Rule[] rules) => _rules.AddRange(rules);

    /// <summary>For a robots.txt that is not there (status 4xx).</summary>
    public static Robots AllowAll { get; } = new();

    /// <summary>For a robots.txt that cannot be had (status 5xx, no connection).</summary>
    public static Robots DisallowAll { get; } = new(new Rule("/", false, "", 0));

    /// <summary>Seconds between two requests that the site asks for; null when it does not.</summary>
    public double? CrawlDelay { get; private set; }

    /// <summary>The token by which the crawler is addressed: its own, `*`, or none.</summary>
    public string? Group { get; private init; }

    /// <summary>Whether any rule forbids anything.</summary>
    public bool Restricts => _rules.Any(r => !r.Allow);

    public static Robots Parse(ReadOnlySpan<byte> bytes, string productToken)
    {
        var (own, any) = (new Robots { Group = productToken }, new Robots { Group = "*" });
        var (ownNamed, anyNamed, toOwn, toAny, naming) = (false, false, false, false, false);
        var number = 0;
        foreach (var line in Lines(bytes))
        {
            number++;
            if (Parts(line) is not var (text, key, value))
                continue;
            if (key is "user-agent")
            {
                if (!naming)
                    (toOwn, toAny, naming) = (false, false, true);
                toAny |= value is "*" || value.StartsWith("* ", StringComparison.Ordinal);
                toOwn |= TokenOf(value, productToken.Any(char.IsAsciiDigit)).Equals(productToken, StringComparison.OrdinalIgnoreCase);
                (ownNamed, anyNamed) = (ownNamed || toOwn, anyNamed || toAny);
            }
            else if (key is "allow" or "disallow")
            {
                naming = false;
                if (value.Length == 0)
                    continue;
                Add(r => r._rules, new Rule(Normalise(value), key == "allow", text, number));
                if (key == "allow" && value.LastIndexOf("/index.htm", StringComparison.Ordinal) is var index and >= 0 && index == value.LastIndexOf('/'))
                    Add(r => r._rules, new Rule(Normalise(value[..(index + 1)]) + "$", true, text, number));
            }
            else if (key == "content-usage")
            {
                var space = value.IndexOf(' ', StringComparison.Ordinal);
                var path = value.StartsWith('/') && space > 0 ? value[..space] : "/";
                Add(r => r._usages, new Rule(Normalise(path), true, value.StartsWith('/') && space > 0 ? value[space..].Trim() : value, number));
            }
            else if (key == "crawl-delay" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var delay) && delay >= 0)
            {
                if (toOwn)
                    own.CrawlDelay = Math.Max(own.CrawlDelay ?? 0, delay);
                if (toAny)
                    any.CrawlDelay = Math.Max(any.CrawlDelay ?? 0, delay);
            }
        }
        return ownNamed ? own : anyNamed ? any : AllowAll;

        void Add(Func<Robots, List<Rule>> list, Rule rule)
        {
            if (toOwn)
                list(own).Add(rule);
            if (toAny)
                list(any).Add(rule);
        }
    }

    /// <summary>The sitemaps that the file names, verbatim.</summary>
    public static IReadOnlyList<string> Sitemaps(ReadOnlySpan<byte> bytes) =>
        [.. Lines(bytes).Select(Parts).OfType<(string, string Key, string Value)>().Where(p => p.Key == "sitemap").Select(p => p.Value).Distinct(StringComparer.Ordinal)];

    /// <summary>The product tokens that the file addresses, in lower case.</summary>
    public static IReadOnlySet<string> Agents(ReadOnlySpan<byte> bytes) =>
        Lines(bytes).Select(Parts).OfType<(string, string Key, string Value)>().Where(p => p.Key == "user-agent").Select(p => TokenOf(p.Value, digits: true).ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether the crawler may fetch <paramref name="pathAndQuery"/>, which starts with a slash.</summary>
    public bool Allows(string pathAndQuery) => pathAndQuery == "/robots.txt" || Decide(pathAndQuery)?.Allow != false;

    /// <summary>The rule that decides about a path; null when none matches, which allows.</summary>
    public RobotsRule? Decide(string pathAndQuery)
    {
        var path = Normalise(pathAndQuery);
        Rule? best = null;
        foreach (var rule in _rules)
            if ((best is not { } b || rule.Pattern.Length > b.Pattern.Length || (rule.Pattern.Length == b.Pattern.Length && rule.Allow && !b.Allow)) && Matches(rule.Pattern, path))
                best = rule;
        return best is { } found ? new RobotsRule(found.Allow, found.Text, found.Line) : null;
    }

    /// <summary>The usage preference that is stated for a path: that of the longest matching rule.</summary>
    public RobotsRule? Usage(string pathAndQuery)
    {
        var path = Normalise(pathAndQuery);
        return _usages.Where(u => Matches(u.Pattern, path)).OrderByDescending(u => u.Pattern.Length).Select(u => new RobotsRule(true, u.Text, u.Line)).FirstOrDefault();
    }

    private static string[] Lines(ReadOnlySpan<byte> bytes)
    {
        var cut = bytes.Length > MaxBytes;
        bytes = bytes[..Math.Min(bytes.Length, MaxBytes)];
        bytes = bytes[bytes.CommonPrefixLength((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])..];
        // A line that the limit cuts could say more than it did.
        if (cut)
            bytes = bytes[..(bytes.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)];
        // One character a byte: what is not ASCII is percent-encoded by byte, whatever the encoding was.
        return Encoding.Latin1.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Split('\r', '\n');
    }

    // The line without its comment, its key as it is spelled right, and its value; null when it says nothing.
    private static (string Text, string Key, string Value)? Parts(string line)
    {
        var text = line.Split('#', 2)[0].Trim();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            // Two words alone are a key and a value.
            colon = text.AsSpan().IndexOfAny(' ', '\t');
            if (colon < 0 || text.AsSpan(colon).Trim(" \t").IndexOfAny(' ', '\t') >= 0)
                return null;
        }
        var key = text[..colon].Trim().ToLowerInvariant();
        key = key switch
        {
            _ when s_agents.Any(a => key.StartsWith(a, StringComparison.Ordinal)) => "user-agent",
            _ when key.StartsWith("allow", StringComparison.Ordinal) => "allow",
            _ when s_disallows.Any(d => key.StartsWith(d, StringComparison.Ordinal)) => "disallow",
            _ when key.StartsWith("sitemap", StringComparison.Ordinal) || key.StartsWith("site-map", StringComparison.Ordinal) => "sitemap",
            _ => key,
        };
        return (text, key, text[(colon + 1)..].Trim());
    }

    // The standard has no digits in a token; some crawlers do.
    private static string TokenOf(string value, bool digits)
    {
        var end = 0;
        while (end < value.Length && (char.IsAsciiLetter(value[end]) || value[end] is '-' or '_' || (digits && char.IsAsciiDigit(value[end]))))
            end++;
        return value[..end];
    }

    // Decodes what needs no encoding, encodes what does, and writes hexadecimal digits in upper case.
    internal static string Normalise(string path)
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
    internal static bool Matches(string pattern, string path)
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

    private readonly record struct Rule(string Pattern, bool Allow, string Text, int Line);
}

/// <summary>A line of a robots.txt that decided.</summary>
/// <param name="Allow">Whether it allows.</param>
/// <param name="Text">Verbatim, without comment.</param>
/// <param name="Line">Its number, from 1.</param>
public sealed record RobotsRule(bool Allow, string Text, int Line);
