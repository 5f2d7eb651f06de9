using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class PageDateTests
{
    [Theory]
    [InlineData("2020-02-03", null, "2020-02-03")]
    [InlineData("2020-02-03T04:05:06Z", null, "2020-02-03T04:05:06Z")]
    [InlineData("2020-02-03 04:05", null, "2020-02-03T04:05:00")]
    [InlineData("2020-02-03T04:05:06.789+0100", null, "2020-02-03T04:05:06+01:00")]
    [InlineData("Mon, 03 Feb 2020 04:05:06 GMT", null, "2020-02-03T04:05:06Z")]
    [InlineData("February 3, 2020", null, "2020-02-03")]
    [InlineData("3 Feb 2020", "en-GB", "2020-02-03")]
    [InlineData("2020/2/3", null, "2020-02-03")]
    [InlineData("20200203", null, "2020-02-03")]
    [InlineData("3.2.2020", "de", "2020-02-03")]
    [InlineData("3. Februar 2020", "de-AT", "2020-02-03")]
    [InlineData("3 février 2020", "fr", "2020-02-03")]
    [InlineData("3 de febrero de 2020", "es", "2020-02-03")]
    [InlineData("2020年2月3日", "ja", "2020-02-03")]
    [InlineData("03/02/2020", "en", "03/02/2020")]
    [InlineData("2020-13-03", null, "2020-13-03")]
    [InlineData("yesterday", "no such language", "yesterday")]
    public void Dates_become_iso_where_they_can_be_told(string text, string? language, string expected) => Assert.Equal(expected, PageDate.Normal(text, language));

    [Theory]
    [InlineData("https://example.org/2020/02/03/the-flood", "2020-02-03")]
    [InlineData("https://example.org/news/2020-2-3-the-flood", "2020-02-03")]
    [InlineData("https://example.org/2020/02/31/x", null)]
    [InlineData("https://example.org/item/2020/", null)]
    public void An_address_may_hold_the_day(string url, string? expected) => Assert.Equal(expected, PageDate.OfUrl(new Uri(url)));
}
