using System.Data.Common;
using Dapper;

namespace CorpusForge.Runs;

/// <summary>What a crawl as a whole has done.</summary>
/// <param name="Run">The run that began it.</param>
/// <param name="Ended">When it had nothing left to do, in milliseconds since 1970; null before.</param>
/// <param name="Pages">Responses with status 200.</param>
/// <param name="Bytes">Of all bodies.</param>
/// <param name="Spent">Milliseconds that it was at work.</param>
public sealed record CrawlRow(string Run, long? Ended, long Pages, long Bytes, long Spent);

/// <summary>A host of a crawl that one worker has for itself.</summary>
public sealed record HostLease
{
    public string Host { get; init; } = "";

    /// <summary>The registrable domain.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Fences: a holder that was overtaken changes nothing.</summary>
    public long Token { get; init; }

    /// <summary>Milliseconds in which the host is not to be asked.</summary>
    public long Wait { get; init; }

    /// <summary>It gave so far.</summary>
    public long Pages { get; init; }
}

/// <summary>A host of a crawl as it stands.</summary>
public sealed record HostRow(string Host, string Robots, long Delay, long Backoffs, long Pages, long Bytes);

/// <summary>A URL that waits for its turn.</summary>
public sealed record FrontierRow
{
    /// <summary>Grows in the order in which URLs were found.</summary>
    public long Number { get; init; }

    /// <summary>Normalised.</summary>
    public string Url { get; init; } = "";

    /// <summary>What it has in common with others that the same program may have made.</summary>
    public string Shape { get; init; } = "";

    /// <summary>page, sitemap or feed.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Links away from a seed.</summary>
    public long Depth { get; init; }

    /// <summary>Redirects since the link.</summary>
    public long Hops { get; init; }

    /// <summary>Pages of the same shape that the host gave.</summary>
    public long ShapePages { get; init; }

    /// <summary>Those of them whose body the host had given before.</summary>
    public long ShapeRepeats { get; init; }
}

/// <summary>A URL to be kept in the frontier unless it was seen.</summary>
public sealed record FoundUrl(string Url, string Host, string Domain, long Share, string Sort, string Shape, string Kind, int Priority, int Depth, int Hops, string? Via);

/// <summary>What became of a URL, or of a file that tells about a host; with the WARC records that prove it.</summary>
/// <remarks>A page has no rule, and a face by which others like it are known. The record is gzip members: metadata (as long as the head says), response, request.</remarks>
public sealed record Visited(
    string? Rule = null, int? Status = null, string? Type = null, long Length = 0, string? Digest = null, string? Proof = null, string? Canonical = null,
    string? ETag = null, string? Modified = null, string? Stamp = null, byte[]? Record = null, int Head = 0, int ResponseLength = 0, string? Face = null);

/// <summary>A finished URL with the place of its records.</summary>
public sealed record VisitedRow(
    long Number, string Url, string Host, string Sort, string Kind, string? Rule, long? Status, string? Type, long? Length, string? Digest, string? Proof,
    string? Canonical, string? ETag, string? Modified, string? Stamp, byte[]? Record, string? Segment, long? Place, long? Size, long? Head, long? Response);

/// <summary>The page as an earlier crawl of the source has it.</summary>
public sealed record HistoryRow(string Url, string? ETag, string? Modified, string File, long Place, long Size, string Digest);

/// <summary>The frontiers of crawls: hosts, URLs, and the records of pages until they are in a file.</summary>
/// <remarks>
/// What a page brought (its records, its links, what the host is owed) is one transaction, so a page is either done, with its records
/// durable, or was never asked for as far as the ledger knows. It names the token of the host's lease and changes nothing when another has it.
/// </remarks>
public sealed partial class Ledger
{
    private const int RowsOfUrls = 100;
    private const string OfHost = "crawl = @crawl AND host = @host";

    /// <summary>Makes or finds a crawl; what another run left finished is removed first.</summary>
    public CrawlRow BeginCrawl(string crawl, string run)
    {
        if (Query<string>("SELECT run FROM crawls WHERE key = @crawl AND ended IS NOT NULL", new { crawl }) is [var other] && other != run)
            DropCrawl(crawl);
        Execute("INSERT INTO crawls (key, run) VALUES (@crawl, @run) ON CONFLICT (key) DO NOTHING", new { crawl, run });
        return Crawl(crawl);
    }

