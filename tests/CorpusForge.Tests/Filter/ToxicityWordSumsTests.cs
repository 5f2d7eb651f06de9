using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class ToxicityWordSumsTests
{
    [Fact]
    public void What_a_thread_met_before_changes_no_score()
    {
        var model = ToxicityModel.English;
        string[] texts = ["All those women are disgusting vermin.", "Kill the lights and hang up your coat.", "You are a f4cking idiot", "deaf people and Muslims sing"];
        var fresh = texts.Select(t => Fresh(() => Scores(model, t))).ToArray();
        // More different words than there are entries, so that every entry is taken over several times.
        for (var i = 0; i < 20_000; i++)
            Scores(model, $"vermin{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676))} idiot");
        Assert.Equal(fresh, texts.Select(t => Scores(model, t)));
    }

    [Fact]
    public void Languages_in_turns_score_as_each_by_itself()
    {
        (ToxicityModel Model, string Text)[] texts = [(ToxicityModel.English, "All those women are disgusting vermin."), (ToxicityModel.German, "Diese Leute sind ekelhaft."), (ToxicityModel.German, "Guten Morgen")];
        var fresh = texts.Select(t => Fresh(() => Scores(t.Model, t.Text))).ToArray();
        for (var i = 0; i < 3; i++)
            Assert.Equal(fresh, texts.Select(t => Scores(t.Model, t.Text)));
    }

    [Fact]
    public void Models_do_not_share_what_a_thread_has_met()
    {
        var bytes = ToxicityModel.English.Write();
        // The rows of the other model are all zero, so that every text has the score of its bias.
        Array.Clear(bytes, bytes.Length - 32 - (8 << ToxicityModel.English.Bits), 8 << ToxicityModel.English.Bits);
        System.Security.Cryptography.SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
        var empty = ToxicityModel.Read(bytes, "empty");
        var before = Scores(ToxicityModel.English, "you idiot");
        Assert.Equal(Scores(empty, "good morning"), Scores(empty, "you idiot"));
        Assert.NotEqual(before, Scores(empty, "you idiot"));
        Assert.Equal(before, Scores(ToxicityModel.English, "you idiot"));
    }

    private static double[] Fresh(Func<double[]> scores)
    {
        double[] found = [];
        var thread = new Thread(() => found = scores());
        thread.Start();
        thread.Join();
        return found;
    }

    private static double[] Scores(ToxicityModel model, string text)
    {
        var scores = new double[5];
        Assert.True(model.TryScore(text, scores));
        return scores;
    }
}
