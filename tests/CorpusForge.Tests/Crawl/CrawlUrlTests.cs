using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class CrawlUrlTests
{
    [Theory]
    [InlineData("http://A.Example:80/x/../y#part", "http://a.example/y")]
    [InlineData("https://a.example:443", "https://a.example/")]
    [InlineData("http://a.example:8080/?q=1#x", "http://a.example:8080/?q=1")]
    [InlineData("http://user:secret@a.example/", "http://a.example/")]
    [InlineData("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC")]
    [InlineData("http://2130706433/", "http://127.0.0.1/")]
    [InlineData("http://[::1]/", "http://[::1]/")]
    [InlineData("next", "http://page.example/dir/next")]
    [InlineData(" ../up ", "http://page.example/up")]
    [InlineData("//other.example/x", "http://other.example/x")]
    [InlineData("?q", "http://page.example/dir/page?q")]
    [InlineData("#only", "http://page.example/dir/page")]
    [InlineData("mailto:a@a.example", null)]
    [InlineData("javascript:void(0)", null)]
    [InlineData("file:///etc/passwd", null)]
    [InlineData("ftp://a.example/", null)]
    [InlineData("http://", null)]
    [InlineData("http://[bad/", null)]
    public void References_become_one_spelling(string reference, string? url) =>
        Assert.Equal(url, CrawlUrl.Resolve(new Uri("http://page.example/dir/page"), reference)?.AbsoluteUri);

    [Theory, InlineData("/etc/passwd"), InlineData("a.example"), InlineData(""), InlineData("\0")]
    public void A_seed_must_be_a_whole_url(string seed) => Assert.Null(CrawlUrl.Resolve(null, seed));

    [Fact]
    public void Too_long_a_url_is_none() => Assert.Null(CrawlUrl.Resolve(null, "http://a.example/" + new string('x', CrawlUrl.MaxLength)));
}
