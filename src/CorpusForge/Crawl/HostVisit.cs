using System.Globalization;
using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Asks one host for its URLs, one after the other and never too soon, as long as its lease is held.</summary>
internal sealed class HostVisit(Crawler crawler, HostLease lease)
{
    private const int MaxUrls = 100;
    private const int MaxRedirects = 5;
    private const int MaxRetries = 2;
    private const int MaxSiteFileBytes = 8 << 20;
    private const double MaxFactorSeconds = 60;
    private static readonly TimeSpan s_maxRetryWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_maxCrawlDelay = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_siteAge = TimeSpan.FromHours(24);

    private readonly CrawlSource _source = crawler.Source;
    private double _penalty;
    private long _pages = lease.Pages;

    public async Task Run(CancellationToken cancel)
    {
        // Another process may have asked the host last.
        if (crawler.Ready(lease.Host) == DateTimeOffset.MinValue && lease.Wait > 0)
            crawler.Ready(lease.Host, crawler.Time.GetUtcNow() + TimeSpan.FromMilliseconds(lease.Wait));
        try
        {
            for (var i = 0; i < MaxUrls; i++)
            {
                cancel.ThrowIfCancellationRequested();
                if (crawler.LimitReached || crawler.Ledger.NextUrl(crawler.Key, lease.Host) is not { } row)
                    return;
                if (row.Kind == "page" && !crawler.MayAsk())
                    return;
                var (page, bytes) = (false, 0L);
                try
                {
                    var found = new List<FoundUrl>();
                    var visited = await Visit(row, found, cancel);
                    if (!crawler.Ledger.EndUrl(crawler.Key, lease, row, visited, found, (crawler.Hold(Wait), (long)Wait.TotalMilliseconds, crawler.Spent)))
                        return;
                    (page, bytes) = (row.Kind == "page" && visited.Rule is null, visited.Length);
                    _pages += page ? 1 : 0;
                    crawler.Added(found);
                    crawler.Store.Grown(visited.Record?.Length ?? 0);
                }
                finally
                {
                    if (row.Kind == "page")
                        crawler.Asked(page, bytes);
                }
            }
        }
        finally
        {
            crawler.Ledger.ReleaseHost(crawler.Key, lease, (long)Wait.TotalMilliseconds);
        }
    }

    private TimeSpan Wait => crawler.Ready(lease.Host) - crawler.Time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    private async Task<Visited> Visit(FrontierRow row, List<FoundUrl> found, CancellationToken cancel)
    {
        var uri = new Uri(row.Url);
        // What the user names is no trap.
        if (row.Depth > 0 && UrlShape.TrapOf(uri) is { } trap)
            return new Visited(trap);
        if (row.Kind == "page" && BudgetRule(row, uri) is { } spent)
            return new Visited(spent);
        var site = await SiteOf(uri, found, cancel);
        if (site.Rule is not null)
            return new Visited(site.Rule);
        if (site.Robots.CrawlDelay > s_maxCrawlDelay.TotalSeconds)
            return new Visited("crawl-delay");
        if (!site.Robots.Allows(uri.PathAndQuery))
            return new Visited("robots-disallowed");

        var earlier = crawler.History is { } history && row.Kind == "page" && crawler.Ledger.History(history, row.Url) is { } known ? (Row: known, Kept: crawler.Store.Read(known)) : default;
        var exchange = await Ask(uri, site, earlier.Kept is null ? null : new Validators(earlier.Row!.ETag, earlier.Row.Modified), cancel);
        if (!exchange.Verdict.Kept)
            return new Visited(exchange.Verdict.Rule);
        var unchanged = exchange.Status == 304 && earlier.Kept is not null;
        var rule = unchanged || exchange.Status == 200 ? null : Redirect(exchange, row, found);
        var visited = CrawlRecord.Of(exchange, crawler.Time, row.Kind, rule, row, site.EvidenceFor(uri.PathAndQuery), unchanged ? earlier.Kept : null);
        if (rule is not null)
            return visited;
        var message = unchanged ? earlier.Kept!.Message : exchange.Response!;
        return row.Kind == "page" ? TakePage(uri, message, row, found, visited) : TakeList(uri, message, row, found, visited);
    }

    private string? BudgetRule(FrontierRow row, Uri uri)
    {
        if (_source.MaxPagesPerHost > 0 && _pages >= _source.MaxPagesPerHost)
            return "host-budget";
        if (_source.MaxPagesPerDomain > 0 && crawler.Ledger.DomainPages(crawler.Key, lease.Domain) >= _source.MaxPagesPerDomain)
            return "domain-budget";
        if (row.Depth == 0)
            return null;
        if (row.ShapePages >= _source.MaxTrapPages && UrlShape.IsCalendar(uri))
            return "trap-calendar";
        return row.ShapeRepeats >= _source.MaxTrapPages ? "trap-repeats" : null;
    }

