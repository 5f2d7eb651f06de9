using CorpusForge.Audit;
using Xunit;

namespace CorpusForge.Tests.Audit;

public class MantelHaenszelTests
{
    [Fact]
    public void One_stratum_is_the_plain_comparison()
    {
        var test = MantelHaenszel.Of([new Stratum(100, 20, 100, 10)])!;
        Assert.Equal(0.1, test.Difference);
        Assert.Equal(2, test.Ratio);
        // χ² = (n − 1)(ad − bc)² / the product of the margins = 199 · 1000² / (100 · 100 · 30 · 170) = 3.9020.
        Assert.Equal(0.04823, test.P, 4);
        // Newcombe 1998, method 10, for comparison: 0.0002 to 0.1994.
        Assert.Equal(0.0, test.Interval.Low, 2);
        Assert.Equal(0.2, test.Interval.High, 2);
        Assert.Equal(1, test.Strata);
    }

    [Fact]
    public void Strata_against_each_other_undo_what_the_sums_say()
    {
        // Simpson's paradox: in each stratum the shares are the same, together they are 0.42 and 0.18.
        var test = MantelHaenszel.Of([new Stratum(800, 400, 200, 100), new Stratum(200, 20, 800, 80)])!;
        Assert.Equal((0.0, 1.0, 1.0), (test.Difference, test.Ratio!.Value, test.P));
        Assert.True(test.Interval is { Low: < 0, High: > 0 });
    }

    [Fact]
    public void Strata_without_one_side_or_without_a_hit_say_nothing()
    {
        var alone = MantelHaenszel.Of([new Stratum(100, 20, 100, 10)])!;
        var more = MantelHaenszel.Of([new Stratum(100, 20, 100, 10), new Stratum(50, 40, 0, 0), new Stratum(0, 0, 70, 3)])!;
        Assert.Equal(alone, more);
        var silent = MantelHaenszel.Of([new Stratum(100, 20, 100, 10), new Stratum(40, 0, 40, 0), new Stratum(9, 9, 9, 9)])!;
        Assert.Equal((alone.P, 1), (silent.P, silent.Strata));
    }

    [Fact]
    public void The_sides_can_be_exchanged()
    {
        Stratum[] strata = [new(120, 30, 80, 11), new(40, 22, 200, 90), new(15, 1, 15, 4)];
        var (one, other) = (MantelHaenszel.Of(strata)!, MantelHaenszel.Of(strata.Select(s => new Stratum(s.Without, s.HitsWithout, s.With, s.HitsWith)))!);
        Assert.Equal(one.P, other.P, 12);
        Assert.Equal((one.Difference, one.Interval.Low, one.Interval.High), (-other.Difference, -other.Interval.High, -other.Interval.Low));
    }

    [Fact]
    public void The_interval_is_that_of_the_paper()
    {
        // Of one stratum W = n₁n₀/n = 22.5, P = (n₁²y₀ − n₀²y₁ + n₁n₀(n₀ − n₁)/2)/n² = −0.3125, Q = (y₁(n₀ − y₀) + y₀(n₁ − y₁))/2n = 4.825;
        // the middle is δ + z²P/2W², half the width √(middle² − δ² + z²Q/W²).
        Assert.Equal(new Interval(0.064613, 0.444127), MantelHaenszel.Of([new Stratum(30, 12, 90, 13)])!.Interval);
        Assert.Equal(new Interval(-0.010211, 0.169871), MantelHaenszel.Of([new(120, 30, 80, 11), new(40, 22, 200, 90), new(15, 1, 15, 4)])!.Interval);
    }

    [Fact]
    public void The_interval_covers_the_difference_nineteen_times_in_twenty()
    {
        var random = new SplitMix64(3);
        var (covered, tested) = (0, 0);
        for (var trial = 0; trial < 2000; trial++)
        {
            // Twelve sparse strata whose shares lie far apart and differ by 0.1.
            var test = MantelHaenszel.Of(Enumerable.Range(0, 12).Select(k => new Stratum(6, Hits(6, 0.15 + (0.05 * k)), 14, Hits(14, 0.05 + (0.05 * k)))).ToArray());
            if (test is null)
                continue;
            tested++;
            covered += test.Interval.Low <= 0.1 && 0.1 <= test.Interval.High ? 1 : 0;
        }
        Assert.True(tested > 1900);
        Assert.InRange((double)covered / tested, 0.935, 0.97);

        int Hits(int trials, double share) => Enumerable.Range(0, trials).Count(_ => random.NextDouble() < share);
    }

    [Theory]
    [InlineData(4, 2, 1000, 500)]
    [InlineData(0, 0, 5, 10)]
    [InlineData(100, 0, 100, 0)]
    [InlineData(100, 100, 100, 100)]
    public void Too_few_expected_are_not_tested(long with, long hitsWith, long without, long hitsWithout) =>
        Assert.Null(MantelHaenszel.Of([new Stratum(with, hitsWith, without, hitsWithout)]));
}
