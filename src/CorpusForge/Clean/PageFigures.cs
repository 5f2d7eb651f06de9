using AngleSharp.Dom;

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
            if (node.Role != Role.Image || UrlOf(node.Element!, head.Base) is not { } url)
                continue;
            if ((FigureCaption(tree, i) ?? PageHead.Line(node.Element!.GetAttribute("alt"))) is not { } caption || !seen.Add(url))
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

    private static string? FigureCaption(PageTree tree, int image)
    {
        for (var i = tree.Nodes[image].Parent; i > 0; i = tree.Nodes[i].Parent)
            if (tree.Nodes[i].Element is { LocalName: "figure" } figure)
                return PageHead.Line(figure.QuerySelector("figcaption")?.TextContent);
        return null;
    }

    private static string? UrlOf(IElement image, Uri? page)
    {
        if (Side(image, "width") < MinSide || Side(image, "height") < MinSide)
            return null;
        // A lazy image has a placeholder in src and its address in a data attribute.
        foreach (var name in (ReadOnlySpan<string>)["data-src", "data-original", "data-lazy-src", "src"])
        {
            var value = image.GetAttribute(name)?.Trim();
            if (string.IsNullOrEmpty(value) || value.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                continue;
            if (Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" || page is not null && Uri.TryCreate(page, value, out url))
                return url!.Scheme is "http" or "https" ? url.AbsoluteUri : null;
        }
        return null;
    }

    private static int Side(IElement image, string name) =>
        image.GetAttribute(name) is { } value && int.TryParse(value.AsSpan().TrimEnd("px"), out var side) ? side : int.MaxValue;
}
