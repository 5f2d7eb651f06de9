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
    [InlineData("/a?utm_source=x&b=1&fbclid=2&UTM_Medium=y", "http://page.example/a?b=1")]
    [InlineData("/a?utm_source=x", "http://page.example/a")]
    [InlineData("/a?b=1&&c", "http://page.example/a?b=1&&c")]
    [InlineData("/a?PHPSESSID=1a2b&q=1", "http://page.example/a?q=1")]
    [InlineData("/a?sid=0123456789abcdef0123", "http://page.example/a")]
    [InlineData("/a?sid=17", "http://page.example/a?sid=17")]
    [InlineData("/a;jsessionid=ABC.node1?q=1", "http://page.example/a?q=1")]
    [InlineData("/(S(abcdefghijklmnopqrstuvwx))/page.aspx", "http://page.example/page.aspx")]
    [InlineData("\\x\\y?a", "http://page.example/x/y?a")]
    [InlineData("/a\tb\r\nc", "http://page.example/abc")]
    [InlineData("/%7Euser/%41", "http://page.example/~user/A")]
    [InlineData("/a%2Fb", "http://page.example/a%2Fb")]
    [InlineData("/a b", "http://page.example/a%20b")]
    [InlineData("http://a.example./x", "http://a.example/x")]
    [InlineData("HTTPS://A.EXAMPLE/X", "https://a.example/X")]
    [InlineData("http://[bad/", null)]
    public void References_become_one_spelling(string reference, string? url) =>
        Assert.Equal(url, CrawlUrl.Resolve(new Uri("http://page.example/dir/page"), reference)?.AbsoluteUri);

    [Theory]
    [InlineData("http://www.a.example/B?C=1", "example,a,www)/b?c=1")]
    [InlineData("http://a.example:8080/", "example,a:8080)/")]
    [InlineData("http://127.0.0.1/", "127.0.0.1)/")]
    public void The_key_sorts_by_the_host_from_the_right(string url, string key) => Assert.Equal(key, CrawlUrl.SortKey(new Uri(url)));

    [Theory, InlineData("/etc/passwd"), InlineData("a.example"), InlineData(""), InlineData("\0")]
    public void A_seed_must_be_a_whole_url(string seed) => Assert.Null(CrawlUrl.Resolve(null, seed));

    [Fact]
    public void Too_long_a_url_is_none() => Assert.Null(CrawlUrl.Resolve(null, "http://a.example/" + new string('x', CrawlUrl.MaxLength)));
}
