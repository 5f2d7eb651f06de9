using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class ExtractionScoreTests
{
    static ExtractionScore Score(string text, string wanted, string[]? with = null, string[]? without = null) =>
        ExtractionScore.Of(text, new ExtractionTruth { Id = "1", MainContent = wanted, With = with ?? [], Without = without ?? [], Raw = new() { Source = "s", Locator = "1" } });

    [Fact]
    public void Words_are_compared_as_bags()
    {
        var score = Score("A b, B-c d d", "b a c e");
        Assert.Equal((3 / 6.0, 3 / 4.0), (score.Precision, score.Recall));
        Assert.Equal(0.6, score.F1, 1e-9);
    }

    [Theory, InlineData("", "", 1), InlineData("a", "", 0), InlineData("", "a", 0), InlineData("a", "b", 0), InlineData("A", "a", 1)]
    public void Nothing_is_right_only_where_nothing_is_wanted(string text, string wanted, double expected) => Assert.Equal(expected, Score(text, wanted).F1);

    public static TheoryData<string, string[]> Texts => new()
    {
        { "don't_stop, 3.5 km²", ["don", "t_stop", "3", "5", "km²"] },
        { "हिन्दी", ["ह", "न", "द"] },
        { "日本語、中文", ["日本語", "中文"] },
        { "x𝐀y ½ a\u0301b", ["x𝐀y", "½", "a", "b"] },
    };

    [Theory, MemberData(nameof(Texts))]
    public void Words_are_runs_of_letters_digits_and_underscores(string text, string[] expected) => Assert.Equal(expected, ExtractionScore.Words(text));

    [Fact]
    public void Snippets_are_found_without_regard_to_case()
    {
        var score = Score("The River rose", "x", with: ["river", "sea"], without: ["cookie"]);
        Assert.Equal((0.5, 0.0), (score.Found, score.Leaked));
        Assert.Null(Score("a", "a").Found);
    }
}
