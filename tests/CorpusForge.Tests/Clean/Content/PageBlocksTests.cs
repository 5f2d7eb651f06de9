using System.Text;
using CorpusForge.Clean;
using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class PageBlocksTests
{
    static readonly ContentModel s_model = new(
        new(new(new Dictionary<string, sbyte>()), new(new Dictionary<string, sbyte> { ["river"] = 16, ["cookies"] = -32 })), 0, 0, [], []);

    static PageBlock[] Blocks(string html)
    {
        PageBlock[] blocks = [];
        new ExtractHtml().Read(
            new RawDocument { Source = "s", Locator = "1", MediaType = "text/html", Bytes = Encoding.UTF8.GetBytes(html) }, (tree, facts) => blocks = PageBlocks.Of(tree, facts, s_model));
        return blocks;
    }

    [Fact]
    public void Words_are_counted_across_inline_elements_and_told_by_breaks() =>
        Assert.Equal([2, 3], Blocks("<p>The ri<b>ver</b><p>One<br>two <i>three</i>").Select(b => b.Words));

    [Fact]
    public void Words_of_text_have_scores()
    {
        var block = Assert.Single(Blocks("<p>The River takes COOKIES, river!"));
        Assert.Equal((0f, -2f, 1f), (block.Terms, block.MinTerm, block.MaxTerm));
    }

    [Fact]
    public void What_the_page_said_before_is_seen() =>
        Assert.Equal([0, 4, 0], Blocks("<p>the mill stands by the river<blockquote>Stands by the river: the mill stands by</blockquote><p>by the mill").Select(b => b.Seen));
}
