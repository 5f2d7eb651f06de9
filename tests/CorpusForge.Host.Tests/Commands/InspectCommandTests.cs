using Xunit;

namespace CorpusForge.Host.Tests.Commands;

[Collection(nameof(CorpusRun))]
public sealed class InspectCommandTests(CorpusRun run)
{
    [Fact]
    public void A_dropped_document_comes_with_its_verdict()
    {
        var found = run.Json("inspect", "filter", "--dropped");
        Assert.Equal((0, 1), (found.GetProperty("kept").GetInt32(), found.GetProperty("dropped").GetInt32()));
        var document = found.GetProperty("documents")[0];
        var verdict = document.GetProperty("verdict");
        Assert.Equal(("gopher-quality", "too-few-words", 8, 20),
            (verdict.GetProperty("step").GetString(), verdict.GetProperty("rule").GetString(), verdict.GetProperty("measured").GetInt32(), verdict.GetProperty("limit").GetInt32()));
        Assert.Equal(("0-0", "0.jsonl@0"), (document.GetProperty("sourceId").GetString(), document.GetProperty("locator").GetString()));
    }

    [Fact]
    public void A_changed_text_is_shown_as_the_lines_that_went_and_came()
    {
        var output = run.Program.Run("inspect", "web-1/filter", "--url", "/0/2", "--kept", "--text", "2000").Output;
        Assert.Contains("  - this line ends without punctuation", output);
        Assert.DoesNotContain("│", output);
        Assert.Contains("as the stage before left it", run.Program.Run("inspect", "filter", "--url", "/0/5").Output);
    }

    [Fact]
    public void A_token_shard_is_shown_decoded()
    {
        var (clean, tokens) = (run.Json("inspect", "deduplicate", "--url", "/0/5").GetProperty("documents")[0], run.Json("inspect", run.StageFolder("tokenize"), "--url", "/0/5").GetProperty("documents")[0]);
        Assert.Equal(clean.GetProperty("text").GetString(), tokens.GetProperty("text").GetString());
        Assert.Equal(tokens.GetProperty("characters").GetInt32(), tokens.GetProperty("tokens").GetInt32());
        Assert.Equal("0.jsonl", tokens.GetProperty("locator").GetString()!.Split('@')[0]);
    }

    [Fact]
    public void The_sample_is_the_same_each_time_and_another_with_another_seed()
    {
        var first = Ids("--seed", "1");
        Assert.Equal(3, first.Length);
        Assert.Equal(first, Ids("--seed", "1"));
        Assert.NotEqual(first, Ids("--seed", "2"));
        Assert.Equal(first, run.Json("inspect", "clean", "--sample", "40").GetProperty("documents").EnumerateArray().Take(3).Select(d => d.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData(40, "clean")]
    [InlineData(0, "clean", "--dropped")]
    [InlineData(1, "deduplicate", "--rule", "deduplicate.exact-duplicate")]
    [InlineData(0, "deduplicate", "--rule", "deduplicate.near-duplicate")]
    [InlineData(40, "clean", "--kind", "text", "--source", "jsonl")]
    [InlineData(0, "clean", "--kind", "code")]
    [InlineData(0, "clean", "--source", "other")]
    [InlineData(0, "clean", "--id", "not-hexadecimal")]
    [InlineData(20, "clean", "--url", "example.org/1/")]
    public void Filters_choose(int expected, params string[] arguments)
    {
        var found = run.Json(["inspect", .. arguments, "--sample", "0"]);
        Assert.Equal(expected, found.GetProperty("kept").GetInt32() + found.GetProperty("dropped").GetInt32());
        Assert.Equal(0, found.GetProperty("documents").GetArrayLength());
    }

    [Fact]
    public void No_match_is_said_on_standard_error()
    {
        var (code, output, error) = run.Program.Run("inspect", "clean", "--url", "nowhere");
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("no document of clean-", error);
    }

    [Theory]
    [InlineData("there are: clean, filter, deduplicate, tokenize, train", "nothing")]
    [InlineData("this is no folder of a finished stage", "in")]
    [InlineData("there is no run 'web-7'", "web-7/clean")]
    [InlineData("holds no documents but model", "train")]
    [InlineData("exclude each other", "filter", "--kept", "--rule", "a.b")]
    [InlineData("--sample: at least 0", "filter", "--sample", "-1")]
    public void What_makes_no_sense_is_refused(string expected, params string[] arguments) => CorpusRun.Refuses(run.Program, expected, ["inspect", .. arguments]);

    private string?[] Ids(params string[] arguments) =>
        [.. run.Json(["inspect", "clean", "--sample", "3", .. arguments]).GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("id").GetString())];
}
