using Xunit;

namespace CorpusForge.Tests;

public class VerdictTests
{
    [Fact]
    public void The_first_broken_rule_decides_and_keeps_what_was_measured()
    {
        var verdict = Verdict.Keep.AtLeast("a", 3, 3).AtMost("b", 5, 4).AtLeast("c", 0, 9);
        Assert.Equal(("b", 5.0, 4.0, false), (verdict.Rule, verdict.Measured, verdict.Limit, verdict.Kept));
    }

    [Theory]
    [InlineData(0.3, 0.3, true)]
    [InlineData(0.3000004, 0.3, true)]
    [InlineData(0.300001, 0.3, false)]
    [InlineData(double.NaN, 0.3, false)]
    [InlineData(double.PositiveInfinity, 0.3, false)]
    public void Limits_are_inclusive_to_a_millionth_and_nan_breaks_every_rule(double measured, double limit, bool kept)
    {
        Assert.Equal(kept, Verdict.Keep.AtMost("r", measured, limit).Kept);
        Assert.Equal(kept, Verdict.Keep.AtLeast("r", -measured, -limit).Kept);
    }

    [Fact]
    public void A_recording_verdict_measures_on_after_the_first_broken_rule()
    {
        var recorder = new SignalRecorder { Step = "s" };
        var verdict = Verdict.Recording(recorder).AtLeast("a", 1, 2).AtMost("b", 7, 9).Never("c", true);
        Assert.Equal("a", verdict.Rule);
        Assert.Equal([("s.a", 1.0), ("s.b", 7.0), ("s.c", 1.0)], recorder.Values.Select(v => (v.Key, v.Value)));
    }
}
