using CorpusForge.Filter;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class LicenseExpressionTests
{
    private static readonly string[] s_words = ["MIT", "GPL-2.0+", "OR", "AND", "WITH", "(", ")", "or"];

    [Theory]
    [InlineData("MIT", "MIT")]
    [InlineData(" MIT ", "MIT")]
    [InlineData("GPL-2.0+", "GPL-2.0+")]
    [InlineData("MIT or Apache-2.0", "MIT OR Apache-2.0")]
    [InlineData("A AND B OR C AND D", "A AND B OR C AND D")]
    [InlineData("(A OR B) AND C", "(A OR B) AND C")]
    [InlineData("((A))AND(B)", "A AND B")]
    [InlineData("GPL-2.0-only WITH Classpath-exception-2.0 OR MIT", "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT")]
    [InlineData("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b")]
    public void Parses(string text, string canonical) => Assert.Equal(canonical, LicenseExpression.Parse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("OR")]
    [InlineData("MIT OR")]
    [InlineData("AND MIT")]
    [InlineData("MIT Apache-2.0")]
    [InlineData("(MIT")]
    [InlineData("MIT)")]
    [InlineData("()")]
    [InlineData("MIT WITH")]
    [InlineData("(MIT) WITH x")]
    [InlineData("MIT WITH x+")]
    [InlineData("+")]
    [InlineData("MIT/Apache-2.0")]
    [InlineData("MIT oR GPL")]
    public void Refuses(string text) => Assert.Null(LicenseExpression.Parse(text));

    [Fact]
    public void Refuses_what_is_nested_too_deep_or_too_long()
    {
        Assert.NotNull(LicenseExpression.Parse(new string('(', 64) + "MIT" + new string(')', 64)));
        Assert.Null(LicenseExpression.Parse(new string('(', 65) + "MIT" + new string(')', 65)));
        Assert.Null(LicenseExpression.Parse(new string('(', 1_000_000)));
    }

    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Int[0, 7].Array[0, 9].Sample(picks =>
            LicenseExpression.Parse(string.Join(' ', picks.Select(i => s_words[i]))) is not { } parsed || LicenseExpression.Parse(parsed.ToString()) is not null);
}
