using System.Globalization;
using System.Net;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>A crawl by the real program, killed again and again, brings what it would have brought.</summary>
public sealed class CrawlKillTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public void Kills_lose_no_page_and_fetch_none_again()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("CORPUSFORGE_KILLS") ?? "3", CultureInfo.InvariantCulture);
        var pages = int.Parse(Environment.GetEnvironmentVariable("CORPUSFORGE_CRAWL_PAGES") ?? "1500", CultureInfo.InvariantCulture);
        var random = new SplitMix64(ulong.Parse(Environment.GetEnvironmentVariable("CORPUSFORGE_KILL_SEED") ?? "1", CultureInfo.InvariantCulture));
        // Loopback has more addresses than one, and each is a host.
        string[] hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
        TrapSite? site = null;
        using var server = new SiteServer(request => site!.Answer(request), IPAddress.Any);
        site = new TrapSite(hosts, server.Port, pages / hosts.Length);
        var pipeline = _program.Write("p.yaml",
            $$"""
            name: site
            sources:
              - crawl:
                  seeds: [{{string.Join(", ", site.Seeds.Select(s => $"\"{s}\""))}}]
                  allowHosts: [{{string.Join(", ", hosts.Select(h => $"\"{h}\""))}}]
                  maxPages: 100000
                  maxDepth: 100
                  delaySeconds: 0.005
                  delayFactor: 0
                  userAgentContact: "{{TrapSite.Contact}}"
            stages:
              - clean
            """);
        for (var killed = 0; killed < kills;)
        {
            using var process = _program.Start("run", pipeline, "--out", _program.Out);
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            // Some while after it began to ask, so that every kill hits the crawl.
            var asked = server.Log.Count;
            var until = asked + 1 + (int)random.Next((ulong)(pages / (kills + 2)));
            while (server.Log.Count < until && !process.HasExited)
                process.WaitForExit(TimeSpan.FromMilliseconds(1));
            Assert.False(process.HasExited, "the crawl ended before it was killed");
            process.Kill();
            process.WaitForExit();
            killed++;
        }
        var (code, _, error) = _program.Run("run", pipeline, "--out", _program.Out);
        Assert.True(code == 0, error);

        CrawlChecks.Log(site, server.Log, delay: 5, kills);
        CrawlChecks.Files(site, Find("*.warc.gz"), Find("*.cdxj"));
        var hostsFile = Assert.Single(Find("*.hosts.json"));
        Assert.All(hosts, h => Assert.Contains($"\"host\":\"{h}\"", File.ReadAllText(hostsFile).Replace("\": ", "\":", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateDirectories(_program.Out, ".work-*", SearchOption.AllDirectories).SelectMany(Directory.EnumerateFiles));
    }

    [Fact]
    public void A_contact_that_is_not_ascii_is_an_error_of_the_plan()
    {
        var pipeline = _program.Write("p.yaml",
            """
            name: site
            sources:
              - crawl: { seeds: ["http://a.example/"], userAgentContact: "https://bücher.example/" }
            stages: [clean]
            """);
        foreach (var command in new[] { "validate", "run" })
        {
            var (code, _, error) = _program.Run([command, pipeline, .. command == "run" ? new[] { "--out", _program.Out } : []]);
            Assert.Equal(2, code);
            Assert.Contains("userAgentContact must be printable ASCII", error, StringComparison.Ordinal);
        }
    }

    private List<string> Find(string pattern) =>
        [.. Directory.EnumerateFiles(_program.Out, pattern, SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
}
