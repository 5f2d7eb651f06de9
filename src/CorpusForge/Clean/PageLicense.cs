using System.Text.RegularExpressions;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>The licence that a page declares for itself by a link.</summary>
/// <remarks>
/// A link with `rel=license` counts before JSON-LD, and that before a plain link to a Creative Commons deed, which counts only
/// when all of them on the page agree and none stands in a figure, whose picture it may be about.
/// </remarks>
internal static partial class PageLicense
{
    public static (string License, string Evidence)? Of(PageTree tree, PageHead head)
    {
        var linked = head.LinkedLicense is { } link ? Spdx(link) : null;
        string? plain = null;
        var agree = true;
        var figureEnd = 0;
        for (var i = 0; i < tree.Count; i++)
        {
            ref readonly var node = ref tree.Nodes[i];
            if (node.Tag == Tag.Figure)
                figureEnd = Math.Max(figureEnd, node.End);
            if (node.Role != Role.Link || tree.Attribute(node, "href") is not { } href || !MayBeLicense(href))
                continue;
            if (tree.Attribute(node, "rel") is { } rel && (PageHead.Rel(rel, "license") || PageHead.Rel(rel, "licence")))
                linked ??= Spdx(href);
            else if (i >= figureEnd && CreativeCommons().IsMatch(href) && Spdx(href) is { } id)
                (agree, plain) = (agree && (plain ?? id) == id, id);
        }
        if (linked is not null)
            return (linked, "html:rel-license");
        if (head.JsonLicense is { } json && Spdx(json) is { } ld)
            return (ld, "html:json-ld");
        return plain is not null && agree ? (plain, "html:creative-commons-link") : null;
    }

    /// <summary>The SPDX id of a licence's URL, null when it is not one we know.</summary>
    internal static string? Spdx(string url)
    {
        if (CreativeCommons().Match(url) is { Success: true } cc)
        {
            var (kind, version) = (cc.Groups["kind"].Value.ToUpperInvariant(), cc.Groups["version"].Value);
            if (kind is "ZERO" or "MARK")
                return kind == "ZERO" ? "CC0-1.0" : "CC-PDM-1.0";
            // The order of the parts in old URLs differs: nd-nc was written by-nd-nc in 1.0.
            var parts = kind.Split('-');
            if (!parts.Contains("BY"))
                return null;
            kind = "BY" + (parts.Contains("NC") ? "-NC" : "") + (parts.Contains("ND") ? "-ND" : "") + (parts.Contains("SA") ? "-SA" : "");
            return version is "1.0" or "2.0" or "2.5" or "3.0" or "4.0" ? $"CC-{kind}-{version}" : null;
        }
        var path = url.ToLowerInvariant().TrimEnd('/');
        path = path.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? path[(scheme + 3)..] : path;
        path = path.StartsWith("www.", StringComparison.Ordinal) ? path[4..] : path;
        return path switch
        {
            "opensource.org/licenses/mit" or "opensource.org/license/mit" or "opensource.org/licenses/mit-license.php" => "MIT",
            "opensource.org/licenses/bsd-3-clause" or "opensource.org/license/bsd-3-clause" => "BSD-3-Clause",
            "opensource.org/licenses/bsd-2-clause" or "opensource.org/license/bsd-2-clause" => "BSD-2-Clause",
            "apache.org/licenses/license-2.0" or "apache.org/licenses/license-2.0.html" or "apache.org/licenses/license-2.0.txt" => "Apache-2.0",
            "mozilla.org/mpl/2.0" or "mozilla.org/en-us/mpl/2.0" => "MPL-2.0",
            "gnu.org/licenses/fdl-1.3.html" or "gnu.org/licenses/fdl-1.3.en.html" => "GFDL-1.3-only",
            "gnu.org/licenses/gpl-3.0.html" or "gnu.org/licenses/gpl-3.0.en.html" => "GPL-3.0-only",
            _ => null,
        };
    }

    private static bool MayBeLicense(string href) => href.Contains("licen", StringComparison.OrdinalIgnoreCase)
        || href.Contains("creativecommons.org/", StringComparison.OrdinalIgnoreCase) || href.Contains("mozilla.org/", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^(?:https?:)?//(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/(?<kind>[a-z-]{2,20})/(?<version>[0-9]\.[0-9])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CreativeCommons();
}
