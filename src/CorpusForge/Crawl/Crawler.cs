using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Crawl;

/// <summary>What a crawl brought: how many pages, what was not fetched and why, and a digest that says whether it was the same.</summary>
/// <param name="ContentDigest">SHA-256 over URL, status, media type and body digest of every response in order; no dates.</param>
/// <param name="Pages">Responses with status 200.</param>
/// <param name="Bytes">Of all bodies, as on the wire.</param>
/// <param name="Files">How many WARC files were written.</param>
/// <param name="Drops">URLs that gave no page, by rule.</param>
/// <param name="Unvisited">URLs that were known and not asked for because a limit had been reached.</param>
public sealed record CrawlResult(
    string ContentDigest, int Pages, long Bytes, int Files, IReadOnlyDictionary<string, long> Drops, int Unvisited);

/// <summary>Visits the pages of one crawl source breadth first and writes what it gets to WARC files.</summary>
/// <remarks>
/// <para>One request at a time, in the order in which URLs were found, so the same sites give the same files but for dates.
/// Between two requests to a host there is the larger of the configured delay and the site's Crawl-delay.</para>
/// <para>Every URL taken ends as a page or under one rule: those of <see cref="Exchange"/>, `robots-disallowed`,
/// `robots-unavailable`, `crawl-delay`, `http-status`, `off-site`, `redirect-loop`, `redirect-seen`, `too-many-redirects`,
/// `bad-redirect`, `bad-url`. Responses of any status are in the WARC; robots.txt and robots meta tags are there as
/// `metadata` records, evidence that is no document.</para>
/// </remarks>
/// <param name="source">The settings.</param>
/// <param name="fetcher">Does the exchanges.</param>
/// <param name="time">The clock of delays and of the dates in the WARC.</param>
public sealed class Crawler(CrawlSource source, Fetcher fetcher, TimeProvider time)
{
    /// <summary>A new WARC file is begun once the bodies of one exceed this, which depends on nothing but them.</summary>
    public const long FileBytes = 64L << 20;

    private const int MaxRedirects = 5;
    private const int MaxRetries = 2;
    private const int MaxRobotsBytes = 8 << 20;
    private static readonly TimeSpan s_maxRetryWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_maxCrawlDelay = TimeSpan.FromMinutes(10);

    private readonly Queue<(Uri Uri, int Depth)> _frontier = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Site> _sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _ready = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _drops = new(StringComparer.Ordinal);
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Stream? _file;
    private WarcWriter? _warc;
    private int _files;
    private long _fileBytes;
    private long _bytes;
    private int _pages;

    /// <summary>Runs the crawl once.</summary>
    /// <param name="open">Opens WARC file number n, from 0, for writing; it is disposed here.</param>
    /// <param name="report">Called with the share of the page limit that is reached.</param>
    /// <param name="cancel">Ends the crawl.</param>
    public async Task<CrawlResult> Run(Func<int, Stream> open, Action<double>? report = null, CancellationToken cancel = default)
    {
        foreach (var seed in source.Seeds)
        {
            if (CrawlUrl.Resolve(null, seed) is not { } uri)
            {
                Drop("bad-url");
                continue;
            }
            _hosts.Add(uri.IdnHost);
            Add(uri, 0);
        }
        try
        {
            while (_pages < source.MaxPages && _bytes < source.MaxBytes && _frontier.TryDequeue(out var next))
            {
                await Visit(next.Uri, next.Depth, open, cancel);
                report?.Invoke((double)_pages / source.MaxPages);
            }
        }
        finally
        {
            _file?.Dispose();
        }
        return new CrawlResult(Convert.ToHexStringLower(_digest.GetHashAndReset()), _pages, _bytes, _files, _drops, _frontier.Count);
    }

    private void Add(Uri uri, int depth)
    {
        if (_seen.Add(uri.AbsoluteUri))
            _frontier.Enqueue((uri, depth));
    }

    private void Drop(string rule) => _drops[rule] = _drops.GetValueOrDefault(rule) + 1;

    private async Task Visit(Uri uri, int depth, Func<int, Stream> open, CancellationToken cancel)
    {
        var chain = new HashSet<string>(StringComparer.Ordinal) { uri.AbsoluteUri };
        for (var hop = 0; ; hop++)
        {
            var (exchange, rule) = await Ask(uri, open, cancel);
            if (exchange is null)
            {
                Drop(rule!);
                return;
            }
            Write(exchange, open);
            if (exchange.Status == 200)
            {
                TakePage(exchange, depth);
                return;
            }
            if (exchange.Status is not (301 or 302 or 303 or 307 or 308))
                rule = "http-status";
            else if (exchange.Header("Location") is not { } location || CrawlUrl.Resolve(uri, location) is not { } next)
                rule = "bad-redirect";
            else if (!chain.Add(next.AbsoluteUri))
                rule = "redirect-loop";
            else if (source.SameSite && !_hosts.Contains(next.IdnHost))
                rule = "off-site";
            else if (hop == MaxRedirects)
                rule = "too-many-redirects";
            else if (!_seen.Add(next.AbsoluteUri))
                rule = "redirect-seen";
            else
            {
                uri = next;
                continue;
            }
            Drop(rule);
            return;
        }
    }