    public CrawlRow Crawl(string crawl) => Query<CrawlRow>("SELECT run, ended, pages, bytes, spent FROM crawls WHERE key = @crawl", new { crawl })[0];

    public void EndCrawl(string crawl) => Execute($"UPDATE crawls SET ended = {Clock} WHERE key = @crawl AND ended IS NULL", new { crawl });

    public void DropCrawl(string crawl) => InTransaction((db, transaction) => db.Execute(
        """
        DELETE FROM crawlUrls WHERE crawl = @crawl;
        DELETE FROM crawlHosts WHERE crawl = @crawl;
        DELETE FROM crawlShapes WHERE crawl = @crawl;
        DELETE FROM crawlBodies WHERE crawl = @crawl;
        DELETE FROM crawls WHERE key = @crawl
        """, new { crawl }, transaction));

    /// <summary>Gives free what earlier attempts of a worker hold; whom they may just have asked is left alone for a while.</summary>
    public void FreeHosts(string crawl, string unit, string worker, long milliseconds) => Execute(
        $"""
        UPDATE crawlHosts SET lease = 0, ready = CASE WHEN ready > {Clock} + @milliseconds THEN ready ELSE {Clock} + @milliseconds END
        WHERE crawl = @crawl AND worker LIKE @pattern AND worker <> @worker AND lease > {Clock}
        """, new { crawl, pattern = $"{unit}/%", worker, milliseconds });

    /// <summary>Takes the host that waited longest, among those that have something to ask for and that nobody has.</summary>
    public HostLease? LeaseHost(string crawl, string worker, long milliseconds) => Query<HostLease>(
        $"""
        UPDATE crawlHosts SET token = token + 1, worker = @worker, lease = {Clock} + @milliseconds
        WHERE crawl = @crawl AND lease < {Clock} AND host = (SELECT host FROM crawlHosts WHERE crawl = @crawl AND state = 'open' AND lease < {Clock} ORDER BY ready, host LIMIT 1)
        RETURNING host, domain, token, CASE WHEN ready > {Clock} THEN ready - {Clock} ELSE 0 END AS Wait, pages
        """, new { crawl, worker, milliseconds }).FirstOrDefault();

    /// <summary>Keeps a host for longer; false when another has it.</summary>
    public bool RenewHost(string crawl, HostLease lease, long milliseconds, long wait, bool backoff) => Execute(
        $"UPDATE crawlHosts SET lease = {Clock} + @milliseconds, ready = {Clock} + @wait, backoffs = backoffs + @more WHERE {OfHost} AND token = @Token",
        new { crawl, host = lease.Host, lease.Token, milliseconds, wait, more = backoff ? 1 : 0 }) == 1;

    /// <summary>Records what the host's robots.txt is and how long it is left alone between two requests.</summary>
    public void DescribeHost(string crawl, HostLease lease, string robots, long delay) => Execute(
        $"UPDATE crawlHosts SET robots = @robots, delay = @delay WHERE {OfHost} AND token = @Token", new { crawl, host = lease.Host, lease.Token, robots, delay });

    /// <summary>Gives a host back; it is open as long as something waits.</summary>
    public void ReleaseHost(string crawl, HostLease lease, long wait) => InTransaction((db, transaction) =>
    {
        // The row is locked first: what others add to the host is then either seen here, or opens it again.
        var held = db.Execute($"UPDATE crawlHosts SET lease = 0, ready = {Clock} + @wait WHERE {OfHost} AND token = @Token", new { crawl, host = lease.Host, lease.Token, wait }, transaction);
        return held == 0 ? 0 : db.Execute(
            $"""
            UPDATE crawlHosts SET state = CASE WHEN EXISTS (SELECT 1 FROM crawlUrls u WHERE u.crawl = @crawl AND u.host = @host AND u.state = 'pending') THEN 'open' ELSE 'idle' END
            WHERE {OfHost}
            """, new { crawl, host = lease.Host }, transaction);
    });

    /// <summary>Whether somebody is at work, or could be.</summary>
    public bool CrawlIsOpen(string crawl) => Query<long>("SELECT COUNT(*) FROM crawlHosts WHERE crawl = @crawl AND state = 'open'", new { crawl })[0] > 0;

