using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class PruneCommandTests : IDisposable
{
    private readonly ProgramRun _program = new();
    private readonly string _pipeline;

    public PruneCommandTests()
    {
        CorpusRun.WriteInput(_program);
        _pipeline = _program.Write("p.yaml",
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
    }

    [Fact]
    public void Exactly_what_the_kept_run_needs_stays()
    {
        Run("--out", "alone", "--set", "stages.filter.steps.gopher-quality.minWords=30");
        Run("--out", "out");
        Run("--out", "out", "--set", "stages.filter.steps.gopher-quality.minWords=30");
        Leave("out/web/clean-0123456789abcdef/part-00000000000000000000000000000000.arrow");
        Leave("out/web/filter-0123456789abcdef/.work-00000000000000000000000000000000/sub/step.bin");
        Leave("out/web/images/00000000000000000000000000000000.arrow");
        string[] foreign = ["out/mine.txt", "out/web/notes.txt", "out/web/filter-0123456789abcdef/readme.txt", "out/web/other/part-00000000000000000000000000000000.arrow", "out/web/images/photo.png"];
        Array.ForEach(foreign, Leave);

        var dry = CorpusRun.Json(_program, "prune", "--dry-run");
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(_program.Out, "web"), "filter-*").Length);
        var done = CorpusRun.Json(_program, "prune");
        Assert.Equal(dry.GetProperty("files").GetInt32(), done.GetProperty("files").GetInt32());
        Assert.Equal(("web-2", "web-1"), (done.GetProperty("kept")[0].GetString(), done.GetProperty("dropped")[0].GetString()));

        Assert.All(foreign, f => Assert.True(File.Exists(Path.Combine(_program.Folder, f)), f));
        Array.ForEach(foreign, f => File.Delete(Path.Combine(_program.Folder, f)));
        Assert.Equal(ProgramRun.Digests(Path.Combine(_program.Folder, "alone")), ProgramRun.Digests(_program.Out));
        Assert.False(Directory.Exists(Path.Combine(_program.Out, "web", "runs", "web-1")));
        Assert.StartsWith("Nothing to do", Run("--out", "out", "--set", "stages.filter.steps.gopher-quality.minWords=30"));
        Assert.StartsWith("Nothing to prune", _program.Run("prune").Output);
        Assert.StartsWith("Run web-3 done", Run("--out", "out"));
    }

    [Fact]
    public void More_runs_and_unfinished_ones_can_stay()
    {
        Run("--out", "out");
        _program.Write("in/2.jsonl", [0x1F, 0x8B, 8, 0, 1, 2, 3]);
        Assert.Equal(1, _program.Run("run", _pipeline, "--set", "stages.filter.steps.gopher-quality.minWords=25").Code);
        File.Delete(Path.Combine(_program.Folder, "in", "2.jsonl"));
        Run("--out", "out", "--set", "stages.filter.steps.gopher-quality.minWords=30");
        var before = ProgramRun.Digests(_program.Out);
        Assert.Equal(0, CorpusRun.Json(_program, "prune", "--keep", "2").GetProperty("files").GetInt32());
        Assert.Equal(before, ProgramRun.Digests(_program.Out));
        var pruned = CorpusRun.Json(_program, "prune");
        Assert.Equal(["web-3", "web-2"], pruned.GetProperty("kept").EnumerateArray().Select(k => k.GetString()));
    }

    [Fact]
    public void A_run_that_began_at_a_later_stage_keeps_the_stages_before_it()
    {
        Run("--out", "out");
        Run("--out", "out", "--set", "stages.tokenize.validationShare=0.2", "--from-stage", "tokenize");
        var pruned = CorpusRun.Json(_program, "prune");
        Assert.Equal("web-2", pruned.GetProperty("kept")[0].GetString());
        Assert.All(pruned.GetProperty("folders").EnumerateArray(), f => Assert.Matches("^web/(tokenize-|runs/web-1)", f.GetProperty("folder").GetString()));
        Assert.StartsWith("Nothing to do", Run("--out", "out", "--set", "stages.tokenize.validationShare=0.2"));
    }

    [Theory]
    [InlineData("no run was ever started", "--out", "nowhere")]
    [InlineData("--keep: at least 1", "--keep", "0")]
    public void What_makes_no_sense_is_refused(string expected, params string[] arguments)
    {
        CorpusRun.Refuses(_program, expected, ["prune", .. arguments]);
        Assert.False(Directory.Exists(Path.Combine(_program.Folder, "nowhere")));
    }

    [Fact]
    public void A_folder_that_is_in_use_is_left_alone()
    {
        Run("--out", "out");
        using var held = new FileStream(Path.Combine(_program.Out, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        CorpusRun.Refuses(_program, "another process is running a pipeline in this folder", "prune");
        Assert.Equal(0, _program.Run("prune", "--dry-run").Code);
    }

    private string Run(params string[] arguments)
    {
        var (code, output, error) = _program.Run(["run", _pipeline, .. arguments]);
        Assert.True(code == 0, error);
        return output;
    }

    private void Leave(string name) => _program.Write(name, "x");

    public void Dispose() => _program.Dispose();
}
