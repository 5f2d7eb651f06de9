using System.Diagnostics;
using System.Globalization;
using CorpusForge.Filter.FastText;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Tests.Filter.FastText;

/// <summary>Holds the engine to the fastText program of the distribution: its models read here, ours read there.</summary>
public class FastTextModelTests
{
    private static readonly FastTextSettings s_settings = new() { Dimension = 12, Epochs = 10, LearningRate = 0.5, Buckets = 3000 };

    public static TheoryData<string, string> Trainings { get; } = new()
    {
        { "softmax with subwords and pairs of words", "-loss softmax -dim 12 -minn 2 -maxn 4 -wordNgrams 2 -bucket 3000" },
        { "words alone", "-loss softmax -dim 7" },
        { "a tree, and triples of words", "-loss hs -dim 16 -wordNgrams 3 -bucket 1000" },
        { "one versus all", "-loss ova -dim 9 -minn 1 -maxn 2 -bucket 500" },
        { "negative sampling", "-loss ns -dim 8" },
    };

    [Theory, MemberData(nameof(Trainings))]
    public void A_model_of_fasttext_gives_the_same_labels_and_probabilities(string what, string options)
    {
        var folder = Folder(out var lines);
        Fasttext($"supervised -input train.txt -output model -epoch 5 -thread 1 -verbose 0 {options}", folder);
        Assert.True(Differences(System.IO.Path.Combine(folder, "model.bin"), lines) is [], what);
    }

    [Theory]
    [InlineData("-minn 2 -maxn 4 -bucket 3000 -wordNgrams 2", "-qnorm")]
    [InlineData("-minn 2 -maxn 4 -bucket 3000", "-dsub 3")]
    [InlineData("-minn 2 -maxn 4 -bucket 3000", "-qnorm -cutoff 400 -retrain -epoch 1")]
    public void A_quantised_model_of_fasttext_gives_the_same_labels_and_probabilities(string options, string quantise)
    {
        var folder = Folder(out var lines);
        Fasttext($"supervised -input train.txt -output model -dim 10 -epoch 5 -thread 1 -verbose 0 {options}", folder);
        Fasttext($"quantize -input train.txt -output model -thread 1 -verbose 0 {quantise}", folder);
        Assert.Equal([], Differences(System.IO.Path.Combine(folder, "model.ftz"), lines));
    }

    [Theory]
    [InlineData(FastTextLoss.Softmax, 2, 2, 4)]
    [InlineData(FastTextLoss.Hierarchical, 1, 0, 0)]
    [InlineData(FastTextLoss.OneVersusAll, 3, 1, 3)]
    public void A_model_trained_here_is_read_by_fasttext_with_the_same_result(FastTextLoss loss, int words, int minimum, int maximum)
    {
        Folder(out var lines);
        var model = TinyModel.Train(s_settings with { Loss = loss, WordNgrams = words, MinCharacters = minimum, MaxCharacters = maximum });
        Assert.Equal([], Differences(TinyModel.Write(model), lines));
        Assert.True(Accuracy(model) > 0.99);
    }

    [Fact]
    public void A_model_pruned_and_quantised_here_is_read_by_fasttext_with_the_same_result_and_still_right()
    {
        Folder(out var lines);
        var model = FastTextTrainer.Prune(TinyModel.Train(s_settings with { WordNgrams = 2, MinCharacters = 2, MaxCharacters = 3 }), 600);
        foreach (var norms in (bool[])[true, false])
        {
            var path = TinyModel.Write(model, ".ftz", (m, s) => FastTextFile.WriteQuantised(m, s, width: 2, norms, seed: 1));
            Assert.Equal([], Differences(path, lines));
            Assert.True(Accuracy(FastTextModel.Open(path)) > 0.98);
        }
    }

    [Fact]
    public void One_thread_gives_the_same_bytes_every_time_and_two_learn_as_well()
    {
        var once = File.ReadAllBytes(TinyModel.Write(TinyModel.Train(s_settings)));
        Assert.Equal(once, File.ReadAllBytes(TinyModel.Write(TinyModel.Train(s_settings))));
        Assert.True(Accuracy(TinyModel.Train(s_settings, threads: 2)) > 0.99);
    }

    public static TheoryData<string> Models { get; } = ["softmax", "tree", "one versus all", "quantised", "quantised tree", "three thousand labels", "tree of three thousand labels"];

