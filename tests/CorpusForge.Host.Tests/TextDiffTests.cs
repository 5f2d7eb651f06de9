using Xunit;

namespace CorpusForge.Host.Tests;

public sealed class TextDiffTests
{
    [Theory]
    [InlineData("a\nb\nc", "a\nb\nc", "")]
    [InlineData("a\nb\nc", "a\nc", "-b")]
    [InlineData("a\nc", "a\nb\nc", "+b")]
    [InlineData("a\nb\nc", "a\nx\nc", "-b+x")]
    [InlineData("a\nb\na\nb", "b\na", "-a-b")]
    [InlineData("", "", "")]
    [InlineData("", "a", "-+a")]
    public void Lines_that_went_and_came(string before, string after, string expected) =>
        Assert.Equal(expected, string.Concat(TextDiff.Of(before, after).Select(l => $"{l.Sign}{l.Line}")));

    [Fact]
    public void What_would_take_too_long_is_shown_as_replaced()
    {
        var (before, after) = (string.Join('\n', Enumerable.Range(0, 3000)), string.Join('\n', Enumerable.Range(0, 3000).Select(i => $"{i + 1} ")));
        Assert.Equal(6000, TextDiff.Of(before, after).Count);
    }

    [Theory]
    [InlineData("plain é 漢 😀", "plain é 漢 😀")]
    [InlineData("\u001b[31mred", @"\u001b[31mred")]
    [InlineData("a\tb\r\0", @"a b\u000d\u0000")]
    [InlineData("\u202egnp.exe", @"\u202egnp.exe")]
    public void Text_cannot_steer_the_terminal(string text, string expected) => Assert.Equal(expected, TextDiff.Printable(text));

    // Attributes are UTF-8 and cannot hold these.
    [Fact]
    public void Lone_surrogates_are_shown_as_escapes() => Assert.Equal(@"\ude00x\ud83d", TextDiff.Printable("\ude00x\ud83d"));
}
