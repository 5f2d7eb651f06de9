using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using CorpusForge.Crawl;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public sealed class SqliteFrontierTests : FrontierTests
{
    protected override Ledger? Ledger() => null;
}

public sealed class PostgresFrontierTests : FrontierTests
{
    protected override Ledger? Ledger() => new(new PostgresDatabase(PostgresServer.Shared.NewDatabase()), TimeProvider.System);
}

/// <summary>What a crawl asks for, how often, and what is left of it when somebody else goes on.</summary>
public abstract class FrontierTests : IDisposable
{
    private readonly CrawlHarness.Place _place;

    protected FrontierTests() => _place = new CrawlHarness.Place(Ledger());

    protected abstract Ledger? Ledger();

    public void Dispose()
    {
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    private static string Html(string body, string headers = "") => TestServer.Page(body, $"Content-Type: text/html\r\n{headers}");

    private Task<CrawlHarness.Crawl> Crawl(Func<string, string?> site, Func<CrawlSource, CrawlSource>? change = null, string run = "r", params string[] seeds) =>
        CrawlHarness.Run(seeds.Length == 0 ? ["http://a.example/"] : seeds, site, change, place: _place, run: run);

    private static IEnumerable<string> Pages(CrawlHarness.Crawl crawl) => crawl.Asked.Where(a => !a.EndsWith("/robots.txt", StringComparison.Ordinal));

    [Fact]
    public async Task Pages_of_sitemaps_and_feeds_are_found_and_the_lists_are_no_documents()
    {
        var crawl = await Crawl(asked => asked switch
        {
            "a.example/robots.txt" => Html("User-agent: *\nDisallow: /no\nSitemap: /index.xml\nsitemap: http://other.example/s.xml"),
            "a.example/index.xml" => Html("<?xml version='1.0'?><sitemapindex><sitemap><loc> /one.xml.gz </loc></sitemap><sitemap><loc>/two.txt</loc></sitemap></sitemapindex>"),
            "a.example/one.xml.gz" => TestServer.Page(Gzip("<urlset><url><loc>http://a.example/one</loc><lastmod>2026-01-01</lastmod></url><url><loc>http://a.example/no</loc></url></urlset>"), ""),
            "a.example/two.txt" => TestServer.Page("\u00EF\u00BB\u00BFhttp://a.example/two\r\nftp://a.example/three\n", ""),
            "a.example/" => Html("<link rel='alternate' type='application/atom+xml' href=/atom.xml>"),
            "a.example/atom.xml" => Html("<feed><entry><link href='/four'/><link rel=enclosure href='/five'/></entry>"),
            _ when asked.StartsWith("a.example/", StringComparison.Ordinal) => Html(asked),
            _ => null,
        });
        Assert.Equal(["http://a.example/", "http://a.example/four", "http://a.example/one", "http://a.example/two"], crawl.Documents.Select(d => d.Url));
        Assert.Equal(4, crawl.Result.Pages);
        Assert.Equal([("robots-disallowed", 1L)], crawl.Result.Drops.Select(d => (d.Key, d.Value)));
        Assert.DoesNotContain("a.example/no", crawl.Asked);
    }

    [Fact]
    public async Task One_page_in_many_spellings_is_asked_for_once_and_a_copy_counts_for_its_canonical_page()
    {
        var crawl = await Crawl(asked => asked switch
        {
            "a.example/" => Html("<a href='/p?b=1&utm_source=x'><a href='HTTP://A.EXAMPLE:80/./p?b=1#f'><a href='/p;jsessionid=1?b=1'><a href='/p?b=1&PHPSESSID=22'><a href=/print?b=1>"),
            "a.example/print?b=1" => Html("<link rel=canonical href='/p?b=1'>print"),
            "a.example/p?b=1" => Html("page"),
            _ => null,
        });
        Assert.Equal(["a.example/", "a.example/p?b=1", "a.example/print?b=1"], Pages(crawl));
        Assert.Equal(["http://a.example/", "http://a.example/p?b=1"], crawl.Documents.Select(d => d.Url));
        Assert.Equal([("not-canonical", 1L)], crawl.Result.Drops.Select(d => (d.Key, d.Value)));
        Assert.Equal(2, Assert.Single(crawl.Result.Hosts).Pages);
    }

    [Fact]
    public async Task Hosts_and_domains_have_budgets()
    {
        static string? Site(string asked) => Html(string.Concat(Enumerable.Range(0, 10).Select(i => $"<a href=/{i}>")) + asked);
        string[] seeds = ["http://a.example/", "http://x.b.example/", "http://y.b.example/"];
        var host = await Crawl(Site, s => s with { MaxPagesPerHost = 4, HostsAtOnce = 1 }, "1", seeds);
        Assert.Equal([4, 4, 4], host.Result.Hosts.Select(h => h.Pages));
        Assert.Equal(["host-budget"], host.Result.Drops.Keys);
        var domain = await Crawl(Site, s => s with { MaxPagesPerDomain = 5, HostsAtOnce = 1 }, "2", seeds);
        Assert.Equal(10, domain.Result.Hosts.Sum(h => h.Pages));
        Assert.Equal(["domain-budget"], domain.Result.Drops.Keys);
    }

    [Fact]
    public async Task A_crawl_that_was_stopped_goes_on_where_it_was_and_asks_for_nothing_again()
    {
        static string? Site(string asked) => Html($"{asked} {string.Concat(Enumerable.Range(1, 4).Select(i => $"<a href=/{(int.TryParse(asked[10..], out var n) ? n : 0) * 4 + i}>"))}");
        var asked = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Attempt(1, 20, stop));
        Assert.Equal(21, asked.Count);
        using var never = new CancellationTokenSource();
        await Attempt(2, int.MaxValue, never);
        // The page on its way when the first attempt was stopped was asked for twice; nothing else was.
        Assert.Equal(["a.example/robots.txt", .. Enumerable.Range(0, 101).Select(n => n == 0 ? "a.example/" : $"a.example/{n}")], asked.Distinct().OrderBy(a => int.TryParse(a[10..], out var n) ? n : a[^1] == '/' ? 0 : -1));
        Assert.InRange(asked.Count, 102, 103);
        Assert.Empty(_place.Ledger.Hosts("resumed", 1, 2));
        Assert.Equal(101, _place.Ledger.Crawl("resumed").Pages);

        async Task Attempt(int attempt, int requests, CancellationTokenSource stop)
        {
            using var server = new TestServer(what =>
            {
                asked.Enqueue(what);
                if (asked.Count > requests)
                    stop.Cancel();
                return what.EndsWith("/robots.txt", StringComparison.Ordinal) ? TestServer.Page("", status: "404 Not Found") : Site(what);
            });
            using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), connectTo: _ => server.EndPoint);
            var source = new CrawlSource { Seeds = ["http://a.example/"], MaxPages = 101, ConsentFiles = false, DelaySeconds = 0, DelayFactor = 0 };
            await new Crawler(source, fetcher, TimeProvider.System, _place.Ledger, "resumed") { Worker = $"unit/{attempt}", Store = new CrawlStore(_place.Ledger, "resumed", _place.Storage, "s", $"{attempt}") { SegmentBytes = 2000 } }
                .Run("r", null, stop.Token);
        }
    }

    [Fact]
    public async Task Two_workers_share_a_frontier_and_each_leaves_the_files_of_its_hosts()
    {
        string[] hosts = [.. Enumerable.Range(0, 6).Select(i => $"h{i}.example")];
        using var server = new TestServer(asked => asked.EndsWith("/robots.txt", StringComparison.Ordinal) ? TestServer.Page("", status: "404 Not Found")
            : Html(asked + string.Concat(hosts.Select(h => $"<a href=http://{h}/{asked.Length}>"))));
        using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), connectTo: _ => server.EndPoint);
        var source = new CrawlSource { Seeds = [.. hosts.Select(h => $"http://{h}/")], MaxDepth = 6, ConsentFiles = false, DelaySeconds = 0, DelayFactor = 0, HostsAtOnce = 2, Shares = 2 };
        var crawlers = Enumerable.Range(0, 2).Select(i => new Crawler(source, fetcher, TimeProvider.System, _place.Ledger, "shared")
        {
            Worker = $"unit{i}/1",
            Store = new CrawlStore(_place.Ledger, "shared", _place.Storage, "s", $"{i}"),
        }).ToArray();
        await Task.WhenAll(crawlers.Select(c => c.Run("r", null, TestContext.Current.CancellationToken)));
        Assert.Equal(server.Asked.Count, server.Asked.Distinct().Count());
        var results = crawlers.Select((c, i) => CrawlFiles.Write(c, i, 2, n => (new MemoryStream(), $"{i}-{n}"), null, TestContext.Current.CancellationToken)).ToArray();
        Assert.Equal(hosts, results.SelectMany(r => r.Hosts.Select(h => h.Host)).Order(StringComparer.Ordinal));
        Assert.Equal(server.Asked.Count(a => !a.EndsWith("robots.txt", StringComparison.Ordinal)), results.Sum(r => r.Pages));
    }

    [Fact]
    public void What_matters_most_is_asked_for_first_then_what_is_nearest_then_what_was_found_first()
    {
        var ledger = _place.Ledger;
        ledger.BeginCrawl("c", "r");
        (string Name, int Priority, int Depth)[] found = [("late", 9, 0), ("deep", 2, 2), ("near", 2, 1), ("also-near", 2, 1), ("map", 1, 3)];
        ledger.AddUrls("c", [.. found.Select(f => new FoundUrl($"http://a.example/{f.Name}", "a.example", "a.example", 1, $"example,a)/{f.Name}", "/", "page", f.Priority, f.Depth, 0, null))]);
        var lease = ledger.LeaseHost("c", "one/1", 600_000)!;
        List<string> asked = [];
        for (; ledger.NextUrl("c", "a.example") is { } row; asked.Add(row.Url[(row.Url.LastIndexOf('/') + 1)..]))
            Assert.True(ledger.EndUrl("c", lease, row, new Visited("too-large"), [], (600_000, 0, 1)));
        Assert.Equal(["map", "near", "also-near", "deep", "late"], asked);
    }

    [Fact]
    public void Who_was_overtaken_changes_nothing()
    {
        var ledger = _place.Ledger;
        ledger.BeginCrawl("c", "r");
        var url = new FoundUrl("http://a.example/", "a.example", "a.example", 1, "example,a)/", "/", "page", 0, 0, 0, null);
        ledger.AddUrls("c", [url, url]);
        var first = ledger.LeaseHost("c", "one/1", 60_000)!;
        Assert.Null(ledger.LeaseHost("c", "two/1", 60_000));
        ledger.FreeHosts("c", "two", "two/2", 0);
        Assert.Null(ledger.LeaseHost("c", "two/2", 60_000));
        ledger.FreeHosts("c", "one", "one/2", 600_000);
        var second = ledger.LeaseHost("c", "one/2", 60_000)!;
        Assert.True(second.Token > first.Token);
        Assert.InRange(second.Wait, 1, 600_000);
        ledger.FreeHosts("c", "one", "one/2", 0);
        Assert.Null(ledger.LeaseHost("c", "three/1", 60_000));
        var row = ledger.NextUrl("c", "a.example")!;
        Assert.False(ledger.EndUrl("c", first, row, new Visited(), [], (60_000, 0, 1)));
        Assert.False(ledger.RenewHost("c", first, 60_000, 0, backoff: true));
        ledger.ReleaseHost("c", first, 0);
        Assert.Null(ledger.LeaseHost("c", "three/1", 60_000));
        Assert.True(ledger.EndUrl("c", second, row, new Visited(Length: 7, Digest: "d"), [url], (60_000, 0, 1)));
        Assert.Null(ledger.NextUrl("c", "a.example"));
        ledger.ReleaseHost("c", second, 0);
        Assert.False(ledger.CrawlIsOpen("c"));
        Assert.Equal((1, 7), (ledger.Crawl("c").Pages, ledger.Crawl("c").Bytes));
    }

    [Theory, InlineData("ETag: \"v1\"\r\n", "If-None-Match: \"v1\""), InlineData("Last-Modified: Tue, 01 Jan 2026 00:00:00 GMT\r\n", "If-Modified-Since: Tue, 01 Jan 2026 00:00:00 GMT")]
    public async Task What_has_not_changed_is_not_sent_again_and_is_in_the_new_file_all_the_same(string mark, string condition)
    {
        var (again, heads) = (false, new List<string>());
        using var server = new SiteServer(request =>
        {
            lock (heads)
                heads.Add(request.Head);
            return request.Path switch
            {
                "/" => new("200 OK", Encoding.Latin1.GetBytes($"<a href=/old><a href=/new>{again}")),
                "/old" when request.Head.Contains(condition, StringComparison.Ordinal) => new("304 Not Modified", [], mark),
                "/old" => new("200 OK", "<a href=/deep>the same"u8.ToArray(), $"Content-Type: text/html\r\n{mark}"),
                "/new" => new("200 OK", Encoding.Latin1.GetBytes($"now {again}"), $"Content-Type: text/html\r\n{mark}"),
                "/deep" => new("200 OK", "deep"u8.ToArray()),
                _ => new("404 Not Found", []),
            };
        });
        var first = await Once("1");
        again = true;
        var second = await Once("2");
        Assert.Contains(heads, h => h.StartsWith("GET /old ", StringComparison.Ordinal) && h.Contains(condition, StringComparison.Ordinal));
        Assert.Equal(4, second.Pages);
        var records = PlainWarc.Read(_place.Storage.LocalPath("2-0.warc.gz"));
        var revisit = Assert.Single(records, r => r.Type == "revisit");
        var earlier = PlainWarc.Read(_place.Storage.LocalPath("1-0.warc.gz")).Single(r => r is { Type: "response", Url: "http://a.example/old" });
        Assert.Equal(("http://a.example/old", "http://netpreserve.org/warc/1.1/revisit/server-not-modified"), (revisit.Url, revisit.Headers["warc-profile"]));
        Assert.Equal(earlier.Headers["warc-record-id"], revisit.Headers["warc-refers-to"]);
        Assert.Equal(earlier.Headers["warc-date"], revisit.Headers["warc-refers-to-date"]);
        Assert.Equal(earlier.Block, records.Single(r => r is { Type: "response", Url: "http://a.example/old" }).Block);
        var documents = WarcDocuments.Read(p => _place.Storage.OpenRead("2-0.warc.gz", p), "w", "web").ToDictionary(d => d.Url!, d => Encoding.Latin1.GetString(d.Bytes.Span));
        Assert.Equal(("<a href=/deep>the same", "now True", "deep"), (documents["http://a.example/old"], documents["http://a.example/new"], documents["http://a.example/deep"]));
        Assert.NotEqual(first.ContentDigest, second.ContentDigest);
        Assert.Equal(second.ContentDigest, (await Once("3")).ContentDigest);

        async Task<CrawlFiles.Result> Once(string run)
        {
            using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), connectTo: _ => new(System.Net.IPAddress.Loopback, server.Port));
            var source = new CrawlSource { Seeds = ["http://a.example/"], ConsentFiles = false, DelaySeconds = 0, DelayFactor = 0 };
            var crawler = new Crawler(source, fetcher, TimeProvider.System, _place.Ledger, $"key{run}") { Store = new CrawlStore(_place.Ledger, $"key{run}", _place.Storage, "s", run), History = "history" };
            await crawler.Run(run, null, TestContext.Current.CancellationToken);
            return CrawlFiles.Write(crawler, 0, 1, n => (File.Create(_place.Storage.LocalPath($"{run}-{n}.warc.gz")), $"{run}-{n}.warc.gz"), null, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_host_that_has_too_much_to_do_is_left_alone_for_longer_from_then_on()
    {
        var calls = 0;
        var crawl = await Crawl(asked => asked switch
        {
            "a.example/" => Html("<a href=/1><a href=/2>"),
            "a.example/1" => calls++ == 0 ? TestServer.Page("", "Retry-After: 9\r\n", "429 Slow down") : Html("1"),
            _ => Html("end"),
        }, s => s with { DelaySeconds = 1 });
        Assert.Equal([1, 1, 9, 2], crawl.Waits);
        Assert.Equal(1, Assert.Single(crawl.Result.Hosts).Backoffs);
    }

    [Fact]
    public async Task The_files_of_a_site_become_the_evidence_of_its_pages()
    {
        var crawl = await Crawl(asked => asked switch
        {
            "a.example/robots.txt" => Html("User-agent: *\nDisallow: /x\nContent-Usage: train-ai=n\nAllow: /\n\nUser-agent: GPTBot\nDisallow: / # no\n"),
            "a.example/.well-known/tdmrep.json" => Html("""[{"location":"/*","tdm-reservation":1,"tdm-policy":"https://a.example/p.json"},{"location":"/free","tdm-reservation":0}]"""),
            "a.example/ai.txt" => TestServer.Page("User-Agent: *\nDisallow: *.jpg\nDisallow: /\n", "Content-Type: text/plain\r\n"),
            "a.example/" => Html("<a href=/free>", "X-Robots-Tag: noai\r\nTDM-Reservation: 1\r\nContent-Usage: train-ai=y\r\nLink: <https://creativecommons.org/licenses/by/4.0/>; rel=\"license\"\r\n"),
            _ => Html("free"),
        }, s => s with { ConsentFiles = true });
        Assert.Equal(
            """{"robots":{"status":200,"allowed":true,"group":"*","rule":"Allow: /","line":4},"robots-ai-agents":{"gptbot":{"allowed":false,"group":"gptbot","rule":"Disallow: /","line":7}},"robots-content-usage":{"value":"train-ai=n","line":3},"tdmrep":{"location":"/*","tdm-reservation":1,"tdm-policy":"https://a.example/p.json"},"ai-txt":{"allowed":false,"group":"*","rule":"Disallow: /","line":3},"content-usage":["train-ai=y"],"link":["<https://creativecommons.org/licenses/by/4.0/>; rel=\"license\""],"tdm-reservation":["1"],"x-robots-tag":["noai"]}""",
            crawl.Documents[0].Consent!.Replace("\\u0022", "\"", StringComparison.Ordinal));
        Assert.Contains("\"tdmrep\":{\"location\":\"/free\",\"tdm-reservation\":0}", crawl.Documents[1].Consent, StringComparison.Ordinal);
    }

    private static string Gzip(string text)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return Encoding.Latin1.GetString(buffer.ToArray());
    }
}
