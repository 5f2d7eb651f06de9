using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public sealed class LinearTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Training_twice_gives_the_same_bytes_and_another_seed_others()
    {
        var input = Lines();
        LinearTrainer.Train(Training(input, "a.clm"));
        LinearTrainer.Train(Training(input, "b.clm"));
        LinearTrainer.Train(Training(input, "c.clm") with { Seed = 2 });
        Assert.Equal(Bytes("a.clm"), Bytes("b.clm"));
        Assert.NotEqual(Bytes("a.clm"), Bytes("c.clm"));
    }

    [Fact]
    public void It_learns_and_reports_what_it_held_out()
    {
        var trained = LinearTrainer.Train(Training(Lines(), "m.clm") with { HeldOut = [Lines(seed: 4, lines: 100)] });
        Assert.Equal((400, 100), (trained.Texts, trained.HeldOut));
        Assert.True(trained.MacroAccuracy > 0.95, $"macro accuracy {trained.MacroAccuracy}");
        Assert.NotEqual(1, trained.Temperature);
        var model = LinearModel.Read(Bytes("m.clm"), "m.clm");
        Assert.Equal((trained.Digest, trained.Bytes), (model.Digest, Bytes("m.clm").Length));
        var p = new double[2];
        Assert.True(model.TryScore("bababa", p) && p[0] > 0.8, $"{p[0]}");
        Assert.True(model.TryScore("dododo", p) && p[1] > 0.8, $"{p[1]}");
    }

    [Fact]
    public void A_label_that_is_only_held_out_is_an_error()
    {
        var held = Path.Combine(_folder, "held.tsv");
        File.WriteAllText(held, "third\tquack\n");
        Assert.Contains("the label 'third'", Assert.Throws<InvalidDataException>(() => LinearTrainer.Train(Training(Lines(), "m.clm") with { HeldOut = [held] })).Message);
    }

    [Fact]
    public void Nothing_held_out_leaves_the_scores_as_they_are()
    {
        var trained = LinearTrainer.Train(Training(Lines(), "m.clm"));
        Assert.Equal((400, 0, 1.0), (trained.Texts, trained.HeldOut, trained.Temperature));
        Assert.Null(trained.MacroAccuracy);
    }

    [Theory]
    [InlineData("a\tx\nno tab", "line 2")]
    [InlineData("\tno label", "line 1")]
    [InlineData("a\tone\na\tlabel", "1 labels")]
    [InlineData("", "0 labels")]
    public void Bad_lines_are_named(string lines, string problem)
    {
        var path = Path.Combine(_folder, "bad.tsv");
        File.WriteAllText(path, lines);
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => LinearTrainer.Train(Training(path, "m.clm"))).Message);
    }

    [Fact]
    public void A_cancelled_training_writes_nothing()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => LinearTrainer.Train(Training(Lines(), "m.clm"), cancel.Token));
        Assert.False(File.Exists(Path.Combine(_folder, "m.clm")));
    }

    private LinearTraining Training(string input, string output) => new()
    {
        Inputs = [input],
        Output = Path.Combine(_folder, output),
        Bits = 10,
        Dimension = 4,
        LearningRate = 1,
    };

    private byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(_folder, name));

    // Words of two made-up languages: one has a and b, the other d and o; both have n.
    private string Lines(ulong seed = 3, int lines = 400)
    {
        var random = new SplitMix64(seed);
        var path = Path.Combine(_folder, $"lines-{seed}.tsv");
        using var file = new StreamWriter(path);
        for (var i = 0; i < lines; i++)
        {
            var letters = i % 2 == 0 ? "abn" : "don";
            var text = new char[12];
            foreach (ref var c in text.AsSpan())
                c = letters[(int)random.Next(3)];
            file.WriteLine($"{(i % 2 == 0 ? "first" : "second")}\t{new string(text)}");
        }
        return path;
    }
}
