using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class IsotonicTests
{
    [Fact]
    public void Probabilities_rise_with_the_score_and_match_what_was_counted()
    {
        var random = new SplitMix64(3);
        var scored = Enumerable.Range(0, 20_000).Select(_ => (random.NextDouble() * 8) - 4).Select(score => (score, random.NextDouble() < 1 / (1 + Math.Exp(-2 * score)))).ToArray();
        var line = Isotonic.Fit(scored, 100);
        for (var score = -4.0; score < 4; score += 0.01)
        {
            Assert.True(line.Of(score) <= line.Of(score + 0.01));
            Assert.InRange(line.Of(score) - (1 / (1 + Math.Exp(-2 * score))), -0.06, 0.06);
        }
    }

    [Theory, InlineData(-9, 0.2), InlineData(0, 0.2), InlineData(1, 0.5), InlineData(2, 0.8), InlineData(double.NaN, 0.8), InlineData(9, 0.8)]
    public void Between_knots_the_line_is_straight_and_outside_it_is_level(double score, double probability) =>
        Assert.Equal(probability, new Isotonic([(0, 0.2f), (2, 0.8f)]).Of(score), 6);

    [Fact]
    public void Pools_that_fall_are_one() =>
        Assert.Single(Isotonic.Fit([(1, true), (2, true), (3, false), (4, false)], 2).Knots);

    [Fact]
    public void Nothing_to_fit_is_a_half() => Assert.Equal(0.5, Isotonic.Fit([], 10).Of(3));
}