    [Theory, MemberData(nameof(Models))]
    public void Scoring_allocates_nothing_also_where_another_model_is_asked_between(string kind)
    {
        var many = Enumerable.Range(0, 3000).Select(i => ((IReadOnlyList<string>)[$"l{i}"], $"word{i} and others")).ToList();
        var model = kind switch
        {
            "softmax" => TinyModel.Train(s_settings with { WordNgrams = 2, MinCharacters = 2, MaxCharacters = 4 }),
            "tree" => TinyModel.Train(s_settings with { Loss = FastTextLoss.Hierarchical }),
            "one versus all" => TinyModel.Train(s_settings with { Loss = FastTextLoss.OneVersusAll }),
            "three thousand labels" => FastTextTrainer.Train(s_settings with { Epochs = 1 }, many, threads: 1, seed: 1),
            "tree of three thousand labels" => FastTextTrainer.Train(s_settings with { Epochs = 1, Loss = FastTextLoss.Hierarchical }, many, threads: 1, seed: 1),
            _ => FastTextModel.Open(TinyModel.Write(
                FastTextTrainer.Prune(TinyModel.Train(s_settings with { WordNgrams = 2, Loss = kind == "quantised" ? FastTextLoss.Softmax : FastTextLoss.Hierarchical }), 600), ".ftz",
                (m, s) => FastTextFile.WriteQuantised(m, s, width: 2, norms: true, seed: 1))),
        };
        var other = FastTextModel.Open(TinyModel.Path);
        var scores = new float[model.Labels.Count];
        var text = string.Join(' ', TinyModel.Lines(50, 3).Select(l => l.Text)) + new string('x', 400);
        Ask();
        Assert.Equal(0, Allocations.Of(Ask));

        void Ask()
        {
            model.TryScore(text, scores);
            other.Best(text);
            model.Score(text, 0);
        }
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_an_error_that_names_it()
    {
        var whole = File.ReadAllBytes(TinyModel.Path);
        var random = new SplitMix64(5);
        var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("corpusforge-fasttext-").FullName, "cut.bin");
        foreach (var length in Enumerable.Range(0, 120).Concat(Enumerable.Range(0, 80).Select(_ => (int)random.Next((ulong)whole.Length))))
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains("cut.bin", Assert.Throws<InputException>(() => FastTextModel.Open(path)).Message);
        }
    }

    [Fact]
    public void A_damaged_file_is_an_error_or_a_model_and_nothing_else()
    {
        var whole = File.ReadAllBytes(TinyModel.Path);
        var random = new SplitMix64(6);
        var path = System.IO.Path.Combine(Directory.CreateTempSubdirectory("corpusforge-fasttext-").FullName, "damaged.bin");
        for (var i = 0; i < 300; i++)
        {
            var bytes = whole.ToArray();
            bytes[(int)random.Next(i % 2 == 0 ? 300 : (ulong)bytes.Length)] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(path, bytes);
            var error = Record.Exception(() => FastTextModel.Open(path).Best("the cat stands"));
            Assert.True(error is null or InputException, error?.ToString());
        }
    }

    [Fact]
    public void Nothing_to_learn_from_is_an_error()
    {
        Assert.Throws<InvalidDataException>(() => FastTextTrainer.Train(s_settings, [], 1, 1));
        Assert.Throws<InvalidDataException>(() => FastTextTrainer.Train(s_settings, [([], "no label")], 1, 1));
    }

    private static double Accuracy(FastTextModel model)
    {
        var lines = TinyModel.Lines(500, 8);
        return lines.Count(l => model.Best(l.Text)!.Value.Label == l.Labels[0]) / (double)lines.Count;
    }

    private static string Folder(out string[] lines)
    {
        var folder = Directory.CreateTempSubdirectory("corpusforge-fasttext-").FullName;
        File.WriteAllLines(System.IO.Path.Combine(folder, "train.txt"), TinyModel.Lines(2000, 7).Select(l => $"__label__{l.Labels[0]} {l.Text}"));
        lines = [.. TinyModel.Lines(300, 9).Select(l => l.Text), "unseen zebrafish", "ネコネコ 漢字 лошади", new string('a', 1000), "x"];
        return folder;
    }

    // The lines on which the two programs differ by label or by more than 1e-5.
    private static List<string> Differences(string path, string[] lines)
    {
        var model = FastTextModel.Open(path);
        var scores = new float[model.Labels.Count];
        var theirs = Fasttext($"predict-prob {path} - {model.Labels.Count}", "/", string.Join('\n', lines) + "\n").Split('\n');
        var differences = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            Assert.True(model.TryScore(lines[i], scores));
            var words = theirs[i].Split(' ');
            for (var k = 0; k + 1 < words.Length; k += 2)
            {
                var label = model.Labels.ToList().IndexOf(words[k]["__label__".Length..]);
                if (Math.Abs(scores[label] - double.Parse(words[k + 1], CultureInfo.InvariantCulture)) > 1e-5)
                    differences.Add($"{lines[i]}: {theirs[i]}, here {scores[label]}");
            }
            if (words.Length < 2)
                differences.Add($"{lines[i]}: fastText says nothing");
        }
        return differences;
    }

    private static string Fasttext(string arguments, string folder, string input = "")
    {
        var start = new ProcessStartInfo(Installed.Program("fasttext", "fasttext"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output.Result;
    }
}