    // The rule of what is no page; a redirect's target goes to the frontier, where its own host asks for it.
    private string Redirect(Exchange exchange, FrontierRow row, List<FoundUrl> found)
    {
        if (exchange.Status is not (301 or 302 or 303 or 307 or 308))
            return "http-status";
        if (exchange.Header("Location") is not { } location || CrawlUrl.Resolve(exchange.Uri, location) is not { } next)
            return "bad-redirect";
        if (next.AbsoluteUri == row.Url)
            return "redirect-loop";
        if (!crawler.IsOnSite(next))
            return "off-site";
        if (row.Hops == MaxRedirects)
            return "too-many-redirects";
        Add(next, row.Kind, row.Depth == 0 ? 0 : 2, row.Depth, row.Hops + 1, row.Url, found);
        return "redirect";
    }

    private Visited TakePage(Uri uri, HttpMessage message, FrontierRow row, List<FoundUrl> found, Visited visited)
    {
        var (type, charset) = MediaTypes.Parse(message.Header("Content-Type"));
        var (body, verdict) = message.Decode(_source.MaxBodyBytes);
        if (!verdict.Kept || (type ?? MediaTypes.Sniff(body.Span)) is not ("text/html" or "application/xhtml+xml"))
            return visited;
        var page = PageLinks.Read(uri, body.Span, charset);
        var follow = !message.All("X-Robots-Tag").Any(PageLinks.SaysNofollow);
        // That every page is the home page, or one elsewhere, is a mistake of the site.
        var canonical = page.Canonical is { } own && own.AbsoluteUri != row.Url && own.IdnHost == uri.IdnHost && own.PathAndQuery != "/" ? own : null;
        if (canonical is not null && follow && _source.MaxDepth > 0)
            Add(canonical, "page", 2, row.Depth, 0, row.Url, found);
        visited = visited with { Canonical = canonical?.AbsoluteUri, Face = page.Face };
        if (!follow || row.Depth >= _source.MaxDepth)
            return visited;
        foreach (var link in page.Links.Where(crawler.IsOnSite))
            Add(link, "page", 2, row.Depth + 1, 0, row.Url, found);
        if (_source.Sitemaps)
            foreach (var feed in page.Feeds.Where(crawler.IsOnSite))
                Add(feed, "feed", 1, row.Depth, 0, row.Url, found);
        return visited;
    }

    private Visited TakeList(Uri uri, HttpMessage message, FrontierRow row, List<FoundUrl> found, Visited visited)
    {
        var (body, verdict) = message.Decode(Sitemap.MaxBytes);
        if (!verdict.Kept)
            return visited with { Rule = verdict.Rule };
        var list = Sitemap.Read(body);
        foreach (var further in list.Sitemaps.Select(s => CrawlUrl.Resolve(uri, s)).OfType<Uri>().Where(crawler.IsOnSite))
            if (row.Hops < MaxRedirects)
                Add(further, "sitemap", 1, row.Depth, row.Hops + 1, row.Url, found);
        if (row.Depth < _source.MaxDepth)
            foreach (var page in list.Pages.Select(s => CrawlUrl.Resolve(uri, s)).OfType<Uri>().Where(crawler.IsOnSite))
                Add(page, "page", 2, row.Depth + 1, 0, row.Url, found);
        return visited;
    }

    private void Add(Uri uri, string kind, int priority, long depth, long hops, string via, List<FoundUrl> found)
    {
        if (crawler.Found(uri, kind, priority, depth, hops, via) is { } url)
            found.Add(url);
    }

    private async Task<Exchange> Ask(Uri uri, SiteRules site, Validators? known, CancellationToken cancel)
    {
        for (var retry = 0; ; retry++)
        {
            var exchange = await Politely(uri, _source.MaxBodyBytes, site.Robots.CrawlDelay ?? 0, cancel, known);
            if (!exchange.Verdict.Kept || exchange.Status is not (429 or 503))
            {
                _penalty /= 2;
                return exchange;
            }
            // The host has too much to do: from now on it is left alone for longer.
            _penalty = Math.Min(MaxFactorSeconds, Math.Max(1, 2 * _penalty));
            var wait = RetryAfter(exchange) ?? TimeSpan.FromSeconds(5 << retry);
            if (retry == MaxRetries || wait > s_maxRetryWait)
                return exchange;
            var until = crawler.Time.GetUtcNow() + wait;
            if (until > crawler.Ready(lease.Host))
                crawler.Ready(lease.Host, until);
            crawler.Ledger.RenewHost(crawler.Key, lease, crawler.Hold(Wait), (long)Wait.TotalMilliseconds, backoff: true);
        }
    }

    private TimeSpan? RetryAfter(Exchange exchange)
    {
        var value = exchange.Header("Retry-After");
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date - crawler.Time.GetUtcNow() : null;
    }

