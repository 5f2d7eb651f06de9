using Xunit;

namespace CorpusForge.Host.Tests.Commands;

[Collection(nameof(CorpusRun))]
public sealed class StatsCommandTests(CorpusRun run)
{
    [Fact]
    public void Every_stage_is_there_with_what_came_in_and_went()
    {
        var stages = run.Json("stats").GetProperty("stages");
        Assert.Equal(["clean", "filter", "deduplicate", "tokenize", "train"], stages.EnumerateArray().Select(s => s.GetProperty("id").GetString()));
        var (clean, filter, duplicates, tokens) = (stages[0], stages[1], stages[2], stages[3]);
        Assert.Equal((40, 40, 0), (clean.GetProperty("in").GetInt32(), clean.GetProperty("out").GetInt32(), clean.GetProperty("dropped").GetInt32()));
        Assert.Equal("redact-pii.emails", clean.GetProperty("changes")[0].GetProperty("name").GetString());
        Assert.Equal((40, 39, 0.975), (filter.GetProperty("in").GetInt32(), filter.GetProperty("out").GetInt32(), filter.GetProperty("keptShare").GetDouble()));
        var rule = filter.GetProperty("rules")[0];
        Assert.Equal(("gopher-quality.too-few-words", 1, 0.025), (rule.GetProperty("name").GetString(), rule.GetProperty("count").GetInt32(), rule.GetProperty("share").GetDouble()));
        Assert.Equal("deduplicate.exact-duplicate", duplicates.GetProperty("rules")[0].GetProperty("name").GetString());
        Assert.Equal(tokens.GetProperty("bytesIn").GetInt64(), tokens.GetProperty("tokens").GetInt64());
    }

    [Fact]
    public void The_text_names_rules_and_changes_and_fits_a_terminal()
    {
        var (code, output, error) = run.Program.Run("stats", "web-1");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("- gopher-quality.too-few-words", output);
        Assert.Contains("~ redact-pii.emails", output);
        Assert.Contains("97.5 %", output);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
    }

    [Theory]
    [InlineData("there is no run 'web-9' in", "web-9")]
    [InlineData("there are: web-1", "web-9")]
    [InlineData("no run of pipeline 'other'", "--pipeline", "other")]
    [InlineData("no run was ever started in this folder", "--out", "nowhere")]
    public void What_is_not_there_is_named(string expected, params string[] arguments) => CorpusRun.Refuses(run.Program, expected, ["stats", .. arguments]);
}
