using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Crawl;

/// <summary>Crawls web sites from seeds on, politely, into WARC files that later stages read.</summary>
/// <remarks>The crawling is the work of the stage `crawl`; the source then reads the files that the stage left.</remarks>
public sealed record CrawlSource : ISource
{
    public string? Id { get; init; }

    /// <summary>The URLs to start from.</summary>
    [Needed]
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>The crawl ends when it has this many pages (responses with status 200).</summary>
    public int MaxPages { get; init; } = 1000;

    /// <summary>How many links away from a seed a page may be.</summary>
    public int MaxDepth { get; init; } = 10;

    /// <summary>The crawl ends once this many bytes of bodies have come, as they were on the wire.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>A longer body, on the wire or decoded, is dropped.</summary>
    public int MaxBodyBytes { get; init; } = 32 << 20;

    /// <summary>Whether to stay on the hosts of the seeds.</summary>
    public bool SameSite { get; init; } = true;

    /// <summary>The least time between two requests to a host; a site's Crawl-delay can make it longer.</summary>
    public double DelaySeconds { get; init; } = 1;

    /// <summary>For one exchange, from the name to the last byte.</summary>
    public double TimeoutSeconds { get; init; } = 30;

    /// <summary>A URL or address for the owners of the sites, sent with every request.</summary>
    public string UserAgentContact { get; init; } = "";

    /// <summary>Hosts that may be in a private network and at any port; no other host may.</summary>
    [Reaches(Reach.PrivateHosts)]
    public IReadOnlyList<string> AllowHosts { get; init; } = [];

    public IEnumerable<Slice> Plan(Inputs inputs) => [];

    /// <summary>Reads WARC files that the stage wrote. What has another status than 200 was counted as a drop there.</summary>
    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader) => slice.Files
        .SelectMany(file => WarcDocuments.Read(
            at => reader.Storage.OpenRead(file.Path, at), file.Name, reader.Source, maxBodyBytes: MaxBodyBytes, locate: LocateBy.Ordinal, cancel: reader.Cancel))
        .Where(document => document.Verdict.Rule != "http-status");
}