    private async Task<Exchange> Politely(Uri uri, int maxBodyBytes, double crawlDelay, CancellationToken cancel, Validators? known = null)
    {
        var turn = crawler.Turn(uri.IdnHost);
        await turn.WaitAsync(cancel);
        try
        {
            // A timer counts whole milliseconds and may be one early.
            while (crawler.Ready(uri.IdnHost) - crawler.Time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), crawler.Time, cancel);
            var exchange = await crawler.Fetcher.Get(uri, maxBodyBytes, known, cancel);
            var delay = Math.Max(_source.DelaySeconds + _penalty, Math.Max(crawlDelay, Math.Min(MaxFactorSeconds, _source.DelayFactor * exchange.Took.TotalSeconds)));
            crawler.Ready(uri.IdnHost, crawler.Time.GetUtcNow() + TimeSpan.FromSeconds(delay));
            return exchange;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<SiteRules> SiteOf(Uri uri, List<FoundUrl> found, CancellationToken cancel)
    {
        var origin = uri.GetLeftPart(UriPartial.Authority);
        if (crawler.Sites.TryGetValue(origin, out var known) && crawler.Time.GetUtcNow() < known.Until)
            return known.Rules;
        var (status, rule, robots) = await SiteFile(origin, "/robots.txt", "robots", 0, cancel);
        var crawlDelay = robots is { } file ? Robots.Parse(file.Span, Fetcher.ProductToken).CrawlDelay ?? 0 : 0;
        // The first page waits as long as the others do.
        if (crawlDelay > _source.DelaySeconds && crawlDelay <= s_maxCrawlDelay.TotalSeconds && crawler.Time.GetUtcNow() + TimeSpan.FromSeconds(crawlDelay) is var ready && ready > crawler.Ready(uri.IdnHost))
            crawler.Ready(uri.IdnHost, ready);
        var more = rule is null && _source.ConsentFiles && crawlDelay <= s_maxCrawlDelay.TotalSeconds;
        var reservations = more ? (await SiteFile(origin, "/.well-known/tdmrep.json", "tdmrep", crawlDelay, cancel)).Body : null;
        var ai = more ? (await SiteFile(origin, "/ai.txt", "ai", crawlDelay, cancel)).Body : null;
        var site = new SiteRules(rule, status, robots, reservations, ai);
        crawler.Sites[origin] = (site, crawler.Time.GetUtcNow() + s_siteAge);
        crawler.Ledger.DescribeHost(crawler.Key, lease, site.Description, (long)(1000 * Math.Max(_source.DelaySeconds, crawlDelay)));
        if (_source.Sitemaps)
            foreach (var sitemap in site.Sitemaps.Select(s => CrawlUrl.Resolve(new Uri(origin), s)).OfType<Uri>().Where(crawler.IsOnSite))
                Add(sitemap, "sitemap", 1, 0, 0, origin + "/robots.txt", found);
        return site;
    }

    // The file as it was had within a day, or is now, behind redirects; without a body it is not there.
    private async Task<(int? Status, string? Rule, ReadOnlyMemory<byte>? Body)> SiteFile(string origin, string path, string kind, double crawlDelay, CancellationToken cancel)
    {
        // No URL of the frontier has a fragment.
        var name = $"{origin}{path}#{kind}";
        if (crawler.Ledger.SiteFile(crawler.Key, name, (long)s_siteAge.TotalMilliseconds) is { } kept)
        {
            var response = kept.Status is >= 200 and < 300 ? CrawlRecord.Response(crawler.Store.Read(kept).AsMemory((int)kept.Head!.Value, (int)kept.Response!.Value)) : null;
            return ((int?)kept.Status, kept.Rule, response is not null && response.Decode(MaxSiteFileBytes) is { Verdict.Kept: true } again ? again.Body : null);
        }
        var uri = new Uri(origin + path);
        Exchange exchange;
        for (var hop = 0; ; hop++)
        {
            exchange = await Politely(uri, MaxSiteFileBytes, crawlDelay, cancel);
            if (hop == MaxRedirects || exchange.Status is not (>= 300 and < 400) || exchange.Header("Location") is not { } location || CrawlUrl.Resolve(uri, location) is not { } next)
                break;
            uri = next;
        }
        var (body, verdict) = exchange is { Verdict.Kept: true, Status: >= 200 and < 300 } ? exchange.Response!.Decode(MaxSiteFileBytes) : (default, Verdict.Keep);
        // Too many requests is no permission, although the standard counts it as 4xx.
        var rule = kind != "robots" ? null : !exchange.Verdict.Kept ? exchange.Verdict.Rule : exchange.Status is 429 or >= 500 || !verdict.Kept ? "robots-unavailable" : null;
        var visited = exchange.Response is null || !exchange.Verdict.Kept ? new Visited(rule) : CrawlRecord.Of(exchange, crawler.Time, kind, rule, null, null);
        crawler.Ledger.KeepSiteFile(crawler.Key, crawler.Found(new Uri(origin + path), kind, 0, 0, 0, null)! with { Url = name }, visited);
        return (exchange.Status == 0 ? null : exchange.Status, rule, exchange is { Verdict.Kept: true, Status: >= 200 and < 300 } && verdict.Kept ? body : null);
    }
}
