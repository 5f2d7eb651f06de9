using System.IO.Compression;
using System.Text;
using System.Xml;

namespace CorpusForge.Crawl;

/// <summary>The addresses that a sitemap, a sitemap index or a feed lists.</summary>
/// <remarks>
/// The protocol of sitemaps.org 0.9 in XML or as plain text, gzip or not, RSS 0.9 to 2.0, and Atom 1.0 (RFC 4287). What comes before damage counts.
/// No document type is read and no entity is resolved.
/// </remarks>
/// <param name="Pages">Of pages.</param>
/// <param name="Sitemaps">Of further sitemaps.</param>
public sealed record Sitemap(IReadOnlyList<string> Pages, IReadOnlyList<string> Sitemaps)
{
    /// <summary>Of one file, by the protocol.</summary>
    public const int MaxUrls = 50_000;

    /// <summary>Once inflated, by the protocol.</summary>
    public const int MaxBytes = 50 << 20;

    private static readonly XmlReaderSettings s_xml = new() { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, MaxCharactersInDocument = MaxBytes, CheckCharacters = false };

    public static Sitemap Read(ReadOnlyMemory<byte> body)
    {
        var bytes = Inflated(body);
        var start = Encoding.Latin1.GetString(bytes.Span[..Math.Min(256, bytes.Length)]).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        return start.StartsWith('<') ? OfXml(bytes) : OfText(bytes.Span);
    }

    private static ReadOnlyMemory<byte> Inflated(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return body;
        using var gzip = new GZipStream(new MemoryStream(body.ToArray()), CompressionMode.Decompress);
        var output = new MemoryStream();
        var buffer = new byte[64 << 10];
        try
        {
            for (int n; output.Length < MaxBytes && output.Length <= (long)HttpMessage.MaxRatio * Math.Max(body.Length, 64 << 10) && (n = gzip.Read(buffer)) > 0;)
                output.Write(buffer, 0, n);
        }
        catch (InvalidDataException)
        {
            // What came before the damage is as good as any.
        }
        return output.GetBuffer().AsMemory(0, (int)output.Length);
    }

    private static Sitemap OfText(ReadOnlySpan<byte> bytes) =>
        new([.. Encoding.UTF8.GetString(bytes).Split('\n').Select(l => l.Trim(' ', '\r', '\t', '\uFEFF')).Where(l => l.StartsWith("http", StringComparison.OrdinalIgnoreCase)).Take(MaxUrls)], []);

    private static Sitemap OfXml(ReadOnlyMemory<byte> bytes)
    {
        var (pages, sitemaps) = (new List<string>(), new List<string>());
        using var reader = XmlReader.Create(new MemoryStream(bytes.ToArray()), s_xml);
        var parents = new Stack<string>();
        try
        {
            while (pages.Count + sitemaps.Count < MaxUrls && reader.Read())
            {
                if (reader.NodeType == XmlNodeType.EndElement)
                    parents.TryPop(out _);
                else if (reader.NodeType == XmlNodeType.Element)
                {
                    if (reader.LocalName == "link" && parents.TryPeek(out var parent) && parent is "entry" && (reader.GetAttribute("rel") ?? "alternate") == "alternate" && reader.GetAttribute("href") is { } href)
                        pages.Add(href);
                    if (!reader.IsEmptyElement)
                        parents.Push(reader.LocalName);
                }
                else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA && parents.TryPop(out var name))
                {
                    var within = parents.TryPeek(out var p) ? p : "";
                    parents.Push(name);
                    if ((name, within) is ("loc", "url") or ("link", "item"))
                        pages.Add(reader.Value.Trim());
                    else if ((name, within) is ("loc", "sitemap"))
                        sitemaps.Add(reader.Value.Trim());
                }
            }
        }
        catch (XmlException)
        {
            // What came before the damage is as good as any.
        }
        return new Sitemap(pages, sitemaps);
    }
}
