using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace CorpusForge.Servers;

/// <summary>Web sites on several hosts with a known set of pages, behind every kind of link, among every kind of trap.</summary>
/// <remarks>
/// A host has `pages` pages: the home page, most in a tree of links, the others behind a sitemap, a feed, a redirect, or another host. Around them lie what
/// robots.txt forbids, what is marked nofollow, addresses that differ only in what says nothing, and parts that make new addresses for ever.
/// </remarks>
public sealed class TrapSite(string[] hosts, int port, int pages)
{
    public const string Contact = "https://contact.example/crawler";

    /// <summary>No crawler asks for what contains one of these.</summary>
    public static readonly string[] Forbidden = ["/private/", "/nofollow/", "/secret.pdf", "/not-in-the-web"];

    private static readonly string[] s_traps = ["/calendar", "/loop/", "/facets", "/mirror/"];
    private readonly int _listed = pages / 10;

    public string[] Hosts => hosts;

    public string[] Seeds => [.. hosts.Select(h => $"http://{h}:{port}/")];

    /// <summary>The addresses that a crawl brings exactly once.</summary>
    public IEnumerable<string> Pages => hosts.SelectMany(h => Enumerable.Range(0, pages).Select(n => $"http://{h}:{port}{Path(n)}"));

    /// <summary>The trap that an address is in; null when it is in none.</summary>
    public static string? TrapOf(string path) => Array.Find(s_traps, t => path.StartsWith(t, StringComparison.Ordinal));

