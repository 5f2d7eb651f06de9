namespace CorpusForge.Clean.Content;

/// <summary>The features that all blocks of a page share.</summary>
internal sealed class PageRow
{
    public const string Names = "pageChars pageLinks pageProse pageProseChars pageBlocks pageLong pageArticles pageImages pageParagraphs pageBiggest pagePrices pageForum pageKind";

    private const int MinGroup = 3, PriceChars = 40;

    public PageRow(PageTree tree, PageBlock[] blocks, PageOutline outline, PageFacts facts)
    {
        int articles = 0, images = 0, paragraphs = 0, prices = 0, longBlocks = 0, biggest = 0;
        foreach (ref readonly var node in tree.Nodes)
        {
            articles += (node.Hints & Hints.Article) != 0 ? 1 : 0;
            images += node.Role == Role.Image ? 1 : 0;
            paragraphs += node.Role == Role.Paragraph ? node.Chars - node.LinkChars : 0;
        }
        foreach (ref readonly var block in blocks.AsSpan())
        {
            prices += block.Prices > 0 && block.Chars < PriceChars ? 1 : 0;
            longBlocks += block.IsProse ? 1 : 0;
        }
        foreach (var group in outline.Groups)
            if (group.Count >= MinGroup)
                biggest = Math.Max(biggest, group.Chars);
        var all = outline.All;
        Values =
        [
            all.Chars, Share(all.LinkChars, all.Chars), Share(all.Prose, all.Chars), all.Prose, blocks.Length, Share(all.Prose, longBlocks), articles,
            images, Share(paragraphs, all.Chars), Share(biggest, all.Chars), prices, facts.Forum ? 1 : 0, (int)facts.Kind,
        ];
    }

    public double[] Values { get; }

    private static double Share(double part, double whole) => BlockFeatures.Share(part, whole);
}
