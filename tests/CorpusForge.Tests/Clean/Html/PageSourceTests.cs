using System.Text;
using CorpusForge.Clean.Html;
using Xunit;

namespace CorpusForge.Tests.Clean.Html;

public class PageSourceTests
{
    [Theory]
    [InlineData("a\r\nb\rc\n\rd\r", "a\nb\nc\n\nd\n")]
    [InlineData("\r\n\r\n", "\n\n")]
    [InlineData("", "")]
    [InlineData("none", "none")]
    public void Line_ends_become_line_feeds(string text, string expected)
    {
        var source = new PageSource();
        source.Read(text);
        Assert.Equal(expected, source.Page.ToString());
        source.Read(Encoding.Unicode.GetBytes(text), Encoding.Unicode);
        Assert.Equal(expected, source.Page.ToString());
    }

    [Fact]
    public void A_page_leaves_nothing_to_the_next()
    {
        var source = new PageSource();
        source.Read("a&amp;b\0 and longer");
        source.Decode(new TextSlice(0, source.Length));
        Assert.True(source.HasNull);
        source.Read(Encoding.UTF8.GetBytes("€x"), Encoding.UTF8);
        Assert.Equal("€x", source.Page.ToString());
        Assert.Equal((false, 0), (source.HasNull, source.DecodedLength));
    }

    [Theory]
    [InlineData("&lt;&LT;&lt", "<<<"), InlineData("&CounterClockwiseContourIntegral;", "∳"), InlineData("&notin;&notit;", "∉¬it;"), InlineData("&fjlig;", "fj")]
    [InlineData("&#x41;&#65&#X1F600;", "AA😀"), InlineData("&#0;&#xD800;&#x110000;&#99999999999;", "����"), InlineData("&#x80;&#150;&#129;", "€–\u0081")]
    [InlineData("&;&#;&#x;& &a &unknown;&", "&;&#;&#x;& &a &unknown;&")]
    public void References_of_text_are_resolved(string text, string expected)
    {
        var target = new char[text.Length];
        Assert.Equal(expected, target.AsSpan(0, Entities.Decode(text, target, attribute: false)).ToString());
    }

    [Theory]
    [InlineData("?a=1&copy=2&lt3", "?a=1&copy=2&lt3"), InlineData("?a&amp;b&lt", "?a&b<"), InlineData("&copy;=&copy!", "©=©!")]
    public void References_of_attributes_leave_addresses_alone(string text, string expected)
    {
        var target = new char[text.Length];
        Assert.Equal(expected, target.AsSpan(0, Entities.Decode(text, target, attribute: true)).ToString());
    }
}
