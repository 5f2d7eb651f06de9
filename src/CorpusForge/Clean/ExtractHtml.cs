using CorpusForge.Clean.Content;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>Makes text of a web page: its main content, with headings, lists, tables and code kept as lines.</summary>
/// <remarks>
/// Takes `text/html`, `application/xhtml+xml`, and bytes of unknown type that begin like a page. The title, the licence that
/// the page declares, its robots rules, author and date go into the document's fields. Drops: `page-too-large`,
/// `too-many-elements`, `too-deep`, `too-many-steps`, `no-text`.
/// </remarks>
public sealed record ExtractHtml : IExtractor
{
    /// <summary>Whether to keep less or more of what is not clearly the main content.</summary>
    public ExtractionMode Mode { get; init; } = ExtractionMode.Balanced;

    /// <summary>Plain text, or Markdown with headings, nested lists, quotes, fenced code and tables.</summary>
    public ExtractionFormat Format { get; init; } = ExtractionFormat.Text;

    /// <summary>Whether Markdown keeps the addresses of links.</summary>
    public bool Links { get; init; }

    /// <summary>Whether Markdown keeps bold and italic type.</summary>
    public bool Emphasis { get; init; }

    /// <summary>Whether the comments below an article are kept with it; on forum pages they are the content and always kept.</summary>
    public bool Comments { get; init; }

    public int MaxBytes { get; init; } = 8_000_000;

    /// <summary>Elements, and the copies of open formatting elements that the HTML standard asks for.</summary>
    public int MaxElements { get; init; } = 200_000;

    /// <summary>How deep elements may be nested.</summary>
    public int MaxDepth { get; init; } = 500;

    /// <summary>Whether captioned images of the main content become documents of their own.</summary>
    public bool Figures { get; init; }

    public Kinds For => Kinds.Text;

    public bool Handles(RawDocument raw) => raw.Kind == Kind.Text
        && (raw.MediaType is "text/html" or "application/xhtml+xml" || raw.MediaType is null or "application/octet-stream" && LooksLikeHtml(raw.Bytes.Span));

    public int Version => 5;

    public Extraction Extract(RawDocument raw) => Extract(raw, ContentModel.Embedded);

    internal Extraction Extract(RawDocument raw, ContentModel model)
    {
        if (raw.Bytes.Length > MaxBytes)
            return Extraction.Drop("page-too-large", raw.Bytes.Length, MaxBytes);
        var (encoding, mark) = Charset.Detect(raw.Bytes.Span, raw.Charset, html: true);
        try
        {
            return Extract(raw, Parse(raw, encoding, mark), encoding.WebName, model);
        }
        catch (PageBudgetException over)
        {
            return over.Drop();
        }
    }

    /// <summary>Reads a page for training; a page that cannot be read is passed over.</summary>
    internal void Read(RawDocument raw, Action<PageTree, PageFacts> use)
    {
        try
        {
            var (encoding, mark) = Charset.Detect(raw.Bytes.Span, raw.Charset, html: true);
            var tree = Parse(raw, encoding, mark);
            use(tree, FactsOf(PageHead.Of(tree, raw.Url), raw.Url));
        }
        catch (PageBudgetException)
        {
            // It would be dropped.
        }
    }

    private PageTree Parse(RawDocument raw, System.Text.Encoding encoding, int mark) =>
        PageTree.Of(raw.Bytes.Span[mark..], encoding, MaxElements, MaxDepth, raw.MediaType == "application/xhtml+xml");

    private static PageFacts FactsOf(PageHead head, string? url) => new(head.Title, head.Description, head.Forum || IsForum(url), head.Kind);

    private Extraction Extract(RawDocument raw, PageTree tree, string charset, ContentModel model)
    {
        var head = PageHead.Of(tree, raw.Url);
        var content = MainContent.Of(tree, FactsOf(head, raw.Url), Mode, Comments, model);
        var text = Format == ExtractionFormat.Markdown ? PageMarkdown.Of(tree, content, head.Base, Links, Emphasis) : PageText.Of(tree, content);
        if (head.ArticleBody is { } article && article.Length > 500 && article.Length > 2 * text.Length)
            text = article;
        text = Charset.WellFormed(text);
        if (string.IsNullOrWhiteSpace(text))
            return Extraction.Drop("no-text");

        var license = raw.License is null ? PageLicense.Of(tree, head) : null;
        var metadata = raw.Metadata.ToBuilder();
        Add("charset", charset == "utf-8" ? null : charset);
        var language = tree.Language?.Trim();
        Add("html-lang", language);
        Add("site-name", head.SiteName);
        Add("author", head.Author ?? PageByline.Author(tree));
        Add("date", (head.Date ?? PageByline.Date(tree)) is { } date ? PageDate.Normal(date, language) : PageDate.OfUrl(head.Base));
        raw = raw with
        {
            Title = raw.Title ?? head.Title,
            License = raw.License ?? license?.License,
            LicenseEvidence = raw.License is null ? license?.Evidence ?? raw.LicenseEvidence : raw.LicenseEvidence,
            Consent = head.ConsentWith(raw.Consent),
            Metadata = metadata.ToImmutable(),
        };
        return new Extraction(raw.ToDocument(text), Verdict.Keep, Figures ? PageFigures.Of(tree, content, head, raw) : []);

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                metadata[key] = Charset.WellFormed(value.Length > 500 ? value[..500] : value);
        }
    }

    /// <summary>Whether the first bytes, in any charset that keeps ASCII or is UTF-16, open a page.</summary>
    internal static bool LooksLikeHtml(ReadOnlySpan<byte> bytes)
    {
        Span<char> head = stackalloc char[1024];
        var length = 0;
        foreach (var b in bytes[..Math.Min(bytes.Length, 2048)])
            if (b != 0 && length < head.Length)
                head[length++] = (char)b;
        var start = head[..length].TrimStart("\u00EF\u00BB\u00BF\u00FE\u00FF \t\r\n");
        if (start.IsEmpty || start[0] != '<')
            return false;
        if (StartsWith(start, "<!doctype html") || StartsWith(start, "<html") || StartsWith(start, "<head") || StartsWith(start, "<body"))
            return true;
        return (StartsWith(start, "<!--") || StartsWith(start, "<?xml") || StartsWith(start, "<script") || StartsWith(start, "<title") || StartsWith(start, "<meta"))
            && ((ReadOnlySpan<char>)start).Contains("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static bool StartsWith(ReadOnlySpan<char> text, string start) => text.StartsWith(start, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the address is one under which answers and replies are the content and not comments on it.</summary>
    private static bool IsForum(string? url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
            return false;
        ReadOnlySpan<string> words = ["forum", "forums", "community", "discuss", "thread", "threads", "topic", "topics", "question", "questions", "showthread", "viewtopic", "comments"];
        foreach (var part in $"{address.Host}/{address.AbsolutePath}".Split('/', '.', '-', '_'))
            if (words.Contains(part))
                return true;
        return false;
    }
}
