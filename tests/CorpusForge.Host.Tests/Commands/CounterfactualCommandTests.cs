using System.Text.Json;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class CounterfactualCommandTests : IDisposable
{
    private readonly ProgramRun _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public void Terms_are_swapped_and_the_filters_asked_again()
    {
        _program.Write("words.txt", "women\n");
        var file = _program.Write("p.yaml",
            $$"""
            name: web
            sources:
              - jsonl: { paths: [in/*.jsonl] }
            stages:
              - clean: { steps: [extract-text] }
              - filter: { steps: [gopher-quality: { minWords: 3, minMeanWordLength: 1, minStopWords: 0 }, word-list: { files: [{{Path.Combine(_program.Folder, "words.txt")}}] }] }
            """);
        _program.Write("in/0.jsonl", string.Join('\n', Enumerable.Range(0, 30).Select(i => JsonSerializer.Serialize(new { id = $"{i}", text = i < 12 ? $"Five men walked to house {i}." : $"Rain fell on house {i}." }))));
        var (code, _, error) = _program.Run("run", file, "--out", "out");
        Assert.True(code == 0, error);
        _program.Write("terms.txt", "gender\tman|men\ngender\twoman|women\n");
        var report = CorpusRun.Json(_program, "counterfactual", "clean", file, "--stage", "filter", "--terms", Path.Combine(_program.Folder, "terms.txt"));
        Assert.Equal((12, 12), (report.GetProperty("documents").GetInt32(), report.GetProperty("swaps").GetInt32()));
        Assert.Equal([("gopher-quality", 0), ("word-list", 12)], report.GetProperty("filters").EnumerateArray().Select(f => (f.GetProperty("filter").GetString()!, f.GetProperty("toDropped").GetInt32())));
        var (_, text, _) = _program.Run("counterfactual", "clean", file, "--stage", "filter", "--sample", "5", "--terms", Path.Combine(_program.Folder, "terms.txt"));
        Assert.Contains("man → woman: 5 swaps, 5 to dropped, 0 to kept", text, StringComparison.Ordinal);
        CorpusRun.Refuses(_program, "no file of terms", "counterfactual", "clean", file, "--stage", "filter", "--terms", "none.txt");
        CorpusRun.Refuses(_program, "no stage 'other'", "counterfactual", "clean", file, "--stage", "other");
    }
}
