using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using CorpusForge.Clean.Html;

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

    [ThreadStatic]
    private static PageSource? t_source;

    public static PageLinks Read(Uri page, ReadOnlySpan<byte> html, string? charset)
    {
        var source = t_source ??= new PageSource();
        source.Read(html, EncodingOf(charset));
        var tokens = new HtmlTokens(source);
        var (links, meta, seen) = (new List<Uri>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        Uri? home = null, canonical = null;
        var feeds = new List<Uri>();
        var follow = true;
        var face = new XxHash128();
        while (tokens.Next(foreign: false) is var token and not Token.End)
        {
            if (token == Token.Text)
                Face(tokens.Slice);
            if (token != Token.StartTag)
                continue;
            face.Append([(byte)tokens.Tag]);
            if (tokens.Tag == Tag.Other)
                Face(tokens.Slice);
            switch (tokens.Tag)
            {
                case Tag.Base when home is null && Attribute("href") is { } href:
                    home = CrawlUrl.Resolve(page, href);
                    break;
                case Tag.Meta when Attribute("name") is { } name && Attribute("content") is { } content:
                    if (!name.Trim().Equals("robots", StringComparison.OrdinalIgnoreCase) && !name.Trim().Equals(Fetcher.ProductToken, StringComparison.OrdinalIgnoreCase))
                        break;
                    meta.Add(content);
                    follow &= !SaysNofollow(content);
                    break;
                case Tag.Link when Attribute("rel") is { } rel && Attribute("href") is { } href:
                    if (Says(rel, "canonical"))
                        canonical ??= CrawlUrl.Resolve(home ?? page, href);
                    else if (Says(rel, "alternate") && Attribute("type")?.Trim() is "application/rss+xml" or "application/atom+xml" && feeds.Count < MaxFeeds && CrawlUrl.Resolve(home ?? page, href) is { } feed)
                        feeds.Add(feed);
                    break;
                case Tag.A or Tag.Area when links.Count < MaxLinks && Attribute("href") is { } href:
                    if (Attribute("rel") is { } relation && Says(relation, "nofollow"))
                        break;
                    if (CrawlUrl.Resolve(home ?? page, href) is { } link && seen.Add(link.AbsoluteUri))
                        links.Add(link);
                    break;
                case Tag.Script or Tag.Style or Tag.Xmp or Tag.Iframe or Tag.Noembed or Tag.Noframes:
                    tokens.RawText(tokens.Slice, references: false, tokens.Tag == Tag.Script);
                    break;
                case Tag.Title or Tag.Textarea:
                    Face(tokens.RawText(tokens.Slice, references: true, script: false));
                    break;
                case Tag.Plaintext:
                    Face(tokens.Rest());
                    break;
            }
        }
        return new PageLinks(follow ? links : [], meta, follow ? feeds : [], canonical, Convert.ToHexStringLower(face.GetCurrentHash()));

        void Face(TextSlice text) => face.Append(MemoryMarshal.AsBytes(source[text]));

        string? Attribute(string name)
        {
            foreach (ref readonly var attribute in source[tokens.Attributes])
                if (source.NameOf(attribute).Equals(name, StringComparison.OrdinalIgnoreCase))
                    return source.ValueOf(attribute);
            return null;
        }
    }

    /// <summary>Whether the value of a robots meta tag or X-Robots-Tag header forbids following links.</summary>
    public static bool SaysNofollow(string value) =>
        value.Split(',', ':').Select(v => v.Trim().ToLowerInvariant()).Any(v => v is "nofollow" or "none");

    private static bool Says(string relations, string word) => relations.Split(' ', '\t', '\n').Contains(word, StringComparer.OrdinalIgnoreCase);

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
