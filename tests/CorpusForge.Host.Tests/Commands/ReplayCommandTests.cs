using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class ReplayCommandTests : IDisposable
{
    private const string Pipeline =
        """
        name: web
        sources:
          - jsonl: { paths: [in/*.jsonl] }
        stages:
          - clean: { steps: [extract-text] }
          - filter: { signals: all, steps: [gopher-quality: { minWords: 20, minMeanWordLength: 3 }] }
        """;

    private readonly ProgramRun _program = new();

    public ReplayCommandTests() => CorpusRun.WriteInput(_program);

    public void Dispose() => _program.Dispose();

    [Fact]
    public void Other_limits_are_tried_without_running_again()
    {
        var file = _program.Write("p.yaml", Pipeline);
        var (code, _, error) = _program.Run("run", file, "--out", "out");
        Assert.True(code == 0, error);
        var report = CorpusRun.Json(_program, "replay", "filter", file, "--set", "stages.filter.steps.gopher-quality.minWords=5");
        Assert.Equal((40, 39, 40), (report.GetProperty("documents").GetInt32(), report.GetProperty("kept").GetProperty("before").GetInt32(), report.GetProperty("kept").GetProperty("after").GetInt32()));
        var flip = report.GetProperty("flips")[0];
        Assert.Equal(("gopher-quality.too-few-words", "kept", 1), (flip.GetProperty("from").GetString(), flip.GetProperty("to").GetString(), flip.GetProperty("documents").GetInt32()));
        Assert.Equal(64, flip.GetProperty("examples")[0].GetString()!.Length);
        Assert.Empty(CorpusRun.Json(_program, "replay", "filter", file).GetProperty("flips").EnumerateArray());
        var more = _program.Write("more.yaml", Pipeline.Replace("steps: [gopher", "steps: [fineweb-quality, gopher", StringComparison.Ordinal));
        CorpusRun.Refuses(_program, "ran without 'fineweb-quality'", "replay", "filter", more);
        var (_, text, _) = _program.Run("replay", "filter", file, "--set", "stages.filter.steps.gopher-quality.minWords=5");
        Assert.Contains("gopher-quality.too-few-words → kept: 1 documents", text, StringComparison.Ordinal);
        foreach (var (set, told) in ((string, string)[])[
            ("filter.steps.gopher-quality.mode=parity", "stages.filter.steps.gopher-quality.mode is \"parity\", it ran with \"own\""),
            ("filter.steps.gopher-quality.stopWords=[the, of]", "gopher-quality.stopWords is [\"the\",\"of\"], it ran with"),
            ("filter.words=dictionary", "stages.filter.words is \"dictionary\", it ran with \"characters\""),
            ("clean.steps.extract-text.maxBytes=7", "stages.clean.steps.extract-text.maxBytes is 7, it ran with 32000000")])
            CorpusRun.Refuses(_program, told, "replay", "filter", file, "--set", $"stages.{set}", "--set", "stages.filter.steps.gopher-quality.minWords=5");
        CorpusRun.Refuses(_program, "replay only decides again over what was measured", "replay", "filter", file, "--set", "stages.filter.steps.gopher-quality.mode=parity");
        var edits = _program.Write("edits.yaml", Pipeline.Replace("steps: [gopher", "steps: [c4-lines, gopher", StringComparison.Ordinal));
        CorpusRun.Refuses(_program, "stages.filter.steps change text by c4-lines, it ran with nothing", "replay", "filter", edits);
        Assert.Equal(39, CorpusRun.Json(_program, "replay", "filter", file, "--set", "stages.filter.steps.gopher-quality.mode=own").GetProperty("kept").GetProperty("after").GetInt32());
        CorpusRun.Refuses(_program, "holds none of the signals", "replay", "clean", file, "--stage", "filter");
        CorpusRun.Refuses(_program, "no stage 'other'", "replay", "filter", file, "--stage", "other");
        Directory.Delete(Path.Combine(_program.Out, "web", "runs"), recursive: true);
        var (code2, _, note) = _program.Run("replay", "filter", file);
        Assert.Equal(0, code2);
        Assert.Contains("no run.json beside filter-", note, StringComparison.Ordinal);
    }
}
