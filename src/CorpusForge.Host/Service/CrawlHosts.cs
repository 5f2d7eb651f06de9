using System.Text.Json;
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
