using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public sealed class ToxicityTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("toxicity").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_lines_give_the_same_bytes_and_learn_the_heads()
    {
        var lines = Write("in.tsv", string.Concat(Enumerable.Range(0, 200).Select(i => i % 2 == 0
            ? $"toxic,threat,?insult\twe will bury you, number {(char)('a' + (i % 26))}\n"
            : $"benign\twe will call you, number {(char)('a' + (i % 26))}\n")));
        var training = new ToxicityTraining { Inputs = [lines], Calibration = [lines], Output = Path.Combine(_folder, "a"), Bits = 12, Epochs = 4 };
        var trained = ToxicityTrainer.Train(training);
        ToxicityTrainer.Train(training with { Output = Path.Combine(_folder, "b") });
        ToxicityTrainer.Train(training with { Output = Path.Combine(_folder, "c"), Seed = 2 });
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "a")), File.ReadAllBytes(Path.Combine(_folder, "b")));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(_folder, "a")), File.ReadAllBytes(Path.Combine(_folder, "c")));
        Assert.Equal((200, 200), (trained.Texts, trained.Calibrated));
        var model = ToxicityModel.Read(File.ReadAllBytes(Path.Combine(_folder, "a")), "a");
        var scores = new double[5];
        model.TryScore("bury you", scores);
        Assert.True(scores[0] > 0.8 && scores[3] > 0.8 && scores[1] < 0.2);
    }

    [Fact]
    public void Visits_that_see_roles_alone_learn_no_word()
    {
        var lines = Write("roles.tsv", string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? $"toxic\tthe {i} wombat was pathetic\n" : $"benign\tthe {i} badger was lovely\n")));
        var training = new ToxicityTraining { Inputs = [lines], Calibration = [lines], Output = Path.Combine(_folder, "r"), Bits = 12, Epochs = 4, RolesOnlyShare = 1 };
        ToxicityTrainer.Train(training);
        var model = ToxicityModel.Read(File.ReadAllBytes(training.Output), "r");
        Assert.Equal(Score(model, "the wombat was here"), Score(model, "the badger was here"));
        Assert.True(Score(model, "the otter was idiotic") > Score(model, "the otter was lovely") + 0.3);
        ToxicityTrainer.Train(training with { RolesOnlyShare = 0 });
        model = ToxicityModel.Read(File.ReadAllBytes(training.Output), "r");
        Assert.True(Score(model, "the wombat was here") > Score(model, "the badger was here") + 0.1);
    }

    [Fact]
    public void The_language_says_whose_terms_tell_the_roles()
    {
        var lines = Write("de.tsv", string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? $"toxic\tder {i} Dachs war dämlich\n" : $"benign\tder {i} Dachs war wunderbar\n")));
        var training = new ToxicityTraining { Inputs = [lines], Calibration = [lines], Output = Path.Combine(_folder, "d"), Bits = 12, Epochs = 4, RolesOnlyShare = 1, Language = "de" };
        ToxicityTrainer.Train(training);
        var model = ToxicityModel.Read(File.ReadAllBytes(training.Output), "d");
        Assert.True(Score(model, "der Otter war bescheuert") > Score(model, "der Otter war nett") + 0.3);
        ToxicityTrainer.Train(training with { Language = "en" });
        model = ToxicityModel.Read(File.ReadAllBytes(training.Output), "d");
        Assert.Equal(Score(model, "der Otter war bescheuert"), Score(model, "der Otter war nett"));
        Assert.Throws<ArgumentOutOfRangeException>(() => ToxicityTrainer.Train(training with { Language = "fr" }));
    }

    [Fact]
    public void Made_sentences_teach_frames_and_single_words_only_by_their_share()
    {
        var posts = Write("posts.tsv", string.Concat(Enumerable.Repeat("benign\twe saw the otter today\nbenign\tthe heron sings\n", 50)));
        var made = Write("made.tsv", string.Concat(Enumerable.Repeat("toxic\tyou wombat\nbenign\tmy wombat\n", 50)));
        var training = new ToxicityTraining { Inputs = [posts], Made = [made], Calibration = [made], Output = Path.Combine(_folder, "m"), Bits = 12, RolesOnlyShare = 0, MadeShare = 0 };
        var trained = ToxicityTrainer.Train(training);
        Assert.Equal((200, 100), (trained.Texts, trained.Calibrated));
        var model = ToxicityModel.Read(File.ReadAllBytes(training.Output), "m");
        Assert.True(Score(model, "you wombat") > Score(model, "my wombat") + 0.3);
        ToxicityTrainer.Train(training with { MadeShare = 1, Output = Path.Combine(_folder, "m1") });
        Assert.NotEqual(File.ReadAllBytes(training.Output), File.ReadAllBytes(Path.Combine(_folder, "m1")));
    }

    [Fact]
    public void What_the_inputs_say_alone_counts_beside_what_all_lines_say()
    {
        var posts = Write("rule.tsv", string.Concat(Enumerable.Repeat("toxic\tthe otter was here\nbenign\tthe heron was here\n", 50)));
        // Made lines say nothing of the otter, as half of them call it so.
        var made = Write("other.tsv", string.Concat(Enumerable.Repeat("benign\tthe otter was here\ntoxic\tthe otter was here\n", 50)));
        var training = new ToxicityTraining { Inputs = [posts], Made = [made], Calibration = [posts], Output = Path.Combine(_folder, "alone"), Bits = 12, RolesOnlyShare = 0, MadeShare = 1 };
        var (together, alone) = (Logit(training with { AloneShare = 0 }), Logit(training with { AloneShare = 1 }));
        Assert.InRange(together, 0, 2);
        Assert.InRange(alone, together + 1, 20);

        static double Logit(ToxicityTraining training)
        {
            ToxicityTrainer.Train(training);
            var logits = new double[5];
            Assert.True(ToxicityModel.Read(File.ReadAllBytes(training.Output), "alone").TryLogits("the otter was here", logits));
            return logits[0];
        }
    }

    [Theory, InlineData("no tab"), InlineData("\ttext"), InlineData("rude\ttext"), InlineData("toxic,\ttext"), InlineData("")]
    public void Lines_of_another_form_are_refused(string line)
    {
        var path = Write("bad.tsv", line.Length == 0 ? "" : line + "\n");
        Assert.Throws<InvalidDataException>(() => ToxicityTrainer.Train(new ToxicityTraining { Inputs = [path], Calibration = [path], Output = Path.Combine(_folder, "x") }));
    }

    private static double Score(ToxicityModel model, string text)
    {
        var scores = new double[5];
        Assert.True(model.TryScore(text, scores));
        return scores[0];
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
