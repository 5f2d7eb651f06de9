using System.Globalization;
using System.Text.Json;
using Xunit;

namespace CorpusForge.Servers;

/// <summary>Judges a crawl of a <see cref="TrapSite"/> by the server's log and the files alone.</summary>
public static class CrawlChecks
{
    /// <summary>Pages of one trap on one host: the budget, and what other requests were on their way.</summary>
    private const int MaxTrapPages = 25;

    /// <summary>What was asked for, how often and when.</summary>
    /// <param name="site">Was crawled.</param>
    /// <param name="log">Of its server.</param>
    /// <param name="delay">Milliseconds between two requests.</param>
    /// <param name="kills">How often the crawler was killed: the page that a host was asked for then is asked for again.</param>
    public static void Log(TrapSite site, IReadOnlyCollection<SiteServer.Entry> log, double delay, int kills)
    {
        Assert.DoesNotContain(log, e => TrapSite.Forbidden.Any(f => e.Request.Path.Contains(f, StringComparison.Ordinal)));
        Assert.All(log, e => Assert.Contains($"User-Agent: CorpusForge/1.0 (+{TrapSite.Contact})\r\n", e.Request.Head, StringComparison.Ordinal));
        Assert.Equal(site.Hosts.Order(StringComparer.Ordinal), log.Select(e => e.Request.Host).Distinct().Order(StringComparer.Ordinal));
        foreach (var host in log.GroupBy(e => e.Request.Host))
        {
            var entries = host.OrderBy(e => e.Start).ToList();
            Assert.Equal("/robots.txt", entries[0].Request.Path);
            foreach (var trap in entries.Where(e => TrapSite.TrapOf(e.Request.Path) is not null).GroupBy(e => TrapSite.TrapOf(e.Request.Path)))
                Assert.InRange(trap.DistinctBy(e => e.Request.Path).Count(), 1, MaxTrapPages);
            var again = entries.GroupBy(e => e.Request.Path).Where(g => g.Count() > 1).Select(g => $"{g.Key} × {g.Count()}").ToList();
            Assert.True(again.Count <= kills, $"{host.Key}: {string.Join(", ", again)}");
            // A timer may be up to a millisecond early.
            var gaps = entries.Zip(entries.Skip(1), (one, next) => next.Start - one.End).ToList();
            Assert.True(gaps.Min() >= delay - 1, $"{host.Key}: {gaps.Min()} ms between two requests");
        }
    }

    /// <summary>Every page once, every record sound, every response in the index.</summary>
    public static void Files(TrapSite site, IEnumerable<string> warcs, IEnumerable<string> indexes)
    {
        var records = new Dictionary<(string File, int Offset), PlainWarc>();
        foreach (var file in warcs)
            foreach (var record in PlainWarc.Read(file))
                records.Add((Path.GetFileName(file), record.Offset), record);
        foreach (var record in records.Values)
        {
            Assert.Equal(PlainWarc.Sha1(record.Block), record.Headers["warc-block-digest"]);
            if (record.Type == "response")
                Assert.Equal(PlainWarc.Sha1(record.Payload), record.Headers["warc-payload-digest"]);
        }
        Assert.Equal(records.Count, records.Values.Select(r => r.Headers["warc-record-id"]).Distinct().Count());
        var responses = records.Where(r => r.Value.Type == "response").ToDictionary();
        Assert.Equal(responses.Values.Select(r => r.Headers["warc-record-id"]).Order(StringComparer.Ordinal),
            records.Values.Where(r => r.Type == "request").Select(r => r.Headers["warc-concurrent-to"]).Order(StringComparer.Ordinal));
        Assert.Equal(responses.Count, records.Values.Count(r => r.Type == "metadata"));

        var pages = responses.Values.Where(r => r.Status == 200 && TrapSite.TrapOf(new Uri(r.Url).PathAndQuery) is null && IsPage(new Uri(r.Url).AbsolutePath)).Select(r => r.Url);
        Assert.Equal(site.Pages.Order(StringComparer.Ordinal), pages.Order(StringComparer.Ordinal));

        var lines = indexes.SelectMany(File.ReadLines).ToList();
        Assert.Equal(responses.Count, lines.Count);
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..]);
            string Field(string name) => json.RootElement.GetProperty(name).GetString()!;
            var record = responses[(Field("filename"), int.Parse(Field("offset"), CultureInfo.InvariantCulture))];
            Assert.Equal((record.Url, record.Status.ToString(CultureInfo.InvariantCulture), $"{record.Length}", record.Headers["warc-payload-digest"]), (Field("url"), Field("status"), Field("length"), Field("digest")));
            Assert.Equal(string.Concat(record.Headers["warc-date"].Where(char.IsAsciiDigit)), line.Split(' ')[1]);
        }

        static bool IsPage(string path) => path == "/" || path.StartsWith("/p/", StringComparison.Ordinal);
    }
}
