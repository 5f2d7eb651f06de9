using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>Author and date as the text of a page marks them, where its head does not say.</summary>
internal static class PageByline
{
    private const int MaxNameChars = 80;

    /// <summary>The first element that says it is the author, by `rel` or `itemprop`.</summary>
    public static string? Author(PageTree tree)
    {
        for (var i = 1; i < tree.Count; i++)
        {
            ref readonly var node = ref tree.Nodes[i];
            if (node.Role is Role.Text or Role.Break || node.Chars is 0 or > MaxNameChars)
                continue;
            if (node.Role == Role.Link && PageHead.Rel(tree.Attribute(node, "rel"), "author") || tree.RawAttribute(node, "itemprop") is "author")
                return Text(tree, i);
        }
        return null;
    }

    /// <summary>The `datetime` of the first `time` inside an article, or else of the first of all.</summary>
    public static string? Date(PageTree tree)
    {
        string? first = null;
        var article = -1;
        for (var i = 1; i < tree.Count; i++)
        {
            ref readonly var node = ref tree.Nodes[i];
            if ((node.Hints & Hints.Article) != 0)
                article = Math.Max(article, node.End);
            if (node.Role != Role.Inline || node.Tag != Tag.Time || tree.Attribute(node, "datetime") is not { Length: > 0 } date)
                continue;
            if (i < article)
                return date;
            first ??= date;
        }
        return first;
    }

    private static string? Text(PageTree tree, int index)
    {
        var text = new System.Text.StringBuilder();
        for (var i = index + 1; i < tree.Nodes[index].End; i++)
            text.Append(tree.Nodes[i].Role == Role.Text ? tree.TextOf(tree.Nodes[i]) : " ");
        return PageHead.Line(text.ToString());
    }
}
