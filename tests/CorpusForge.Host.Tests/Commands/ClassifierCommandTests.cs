using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Host.Tests.Commands;

public sealed class ClassifierCommandTests : IDisposable
{
    readonly ProgramRun _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public void Train_writes_the_model_where_it_is_told_and_its_figures_as_json()
    {
        _program.Write("in.tsv", string.Concat(Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? $"en\tthe river and the stone {i}\n" : $"de\tder fluss und der stein {i}\n")));
        var told = CorpusRun.Json(_program, "classifier", "train", "--input", "in.tsv", "--to", "m.clm", "--epochs", "2", "--bits", "10");
        var model = LinearModel.Read(File.ReadAllBytes(Path.Combine(_program.Folder, "m.clm")), "m.clm");
        Assert.Equal(["de", "en"], model.Labels.Order());
        Assert.False(File.Exists(Path.Combine(_program.Folder, "json")));
        Assert.Equal(System.Text.Json.JsonValueKind.Object, told.ValueKind);
    }

    [Fact]
    public void Train_without_a_place_for_the_model_is_wrong_usage() =>
        CorpusRun.Refuses(_program, "Option '--to' is required.", "classifier", "train", "--input", "in.tsv");
}
