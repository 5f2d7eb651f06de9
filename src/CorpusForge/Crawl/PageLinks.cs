using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens.Struct;
using AngleSharp.Text;

namespace CorpusForge.Crawl;

/// <summary>What a crawler reads from a page: where it links to, and what its robots meta tags say.</summary>
/// <remarks>From the tokens alone, so that the time is linear in the page whatever its nesting; links beyond the limit are not followed.</remarks>
/// <param name="Links">In order, resolved against the base; without `rel=nofollow`, and none when a meta tag says nofollow.</param>
/// <param name="RobotsMeta">The contents of the meta tags named `robots` or after the crawler, verbatim.</param>
/// <param name="Feeds">Of RSS and Atom, announced by links of the relation `alternate`.</param>
/// <param name="Canonical">The address that the page says is its own.</param>
/// <param name="Face">A digest of its elements and its text without their attributes: what makes pages for ever makes them alike but for the links.</param>
public sealed record PageLinks(IReadOnlyList<Uri> Links, IReadOnlyList<string> RobotsMeta, IReadOnlyList<Uri> Feeds, Uri? Canonical, string Face)
{
    public const int MaxLinks = 10_000;
    private const int MaxFeeds = 10;

    public static PageLinks Read(Uri page, ReadOnlySpan<byte> html, string? charset)
    {
        using var source = new TextSource(EncodingOf(charset).GetString(html));
        using var tokens = new HtmlTokenizer(source, HtmlEntityProvider.Resolver)
        {
            SkipComments = true,
            SkipScriptText = true,
            SkipRawText = true,
            DisableElementPositionTracking = true,
        };
        var (links, meta, seen) = (new List<Uri>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        Uri? home = null, canonical = null;
        var feeds = new List<Uri>();
        var follow = true;
        var face = new XxHash128();
        while (true)
        {
            ref var token = ref tokens.GetStructToken();
            if (token.Type == HtmlTokenType.EndOfFile)
                return new PageLinks(follow ? links : [], meta, follow ? feeds : [], canonical, Convert.ToHexStringLower(face.GetCurrentHash()));
            if (token.Type == HtmlTokenType.Character)
                face.Append(MemoryMarshal.AsBytes(token.Data.Memory.Span));
            if (token.Type != HtmlTokenType.StartTag)
                continue;
            face.Append(MemoryMarshal.AsBytes(token.Name.Memory.Span));
            switch (token.Name.ToString())
            {
                case "base" when home is null && Attribute(ref token, "href") is { } href:
                    home = CrawlUrl.Resolve(page, href);
                    break;
                case "meta" when Attribute(ref token, "name") is { } name && Attribute(ref token, "content") is { } content:
                    if (!name.Trim().Equals("robots", StringComparison.OrdinalIgnoreCase) && !name.Trim().Equals(Fetcher.ProductToken, StringComparison.OrdinalIgnoreCase))
                        break;
                    meta.Add(content);
                    follow &= !SaysNofollow(content);
                    break;
                case "link" when Attribute(ref token, "rel") is { } rel && Attribute(ref token, "href") is { } href:
                    if (Says(rel, "canonical"))
                        canonical ??= CrawlUrl.Resolve(home ?? page, href);
                    else if (Says(rel, "alternate") && Attribute(ref token, "type")?.Trim() is "application/rss+xml" or "application/atom+xml" && feeds.Count < MaxFeeds && CrawlUrl.Resolve(home ?? page, href) is { } feed)
                        feeds.Add(feed);
                    break;
                case "a" or "area" when links.Count < MaxLinks && Attribute(ref token, "href") is { } href:
                    if (Attribute(ref token, "rel") is { } relation && Says(relation, "nofollow"))
                        break;
                    if (CrawlUrl.Resolve(home ?? page, href) is { } link && seen.Add(link.AbsoluteUri))
                        links.Add(link);
                    break;
                case "script": tokens.State = HtmlParseMode.Script; break;
                case "style" or "xmp" or "iframe" or "noembed" or "noframes": tokens.State = HtmlParseMode.Rawtext; break;
                case "title" or "textarea": tokens.State = HtmlParseMode.RCData; break;
                case "plaintext": tokens.State = HtmlParseMode.Plaintext; break;
            }
        }
    }

    /// <summary>Whether the value of a robots meta tag or X-Robots-Tag header forbids following links.</summary>
    public static bool SaysNofollow(string value) =>
        value.Split(',', ':').Select(v => v.Trim().ToLowerInvariant()).Any(v => v is "nofollow" or "none");

    private static bool Says(string relations, string word) => relations.Split(' ', '\t', '\n').Contains(word, StringComparer.OrdinalIgnoreCase);

    private static string? Attribute(ref StructHtmlToken token, string name)
    {
        for (var i = 0; i < token.Attributes.Count; i++)
            if (token.Attributes[i].Name.ToString() == name)
                return token.Attributes[i].Value.ToString();
        return null;
    }

    private static Encoding EncodingOf(string? charset)
    {
        try
        {
            return charset is null ? Encoding.UTF8 : Encoding.GetEncoding(charset);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