    // The exchange with a usable response, or the rule by which there is none.
    private async Task<(Exchange? Exchange, string? Rule)> Ask(Uri uri, Func<int, Stream> open, CancellationToken cancel)
    {
        var site = await SiteOf(uri, open, cancel);
        if (site.Rule is not null)
            return (null, site.Rule);
        if (!site.Robots.Allows(uri.PathAndQuery))
            return (null, "robots-disallowed");
        for (var retry = 0; ; retry++)
        {
            var exchange = await Politely(uri, source.MaxBodyBytes, site.Robots.CrawlDelay ?? 0, cancel);
            if (!exchange.Verdict.Kept)
                return (null, exchange.Verdict.Rule);
            if (exchange.Status is not (429 or 503) || retry == MaxRetries)
                return (exchange, null);
            var wait = RetryAfter(exchange) ?? TimeSpan.FromSeconds(5 << retry);
            if (wait > s_maxRetryWait)
                return (exchange, null);
            var until = time.GetUtcNow() + wait;
            if (until > _ready[uri.IdnHost])
                _ready[uri.IdnHost] = until;
        }
    }

    private TimeSpan? RetryAfter(Exchange exchange)
    {
        var value = exchange.Header("Retry-After");
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date - time.GetUtcNow() : null;
    }

    private async Task<Exchange> Politely(Uri uri, int maxBodyBytes, double crawlDelay, CancellationToken cancel)
    {
        var wait = _ready.GetValueOrDefault(uri.IdnHost, DateTimeOffset.MinValue) - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancel);
        var exchange = await fetcher.Get(uri, maxBodyBytes, cancel);
        _ready[uri.IdnHost] = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Max(source.DelaySeconds, crawlDelay));
        return exchange;
    }

    private async Task<Site> SiteOf(Uri uri, Func<int, Stream> open, CancellationToken cancel)
    {
        var origin = uri.GetLeftPart(UriPartial.Authority);
        if (!_sites.TryGetValue(origin, out var site))
        {
            site = await ReadRobots(new Uri(origin + "/robots.txt"), open, cancel);
            if (site.Robots.CrawlDelay > s_maxCrawlDelay.TotalSeconds)
                site = site with { Rule = "crawl-delay" };
            // The first page waits as long as the others do.
            else if (site.Robots.CrawlDelay is { } delay && delay > source.DelaySeconds)
                _ready[uri.IdnHost] = time.GetUtcNow() + TimeSpan.FromSeconds(delay);
            _sites.Add(origin, site);
        }
        return site;
    }

    private async Task<Site> ReadRobots(Uri uri, Func<int, Stream> open, CancellationToken cancel)
    {
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            var exchange = await Politely(uri, MaxRobotsBytes, 0, cancel);
            if (!exchange.Verdict.Kept)
                return new Site(Robots.DisallowAll, exchange.Verdict.Rule);
            Write(exchange, open, "metadata");
            switch (exchange.Status)
            {
                case >= 200 and < 300:
                    var (body, verdict) = exchange.Response!.Decode(MaxRobotsBytes);
                    return verdict.Kept ? new Site(Robots.Parse(body.Span, Fetcher.ProductToken)) : new Site(Robots.DisallowAll, "robots-unavailable");
                case >= 300 and < 400 when exchange.Header("Location") is { } location && CrawlUrl.Resolve(uri, location) is { } next:
                    uri = next;
                    continue;
                // Too many requests is no permission, although the standard counts it as 4xx.
                case 429 or >= 500:
                    return new Site(Robots.DisallowAll, "robots-unavailable");
                default:
                    return new Site(Robots.AllowAll);
            }
        }
        return new Site(Robots.AllowAll);
    }

    private void TakePage(Exchange exchange, int depth)
    {
        _pages++;
        var (type, charset) = MediaTypes.Parse(exchange.Header("Content-Type"));
        var (body, verdict) = exchange.Response!.Decode(source.MaxBodyBytes);
        if (!verdict.Kept || (type ?? MediaTypes.Sniff(body.Span)) is not ("text/html" or "application/xhtml+xml"))
            return;
        var page = PageLinks.Read(exchange.Uri, body.Span, charset);
        if (page.RobotsMeta.Count > 0)
            _warc!.WriteMetadata(exchange.Uri.AbsoluteUri, page.RobotsMeta.Select(m => KeyValuePair.Create("robots-meta", m)));
        if (depth == source.MaxDepth || exchange.Response.All("X-Robots-Tag").Any(PageLinks.SaysNofollow))
            return;
        foreach (var link in page.Links)
            if (!source.SameSite || _hosts.Contains(link.IdnHost))
                Add(link, depth + 1);
    }

    private void Write(Exchange exchange, Func<int, Stream> open, string type = "response")
    {
        if (_warc is null || _fileBytes > FileBytes)
        {
            _file?.Dispose();
            _file = open(_files++);
            _fileBytes = 0;
            _warc = new WarcWriter(_file, time);
            _warc.WriteInfo([new("software", Fetcher.ProductToken), new("format", "WARC File Format 1.1"), new("robots", "RFC 9309")]);
        }
        var body = exchange.Response!.Body.ToArray();
        _warc.WriteExchange(exchange.Uri.AbsoluteUri, exchange.Request, exchange.Head, body, type);
        _fileBytes += body.Length;
        if (type != "response")
            return;
        _bytes += body.Length;
        var mediaType = MediaTypes.Parse(exchange.Header("Content-Type")).MediaType;
        _digest.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{exchange.Uri.AbsoluteUri}\n{exchange.Status}\n{mediaType}\n{Convert.ToHexStringLower(SHA256.HashData(body))}\n")));
    }

    private sealed record Site(Robots Robots, string? Rule = null);
}