    /// <summary>What to ask the host for next.</summary>
    public FrontierRow? NextUrl(string crawl, string host) => Query<FrontierRow>(
        $"""
        SELECT u.number, u.url, u.shape, u.kind, u.depth, u.hops, COALESCE(s.pages, 0) AS ShapePages, COALESCE(s.repeats, 0) AS ShapeRepeats FROM crawlUrls u
        LEFT JOIN crawlShapes s ON s.crawl = u.crawl AND s.host = u.host AND s.shape = u.shape
        WHERE u.crawl = @crawl AND u.host = @host AND u.state = 'pending' ORDER BY u.priority, u.depth, u.number LIMIT 1
        """, new { crawl, host }).FirstOrDefault();

    public long DomainPages(string crawl, string domain) =>
        Query<long>("SELECT CAST(COALESCE(SUM(pages), 0) AS BIGINT) FROM crawlHosts WHERE crawl = @crawl AND domain = @domain", new { crawl, domain })[0];

    /// <summary>Adds URLs that were not seen.</summary>
    public void AddUrls(string crawl, IReadOnlyList<FoundUrl> found) => InTransaction((db, transaction) =>
    {
        Add(db, transaction, crawl, found);
        return 0;
    });

    /// <summary>Ends a URL; false when another has the host.</summary>
    /// <param name="crawl">The key of the crawl.</param>
    /// <param name="lease">Of the host.</param>
    /// <param name="row">Which URL.</param>
    /// <param name="visited">What became of it.</param>
    /// <param name="found">Where it leads to.</param>
    /// <param name="times">Milliseconds: how long the host is held, and not asked, from now, and what the crawl has spent.</param>
    public bool EndUrl(string crawl, HostLease lease, FrontierRow row, Visited visited, IReadOnlyList<FoundUrl> found, (long Hold, long Wait, long Spent) times) =>
        InTransaction((db, transaction) =>
        {
            if (db.Execute($"UPDATE crawlHosts SET lease = {Clock} + @Hold, ready = {Clock} + @Wait WHERE {OfHost} AND token = @Token",
                new { crawl, host = lease.Host, lease.Token, times.Hold, times.Wait }, transaction) == 0)
                return false;
            var ended = db.Execute(
                $"""
                UPDATE crawlUrls SET state = 'done', rule = @Rule, status = @Status, type = @Type, length = @Length, digest = @Digest, proof = @Proof, canonical = @Canonical,
                    etag = @ETag, modified = @Modified, stamp = @Stamp, record = @Record, size = @size, head = @Head, response = @ResponseLength, fetched = {Clock}
                WHERE number = @Number AND state = 'pending'
                """, Parameters(row.Number, visited), transaction);
            if (ended == 1)
                Count(db, transaction, crawl, lease.Host, row, visited, times.Spent);
            Add(db, transaction, crawl, found);
            return true;
        });

    /// <summary>Keeps a file that tells about the host (robots.txt and the like), which nobody had to find.</summary>
    public void KeepSiteFile(string crawl, FoundUrl file, Visited visited) => InTransaction((db, transaction) =>
    {
        var parameters = Parameters(0, visited);
        parameters.AddDynamicParams(new { crawl, file.Url, file.Host, file.Sort, file.Kind });
        return db.Execute(
            $"""
            INSERT INTO crawlUrls (crawl, url, host, sort, shape, kind, priority, depth, hops, state, rule, status, type, length, digest, proof, stamp, record, size, head, response, fetched)
            VALUES (@crawl, @Url, @Host, @Sort, '', @Kind, 0, 0, 0, 'done', @Rule, @Status, @Type, @Length, @Digest, @Proof, @Stamp, @Record, @size, @Head, @ResponseLength, {Clock})
            ON CONFLICT (crawl, url) DO UPDATE SET rule = @Rule, status = @Status, type = @Type, length = @Length, digest = @Digest, proof = @Proof, stamp = @Stamp, record = @Record, segment = NULL, place = NULL,
                size = @size, head = @Head, response = @ResponseLength, fetched = {Clock}
            """, parameters, transaction);
    });

    /// <summary>A site file that was kept at most so long ago.</summary>
    public VisitedRow? SiteFile(string crawl, string url, long milliseconds) => Query<VisitedRow>(
        $"SELECT {VisitedColumns} FROM crawlUrls WHERE crawl = @crawl AND url = @url AND state = 'done' AND fetched > {Clock} - @milliseconds", new { crawl, url, milliseconds }).FirstOrDefault();

