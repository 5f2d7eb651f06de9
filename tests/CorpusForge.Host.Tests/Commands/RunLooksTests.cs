using Xunit;

namespace CorpusForge.Host.Tests.Commands;

[Collection(nameof(CorpusRun))]
public sealed class RunLooksTests(CorpusRun run)
{
    [Fact]
    public void Units_are_listed_by_state_and_one_is_shown_with_its_attempts()
    {
        var units = run.Json("units", "list", "web-1/filter", "--state", "done");
        Assert.Equal(2, units.GetArrayLength());
        Assert.Equal(("filter", "judge"), (units[0].GetProperty("stageId").GetString(), units[0].GetProperty("phaseName").GetString()));
        Assert.Contains($"\nfilter/judge/{units[0].GetProperty("key").GetString()} ", run.Program.Run("units", "list", "web-1").Output, StringComparison.Ordinal);
        Assert.Empty(run.Json("units", "list", "web-1", "--state", "failed").EnumerateArray());

        var unit = run.Json("units", "show", $"web-1/filter/judge/{units[0].GetProperty("key").GetString()}");
        Assert.Equal("done", unit.GetProperty("attempts")[0].GetProperty("outcome").GetString());
        Assert.Equal(20, unit.GetProperty("part").GetProperty("tally").GetProperty("in").GetInt32());
    }

    [Fact]
    public void A_run_is_watched_to_its_end_and_its_log_read()
    {
        Assert.Equal("done", run.Json("runs", "watch", "web-1").GetProperty("run").GetProperty("state").GetString());
        var (code, output, _) = run.Program.Run("logs", "web-1", "--follow");
        Assert.Equal(0, code);
        Assert.Contains("web-1 stage: filter: 40 in, 39 out\n", output);
    }

    [Fact]
    public void What_the_pages_show_can_be_asked_for()
    {
        Assert.Equal(2, run.Json("clusters", "web-1").GetProperty("duplicates").GetProperty("largest")[0].GetProperty("size").GetInt32());
        Assert.Equal(39, run.Json("datasets", "web/filter")[0].GetProperty("versions")[0].GetProperty("documents").GetInt32());
        Assert.Equal(2, run.Json("curve", "web-1")[0].GetProperty("points").GetArrayLength());
        Assert.Empty(run.Json("runs", "diff", "web-1", "web-1").GetProperty("settings").EnumerateArray());
        Assert.Equal(0, run.Json("crawl", "web-1").GetProperty("pages").GetInt32());
    }

    [Theory]
    [InlineData("there is no run 'none'", "units", "list", "none")]
    [InlineData("has no stage 'none'", "units", "list", "web-1/none")]
    [InlineData("has no stage '9'", "units", "list", "web-1/9")]
    [InlineData("the stage has no phase '9'; it has judge", "units", "list", "web-1/filter/9")]
    [InlineData("stage 'filter' of run web-1 has no unit 'zz'", "inspect", "web-1/filter/judge/zz")]
    [InlineData("holds no documents: replay is of a filter stage", "replay", "web-1/tokenize", "p.yaml", "--stage", "filter")]
    [InlineData("--examples: at least 0", "replay", "filter", "p.yaml", "--examples", "-1")]
    [InlineData("there is no term in it", "counterfactual", "filter", "p.yaml", "--terms", "/dev/null")]
    [InlineData("names no unit", "units", "show", "web-1")]
    [InlineData("there is no run 'none'", "logs", "none")]
    [InlineData("there is no run 'none'", "runs", "watch", "none")]
    [InlineData("there is nothing to pause", "runs", "pause", "web-1")]
    [InlineData("nobody would run it", "runs", "start", "p.yaml")]
    [InlineData("there is no dataset web/none", "datasets", "web/none")]
    [InlineData("say which run", "clusters")]
    public void A_mistake_is_said_in_a_line(string expected, params string[] arguments) => CorpusRun.Refuses(run.Program, expected, arguments);
}
