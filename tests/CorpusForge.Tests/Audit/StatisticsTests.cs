using CorpusForge.Audit;
using Xunit;

namespace CorpusForge.Tests.Audit;

public class StatisticsTests
{
    // Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 1998, table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_intervals_are_the_published_ones(long hits, long trials, double low, double high)
    {
        var interval = Statistics.Wilson(hits, trials);
        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    [Fact]
    public void Wilson_stays_within_zero_and_one()
    {
        Assert.Equal(new Interval(0, 1), Statistics.Wilson(0, 0));
        Assert.Equal(0, Statistics.Wilson(0, 3).Low);
        Assert.Equal(1, Statistics.Wilson(3, 3).High);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.4795001221869535)]
    [InlineData(1, 0.15729920705028513)]
    [InlineData(2, 0.004677734981047265)]
    [InlineData(3, 2.209049699858544e-05)]
    [InlineData(5, 1.5374597944280347e-12)]
    [InlineData(10, 2.088487583762545e-45)]
    public void Erfc_is_right_to_ten_digits(double x, double expected) => Assert.Equal(1, Statistics.Erfc(x) / expected, 10);

    [Fact]
    public void Erfc_does_not_jump_where_the_series_ends() => Assert.Equal(Statistics.Erfc(2 - 1e-12), Statistics.Erfc(2), 12);

    [Fact]
    public void Holm_steps_down()
    {
        var adjusted = Statistics.Holm([0.01, 0.04, 0.03, 0.005]);
        Assert.Equal([0.03, 0.06, 0.06, 0.02], adjusted.Select(Statistics.Round));
        Assert.Equal([1.0], Statistics.Holm([2]));
        Assert.Empty(Statistics.Holm([]));
    }
}
