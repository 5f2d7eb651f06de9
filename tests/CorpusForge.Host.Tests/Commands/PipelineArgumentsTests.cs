using System.Text.Json;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

/// <summary>What a command line says about a pipeline beside its file.</summary>
public sealed class PipelineArgumentsTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public void Limits_of_a_crawl_are_settings_of_every_crawl_of_the_pipeline()
    {
        var pipeline = _program.Write("p.yaml",
            """
            name: sites
            sources:
              - crawl: { seeds: ["https://a.example/"], maxPages: 7 }
              - crawl: { id: other, seeds: ["https://b.example/"] }
              - jsonl: { paths: ["none.jsonl"] }
            stages: [clean]
            """);
        var (code, output, error) = _program.Run("validate", pipeline, "--max-pages", "5", "--max-bytes", "6000000000", "--max-time", "1.5", "-o", "json");
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var crawls = json.RootElement.GetProperty("sources").EnumerateArray().Where(s => s.GetProperty("source").GetString() == "crawl").Select(s => s.GetProperty("settings")).ToList();
        Assert.Equal(2, crawls.Count);
        Assert.All(crawls, c => Assert.Equal((5, 6_000_000_000, 1.5), (c.GetProperty("maxPages").GetInt32(), c.GetProperty("maxBytes").GetInt64(), c.GetProperty("maxSeconds").GetDouble())));
    }

    [Theory]
    [InlineData("--max-pages", "5", "--max-pages: ", "has no source 'crawl'")]
    [InlineData("--max-time", "soon", "soon", "--max-time")]
    public void A_limit_that_bounds_nothing_is_an_error(string option, string value, params string[] says)
    {
        var pipeline = _program.Write("p.yaml", "name: lines\nsources:\n  - jsonl: { paths: [none.jsonl] }\nstages: [clean]\n");
        var (code, _, error) = _program.Run("validate", pipeline, option, value);
        Assert.Equal(2, code);
        Assert.All(says, s => Assert.Contains(s, error, StringComparison.Ordinal));
    }

    [Fact]
    public void A_limit_out_of_range_names_its_setting()
    {
        var pipeline = _program.Write("p.yaml", "name: site\nsources:\n  - crawl: { seeds: [\"https://a.example/\"] }\nstages: [clean]\n");
        var (code, _, error) = _program.Run("validate", pipeline, "--max-pages", "0");
        Assert.Equal(2, code);
        Assert.Contains("maxPages", error, StringComparison.Ordinal);
    }
}
