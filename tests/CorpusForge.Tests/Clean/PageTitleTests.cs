using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class PageTitleTests
{
    [Theory]
    [InlineData("The flood | Valley Times", "Valley Times", null, "The flood")]
    [InlineData("The flood - a story – Valley Times", "valley times", null, "The flood - a story")]
    [InlineData("Valley Times: The flood", "Valley Times", null, "The flood")]
    [InlineData("The flood - Example", null, "https://www.example.org/x", "The flood")]
    [InlineData("The flood » The Example", null, "https://news.example.co.uk/x", "The flood")]
    [InlineData("The flood · example.org", null, "https://example.org/x", "The flood")]
    [InlineData("洪水｜谷の新聞", "谷の新聞", null, "洪水")]
    [InlineData("Наводнение — Долина", "Долина", null, "Наводнение")]
    [InlineData("The flood - a story", null, "https://example.org/x", "The flood - a story")]
    [InlineData("Valley Times", "Valley Times", "https://example.org/x", "Valley Times")]
    [InlineData("War - Peace", "Valley", "not a url", "War - Peace")]
    public void Takes_the_name_of_the_site_off(string title, string? site, string? url, string expected) =>
        Assert.Equal(expected, PageTitle.Clean(title, site, Uri.TryCreate(url, UriKind.Absolute, out var page) ? page : null));
}
