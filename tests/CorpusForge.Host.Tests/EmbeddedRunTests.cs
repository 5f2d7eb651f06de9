using System.Text.Json.Nodes;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>Repeating a run when its input or its file changed in between.</summary>
public sealed class EmbeddedRunTests : IDisposable
{
    readonly ProgramRun _program = new();

    [Fact]
    public void An_input_that_went_away_and_came_back_is_in_the_result_again()
    {
        _program.Write("in/a.jsonl", """{"text":"one"}""");
        var second = _program.Write("in/b.jsonl.gz", Gzip("""{"text":"two"}"""));
        var file = _program.Write("p.yaml", "name: back\nsources: [jsonl: { paths: [in/*] }]\nstages: [clean]\n");
        Assert.Equal(2, Documents(file));
        File.Move(second, Path.Combine(_program.Folder, "away"));
        Assert.Equal(1, Documents(file));
        File.Move(Path.Combine(_program.Folder, "away"), second);
        Assert.Equal(2, Documents(file));
    }

    [Fact]
    public void Retry_takes_the_sources_of_the_last_run_and_not_those_it_began_with()
    {
        _program.Write("good.jsonl", """{"text":"one"}""");
        _program.Write("other.jsonl", """{"text":"two"}""");
        _program.Write("bad.jsonl.gz", Gzip("""{"text":"three"}""")[..20]);
        foreach (var name in (string[])["good", "other"])
        {
            var file = _program.Write("p.yaml", $"name: turn\nsources: [jsonl: {{ paths: [{name}.jsonl, bad.jsonl.gz] }}]\nstages: [clean]\n");
            Assert.Equal(1, _program.Run("run", file, "--out", _program.Out).Code);
        }
        _program.Write("bad.jsonl.gz", Gzip("""{"text":"three"}"""));
        Assert.Equal(0, _program.Run("runs", "retry", "turn-1", "--out", _program.Out).Code);
        var run = File.ReadAllText(Path.Combine(_program.Out, "turn/runs/turn-1/run.json"));
        Assert.Contains("other.jsonl", run);
        Assert.DoesNotContain("good.jsonl", run);
    }

    [Fact]
    public void An_empty_output_folder_is_wrong_usage()
    {
        _program.Write("a.jsonl", """{"text":"one"}""");
        var file = _program.Write("p.yaml", "name: none\nsources: [jsonl: { paths: [a.jsonl] }]\nstages: [clean]\n");
        var (code, _, error) = _program.Run("run", file, "--out", "");
        Assert.Equal((2, "corpusforge: --out: give the name of a folder"), (code, error.Trim()));
    }

    long Documents(string file)
    {
        var run = _program.Run("run", file, "--out", _program.Out);
        Assert.True(run.Code == 0, run.Error);
        var stage = File.ReadAllText(Directory.EnumerateFiles(_program.Out, "stage.json", SearchOption.AllDirectories).Single());
        return (long)JsonNode.Parse(stage)!["tally"]!["out"]!;
    }

    static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(memory, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    public void Dispose() => _program.Dispose();
}
