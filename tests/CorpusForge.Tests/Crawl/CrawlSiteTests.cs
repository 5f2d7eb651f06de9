using System.Net;
using CorpusForge.Crawl;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Tests.Crawl;

/// <summary>A crawl of 5,000 pages on eight hosts among every trap, judged from the server's log and by a reader of its own.</summary>
public sealed class CrawlSiteTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_allowed_page_comes_exactly_once_politely_and_no_trap_goes_on()
    {
        string[] hosts = [.. "abcdefgh".Select(c => $"{c}.test")];
        TrapSite? site = null;
        using var server = new SiteServer(request => site!.Answer(request));
        site = new TrapSite(hosts, server.Port, pages: 625);
        using var fetcher = new Fetcher(TrapSite.Contact, TimeSpan.FromSeconds(30), hosts, resolve: (host, _) => Task.FromResult<IPAddress[]>(hosts.Contains(host) ? [IPAddress.Loopback] : []));
        var source = new CrawlSource { Seeds = site.Seeds, MaxPages = 100_000, MaxDepth = 100, DelaySeconds = 0.004, DelayFactor = 0, AllowHosts = hosts };
        var storage = new LocalStorage(_folder);
        var ledger = new Ledger(Path.Combine(_folder, "ledger.db"), TimeProvider.System);
        var crawler = new Crawler(source, fetcher, TimeProvider.System, ledger, "site") { Store = new CrawlStore(ledger, "site", storage, "segments", "1") };
        await crawler.Run("run", null, TestContext.Current.CancellationToken);
        CrawlFiles.Result result;
        using (var index = File.Create(Path.Combine(_folder, "i.cdxj")))
            result = CrawlFiles.Write(crawler, 0, 1, n => (File.Create(Path.Combine(_folder, $"{n}.warc.gz")), $"{n}.warc.gz"), () => index, TestContext.Current.CancellationToken);

        CrawlChecks.Log(site, server.Log, delay: 4, kills: 0);
        CrawlChecks.Files(site, Directory.EnumerateFiles(_folder, "*.warc.gz"), [Path.Combine(_folder, "i.cdxj")]);
        Assert.Equal(0, result.Unvisited);
        Assert.Equal(hosts, result.Hosts.Select(h => h.Host));
        Assert.All(result.Hosts, h => Assert.Equal("restricted", h.Robots));
        Assert.Equal(result.Pages, result.Hosts.Sum(h => h.Pages));
        Assert.Equal(["http-status", "redirect", "robots-disallowed", "trap-calendar", "trap-parameters", "trap-path", "trap-repeats"],
            result.Drops.Keys.Except(["bad-redirect"]));
        var documents = Directory.EnumerateFiles(_folder, "*.warc.gz").SelectMany(f => WarcDocuments.Read(at => storage.OpenRead(Path.GetFileName(f), at), "w", "web")).ToList();
        Assert.Empty(site.Pages.Except(documents.Select(d => d.Url!)));
        Assert.Contains("\"robots-ai-agents\":{\"gptbot\":{\"allowed\":false", documents[0].Consent, StringComparison.Ordinal);
    }
}
