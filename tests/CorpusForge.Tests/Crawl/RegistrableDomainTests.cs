using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class RegistrableDomainTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("www.a.b.example.org", "example.org")]
    [InlineData("www.example.co.uk", "example.co.uk")]
    [InlineData("co.uk", "co.uk")]
    [InlineData("example.de", "example.de")]
    [InlineData("shop.example.de", "example.de")]
    [InlineData("someone.github.io", "someone.github.io")]
    [InlineData("a.someone.github.io", "someone.github.io")]
    [InlineData("localhost", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    public void Subdomains_share_the_domain_that_somebody_registered(string host, string domain) => Assert.Equal(domain, RegistrableDomain.Of(host));
}
