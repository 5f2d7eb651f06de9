using System.Net;
using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Runs the crawls of the pipeline's crawl sources and keeps what they brought as WARC files.</summary>
public sealed record CrawlStage : IStage
{
    public string? Id { get; init; }

    public Product Consumes => Product.Raw;
    public Product Produces => Product.Raw;
    public IReadOnlyList<IPhase> Phases => [new Fetch()];

    /// <summary>Where a host really is, for hosts that this program serves itself; set once at start.</summary>
    public static Func<string, IPEndPoint?> ConnectTo { get; set; } = _ => null;

    /// <summary>One unit a source: what a crawl visits next depends on all it has seen.</summary>
    private sealed record Fetch : IPhase
    {
        public string Name => "fetch";
        public string Queue => Queues.Net;
        public bool Result => true;
        public bool Pure => false;

        public IEnumerable<Unit> Plan(PhaseInput input) =>
            from source in input.Pipeline.Sources
            where source.Source is CrawlSource
            select Unit.Of(input, this, "", [new UnitInput(source.Id, source.Digest)]);

        public void Execute(UnitWork work)
        {
            var planned = work.Input.Pipeline.Sources.First(s => s.Id == work.Unit.Inputs[0].Name);
            var source = (CrawlSource)planned.Source;
            source = source with { MaxPages = (int)Math.Min(source.MaxPages, work.Input.Pipeline.Limit ?? int.MaxValue) };
            using var fetcher = new Fetcher(source.UserAgentContact, TimeSpan.FromSeconds(source.TimeoutSeconds), source.AllowHosts, ConnectTo);
            var result = new Crawler(source, fetcher, TimeProvider.System)
                .Run(n => work.Create($"{Roles.Warc}-{n:D5}", ".warc.gz"), work.Report, work.Cancel).GetAwaiter().GetResult();
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
