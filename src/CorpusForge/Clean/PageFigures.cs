using System.Text;
using CorpusForge.Clean.Content;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>The captioned images of a page's main content, as raw documents of their own.</summary>
internal static class PageFigures
{
    /// <summary>In pixels: what is narrower or lower is an icon or a tracking pixel.</summary>
    private const int MinSide = 32;

    public static IReadOnlyList<RawDocument> Of(PageTree tree, MainContent content, PageHead head, RawDocument page)
    {
        var figures = new List<RawDocument>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var captions = new Dictionary<int, string?>();
        var nodes = tree.Nodes;
        var end = nodes[content.Root].End;
        for (var i = content.Root; i < end; i++)
        {
            ref readonly var node = ref nodes[i];
            if (content.IsCut(i))
            {
                i = node.End - 1;
                continue;
            }
            if (node.Role != Role.Image || UrlOf(tree, node, head.Base) is not { } url)
                continue;
            if ((FigureCaption(tree, i, captions) ?? PageHead.Line(tree.Attribute(node, "alt"))) is not { } caption || !seen.Add(url))
                continue;
            figures.Add(new RawDocument
            {
                Kind = Kind.Caption,
                Source = page.Source,
                Locator = $"{page.Locator}#figure-{figures.Count + 1}",
                Url = url,
                Caption = caption,
                Language = page.Language,
                License = page.License,
                LicenseEvidence = page.LicenseEvidence,
                Consent = page.Consent,
                Metadata = page.Url is null ? Document.NoMetadata : Document.NoMetadata.Add("page-url", page.Url),
            });
        }
        return figures;
    }

    private static string? FigureCaption(PageTree tree, int image, Dictionary<int, string?> captions)
    {
        for (var i = tree.Nodes[image].Parent; i > 0; i = tree.Nodes[i].Parent)
            if (tree.Nodes[i].Tag == Tag.Figure)
            {
                if (!captions.TryGetValue(i, out var caption))
                    captions[i] = caption = PageHead.Line(FirstCaption(tree, i));
                return caption;
            }
        return null;
    }

    private static string? FirstCaption(PageTree tree, int figure)
    {
        var nodes = tree.Nodes;
        for (var i = figure + 1; i < nodes[figure].End; i++)
        {
            if (nodes[i].Tag != Tag.Figcaption)
                continue;
            var text = new StringBuilder();
            foreach (ref readonly var node in nodes[i..nodes[i].End])
                if (node.Role == Role.Text)
                    text.Append(tree.TextOf(node));
            return text.ToString();
        }
        return null;
    }

    private static string? UrlOf(PageTree tree, in PageNode image, Uri? page)
    {
        if (Side(tree, image, "width") < MinSide || Side(tree, image, "height") < MinSide)
            return null;
        // A lazy image has a placeholder in src and its address in a data attribute.
        foreach (var name in (ReadOnlySpan<string>)["data-src", "data-original", "data-lazy-src", "src"])
        {
            var value = tree.Attribute(image, name)?.Trim();
            if (string.IsNullOrEmpty(value) || value.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                continue;
            if (Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" || page is not null && Uri.TryCreate(page, value, out url))
                return url!.Scheme is "http" or "https" ? url.AbsoluteUri : null;
        }
        return null;
    }

    private static int Side(PageTree tree, in PageNode image, string name) =>
        tree.Attribute(image, name) is { } value && int.TryParse(value.AsSpan().TrimEnd("px"), out var side) ? side : int.MaxValue;
}
