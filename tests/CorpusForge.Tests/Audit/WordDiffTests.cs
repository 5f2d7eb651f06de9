using CorpusForge.Audit;
using Xunit;

namespace CorpusForge.Tests.Audit;

public sealed class WordDiffTests
{
    [Theory]
    [InlineData("a b c", "a x c", "a [b] c", "a [x] c")]
    [InlineData("a b", "a b", "a b", "a b")]
    [InlineData("", "a", "", "[a]")]
    [InlineData("a  b\nc d", "b c e d", "[a] b c d", "b c [e] d")]
    [InlineData("x y", "p q", "[x y]", "[p q]")]
    public void What_only_one_has_is_marked(string one, string two, string left, string right) =>
        Assert.Equal((left, right), Shown(one, two));

    [Fact]
    public void What_is_the_same_far_from_a_difference_is_left_out()
    {
        string before = Words("b", 30), between = Words("m", 30), after = Words("e", 30);
        var (left, right) = Shown($"{before} x {between} y {after}", $"{before} {between} z {after}");
        Assert.Equal("… b23 b24 b25 b26 b27 b28 b29 b30 [x] m1 m2 m3 m4 m5 m6 m7 m8 … m23 m24 m25 m26 m27 m28 m29 m30 [y] e1 e2 e3 e4 e5 e6 e7 e8 …", left);
        Assert.StartsWith("… b23", right);
        Assert.Contains("[z]", right);
    }

    [Fact]
    public void Long_texts_that_have_nothing_in_common_are_cut()
    {
        var (left, right) = Shown(Words("a", 5000), Words("b", 5000));
        Assert.Equal((121, 121), (left.Split(' ').Length, right.Split(' ').Length));
        Assert.EndsWith("a120] …", left);
    }

    private static string Words(string prefix, int count) => string.Join(' ', Enumerable.Range(1, count).Select(i => $"{prefix}{i}"));

    private static (string, string) Shown(string one, string two)
    {
        var (a, b) = WordDiff.Of(one, two);
        return (Shown(a), Shown(b));
    }

    private static string Shown(IEnumerable<DiffPiece> pieces) => string.Join(' ', pieces.Select(p => p.Differs ? $"[{p.Text}]" : p.Text));
}
