using System.Collections.Concurrent;
using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Works on the crawl of one source until nothing is left or a limit is reached: takes hosts and visits each of them.</summary>
/// <remarks>
/// <para>Everything about progress is in the ledger, so a crawl goes on where a killed one stopped, and several crawlers can share one: each has the
/// hosts that it leases for itself. A host is asked one thing at a time, in order of priority, depth, and the order in which URLs were found.</para>
/// <para>Every URL taken ends as a page or under one rule: those of <see cref="Exchange"/>, `robots-disallowed`, `robots-unavailable`,
/// `crawl-delay`, `http-status`, `redirect`, `off-site`, `redirect-loop`, `too-many-redirects`, `bad-redirect`, `trap-path`, `trap-parameters`, `trap-calendar`,
/// `trap-repeats`, `host-budget`, `domain-budget`. What a sitemap or a feed lists is taken up; the file itself counts as nothing.</para>
/// </remarks>
/// <param name="source">The settings.</param>
/// <param name="fetcher">Does the exchanges.</param>
/// <param name="time">The clock of delays and of the dates in the WARC.</param>
/// <param name="ledger">Has the frontier.</param>
/// <param name="key">Of the crawl in the ledger.</param>
internal sealed class Crawler(CrawlSource source, Fetcher fetcher, TimeProvider time, Ledger ledger, string key)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _ready = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _added = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hosts = new(StringComparer.Ordinal);
    private readonly Lock _counting = new();
    private readonly long _start = time.GetTimestamp();
    private CrawlRow _row = new("", null, 0, 0, 0);
    private TaskCompletionSource _found = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pages;
    private long _bytes;
    private int _asking;
    private int _turnedAway;

    public CrawlSource Source => source;
    public Fetcher Fetcher => fetcher;
    public TimeProvider Time => time;
    public Ledger Ledger => ledger;
    public string Key => key;

    /// <summary>Site files by origin, with the time until which they hold.</summary>
    public ConcurrentDictionary<string, (SiteRules Rules, DateTimeOffset Until)> Sites { get; } = new(StringComparer.Ordinal);

    /// <summary>Names the holder of leases: the unit, a slash, the attempt.</summary>
    public string Worker { get; init; } = "crawl/1";

    /// <summary>Under which the validators of pages are kept from crawl to crawl; null keeps none.</summary>
    public string? History { get; init; }

    /// <summary>Where records and the files of earlier crawls lie.</summary>
    public required CrawlStore Store { get; init; }

    /// <summary>Milliseconds that the crawl was at work.</summary>
    public long Spent => _row.Spent + (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Runs until nobody has anything to do.</summary>
    /// <param name="run">Which run asks: a crawl that another run finished begins anew.</param>
    /// <param name="report">Called with the share of the page limit that is reached.</param>
    /// <param name="cancel">Ends the crawl.</param>
    public async Task Run(string run, Action<double>? report = null, CancellationToken cancel = default)
    {
        _row = ledger.BeginCrawl(key, run);
        ledger.FreeHosts(key, Worker.Split('/')[0], Worker, (long)(source.DelaySeconds * 1000));
        Uri[] seeds = [.. source.Seeds.Select(s => CrawlUrl.Resolve(null, s)).OfType<Uri>()];
        _hosts.UnionWith(seeds.Select(s => SiteOf(s.IdnHost)));
        if (_row.Ended is null)
            ledger.AddUrls(key, [.. seeds.Select(s => Found(s, "page", 0, 0, 0, null)!)]);
        var visits = new List<Task>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            while (_row.Ended is null)
            {
                stop.Token.ThrowIfCancellationRequested();
                var found = _found.Task;
                (_pages, _bytes) = ledger.Crawl(key) is var row && visits.Count == 0 ? (row.Pages, row.Bytes) : (Math.Max(_pages, row.Pages), Math.Max(_bytes, row.Bytes));
                _turnedAway = 0;
                while (visits.Count < source.HostsAtOnce && !LimitReached && ledger.LeaseHost(key, Worker, Hold(TimeSpan.Zero)) is { } lease)
                    visits.Add(Task.Run(() => new HostVisit(this, lease).Run(stop.Token), stop.Token));
                report?.Invoke((double)_pages / source.MaxPages);
                if (visits.Count > 0)
                {
                    // A page in flight may be no page: then another host has its turn.
                    await (_turnedAway > 0 || LimitReached || visits.Count == source.HostsAtOnce ? Task.WhenAny(visits) : Task.WhenAny([.. visits, found]));
                    foreach (var done in visits.Where(v => v.IsCompleted).ToArray())
                    {
                        visits.Remove(done);
                        await done;
                    }
                }
                else if (LimitReached || !ledger.CrawlIsOpen(key))
                    break;
                else
                    await Task.Delay(s_lookAgain, time, stop.Token);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(visits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        ledger.EndCrawl(key);
    }

    /// <summary>Whether pages, bytes or time are used up.</summary>
    public bool LimitReached => _pages >= source.MaxPages || _bytes >= source.MaxBytes || (source.MaxSeconds > 0 && Spent >= source.MaxSeconds * 1000);

    /// <summary>Takes the right to ask for one page more; false when those that are asked for already may be the last.</summary>
    public bool MayAsk()
    {
        lock (_counting)
        {
            if (_pages + _asking < source.MaxPages && !LimitReached)
            {
                _asking++;
                return true;
            }
            _turnedAway++;
            return false;
        }
    }

    public void Asked(bool page, long bytes)
    {
        lock (_counting)
        {
            _asking--;
            _pages += page ? 1 : 0;
            _bytes += bytes;
        }
    }

    /// <summary>How long a lease holds, in milliseconds: until long after the next answer.</summary>
    public long Hold(TimeSpan wait) => (long)(wait + TimeSpan.FromSeconds((4 * source.TimeoutSeconds) + 60)).TotalMilliseconds;

    public bool IsOnSite(Uri uri) => !source.SameSite || _hosts.Contains(SiteOf(uri.IdnHost));

    /// <summary>A URL for the frontier; null when it was added before, as far as this process remembers.</summary>
    public FoundUrl? Found(Uri uri, string kind, int priority, long depth, long hops, string? via)
    {
        if (_added.Count > 1_000_000)
            _added.Clear();
        if (via is not null && _added.ContainsKey(uri.AbsoluteUri))
            return null;
        var host = uri.IdnHost;
        var shape = UrlShape.Of(uri);
        // Traps wait until everything else is done.
        return new FoundUrl(
            uri.AbsoluteUri, host, RegistrableDomain.Of(host), ShareOf(host), CrawlUrl.SortKey(uri), shape, kind, UrlShape.IsCalendar(uri) ? 9 : priority, (int)depth, (int)hops, via);
    }

    /// <summary>Says that URLs are in the frontier, for whoever waits for a host to do.</summary>
    public void Added(IReadOnlyList<FoundUrl> urls)
    {
        foreach (var url in urls)
            _added.TryAdd(url.Url, 0);
        if (urls.Count > 0)
            Interlocked.Exchange(ref _found, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>Who asks a host holds this: the file of one site may lie on another, which is somebody else's turn.</summary>
    public SemaphoreSlim Turn(string host) => _turns.GetOrAdd(host, _ => new SemaphoreSlim(1));

    /// <summary>When the host may be asked again.</summary>
    public DateTimeOffset Ready(string host) => _ready.GetValueOrDefault(host, DateTimeOffset.MinValue);

    public void Ready(string host, DateTimeOffset at) => _ready[host] = at;

    /// <summary>Which share of the hosts a host is in, before it is divided by their number.</summary>
    internal static long ShareOf(string host) => (long)(System.IO.Hashing.XxHash3.HashToUInt64(System.Text.Encoding.UTF8.GetBytes(host)) & 0xFFFF);

    private static string SiteOf(string host) => host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
}
