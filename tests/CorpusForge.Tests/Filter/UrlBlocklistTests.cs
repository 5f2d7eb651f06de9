using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class UrlBlocklistTests
{
    [Theory]
    [InlineData("https://example.com/page", "blocked-domain")]
    [InlineData("https://www.Example.COM:8080/page", "blocked-domain")]
    [InlineData("https://example.com./page", "blocked-domain")]
    [InlineData("https://notexample.com/", null)]
    [InlineData("https://example.com.org/", null)]
    [InlineData("https://example.org/example.com", null)]
    [InlineData("https://bücher.example/", "blocked-domain")]
    [InlineData("https://xn--bcher-kva.example/", "blocked-domain")]
    [InlineData("http://10.0.0.1/", "blocked-domain")]
    [InlineData(null, null)]
    [InlineData("not a url", "url-malformed")]
    [InlineData("/relative", "url-malformed")]
    public void Drops_listed_domains_and_their_subdomains(string? url, string? rule)
    {
        var filter = new UrlBlocklist { Domains = ["Example.com", "bücher.example", "10.0.0.1"] };
        Assert.Equal(rule, filter.Judge(View(Document("") with { Url = url })).Rule);
    }
}
