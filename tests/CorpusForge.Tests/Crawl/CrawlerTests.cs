using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class CrawlerTests
{
    private const string Open = "User-agent: *\nDisallow:";

    [Fact]
    public async Task Pages_are_visited_breadth_first_in_the_order_they_were_found()
    {
        var crawl = await Run(["http://a.example/"], path => path switch
        {
            "a.example/" => Html("<a href=/b>b</a><a href=/c>c</a><a href=http://other.example/>o</a>"),
            "a.example/b" => Html("<a href=/d>d</a><a href=/>home</a>"),
            "a.example/c" => Html("<a href=/e rel=nofollow>e</a>"),
            "a.example/d" => Html("end"),
            _ => null,
        });
        Assert.Equal(["a.example/robots.txt", "a.example/", "a.example/b", "a.example/c", "a.example/d"], crawl.Asked);
        Assert.Equal((4, 0), (crawl.Result.Pages, crawl.Result.Unvisited));
        Assert.Empty(crawl.Result.Drops);
        Assert.Equal(["http://a.example/", "http://a.example/b", "http://a.example/c", "http://a.example/d"], crawl.Documents.Select(d => d.Url));
        Assert.Equal([1, 1, 1, 1], crawl.Waits);
    }

    // Redirects that are followed are counted, too: their target is a URL of its own.
    public static TheoryData<string, string, string> Failed => new()
    {
        { "/closed", "robots-disallowed", "" },
        { "/moved-closed", "redirect robots-disallowed", Redirect("/closed") },
        { "/gone", "http-status", TestServer.Page("gone", status: "410 Gone") },
        { "/broken", "bad-http", "garbage\r\n\r\n" },
        { "/loop", "redirect redirect", Redirect("/loop2") },
        { "/self", "redirect-loop", Redirect("/self") },
        { "/back", "redirect", Redirect("/") },
        { "/away", "off-site", Redirect("http://other.example/") },
        { "/nowhere", "bad-redirect", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n" },
        { "/file", "bad-redirect", Redirect("file:///etc/passwd") },
        { "/1", "redirect redirect redirect redirect redirect too-many-redirects", Redirect("/2") },
        { "/huge", "body-too-large", TestServer.Page(new string('x', 100_001)) },
    };

    [Theory, MemberData(nameof(Failed))]
    public async Task What_gives_no_page_is_counted_by_rule(string path, string rules, string answer)
    {
        var crawl = await Run(["http://a.example/"], asked => asked switch
        {
            "a.example/robots.txt" => Html("User-agent: *\nDisallow: /closed"),
            "a.example/" => Html($"<a href={path}>x</a>"),
            "a.example/loop2" => Redirect("/loop"),
            _ when asked == $"a.example{path}" => answer,
            _ when int.TryParse(asked["a.example/".Length..], out var n) => Redirect($"/{n + 1}"),
            _ => null,
        });
        Assert.Equal(rules, string.Join(' ', crawl.Result.Drops.SelectMany(d => Enumerable.Repeat(d.Key, (int)d.Value))));
        Assert.DoesNotContain("a.example/closed", crawl.Asked);
        Assert.DoesNotContain("a.example/7", crawl.Asked);
        Assert.Equal(1, crawl.Result.Pages);
    }

    [Fact]
    public async Task A_redirect_into_the_private_network_is_refused()
    {
        var crawl = await CrawlHarness.Run(
            ["http://a.example/"], asked => asked == "a.example/" ? Redirect("http://127.0.0.1:80/secret") : Html(Open), s => s with { SameSite = false }, served: host => host == "a.example");
        Assert.Equal([("private-address", 1L), ("redirect", 1L)], crawl.Result.Drops.Select(d => (d.Key, d.Value)));
    }

    [Fact]
    public async Task A_crawl_that_could_ask_nobody_makes_no_file() => Assert.Empty((await CrawlHarness.Run(["http://127.0.0.1/"], _ => null, served: _ => false)).Records);

    [Fact]
    public async Task A_robots_txt_that_leads_to_itself_is_asked_for_a_bounded_number_of_times()
    {
        var asks = 0;
        var crawl = await Run(["http://a.example/"], asked => asked == "a.example/robots.txt" && asks++ < 50 ? Redirect("/robots.txt") : Html("page"));
        Assert.Equal((6, 1), (asks, crawl.Result.Pages));
    }

    [Theory]
    [InlineData("404 Not Found", null)]
    [InlineData("403 Forbidden", null)]
    [InlineData("500 Oops", "robots-unavailable")]
    [InlineData("429 Slow down", "robots-unavailable")]
    public async Task A_missing_robots_txt_allows_and_a_broken_one_does_not(string status, string? rule)
    {
        var crawl = await Run(["http://a.example/"], asked => asked == "a.example/robots.txt" ? TestServer.Page("", status: status) : Html("page"));
        Assert.Equal(rule is null ? [] : [rule], crawl.Result.Drops.Keys);
        Assert.Equal(rule is null ? 1 : 0, crawl.Result.Pages);
    }

    [Fact]
    public async Task Robots_txt_is_found_behind_redirects_and_read_for_each_host()
    {
        var crawl = await Run(["http://a.example/x", "http://b.example/x"], asked => asked switch
        {
            "a.example/robots.txt" => Redirect("http://b.example/shared.txt"),
            "b.example/shared.txt" => Html("User-agent: CorpusForge\nDisallow: /x"),
            _ => Html(Open),
        });
        Assert.Equal([("robots-disallowed", 1L)], crawl.Result.Drops.Select(d => (d.Key, d.Value)));
        Assert.Equal(["http://b.example/x"], crawl.Documents.Select(d => d.Url));
    }

    [Fact]
    public async Task The_crawl_delay_is_kept_and_one_beyond_all_patience_ends_the_visit()
    {
        var slow = await Run(["http://a.example/"], Site("7.5"));
        Assert.Equal([7.5, 7.5], slow.Waits);
        Assert.Equal([7.5], slow.Result.Hosts.Select(h => h.DelaySeconds));
        var never = await Run(["http://a.example/"], Site("86400"));
        Assert.Equal([("crawl-delay", 1L)], never.Result.Drops.Select(d => (d.Key, d.Value)));

        static Func<string, string?> Site(string delay) => asked => asked switch
        {
            "a.example/robots.txt" => Html($"User-agent: *\nCrawl-delay: {delay}"),
            "a.example/" => Html("<a href=b>"),
            _ => Html("end"),
        };
    }

    [Fact]
    public async Task Retry_after_is_waited_for_a_bounded_number_of_times()
    {
        var calls = 0;
        var crawl = await Run(["http://a.example/"], asked => asked == "a.example/" && calls++ < 2
            ? TestServer.Page("", "Retry-After: 17\r\n", "503 Busy") : Html("page"));
        Assert.Equal([1, 17, 17], crawl.Waits);
        Assert.Equal([2L], crawl.Result.Hosts.Select(h => h.Backoffs));
        Assert.Equal(1, crawl.Result.Pages);

        var busy = await Run(["http://a.example/"], asked => asked == "a.example/" ? TestServer.Page("", status: "429 Slow down") : Html(Open));
        Assert.Equal([1, 5, 10], busy.Waits);
        Assert.Equal(["http-status"], busy.Result.Drops.Keys);

        var hours = await Run(["http://a.example/"], asked => asked == "a.example/" ? TestServer.Page("", "Retry-After: 7200\r\n", "503 Busy") : Html(Open));
        Assert.Equal([1], hours.Waits);
        Assert.Equal(["http-status"], hours.Result.Drops.Keys);
    }

    [Fact]
    public async Task Limits_end_the_crawl_and_the_rest_is_counted()
    {
        static string? Endless(string asked) => asked.EndsWith("robots.txt", StringComparison.Ordinal) ? Html(Open)
            : Html($"<a href=/{asked.Length}{asked.Length}/x{asked.Length}><a href={asked.Length}>");
        var pages = await Run(["http://a.example/"], Endless, s => s with { MaxPages = 5 });
        Assert.Equal(5, pages.Result.Pages);
        Assert.True(pages.Result.Unvisited > 0);
        var depth = await Run(["http://a.example/"], Endless, s => s with { MaxDepth = 1 });
        Assert.Equal((3, 0), (depth.Result.Pages, depth.Result.Unvisited));
        var bytes = await Run(["http://a.example/"], Endless, s => s with { MaxBytes = 1 });
        Assert.Equal(1, bytes.Result.Pages);
    }

    [Fact]
    public async Task Nofollow_is_obeyed_in_headers_and_meta_tags_and_kept_as_evidence()
    {
        var crawl = await Run(["http://a.example/", "http://a.example/meta"], asked => asked switch
        {
            "a.example/" => TestServer.Page("<a href=/x>", "Content-Type: text/html\r\nX-Robots-Tag: nofollow\r\n"),
            "a.example/meta" => Html("<meta name=robots content='noindex,nofollow'><a href=/y>"),
            _ => Html(Open),
        });
        Assert.Equal(2, crawl.Result.Pages);
        Assert.Contains("\"x-robots-tag\":[\"nofollow\"]", crawl.Documents[0].Consent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_page_is_followed_and_a_bomb_is_not()
    {
        var bomb = Latin1(WarcReaderTests.Gzip(new byte[50 << 20]));
        var crawl = await Run(["http://a.example/"], asked => asked switch
        {
            "a.example/" => TestServer.Page(Latin1(WarcReaderTests.Gzip("<a href=bomb>"u8.ToArray())), "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"),
            "a.example/bomb" => TestServer.Page(bomb, "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"),
            _ => Html(Open),
        });
        Assert.Equal(2, crawl.Result.Pages);
        Assert.Equal([null, "decompression-bomb"], crawl.Documents.Select(d => d.Verdict.Rule));

        static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
    }

    [Fact]
    public async Task The_same_site_gives_the_same_digest_and_locators_at_another_time()
    {
        static string? Site(string asked) => asked switch
        {
            "a.example/" => Html("<a href=/b>"),
            "a.example/b" => Html("b"),
            _ => Html(Open),
        };
        var one = await Run(["http://a.example/"], Site);
        var two = await Run(["http://a.example/"], Site, s => s with { DelaySeconds = 3600 });
        Assert.Equal(one.Result.ContentDigest, two.Result.ContentDigest);
        Assert.Equal(one.Documents.Select(d => d.Locator), two.Documents.Select(d => d.Locator));
        Assert.NotEqual(one.Records.Select(r => r.Id), two.Records.Select(r => r.Id));
        var changed = await Run(["http://a.example/"], asked => Site(asked)!.Replace("\r\n\r\nb", "\r\n\r\nc", StringComparison.Ordinal));
        Assert.NotEqual(one.Result.ContentDigest, changed.Result.ContentDigest);
    }

    [Fact]
    public async Task A_page_counts_where_the_one_that_it_says_it_is_did_not_come()
    {
        var crawl = await Run(["http://a.example/"], asked => asked == "a.example/" ? Html("<link rel=canonical href=/b>page") : asked == "a.example/b" ? TestServer.Page("", status: "404 Not Found") : Html(Open));
        Assert.Equal(1, crawl.Result.Pages);
        Assert.Equal(["http-status"], crawl.Result.Drops.Keys);
    }

    [Fact]
    public async Task Calendars_wait_until_everything_else_is_done()
    {
        var crawl = await Run(["http://a.example/"], asked => asked.EndsWith("robots.txt", StringComparison.Ordinal) ? Html(Open) : Html(asked == "a.example/" ? "<a href='/calendar?day=7'><a href=/b>" : "end"));
        Assert.Equal(["a.example/b", "a.example/calendar?day=7"], crawl.Asked[^2..]);
    }

    [Fact]
    public async Task A_host_that_had_too_much_to_do_is_asked_faster_again_little_by_little()
    {
        var calls = 0;
        var crawl = await Run(["http://a.example/"], asked => asked.EndsWith("robots.txt", StringComparison.Ordinal) ? Html(Open)
            : asked == "a.example/" && calls++ == 0 ? TestServer.Page("", "Retry-After: 17\r\n", "503 Busy") : Html(asked == "a.example/" ? "<a href=b><a href=c>" : "end"));
        Assert.Equal([1, 17, 2, 1.5], crawl.Waits);
    }

    [Fact]
    public async Task A_link_to_the_robots_txt_of_a_site_takes_nothing_from_it()
    {
        var crawl = await Run(["http://a.example/"], asked => asked switch
        {
            "a.example/" => Html("<a href=http://b.example/robots.txt><a href=http://b.example/x>"),
            "b.example/robots.txt" => TestServer.Page("User-agent: *\nDisallow: /x", "Content-Type: text/plain\r\n"),
            _ => Html(Open),
        }, s => s with { SameSite = false });
        Assert.Equal([("robots-disallowed", 1L)], crawl.Result.Drops.Where(d => d.Key == "robots-disallowed").Select(d => (d.Key, d.Value)));
    }

    [Fact]
    public async Task The_warc_is_strictly_well_formed()
    {
        var crawl = await Run(["http://a.example/"], asked => asked == "a.example/" ? Html("page") : Html(Open));
        Assert.Equal(["warcinfo", "metadata", "response", "request", "metadata", "response", "request"], crawl.Records.Select(r => r.Type));
        Assert.Equal(crawl.Records.Count, crawl.Records.Select(r => r.Id).Distinct().Count());
        foreach (var record in crawl.Records)
        {
            Assert.Equal("WARC/1.1", record.Version);
            Assert.Matches("^<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>$", record.Id);
            Assert.Matches("^2026-01-01T00:0[0-9]:[0-9]{2}Z$", record.Header("WARC-Date"));
            Assert.Equal(WarcWriter.Sha1(Encoding.Latin1.GetBytes(record.Text)), record.Header("WARC-Block-Digest"));
        }
        Assert.Equal(WarcWriter.Sha1("page"u8), crawl.Records[2].Header("WARC-Payload-Digest"));
        Assert.Equal(crawl.Records[2].Id, crawl.Records[3].Header("WARC-Concurrent-To"));
    }

    [Fact]
    public void Digests_are_sha1_in_base_32() => Assert.Equal("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", WarcWriter.Sha1([]));

    private static string Html(string body) => TestServer.Page(body);

    private static string Redirect(string to) => $"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    private static Task<CrawlHarness.Crawl> Run(string[] seeds, Func<string, string?> site, Func<CrawlSource, CrawlSource>? change = null) => CrawlHarness.Run(seeds, site, change);
}