    public SiteServer.Answer Answer(SiteServer.Request request)
    {
        var host = Array.IndexOf(hosts, request.Host);
        var (path, query) = request.Path.Split('?') is [var p, var q] ? (p, q) : (request.Path, "");
        return path switch
        {
            "/robots.txt" => Text($"User-agent: *\nDisallow: /private/\nDisallow: /*.pdf$\nAllow: /private/open\nSitemap: http://{request.Host}:{port}/sitemap-index.xml\n\nUser-agent: GPTBot\nDisallow: /\n"),
            "/sitemap-index.xml" => Xml("<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>/sitemap-1.xml.gz</loc></sitemap><sitemap><loc>/sitemap-index.xml</loc></sitemap></sitemapindex>"),
            "/sitemap-1.xml.gz" => new("200 OK", Gzip($"<urlset>{string.Concat(Behind(Kind.Sitemap).Select(n => $"<url><loc>http://{request.Host}:{port}{Path(n)}</loc></url>"))}<url><loc>/private/listed</loc></url></urlset>"), "Content-Type: application/gzip\r\n"),
            "/feed.xml" => Xml($"<rss><channel><link>/</link>{string.Concat(Behind(Kind.Feed).Select(n => $"<item><link>{Path(n)}?utm_source=feed</link></item>"))}</channel></rss>"),
            "/calendar" => Html(Calendar(query)),
            "/facets" => Html($"facets {query} <a href='/facets?{(query.Length == 0 ? "" : query + "&amp;")}f{query.Split('&').Length}=1'>more</a>"),
            _ when path.StartsWith("/loop/", StringComparison.Ordinal) => Html($"loop {path} <a href='again/loop/'>again</a>"),
            _ when path.StartsWith("/mirror/", StringComparison.Ordinal) => Html($"the same text everywhere {string.Concat(Enumerable.Range(1, 3).Select(i => $"<a href='/mirror/{(long.Parse(path[8..], CultureInfo.InvariantCulture) * 3) + i}'>x</a>"))}"),
            _ when path.StartsWith("/go/", StringComparison.Ordinal) => new("302 Found", [], $"Location: {Path(int.Parse(path[4..], CultureInfo.InvariantCulture))}#part\r\n"),
            "/to-private" => new("301 Moved", [], "Location: /private/target\r\n"),
            "/to-file" => new("301 Moved", [], "Location: file:///etc/passwd\r\n"),
            "/ring-a" => new("302 Found", [], "Location: /ring-b\r\n"),
            "/ring-b" => new("302 Found", [], "Location: /ring-a\r\n"),
            "/broken" => new("500 Oops", "oops"u8.ToArray()),
            _ when NumberOf(path) is { } number => Page(request.Host, host, number),
            _ => new("404 Not Found", "nothing"u8.ToArray()),
        };
    }

    private enum Kind { Tree, Sitemap, Feed, Redirect, Elsewhere }

    private int? NumberOf(string path) => path == "/" ? 0
        : path.StartsWith("/p/", StringComparison.Ordinal) && path.EndsWith(".html", StringComparison.Ordinal) && int.TryParse(path.AsSpan()[3..^5], out var n) && n > 0 && n < pages ? n : null;

    private static string Path(int number) => number == 0 ? "/" : $"/p/{number}.html";

    // The last tenths lie behind something else than a link of their own host.
    private Kind KindOf(int number) => _listed == 0 || number < pages - (4 * _listed) ? Kind.Tree : (Kind)(1 + ((pages - 1 - number) / _listed));

    private IEnumerable<int> Behind(Kind kind) => Enumerable.Range(0, pages).Where(n => KindOf(n) == kind);

    private SiteServer.Answer Page(string name, int host, int number)
    {
        var body = new StringBuilder($"<!doctype html><title>Page {number} of {name}</title><link rel=license href=https://creativecommons.org/licenses/by/4.0/>");
        if (number == 0)
            body.Append("<link rel=alternate type='application/rss+xml' href=/feed.xml>");
        body.Append(CultureInfo.InvariantCulture, $"<p>This is page {number} of {name}. <a href='/'>Home</a> <a href='#top'>up</a>");
        var next = hosts[(host + 1) % hosts.Length];
        for (var child = (8 * number) + 1; child <= (8 * number) + 8 && child < pages; child++)
            body.Append(KindOf(child) switch
            {
                Kind.Tree => Link(name, child),
                _ => "",
            });
        foreach (var n in Behind(Kind.Redirect).Where(n => n % 50 == number % 50 && number < 50))
            body.Append(CultureInfo.InvariantCulture, $"<a href=/go/{n}>moved</a>");
        foreach (var n in Behind(Kind.Elsewhere).Where(n => n % 50 == number % 50 && number < 50))
            body.Append(CultureInfo.InvariantCulture, $"<a href='http://{next}:{port}{Path(n)}'>elsewhere</a>");
        if (number % 10 == 0)
            body.Append(CultureInfo.InvariantCulture,
                $"<a href=/private/{number}>private</a><a href='/%70rivate/{number}'>private</a><a href=/x/../private/{number}>private</a><a href=/secret.pdf>no</a><a rel=nofollow href=/nofollow/{number}>no</a><a href=http://elsewhere.example/not-in-the-web>off</a><a href=mailto:a@b.example>mail</a>");
        if (number % 25 == 0)
            body.Append("<a href='/calendar?year=2026&amp;month=1'>calendar</a><a href=/loop/>loop</a><a href=/facets>facets</a><a href=/mirror/1>mirror</a><a href=/to-private>x</a><a href=/to-file>x</a><a href=/ring-a>x</a><a href=/broken>x</a><a href=/gone>x</a>");
        return Html(body.ToString());
    }

    // One address in many spellings.
    private string Link(string name, int child)
    {
        var path = Path(child);
        return string.Create(CultureInfo.InvariantCulture,
            $"<a href={path}>{child}</a><a href='HTTP://{name.ToUpperInvariant()}:{port}{path}?utm_source=a&amp;fbclid={child}'>b</a><a href='/q/../p/./{child}.html#x'>c</a><a href='/p\\{child}.html?PHPSESSID=abc{child}'>d</a><a href='{path};jsessionid={child:X8}?gclid=1'>e</a><a href=' /%70/{child}.ht\nml '>f</a>");
    }

    private static string Calendar(string query)
    {
        var values = query.Split('&').Select(v => v.Split('=')).Where(v => v.Length == 2).ToDictionary(v => v[0], v => int.Parse(v[1], CultureInfo.InvariantCulture));
        var month = (values.GetValueOrDefault("year", 2026) * 12) + values.GetValueOrDefault("month", 1) - 1;
        return $"month {month} <a href='/calendar?year={(month + 1) / 12}&amp;month={((month + 1) % 12) + 1}'>next</a> <a href='/calendar?year={(month - 1) / 12}&amp;month={((month - 1) % 12) + 1}'>before</a>";
    }

    private static SiteServer.Answer Html(string body) => new("200 OK", Encoding.UTF8.GetBytes(body));

    private static SiteServer.Answer Text(string body) => new("200 OK", Encoding.UTF8.GetBytes(body), "Content-Type: text/plain\r\n");

    private static SiteServer.Answer Xml(string body) => new("200 OK", Encoding.UTF8.GetBytes(body), "Content-Type: application/xml\r\n");

    private static byte[] Gzip(string text)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return buffer.ToArray();
    }
}
