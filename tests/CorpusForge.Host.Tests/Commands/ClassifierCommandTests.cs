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
        var told = CorpusRun.Json(_program, "classifier", "train-linear", "--input", "in.tsv", "--to", "m.clm", "--epochs", "2", "--bits", "10");
        var model = LinearModel.Read(File.ReadAllBytes(Path.Combine(_program.Folder, "m.clm")), "m.clm");
        Assert.Equal(["de", "en"], model.Labels.Order());
        Assert.False(File.Exists(Path.Combine(_program.Folder, "json")));
        Assert.False(told.TryGetProperty("macroAccuracy", out _));
    }

    [Fact]
    public void Train_measures_and_calibrates_on_what_is_held_out()
    {
        _program.Write("in.tsv", string.Concat(Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? "en\tthe river and the stone\n" : "de\tder fluss und der stein\n")));
        _program.Write("held.tsv", "en\tthe stone\nde\tder fluss\n");
        var told = CorpusRun.Json(_program, "classifier", "train-linear", "--input", "in.tsv", "--held-out", "held.tsv", "--to", "m.clm", "--epochs", "2", "--bits", "10", "--words", "true");
        Assert.Equal((200, 2, 1.0), (told.GetProperty("texts").GetInt32(), told.GetProperty("heldOut").GetInt32(), told.GetProperty("macroAccuracy").GetDouble()));
        CorpusRun.Refuses(_program, "missing.tsv: there is no such file", "classifier", "train-linear", "--input", "in.tsv", "--held-out", "missing.tsv", "--to", "m.clm");
    }

    [Fact]
    public void A_fasttext_model_is_trained_measured_made_small_and_asked()
    {
        _program.Write("in.jsonl", string.Concat(Enumerable.Range(0, 400).Select(i => i % 2 == 0
            ? $$"""{"text": "the river\nand the stone {{i}}", "label": "en"}""" + "\n"
            : $"__label__de der fluss und der stein {i}\n")));
        var (trained, _, told0) = _program.Run("classifier", "train", "--input", "in.jsonl", "--to", "m.bin", "--dimension", "8", "--word-ngrams", "2", "--buckets", "2000", "--learning-rate", "0.5", "--epochs", "50");
        Assert.Equal(0, trained);
        Assert.Matches(@"corpusforge: \d+ words and 2,000 buckets of 8 numbers, 2 labels: the model will have \d+\.\d kB\n", told0);
        Assert.Contains("corpusforge: trained 80 %", told0, StringComparison.Ordinal);
        Assert.Equal(0, _program.Run("classifier", "quantize", "m.bin", "--to", "m.ftz", "--rows", "600").Code);
        foreach (var model in (string[])["m.bin", "m.ftz"])
        {
            var told = CorpusRun.Json(_program, "classifier", "test", model, "--input", "in.jsonl");
            Assert.Equal(400, told.GetProperty("texts").GetInt32());
            Assert.InRange(told.GetProperty("accuracy").GetDouble(), 0.99, 1);
        }
        Assert.InRange(new FileInfo(Path.Combine(_program.Folder, "m.ftz")).Length, 1, new FileInfo(Path.Combine(_program.Folder, "m.bin")).Length - 1);
        var (code, output, _) = _program.RunWith("der stein\n\nthe river\n", "classify", "m.ftz");
        Assert.Equal(0, code);
        Assert.Collection(output.TrimEnd('\n').Split('\n'), l => Assert.StartsWith("de\t", l), l => Assert.Matches("^(de|en|)\t0\\.\\d{6}$", l), l => Assert.StartsWith("en\t", l));
    }

    [Fact]
    public void A_large_model_is_announced_before_it_is_made()
    {
        _program.Write("in.txt", "__label__a the river\n__label__b the stone\n");
        var (code, _, error) = _program.Run("classifier", "train", "--input", "in.txt", "--to", "m.bin", "--word-ngrams", "2", "--buckets", "500000", "--epochs", "1");
        Assert.Equal(0, code);
        Assert.Contains("the model will have 200.0 MB; fewer --buckets or a smaller --dimension make it smaller, and so does `classifier quantize`", error, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(Path.Combine(_program.Folder, "m.bin")).Length, 200_000_000, 201_000_000);
    }

    [Theory]
    [InlineData("language", "Der Hund steht im Garten.", "de")]
    [InlineData("toxicity", "You are a disgusting piece of shit.", "toxic")]
    [InlineData("toxicity", "Du bist ein widerliches Stück Dreck.", "toxic")]
    public void The_built_in_models_can_be_asked(string model, string text, string label) =>
        Assert.StartsWith($"{label}\t", _program.RunWith(text + "\n", "classify", model).Output);

    [Theory]
    [InlineData("no label here", "line 1: it has no label")]
    [InlineData("{\"text\": 3}", "line 1: expected {\"text\"")]
    [InlineData("", "no line has a label")]
    [InlineData("{\"text\": \"a\", \"label\": null}", "line 1: a label is")]
    [InlineData("{\"text\": \"a\", \"label\": \" \"}", "line 1: a label is")]
    [InlineData("{\"text\": \"a\", \"label\": \"b\\nc\"}", "line 1: a label is")]
    [InlineData("{\"text\": null, \"label\": \"b\"}", "line 1: expected {\"text\"")]
    [InlineData("__label__ a", "line 1: it has no label")]
    [InlineData("__label__a b", "all lines have the label 'a'")]
    public void Bad_examples_are_named_by_their_line(string line, string expected)
    {
        _program.Write("in.txt", line + "\n");
        var (code, _, error) = _program.Run("classifier", "train", "--input", "in.txt", "--to", "m.bin");
        Assert.NotEqual(0, code);
        Assert.Contains(expected, error);
    }

    [Theory, InlineData("NaN"), InlineData("0"), InlineData("1e9"), InlineData("1000")]
    public void A_learning_rate_that_leads_nowhere_is_told(string rate)
    {
        _program.Write("in.txt", string.Concat(Enumerable.Repeat("__label__a the river\n__label__b the stone\n", 50)));
        var (code, _, error) = _program.Run("classifier", "train", "--input", "in.txt", "--to", "m.bin", "--dimension", "4", "--epochs", "50", "--learning-rate", rate);
        Assert.Equal(2, code);
        Assert.Contains(rate == "1000" ? "a smaller learning rate" : "--learning-rate: above 0", error);
        Assert.False(File.Exists(Path.Combine(_program.Folder, "m.bin")));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_told_before_the_work()
    {
        _program.Write("in.txt", "no label here\n");
        CorpusRun.Refuses(_program, "--to in.txt/m.bin: it cannot be written", "classifier", "train", "--input", "in.txt", "--to", "in.txt/m.bin");
    }

    [Fact]
    public void Train_without_a_place_for_the_model_is_wrong_usage() =>
        CorpusRun.Refuses(_program, "Option '--to' is required.", "classifier", "train-linear", "--input", "in.tsv");
}
