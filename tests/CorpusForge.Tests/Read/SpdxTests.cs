using CorpusForge.Read;
using Xunit;

namespace CorpusForge.Tests.Read;

public class SpdxTests
{
    [Theory]
    [InlineData("mit", "MIT")]
    [InlineData(" Apache-2.0 ", "Apache-2.0")]
    [InlineData("MIT or apache-2.0", "MIT OR Apache-2.0")]
    [InlineData("(MIT AND (BSD-3-Clause OR ISC))", "(MIT AND (BSD-3-Clause OR ISC))")]
    [InlineData("gpl-2.0+", "GPL-2.0+")]
    [InlineData("Apache-2.0 WITH llvm-exception", "Apache-2.0 WITH LLVM-exception")]
    [InlineData("cc-by-nc-sa-2.0", "CC-BY-NC-SA-2.0")]
    [InlineData("LicenseRef-Ours", null)]
    [InlineData("", null)]
    [InlineData("MIT/Apache-2.0", null)]
    [InlineData("MIT OR", null)]
    [InlineData("OR MIT", null)]
    [InlineData("(MIT", null)]
    [InlineData("MIT)", null)]
    [InlineData("MIT ISC", null)]
    [InlineData("MIT WITH MIT", null)]
    [InlineData("SEE LICENSE IN LICENSE.md", null)]
    [InlineData("UNLICENSED", null)]
    [InlineData("Proprietary", null)]
    public void An_expression_is_spelt_as_SPDX_does_or_is_none(string written, string? expression) =>
        Assert.Equal(expression, Spdx.Normalize(written));

    [Fact]
    public void Endless_parentheses_are_no_expression() =>
        Assert.Null(Spdx.Normalize(new string('(', 100_000) + "MIT" + new string(')', 100_000)));
}