    /// <summary>Records that are not in a file, in order, at most so many bytes of them.</summary>
    public IReadOnlyList<(long Number, byte[] Record)> LooseRecords(string crawl, long bytes)
    {
        var sizes = Query<(long Number, long Size)>("SELECT number, size FROM crawlUrls WHERE crawl = @crawl AND record IS NOT NULL ORDER BY number LIMIT 10000", new { crawl });
        var (last, sum) = (-1L, 0L);
        foreach (var (number, size) in sizes)
        {
            if (last >= 0 && sum + size > bytes)
                break;
            (last, sum) = (number, sum + size);
        }
        return last < 0 ? [] : Query<(long, byte[])>("SELECT number, record FROM crawlUrls WHERE crawl = @crawl AND record IS NOT NULL AND number <= @last ORDER BY number", new { crawl, last });
    }

    public long LooseBytes(string crawl) => Query<long>("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM crawlUrls WHERE crawl = @crawl AND record IS NOT NULL", new { crawl })[0];

    /// <summary>Says in which file records are; from now on they are there only.</summary>
    public void MoveRecords(string crawl, string segment, IReadOnlyList<(long Number, long Place)> places) => InTransaction((db, transaction) =>
        db.Execute("UPDATE crawlUrls SET segment = @segment, place = @Place, record = NULL WHERE crawl = @crawl AND number = @Number AND record IS NOT NULL",
            places.Select(p => new { crawl, segment, p.Number, p.Place }), transaction));

    public IReadOnlyList<string> Segments(string crawl) =>
        Query<string>("SELECT DISTINCT segment FROM crawlUrls WHERE crawl = @crawl AND segment IS NOT NULL ORDER BY segment", new { crawl });

    /// <summary>Finished URLs of a share of the hosts in their order, from behind one on.</summary>
    public IReadOnlyList<VisitedRow> Visits(string crawl, int share, int shares, VisitedRow? after, int limit) => Query<VisitedRow>(
        $"""
        SELECT {VisitedColumns} FROM crawlUrls u WHERE crawl = @crawl AND state = 'done' {Behind(after)}
            AND (SELECT share % @shares FROM crawlHosts h WHERE h.crawl = u.crawl AND h.host = u.host) = @share
        ORDER BY sort, url LIMIT @limit
        """, new { crawl, share, shares, after?.Sort, after?.Url, limit });

    public IReadOnlyList<HostRow> Hosts(string crawl, int share, int shares) => Query<HostRow>(
        "SELECT host, robots, delay, backoffs, pages, bytes FROM crawlHosts WHERE crawl = @crawl AND share % @shares = @share ORDER BY host", new { crawl, share, shares });

    public long Unvisited(string crawl, int share, int shares) => Query<long>(
        """
        SELECT COUNT(*) FROM crawlUrls u WHERE crawl = @crawl AND state = 'pending'
            AND (SELECT share % @shares FROM crawlHosts h WHERE h.crawl = u.crawl AND h.host = u.host) = @share
        """, new { crawl, share, shares })[0];

    /// <summary>Those of the URLs that are pages of the crawl.</summary>
    public bool IsPage(string crawl, string url) =>
        Query<long>("SELECT COUNT(*) FROM crawlUrls WHERE crawl = @crawl AND url = @url AND state = 'done' AND rule IS NULL AND kind = 'page'", new { crawl, url })[0] > 0;

    public HistoryRow? History(string source, string url) =>
        Query<HistoryRow>("SELECT url, etag, modified, file, place, size, digest FROM crawlHistory WHERE source = @source AND url = @url", new { source, url }).FirstOrDefault();

    public void KeepHistory(string source, IReadOnlyList<HistoryRow> rows) => InTransaction((db, transaction) => db.Execute(
        """
        INSERT INTO crawlHistory (source, url, etag, modified, file, place, size, digest) VALUES (@source, @Url, @ETag, @Modified, @File, @Place, @Size, @Digest)
        ON CONFLICT (source, url) DO UPDATE SET etag = @ETag, modified = @Modified, file = @File, place = @Place, size = @Size, digest = @Digest
        """, rows.Select(r => new { source, r.Url, r.ETag, r.Modified, r.File, r.Place, r.Size, r.Digest }), transaction));

