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
    [Range(1, int.MaxValue)]
    public int MaxPages { get; init; } = 1000;

    /// <summary>How many links away from a seed a page may be.</summary>
    [Range(0, 1000)]
    public int MaxDepth { get; init; } = 10;

    /// <summary>The crawl ends once this many bytes of bodies have come, as they were on the wire.</summary>
    [Range(1, 1L << 50)]
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>The crawl ends once it was at work for so long; 0 is without limit.</summary>
    [Range(0, 1e9)]
    public double MaxSeconds { get; init; }

    /// <summary>No host gives more pages than this; 0 is without limit.</summary>
    [Range(0, int.MaxValue)]
    public int MaxPagesPerHost { get; init; }

    /// <summary>The hosts of one registrable domain together give no more pages than this; 0 is without limit.</summary>
    [Range(0, int.MaxValue)]
    public int MaxPagesPerDomain { get; init; }

    /// <summary>No host gives more pages of one calendar than this, nor more pages of one shape whose bodies it gave before.</summary>
    [Range(0, int.MaxValue)]
    public int MaxTrapPages { get; init; } = 20;

    /// <summary>A longer body, on the wire or decoded, is dropped.</summary>
    [Range(1, 1 << 30)]
    public int MaxBodyBytes { get; init; } = 32 << 20;

    /// <summary>Whether to stay on the hosts of the seeds, with or without `www.`.</summary>
    public bool SameSite { get; init; } = true;

    /// <summary>Whether to read the sitemaps that robots.txt names, and the feeds that pages announce.</summary>
    public bool Sitemaps { get; init; } = true;

    /// <summary>Whether to ask each site for `/.well-known/tdmrep.json` and `/ai.txt`, which are evidence of consent.</summary>
    public bool ConsentFiles { get; init; } = true;

    /// <summary>The least time between two requests to a host; a site's Crawl-delay can make it longer.</summary>
    [Range(0, 3600)]
    public double DelaySeconds { get; init; } = 1;

    /// <summary>A host that takes a second to answer is left alone for at least so many, up to a minute.</summary>
    [Range(0, 100)]
    public double DelayFactor { get; init; } = 3;

    /// <summary>How many hosts a worker asks at the same time, one request a host.</summary>
    [Range(1, 1000)]
    public int HostsAtOnce { get; init; } = 16;

    /// <summary>How many workers may share the crawl; each leaves the files of its share of the hosts.</summary>
    [Range(1, 1000)]
    public int Shares { get; init; } = 1;

    /// <summary>Change it, for example to a date, to crawl anew; what has not changed since the last crawl is not sent again.</summary>
    public string Edition { get; init; } = "";

    /// <summary>For one exchange, from the name to the last byte.</summary>
    [Range(0.001, 3600)]
    public double TimeoutSeconds { get; init; } = 30;

    /// <summary>A URL or address for the owners of the sites, sent with every request.</summary>
    public string UserAgentContact { get; init; } = "";

    /// <summary>Hosts that may be in a private network and at any port; no other host may.</summary>
    [Reaches(Reach.PrivateHosts)]
    public IReadOnlyList<string> AllowHosts { get; init; } = [];

    public string? Problem =>
        Seeds.Count == 0 ? "'seeds' names no URL to start from"
        : Seeds.FirstOrDefault(s => CrawlUrl.Resolve(null, s) is null) is { } seed
            ? $"the seed '{seed}' is no URL that can be fetched; expected https://… or http://…"
        : UserAgentContact.Any(c => c is < ' ' or > '~') ? "userAgentContact must be printable ASCII, since it is sent in a header; write a host in its ASCII form (xn--…) and other letters percent-encoded" : null;

    public IEnumerable<Slice> Plan(Inputs inputs) => [];

    /// <summary>Reads WARC files that the stage wrote. What has another status than 200 was counted as a drop there.</summary>
    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader) => slice.Files
        .SelectMany(file => WarcDocuments.Read(
            at => reader.Storage.OpenRead(file.Path, at), file.Name, reader.Source, maxBodyBytes: MaxBodyBytes, locate: LocateBy.Ordinal, cancel: reader.Cancel))
        .Where(document => document.Verdict.Rule != "http-status");
}
