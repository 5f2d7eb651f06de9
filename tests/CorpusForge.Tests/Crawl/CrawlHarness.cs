using System.Text;
using CorpusForge.Crawl;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Crawl;

/// <summary>Crawls a site that a test answers for, on a clock that jumps, with a ledger of its own.</summary>
internal static class CrawlHarness
{
    public sealed record Kept(string Version, string Type, string Id, string Text, Func<string, string?> Header);

    public sealed record Crawl(CrawlFiles.Result Result, List<string> Asked, List<double> Waits, List<RawDocument> Documents, List<Kept> Records, string Index);

    public static async Task<Crawl> Run(
        string[] seeds, Func<string, string?> site, Func<CrawlSource, CrawlSource>? change = null, Func<string, bool>? served = null, Place? place = null, string run = "r", long segmentBytes = 16L << 20)
    {
        using var server = new TestServer(asked => site(asked) ?? (asked.EndsWith("/robots.txt", StringComparison.Ordinal) ? TestServer.Page("User-agent: *\nDisallow:") : TestServer.Page("", status: "404 Not Found")));
        using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), connectTo: host => served?.Invoke(host) == false ? null : server.EndPoint);
        using var own = place is null ? new Place() : null;
        var at = place ?? own!;
        var source = new CrawlSource { Seeds = seeds, MaxBodyBytes = 100_000, ConsentFiles = false, DelayFactor = 0 };
        source = change?.Invoke(source) ?? source;
        var time = new JumpingTime();
        var crawler = new Crawler(source, fetcher, time, at.Ledger, "key") { Store = new CrawlStore(at.Ledger, "key", at.Storage, "segments", "1") { SegmentBytes = segmentBytes }, History = "history" };
        await crawler.Run(run, null, TestContext.Current.CancellationToken);
        var files = new List<string>();
        var index = new MemoryStream();
        var result = CrawlFiles.Write(crawler, 0, 1, n =>
        {
            Assert.Equal(files.Count, n);
            files.Add($"{run}-{n}.warc.gz");
            return (File.Create(at.Storage.LocalPath(files[n])), files[n]);
        }, () => index, TestContext.Current.CancellationToken);
        return new Crawl(result, [.. server.Asked], [.. time.Waits],
            [.. files.SelectMany(f => WarcDocuments.Read(p => at.Storage.OpenRead(f, p), "crawl", "web", locate: LocateBy.Ordinal))],
            [.. files.SelectMany(f => WarcReader.Read(p => at.Storage.OpenRead(f, p), f)).Select(r => new Kept(r.Version, r.Type, r.Header("WARC-Record-ID")!, Encoding.Latin1.GetString(r.Block.Span), r.Header))],
            Encoding.UTF8.GetString(index.ToArray()));
    }

    /// <summary>A ledger and a folder that several crawls may share.</summary>
    public sealed class Place : IDisposable
    {
        private readonly string _folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"corpusforge-{Path.GetRandomFileName()}")).FullName;

        public Place(Ledger? ledger = null) => Ledger = ledger ?? new Ledger(Path.Combine(_folder, "ledger.db"), TimeProvider.System);

        public Ledger Ledger { get; }
        public LocalStorage Storage => new(_folder);

        public void Dispose()
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
