using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Clean.Content;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>What a page says about itself outside its text: title, author, date, licence, robots rules.</summary>
internal sealed class PageHead
{
    private const int MaxJsonBytes = 1 << 20;

    public string? Title { get; private set; }
    public string? Author { get; private set; }
    public string? Date { get; private set; }
    public Uri? Base { get; private set; }
    public string? LinkedLicense { get; private set; }
    public string? JsonLicense { get; private set; }
    public string? ArticleBody { get; private set; }
    public string? SiteName { get; private set; }
    public string? Description { get; private set; }
    public bool Forum { get; private set; }
    public PageKind Kind { get; private set; }
    public SortedDictionary<string, string> Consent { get; } = new(StringComparer.Ordinal);

    public static PageHead Of(PageTree tree, string? url)
    {
        var head = new PageHead();
        Uri.TryCreate(url, UriKind.Absolute, out var page);
        head.Base = page;
        string? title = null;
        foreach (var element in tree.Declarations)
            switch (element.Tag)
            {
                case Tag.Title:
                    title ??= Line(tree.TextOf(element).ToString());
                    break;
                case Tag.Meta:
                    head.Meta(tree, element.Attributes);
                    break;
                case Tag.Link when Rel(tree.Attribute(element.Attributes, "rel"), "license") || Rel(tree.Attribute(element.Attributes, "rel"), "licence"):
                    head.LinkedLicense ??= tree.Attribute(element.Attributes, "href");
                    break;
                case Tag.Base when tree.Attribute(element.Attributes, "href") is { } href && Uri.TryCreate(page, href, out var resolved):
                    head.Base = resolved;
                    break;
                case Tag.Script when tree.Attribute(element.Attributes, "type")?.Contains("ld+json", StringComparison.OrdinalIgnoreCase) == true:
                    head.Json(tree.TextOf(element).ToString());
                    break;
            }
        if ((head.Title ?? title) is { } full)
            head.Title = PageTitle.Clean(full, head.SiteName, page);
        return head;
    }

    public static bool Rel(string? rel, string word) =>
        rel is not null && rel.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>The consent evidence of the source with that of the page added; null when there is none.</summary>
    public string? ConsentWith(string? consent)
    {
        if (Consent.Count == 0)
            return consent;
        var json = new JsonObject();
        if (consent is not null)
            try
            {
                json = JsonNode.Parse(consent) as JsonObject ?? new JsonObject { ["source"] = consent };
            }
            catch (JsonException)
            {
                json["source"] = consent;
            }
        foreach (var (key, value) in Consent)
            json[key] = value;
        return json.ToJsonString();
    }

    private void Meta(PageTree tree, AttributeRange attributes)
    {
        var name = (tree.Attribute(attributes, "name") ?? tree.Attribute(attributes, "property") ?? tree.Attribute(attributes, "http-equiv"))?.Trim().ToLowerInvariant();
        var content = Line(tree.Attribute(attributes, "content"));
        if (content is null)
            return;
        switch (name)
        {
            case "og:title":
                Title ??= content;
                break;
            case "og:site_name" or "application-name":
                SiteName ??= content;
                break;
            case "description" or "og:description":
                Description ??= content;
                break;
            case "og:type":
                Is(content.StartsWith("product", StringComparison.OrdinalIgnoreCase) ? PageKind.Product
                    : content.Equals("article", StringComparison.OrdinalIgnoreCase) ? PageKind.Article
                    : content.Equals("website", StringComparison.OrdinalIgnoreCase) ? PageKind.Website : PageKind.Unknown);
                break;
            case "author" or "article:author" or "dc.creator" or "parsely-author" when !content.StartsWith("http", StringComparison.OrdinalIgnoreCase):
                Author ??= content;
                break;
            case "article:published_time" or "date" or "dc.date" or "datepublished" or "citation_publication_date":
                Date ??= content;
                break;
            case "robots" or "googlebot" or "bingbot" or "ccbot" or "gptbot" or "google-extended" or "tdm-reservation" or "tdm-policy" or "ai-content-declaration":
                var key = $"meta-{name}";
                Consent[key] = Consent.TryGetValue(key, out var before) ? $"{before}, {content}" : content;
                break;
            case "dcterms.license" or "dc.rights.license" or "dcterms.rights" or "dc.rights" when content.StartsWith("http", StringComparison.OrdinalIgnoreCase):
                LinkedLicense ??= content;
                break;
        }
    }

    private void Is(PageKind kind) => Kind = kind > Kind ? kind : Kind;

    private void Json(string text)
    {
        if (text.Length > MaxJsonBytes)
            return;
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 64 });
            Json(json.RootElement, 0);
        }
        catch (JsonException)
        {
            // The page's JSON is not ours to mend.
        }
    }

    private void Json(JsonElement node, int depth)
    {
        if (node.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in node.EnumerateArray())
                Json(item, depth + 1);
            return;
        }
        if (node.ValueKind != JsonValueKind.Object || depth > 6)
            return;
        var type = node.TryGetProperty("@type", out var t) ? t.ToString() : "";
        Forum |= type.Contains("DiscussionForumPosting", StringComparison.Ordinal) || type.Contains("QAPage", StringComparison.Ordinal);
        Is(type.Contains("Product", StringComparison.Ordinal) ? PageKind.Product
            : type.Contains("Article", StringComparison.Ordinal) || type.Contains("BlogPosting", StringComparison.Ordinal) ? PageKind.Article
            : type.Contains("ItemList", StringComparison.Ordinal) || type.Contains("CollectionPage", StringComparison.Ordinal) ? PageKind.List : PageKind.Unknown);
        // An image or a data set on the page has a licence of its own.
        if (!type.Contains("Image", StringComparison.Ordinal) && !type.Contains("Media", StringComparison.Ordinal) && !type.Contains("Dataset", StringComparison.Ordinal))
            JsonLicense ??= Url(node, "license");
        if (Text(node, "articleBody") is { } body && body.Length > (ArticleBody?.Length ?? 0))
            ArticleBody = body;
        Date ??= Text(node, "datePublished");
        if (type == "WebSite")
            SiteName ??= Line(Text(node, "name"));
        if (node.TryGetProperty("publisher", out var publisher) && publisher.ValueKind == JsonValueKind.Object)
            SiteName ??= Line(Text(publisher, "name"));
        if (node.TryGetProperty("author", out var author))
        {
            if (author.ValueKind == JsonValueKind.Array && author.GetArrayLength() > 0)
                author = author[0];
            Author ??= author.ValueKind == JsonValueKind.Object ? Line(Text(author, "name")) : author.ValueKind == JsonValueKind.String ? Line(Wellformed(author)) : null;
        }
        foreach (var inner in (ReadOnlySpan<string>)["@graph", "mainEntity", "mainEntityOfPage"])
            if (node.TryGetProperty(inner, out var value))
                Json(value, depth + 1);
    }

    private static string? Text(JsonElement node, string name) =>
        node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && Wellformed(value) is { Length: > 0 } text ? text : null;

    private static string? Url(JsonElement node, string name) =>
        !node.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? Wellformed(value)
        : value.ValueKind == JsonValueKind.Object ? Text(value, "@id") ?? Text(value, "url")
        : null;

    /// <summary>An escaped lone surrogate in JSON is an error of GetString.</summary>
    private static string? Wellformed(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>White space collapsed; null when nothing is left.</summary>
    internal static string? Line(string? text) =>
        text is null ? null : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } line ? Charset.WellFormed(line) : null;
}
