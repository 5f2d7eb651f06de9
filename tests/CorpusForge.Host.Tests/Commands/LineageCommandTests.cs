using Xunit;

namespace CorpusForge.Host.Tests.Commands;

[Collection(nameof(CorpusRun))]
public sealed class LineageCommandTests(CorpusRun run)
{
    [Fact]
    public void A_survivor_is_followed_to_the_model_with_what_it_absorbed()
    {
        var (id, copy) = (run.IdOf("/0/3"), run.IdOf("/1/3"));
        var lineage = run.Json("lineage", id[..12]);
        Assert.Equal((id, "0-3", "0.jsonl"), (lineage.GetProperty("id").GetString(), lineage.GetProperty("sourceId").GetString(), lineage.GetProperty("locator").GetString()!.Split('@')[0]));
        var stages = lineage.GetProperty("stages");
        Assert.Equal(["clean", "filter", "deduplicate", "tokenize"], stages.EnumerateArray().Select(s => s.GetProperty("stage").GetString()));
        Assert.All(stages.EnumerateArray(), s => Assert.True(File.Exists(Path.Combine(run.Program.Out, s.GetProperty("file").GetString()!))));
        var cluster = stages[2].GetProperty("cluster");
        Assert.Equal(id, cluster.GetProperty("survivor").GetString());
        Assert.Equal((copy, "exact-duplicate"), (cluster.GetProperty("members")[0].GetProperty("id").GetString(), cluster.GetProperty("members")[0].GetProperty("rule").GetString()));
        Assert.Equal("train", stages[3].GetProperty("readers")[0].GetProperty("stage").GetString());
        Assert.Equal(2, stages[3].GetProperty("readers")[0].GetProperty("figures").GetProperty("steps").GetInt32());
    }

    [Fact]
    public void A_duplicate_ends_at_its_survivor()
    {
        var (id, copy) = (run.IdOf("/0/3"), run.IdOf("/1/3"));
        var last = run.Json("lineage", copy).GetProperty("stages").EnumerateArray().Last();
        Assert.False(last.GetProperty("kept").GetBoolean());
        Assert.Equal("exact-duplicate", last.GetProperty("verdict").GetProperty("rule").GetString());
        Assert.Equal((id, "https://example.org/0/3"), (last.GetProperty("cluster").GetProperty("survivor").GetString(), last.GetProperty("cluster").GetProperty("survivorUrl").GetString()));
        Assert.Contains($"survivor {id[..16]}", run.Program.Run("lineage", copy).Output);
    }

    [Fact]
    public void A_dropped_document_ends_with_its_verdict()
    {
        var output = run.Program.Run("lineage", run.IdOf("/0/0"), "--run", "web-1").Output;
        Assert.Contains("dropped by gopher-quality (version 2), too-few-words: measured 8, limit 20", output);
        Assert.Contains("/rejects/part-", output);
        Assert.DoesNotContain("tokenize", output);
    }

    [Fact]
    public void An_id_that_is_nowhere_is_said_so()
    {
        var (code, output, error) = run.Program.Run("lineage", new string('0', 64));
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("in run web-1, neither kept nor dropped (looked in clean, filter", error);
    }

    [Theory]
    [InlineData("is no document id", "abcdef0")]
    [InlineData("is no document id", "xyzxyzxyz")]
    [InlineData("there is no run 'web-2'", "00000000", "--run", "web-2")]
    public void What_makes_no_sense_is_refused(string expected, params string[] arguments) => CorpusRun.Refuses(run.Program, expected, ["lineage", .. arguments]);
}