    private const string VisitedColumns =
        "number, url, host, sort, kind, rule, status, type, length, digest, proof, canonical, etag, modified, stamp, record, segment, place, size, head, response";

    private static string Behind(VisitedRow? after) => after is null ? "" : "AND (sort > @Sort OR (sort = @Sort AND url > @Url))";

    private static DynamicParameters Parameters(long number, Visited visited)
    {
        var parameters = new DynamicParameters(new
        {
            Number = number,
            visited.Rule,
            visited.Status,
            visited.Type,
            visited.Length,
            visited.Digest,
            visited.Proof,
            visited.Canonical,
            visited.ETag,
            visited.Modified,
            visited.Stamp,
            visited.Head,
            visited.ResponseLength,
            size = (long)(visited.Record?.Length ?? 0),
        });
        parameters.Add("Record", visited.Record, System.Data.DbType.Binary);
        return parameters;
    }

    private static void Count(DbConnection db, DbTransaction transaction, string crawl, string host, FrontierRow row, Visited visited, long spent)
    {
        var page = visited.Rule is null && row.Kind == "page" ? 1 : 0;
        var of = new { crawl, host, row.Shape, page, visited.Length, face = visited.Face ?? visited.Digest, spent };
        if (page == 1)
        {
            var repeat = db.Execute("INSERT INTO crawlBodies (crawl, host, digest) VALUES (@crawl, @host, @face) ON CONFLICT (crawl, host, digest) DO NOTHING", of, transaction) == 0;
            db.Execute(
                """
                INSERT INTO crawlShapes (crawl, host, shape, pages, repeats) VALUES (@crawl, @host, @Shape, 1, @repeats)
                ON CONFLICT (crawl, host, shape) DO UPDATE SET pages = crawlShapes.pages + 1, repeats = crawlShapes.repeats + @repeats
                """, new { crawl, host, row.Shape, repeats = repeat ? 1 : 0 }, transaction);
        }
        db.Execute(
            $"""
            UPDATE crawlHosts SET pages = pages + @page, bytes = bytes + @Length WHERE {OfHost};
            UPDATE crawls SET pages = pages + @page, bytes = bytes + @Length, spent = CASE WHEN spent < @spent THEN @spent ELSE spent END WHERE key = @crawl
            """, of, transaction);
    }

    private static void Add(DbConnection db, DbTransaction transaction, string crawl, IReadOnlyList<FoundUrl> found)
    {
        foreach (var rows in found.Chunk(RowsOfUrls))
        {
            var parameters = new DynamicParameters(new { crawl });
            var values = rows.Select((r, i) =>
            {
                parameters.AddDynamicParams(new Dictionary<string, object?>
                {
                    [$"u{i}"] = r.Url,
                    [$"h{i}"] = r.Host,
                    [$"s{i}"] = r.Sort,
                    [$"f{i}"] = r.Shape,
                    [$"k{i}"] = r.Kind,
                    [$"p{i}"] = r.Priority,
                    [$"d{i}"] = r.Depth,
                    [$"n{i}"] = r.Hops,
                    [$"v{i}"] = r.Via,
                });
                return $"(@crawl, @u{i}, @h{i}, @s{i}, @f{i}, @k{i}, @p{i}, @d{i}, @n{i}, @v{i})";
            }).ToArray();
            // Only hosts of URLs that are new are opened.
            var added = db.Query<string>(
                $"""
                INSERT INTO crawlUrls (crawl, url, host, sort, shape, kind, priority, depth, hops, via) VALUES {string.Join(", ", values)}
                ON CONFLICT (crawl, url) DO NOTHING RETURNING host
                """, parameters, transaction).ToHashSet(StringComparer.Ordinal);
            foreach (var host in rows.Where(r => added.Contains(r.Host)).DistinctBy(r => r.Host).OrderBy(r => r.Host, StringComparer.Ordinal))
            {
                db.Execute(
                    """
                    INSERT INTO crawlHosts (crawl, host, domain, share) VALUES (@crawl, @Host, @Domain, @Share) ON CONFLICT (crawl, host) DO UPDATE SET state = 'open'
                    """, new { crawl, host.Host, host.Domain, host.Share }, transaction);
            }
        }
    }
}
