using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Writes what a crawl brought from a share of its hosts: WARC files in order of URL, their CDXJ index, and the figures of every host.</summary>
internal static class CrawlFiles
{
    /// <summary>A new WARC file is begun once the bodies of one exceed this, which depends on nothing but them.</summary>
    public const long FileBytes = 64L << 20;

    private const int RowsAtOnce = 100;

    /// <summary>What was written.</summary>
    /// <param name="ContentDigest">Over URL, rule, status, media type, body and evidence of every answer in order; no dates.</param>
    /// <param name="Pages">Documents of the crawl.</param>
    /// <param name="Bytes">Of all bodies, as on the wire.</param>
    /// <param name="Drops">URLs that gave no page, by rule.</param>
    /// <param name="Unvisited">URLs that were known and not asked for because a limit had been reached.</param>
    /// <param name="Hosts">Figures of each.</param>
    public sealed record Result(
        string ContentDigest, int Pages, long Bytes, IReadOnlyDictionary<string, long> Drops, long Unvisited, IReadOnlyList<CrawledHost> Hosts);

    /// <param name="crawler">Has done its work.</param>
    /// <param name="share">Which share of the hosts.</param>
    /// <param name="shares">Of how many.</param>
    /// <param name="open">Opens the WARC file of a number, from 0; gives the name that it will have, too.</param>
    /// <param name="index">Opens the index.</param>
    /// <param name="cancel">Ends it.</param>
    public static Result Write(Crawler crawler, int share, int shares, Func<int, (Stream File, string Name)> open, Func<Stream>? index, CancellationToken cancel)
    {
        using var digest = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        var drops = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var hosts = new SortedDictionary<string, SortedDictionary<string, long>>(StringComparer.Ordinal);
        var history = new List<HistoryRow>();
        var (pages, bytes, files, inFile) = (0, 0L, 0, 0L);
        (Stream? File, string Name) file = (null, "");
        using var cdxj = index is null ? null : new StreamWriter(index());
        var position = 0L;
        try
        {
            for (VisitedRow? last = null; crawler.Ledger.Visits(crawler.Key, share, shares, last, RowsAtOnce) is { Count: > 0 } rows; last = rows[^1])
                foreach (var row in rows)
                {
                    cancel.ThrowIfCancellationRequested();
                    Take(row);
                }
        }
        finally
        {
            file.File?.Dispose();
        }
        if (crawler.History is { } source && history.Count > 0)
            crawler.Ledger.KeepHistory(source, history);
        return new Result(
            Convert.ToHexStringLower(digest.GetHashAndReset()), pages, bytes, drops, crawler.Ledger.Unvisited(crawler.Key, share, shares), [.. crawler.Ledger.Hosts(crawler.Key, share, shares).Select(Figures)]);

        void Take(VisitedRow row)
        {
            // Where a page says that another is itself, and that one came, it is the other that counts.
            var rule = row.Rule ?? (row.Kind == "page" && row.Canonical is { } own && crawler.Ledger.IsPage(crawler.Key, own) ? "not-canonical" : null);
            if (row.Kind == "page" && rule is null)
                pages++;
            else if (rule is not null && row.Kind is "page" or "sitemap" or "feed")
                Drop(row.Host, rule);
            digest.AppendData(System.Text.Encoding.UTF8.GetBytes($"{row.Url}\n{rule}\n{row.Status}\n{row.Proof}\n"));
            if (row.Size is not > 0)
                return;
            if (file.File is null || inFile > FileBytes)
                Begin();
            if (rule == "not-canonical")
                Member(w => w.WriteMetadata(row.Url, [new("kind", CrawlRecord.Copy), new("canonical", row.Canonical!)]));
            var record = crawler.Store.Read(row);
            file.File!.Write(record);
            if (row.Stamp is { } stamp)
                cdxj?.Write(Line(row, stamp, position + row.Head!.Value, file.Name));
            if (row is { Kind: "page", Digest: { } sha1 } && rule is null && (row.ETag ?? row.Modified) is not null)
                history.Add(new HistoryRow(row.Url, row.ETag, row.Modified, file.Name, position + row.Head!.Value, row.Response!.Value, sha1));
            position += record.Length;
            inFile += row.Length ?? 0;
            bytes += row.Kind == "page" ? row.Length ?? 0 : 0;
        }

        void Begin()
        {
            file.File?.Dispose();
            file = open(files++);
            (inFile, position) = (0, 0);
            Member(w => w.WriteInfo([new("software", Fetcher.ProductToken), new("format", "WARC File Format 1.1"), new("robots", "RFC 9309")]));
        }

        void Member(Action<WarcWriter> write)
        {
            var buffer = new MemoryStream();
            write(new WarcWriter(buffer, crawler.Time.GetUtcNow()));
            file.File!.Write(buffer.ToArray());
            position += buffer.Length;
        }

        void Drop(string host, string rule)
        {
            drops[rule] = drops.GetValueOrDefault(rule) + 1;
            var own = hosts.TryGetValue(host, out var known) ? known : hosts[host] = new(StringComparer.Ordinal);
            own[rule] = own.GetValueOrDefault(rule) + 1;
        }

        CrawledHost Figures(HostRow host)
        {
            IReadOnlyDictionary<string, long> rules = hosts.TryGetValue(host.Host, out var own) ? own : new SortedDictionary<string, long>();
            return new CrawledHost(host.Host, host.Pages - rules.GetValueOrDefault("not-canonical"), host.Bytes, rules.Values.Sum(), rules, host.Robots, host.Delay / 1000.0, host.Backoffs);
        }
    }

    private static string Line(VisitedRow row, string stamp, long offset, string file)
    {
        var fields = new Dictionary<string, string>
        {
            ["url"] = row.Url.Split('#')[0],
            ["mime"] = row.Type ?? "unk",
            ["status"] = $"{row.Status}",
            ["digest"] = row.Digest ?? "-",
            ["length"] = $"{row.Response}",
            ["offset"] = $"{offset}",
            ["filename"] = file[(file.LastIndexOf('/') + 1)..],
        };
        return $"{row.Sort} {stamp} {JsonSerializer.Serialize(fields, Manifest.Json)}\n";
    }
}

/// <summary>What a crawl brought from one host, as the part `hosts` lists it.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Pages">Responses with status 200.</param>
/// <param name="Bytes">Of all bodies.</param>
/// <param name="Failed">URLs that gave no page.</param>
/// <param name="Rules">Why, by rule.</param>
/// <param name="Robots">allowed, restricted, unavailable or absent.</param>
/// <param name="DelaySeconds">Between two requests.</param>
/// <param name="Backoffs">How often the host asked to wait (429, 503).</param>
internal sealed record CrawledHost(
    string Host, long Pages, long Bytes, long Failed, IReadOnlyDictionary<string, long> Rules, string Robots, double DelaySeconds, long Backoffs);
