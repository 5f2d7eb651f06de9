using CorpusForge.Runs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>Stages written by hand, so that ids can be alike.</summary>
public sealed class LineageTests : IDisposable
{
    static readonly string s_first = new string('a', 8) + new string('1', 56);
    static readonly string s_second = new string('a', 8) + new string('2', 56);
    static readonly string s_key = new('7', 32);

    readonly string _path = Directory.CreateTempSubdirectory("corpusforge-lineage-").FullName;
    readonly OutputFolder _output;
    readonly RunRow _run;

    public LineageTests()
    {
        _output = OutputFolder.Lock(_path, new FakeTimeProvider());
        _run = _output.Ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]");
        Stage(0, "clean", [DocumentOf(s_first), DocumentOf(s_second)], []);
        Stage(1, "filter", [DocumentOf(s_first)], [new Reject(DocumentOf(s_second), "gopher-quality", 3, "too-few-words", 1, 50)]);
    }

    [Fact]
    public void A_document_is_found_in_every_stage_with_its_row_and_verdict()
    {
        var kept = Lineage.Find(_output.Ledger, _output.Storage, _run, s_first.ToUpperInvariant(), TestContext.Current.CancellationToken)!;
        Assert.Equal(["clean", "filter"], kept.Stops.Select(s => s.Stage));
        Assert.All(kept.Stops, s => Assert.Null(s.At.Reject));
        var dropped = Lineage.Find(_output.Ledger, _output.Storage, _run, s_second[..12], TestContext.Current.CancellationToken)!;
        Assert.Equal((s_second, 1L, 0L), (dropped.Id, dropped.Stops[0].At.Row, dropped.Stops[1].At.Row));
        Assert.Equal(("too-few-words", 3), (dropped.Stops[1].At.Reject!.Rule, dropped.Stops[1].At.Reject!.StepVersion));
        Assert.Equal($"p/filter-0123456789abcdef/rejects/part-{s_key}.arrow", dropped.Stops[1].File);
    }

    [Fact]
    public void A_prefix_of_several_documents_is_refused_and_names_them()
    {
        var refused = Assert.Throws<PipelineException>(() => Lineage.Find(_output.Ledger, _output.Storage, _run, "aaaaaaaa", TestContext.Current.CancellationToken));
        Assert.Contains("begins the ids of 2 documents", refused.Message);
        Assert.Contains(s_second, refused.Message);
    }

    [Theory]
    [InlineData("aaaaaaa")]
    [InlineData("aaaaaaag")]
    [InlineData("")]
    public void What_is_no_id_is_refused(string prefix) =>
        Assert.Throws<PipelineException>(() => Lineage.Find(_output.Ledger, _output.Storage, _run, prefix, TestContext.Current.CancellationToken));

    [Fact]
    public void An_id_that_is_nowhere_gives_null() => Assert.Null(Lineage.Find(_output.Ledger, _output.Storage, _run, "aaaaaaaa3", TestContext.Current.CancellationToken));

    [Fact]
    public void The_stage_before_is_found_by_the_inputs_of_the_parts()
    {
        var filter = StageFolder.Of(Path.Combine(_path, "p/filter-0123456789abcdef"), [s_key]);
        var before = filter.Before([.. filter.Documents()]);
        Assert.Equal(2, before.Count);
        Assert.Equal($"text of {s_second}", before[s_second].Text);
    }

    [Fact]
    public void A_damaged_stage_file_names_itself()
    {
        File.WriteAllText(Path.Combine(_path, "p/clean-0123456789abcdef/stage.json"), "{\"format\":");
        Assert.Throws<InputException>(() => StageFolder.Open(Path.Combine(_path, "p/clean-0123456789abcdef")));
        Assert.Throws<PipelineException>(() => StageFolder.Open(Path.Combine(_path, "p/filter-0123456789abcdef")));
    }

    static Document DocumentOf(string id) => new() { Id = id, Kind = Kind.Text, Text = $"text of {id}", Source = "s", Locator = "f@0" };

    // Both stages have the same key: which part is meant says the folder, and the filter's input is the clean stage's part.
    void Stage(int ordinal, string id, Document[] kept, Reject[] dropped)
    {
        var folder = $"p/{id}-0123456789abcdef";
        var files = new List<ManifestFile>
        {
            Write(Roles.Documents, $"{folder}/part-{s_key}.arrow", false, w => Array.ForEach(kept, w.Write)),
        };
        if (dropped.Length > 0)
            files.Add(Write(Roles.Rejects, $"{folder}/rejects/part-{s_key}.arrow", true, w => Array.ForEach(dropped, w.Write)));
        UnitInput[] inputs = ordinal == 0 ? [new("f", "1")] : [new(s_key, "1")];
        var manifest = new Manifest { Unit = s_key, Stage = id, StageDigest = "d", Phase = id, Inputs = inputs, Files = files, Tally = new Tally(), ContentDigest = new string('0', 64) };
        using (var stream = _output.Storage.Create($"{folder}/part-{s_key}.json"))
            stream.Write(manifest.ToBytes());
        _output.Ledger.PlanPhase(_run.Id, ordinal, 0, id, "cpu", [(new Unit(s_key, inputs, "{}"), true)]);
        _output.Ledger.CloseStage(
            _run.Id, ordinal, new PlannedStage(id, id, new CorpusForge.Filter.FilterStage(), "d", folder),
            new StageFile("", id, "d", new Dictionary<string, IReadOnlyList<string>>(), [s_key], new Tally(), "root"));
    }

    ManifestFile Write(string role, string name, bool rejects, Action<DocumentWriter> write)
    {
        var file = new OutputFile(_output.Storage.Create(name));
        using (var writer = new DocumentWriter(file, rejects))
            write(writer);
        return new ManifestFile(role, name[2..], file.Rows, file.Bytes, file.Sha256);
    }

    public void Dispose()
    {
        _output.Dispose();
        Directory.Delete(_path, recursive: true);
    }
}
