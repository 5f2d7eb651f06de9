using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>What the crawls of a run have brought.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Pages">Responses with status 200.</param>
/// <param name="Bytes">Of all bodies.</param>
/// <param name="Unvisited">URLs that were known and not asked for because a limit had been reached.</param>
/// <param name="Rules">Why URLs gave no page, most frequent first.</param>
/// <param name="Hosts">Those with the most pages first.</param>
public sealed record CrawlOverview(string Run, long Pages, long Bytes, long Unvisited, IReadOnlyList<FunnelCount> Rules, IReadOnlyList<CrawlHost> Hosts);

/// <summary>What a crawl brought from one host.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Pages">Responses with status 200.</param>
/// <param name="Bytes">Of their bodies.</param>
/// <param name="Failed">URLs that gave no page.</param>
/// <param name="Rules">Why, by rule.</param>
/// <param name="Robots">allowed, restricted, unavailable or absent.</param>
/// <param name="DelaySeconds">Between two requests.</param>
/// <param name="Backoffs">How often the host asked to wait (429, 503).</param>
public sealed record CrawlHost(
    string Host, long Pages, long Bytes, long Failed, IReadOnlyDictionary<string, long> Rules, string Robots, double DelaySeconds, long Backoffs);
