using System.Net;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Runs the crawls of the pipeline's crawl sources and keeps what they brought as WARC files.</summary>
public sealed record CrawlStage : IStage
{
    public string? Id { get; init; }

    public int Version => 2;

    public Product Consumes => Product.Raw;
    public Product Produces => Product.Raw;
    public IReadOnlyList<IPhase> Phases => [new Fetch()];

    /// <summary>Where a host really is, for hosts that this program serves itself; set once at start.</summary>
    public static Func<string, IPEndPoint?> ConnectTo { get; set; } = _ => null;

    /// <summary>A unit for each share of a source: they work on one frontier together, and each leaves the files of its share of the hosts.</summary>
    private sealed record Fetch : IPhase
    {
        public string Name => "fetch";
        public string Queue => Queues.Net;
        public bool Result => true;
        public bool Pure => false;

        public IEnumerable<Unit> Plan(PhaseInput input) =>
            from source in input.Pipeline.Sources
            let crawl = source.Source as CrawlSource
            where crawl is not null
            from share in Enumerable.Range(0, crawl.Shares)
            select Unit.Of(input, this, share == 0 ? "" : $"{share}", [new UnitInput(source.Id, source.Digest)]);

        public void Execute(UnitWork work)
        {
            var planned = work.Input.Pipeline.Sources.First(s => s.Id == work.Unit.Inputs[0].Name);
            var source = (CrawlSource)planned.Source;
            source = source with { MaxPages = (int)Math.Min(source.MaxPages, work.Input.Pipeline.Limit ?? int.MaxValue) };
            var share = work.Unit.Read<string>() is { Length: > 0 } number ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : 0;
            // The shares of a source have one frontier.
            var key = Digests.Short($"crawl {work.Input.Stage.Digest} {planned.Id} {planned.Digest}");
            var result = CrawlUnit.Run(work, source, key, share, 0, $"{work.Input.Pipeline.Name}/{planned.Id}");
            using (var hosts = work.Create("hosts", ".json"))
                JsonSerializer.Serialize(hosts, result.Hosts, Manifest.Json);
            work.ContentDigest = result.ContentDigest;
            work.Tally.In = result.Pages + result.Drops.Values.Sum();
            work.Tally.Out = result.Pages;
            work.Tally.BytesIn = result.Bytes;
            foreach (var (rule, count) in result.Drops)
                work.Tally.Dropped[$"crawl.{rule}"] = count;
            work.Figures["unvisited"] = result.Unvisited;
        }
    }
}

/// <summary>Does the crawl of a unit, to its end, and writes its files.</summary>
internal static class CrawlUnit
{
    /// <param name="work">The unit.</param>
    /// <param name="source">What to crawl.</param>
    /// <param name="key">Of the frontier.</param>
    /// <param name="share">Of the hosts, whose files this unit writes.</param>
    /// <param name="firstFile">The number of the first WARC file.</param>
    /// <param name="history">Where validators are kept from crawl to crawl; null keeps none.</param>
    public static CrawlFiles.Result Run(UnitWork work, CrawlSource source, string key, int share, int firstFile, string? history)
    {
        var ledger = work.Ledger ?? new Ledger(Path.Combine(Directory.CreateDirectory(work.Storage.ScratchPath(work.WorkFolder)).FullName, "frontier.db"), TimeProvider.System);
        using var fetcher = new Fetcher(source.UserAgentContact, TimeSpan.FromSeconds(source.TimeoutSeconds), source.AllowHosts, CrawlStage.ConnectTo);
        var store = new CrawlStore(ledger, key, work.Storage, $"{work.WorkFolder}", $"{share}-{work.Attempt}");
        var crawler = new Crawler(source, fetcher, TimeProvider.System, ledger, key) { Worker = $"{work.Unit.Key}/{work.Attempt}", History = history, Store = store };
        crawler.Run(work.Run, work.Report, work.Cancel).GetAwaiter().GetResult();
        var result = CrawlFiles.Write(crawler, share, source.Shares, n =>
        {
            var file = work.Create($"{Roles.Warc}-{firstFile + n:D5}", ".warc.gz");
            return (file, work.Files[^1].Name);
        }, () => work.Create($"cdxj-{firstFile:D5}", ".cdxj"), work.Cancel);
        if (share == 0 && source.Seeds.Count(s => CrawlUrl.Resolve(null, s) is null) is > 0 and var bad)
            result = result with { Drops = new SortedDictionary<string, long>(result.Drops.ToDictionary(), StringComparer.Ordinal) { ["bad-url"] = bad } };
        // Nobody needs the frontier once the parts of all shares are committed; with one share that is now.
        if (source.Shares == 1)
            work.Committed += () =>
            {
                store.Clear();
                ledger.DropCrawl(key);
            };
        return result;
    }
}
