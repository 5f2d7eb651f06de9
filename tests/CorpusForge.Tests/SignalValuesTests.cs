using Xunit;

namespace CorpusForge.Tests;

public class SignalValuesTests
{
    static readonly SignalValues s_signals = new(["a.x", "b.y", "c.z"], [1, null, double.NaN]);

    [Fact]
    public void What_was_not_measured_is_absent_and_what_is_unknown_is_there()
    {
        Assert.Equal(["a.x", "c.z"], s_signals.Keys);
        Assert.Equal([1, double.NaN], s_signals.Values);
        Assert.Equal((2, false, true), (s_signals.Count, s_signals.ContainsKey("b.y"), s_signals.ContainsKey("c.z")));
        Assert.Equal((false, true), (s_signals.IsEmpty, new SignalValues(["b.y"], [null]).IsEmpty));
        Assert.Throws<KeyNotFoundException>(() => s_signals["d.w"]);
    }

    [Theory]
    [InlineData(0, "a.x", 1.0)]
    [InlineData(2, "a.x", 1.0)]
    [InlineData(9, "a.x", 1.0)]
    [InlineData(1, "b.y", null)]
    [InlineData(0, "d.w", null)]
    public void A_value_is_found_by_its_name_wherever_it_is_expected(int place, string name, double? value) =>
        Assert.Equal(value, s_signals.At(place, name));
}
