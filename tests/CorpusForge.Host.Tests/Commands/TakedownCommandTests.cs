using System.Text.Json;
using CorpusForge.Deduplicate;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class TakedownCommandTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public TakedownCommandTests()
    {
        CorpusRun.WriteInput(_program, files: 4);
        var pipeline = _program.Write("p.yaml",
            """
            name: web
            sources:
              - jsonl: { paths: [in/*.jsonl] }
            stages:
              - clean
              - filter: { steps: [gopher-quality: { minWords: 20, minMeanWordLength: 3 }] }
              - deduplicate
              - tokenize: { tokenizer: byte }
            """);
        var (code, _, error) = _program.Run("run", pipeline, "--out", "out");
        Assert.True(code == 0, error);
    }

    [Fact]
    public void Only_shards_that_hold_a_document_are_written_anew()
    {
        var before = ProgramRun.Digests(_program.Out);
        _program.Write("list.txt", "url:https://example.org/2/5\n");
        Assert.Equal(1, CorpusRun.Json(_program, "takedown", "--from", "list.txt", "--dry-run").GetProperty("documents").GetArrayLength());
        Assert.Equal(before, ProgramRun.Digests(_program.Out));

        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        var after = ProgramRun.Digests(_program.Out);
        string[] written = [.. receipt.GetProperty("stages").EnumerateArray().SelectMany(s => s.GetProperty("shards").EnumerateArray()).Select(s => s.GetProperty("name").GetString()!)];
        Assert.Equal(4, written.Length);
        string[] changed = [.. after.Where(f => !before.TryGetValue(f.Key, out var was) || was != f.Value).Select(f => f.Key)];
        Assert.Equal(written.Order(), changed.Where(f => f.EndsWith(".arrow", StringComparison.Ordinal)).Order());
        Assert.Empty(before.Keys.Except(after.Keys));
        foreach (var stage in receipt.GetProperty("stages").EnumerateArray())
        {
            var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(_program.Out, stage.GetProperty("stage").GetString()!, "stage.json"))).RootElement;
            Assert.Equal(file.GetProperty("root").GetString(), stage.GetProperty("rootAfter").GetString());
            Assert.NotEqual(stage.GetProperty("rootBefore").GetString(), stage.GetProperty("rootAfter").GetString());
            Assert.Equal(1, file.GetProperty("tally").GetProperty("dropped").GetProperty("takedown.excluded-url").GetInt32());
        }
        Assert.Empty(CorpusRun.Json(_program, "inspect", "clean", "--url", "https://example.org/2/5").GetProperty("documents").EnumerateArray());
        Assert.Equal(after.Where(f => f.Key.EndsWith(".arrow", StringComparison.Ordinal)), ProgramRun.Digests(_program.Out).Where(f => f.Key.EndsWith(".arrow", StringComparison.Ordinal)));
        Assert.Empty(CorpusRun.Json(_program, "takedown", "--from", "list.txt").GetProperty("stages").EnumerateArray());
    }

    [Fact]
    public void The_survivor_of_a_duplicate_that_is_taken_goes_too()
    {
        _program.Write("list.txt", "url:https://example.org/1/3\n");
        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        Assert.Equal(["excluded-url", "excluded-url"], receipt.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("rule").GetString()));
        Assert.Empty(CorpusRun.Json(_program, "inspect", "tokenize", "--url", "https://example.org/0/3").GetProperty("documents").EnumerateArray());
    }

    [Fact]
    public void The_survivor_goes_by_the_content_of_its_duplicate()
    {
        var id = CorpusRun.Json(_program, "inspect", "clean", "--url", "https://example.org/1/3").GetProperty("documents")[0].GetProperty("id").GetString();
        _program.Write("list.txt", $"id:{id}\n");
        var receipt = CorpusRun.Json(_program, "takedown", "--from", "list.txt");
        Assert.Equal(["excluded-id", Takedown.SurvivorRule], receipt.GetProperty("documents").EnumerateArray().Select(d => d.GetProperty("rule").GetString()).Order());
        Assert.Empty(CorpusRun.Json(_program, "inspect", "tokenize", "--url", "https://example.org/0/3").GetProperty("documents").EnumerateArray());
    }

    [Theory]
    [InlineData("cannot be read", "--from", "missing.txt")]
    [InlineData("is no entry", "--from", "p.yaml")]
    public void What_makes_no_sense_is_refused(string expected, params string[] arguments) => CorpusRun.Refuses(_program, expected, ["takedown", .. arguments]);

    public void Dispose() => _program.Dispose();
}
