using CorpusForge.Audit;
using Xunit;

namespace CorpusForge.Tests.Audit;

public class LicensesTests
{
    [Theory]
    [InlineData("MIT", "permissive")]
    [InlineData("apache-2.0", "permissive")]
    [InlineData("CC-BY-4.0", "permissive")]
    [InlineData("CC-BY-SA-4.0", "copyleft")]
    [InlineData("CC-BY-NC-SA-4.0", "non-commercial")]
    [InlineData("CC-BY-ND-4.0", "no-derivatives")]
    [InlineData("GPL-2.0-only WITH Classpath-exception-2.0", "copyleft")]
    [InlineData("MIT OR GPL-3.0-only", "permissive")]
    [InlineData("MIT AND GPL-3.0-only", "copyleft")]
    [InlineData("MIT AND (GPL-3.0-only OR BSD-3-Clause)", "permissive")]
    [InlineData("LicenseRef-mine OR MIT", "permissive")]
    [InlineData("LicenseRef-mine", "unknown")]
    [InlineData("MIT AND", "unknown")]
    [InlineData("(MIT", "unknown")]
    [InlineData("MIT GPL", "unknown")]
    [InlineData("", "unknown")]
    [InlineData(null, "unknown")]
    public void An_expression_has_a_group(string? expression, string group) => Assert.Equal(group, Licenses.NameOf(Licenses.GroupOf(expression)));

    [Fact]
    public void A_deep_expression_is_unknown_and_harmless() => Assert.Equal(LicenseGroup.Unknown, Licenses.GroupOf(new string('(', 900)));

    [Theory]
    [InlineData("https://www.Example.org:8080/x", "example.org")]
    [InlineData("http://a.b.example./", "a.b.example")]
    [InlineData("javascript:alert(1)", "none")]
    [InlineData("not a url", "none")]
    [InlineData(null, "none")]
    public void A_domain_is_the_host_of_a_web_address(string? url, string domain) => Assert.Equal(domain, CompositionCount.DomainOf(url));
}
