using CorpusForge.Audit;
using CorpusForge.Filter;
using CorpusForge.Settings;
using Xunit;

namespace CorpusForge.Tests.Audit;

public class CounterfactualTests
{
    private static readonly IdentityTerm[] s_terms =
    [
        new("religion", "Muslim", ["Muslim", "Muslims", "Islam"]),
        new("religion", "Jewish", ["Jewish", "Jew", "Jews", "Judaism"]),
        new("gender", "woman", ["woman", "women"]),
        new("gender", "man", ["man", "men"]),
        new("age", "elderly", ["elderly"]),
    ];

    /// <summary>Drops what has a word.</summary>
    private sealed record Without(string Word) : IFilter
    {
        public Verdict Judge(TextView text) => text.Verdict.Never("word", text.Text.Contains(Word, StringComparison.OrdinalIgnoreCase));
    }

    private static Document Doc(int i, string text) => new() { Id = Document.IdOf($"{i}", []), Kind = Kind.Text, Text = text, Source = "s", Locator = $"{i}" };

    private static Counterfactual Of(params IStep[] steps) => new([.. steps.Select((s, i) => new ConfiguredStep($"step-{i}", "step", s))], s_terms);

    [Theory]
    [InlineData("A woman and WOMEN, Women's; womanly", 2, 3, "A man and MEN, Men's; womanly")]
    [InlineData("Muslims and one Muslim", 0, 1, "Jews and one Jewish")]
    [InlineData("the Jews", 1, 0, "the Muslims")]
    [InlineData("men and women", 2, 3, "men and men")]
    [InlineData("nobody", 2, 3, "nobody")]
    public void One_term_stands_for_another(string text, int from, int to, string expected) => Assert.Equal(expected, Of().Swap(text, from, to));

    [Fact]
    public void A_filter_that_judges_the_word_turns_and_one_that_does_not_stays()
    {
        var counterfactual = Of(new Without("muslim"), new Without("forbidden"));
        for (var i = 0; i < 20; i++)
        {
            counterfactual.Add(Doc(i, "A Muslim by the river"));
            counterfactual.Add(Doc(100 + i, "The Jewish quarter"));
            counterfactual.Add(Doc(200 + i, "forbidden stones"));
        }
        var report = counterfactual.ToReport();
        Assert.Equal((40, 40), (report.Documents, report.Swaps));
        var (word, other) = (report.Filters[0], report.Filters[1]);
        Assert.Equal(("step-0", 40, 20, 20, 1.0, 40), (word.Filter, word.Swaps, word.ToDropped, word.ToKept, word.Share, word.Documents));
        Assert.Equal(("Jewish", "Muslim", 20, 20, 0), (word.Turned[0].From, word.Turned[0].To, word.Turned[0].Swaps, word.Turned[0].ToDropped, word.Turned[0].ToKept));
        Assert.True(word.Turned[0].AdjustedP < 0.001);
        Assert.Equal((0, 0, 0), (other.ToDropped, other.ToKept, other.Documents));
        Assert.Empty(other.Turned);
    }

    [Fact]
    public void Every_filter_judges_even_after_a_drop()
    {
        var counterfactual = Of(new Without("river"), new Without("women"));
        counterfactual.Add(Doc(1, "men at the river"));
        Assert.Equal([0, 1], counterfactual.ToReport().Filters.Select(f => f.ToDropped));
    }

    [Fact]
    public void Only_terms_with_another_of_their_group_are_swapped()
    {
        var counterfactual = Of(new Without("x"));
        Assert.False(counterfactual.HasSwap("an elderly neighbour"));
        Assert.True(counterfactual.HasSwap("an elderly woman"));
        counterfactual.Add(Doc(1, "an elderly neighbour"));
        Assert.Equal(0, counterfactual.ToReport().Documents);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 5, 0.0625)]
    [InlineData(1, 9, 0.021484375)]
    [InlineData(10, 10, 1)]
    [InlineData(0, 1000, 0)]
    public void McNemar_is_exact(long one, long other, double expected) => Assert.Equal(expected, Statistics.McNemar(one, other), 9);
}
