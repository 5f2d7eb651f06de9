using System.Buffers;
using System.Text;
using System.Xml;

namespace CorpusForge.Clean;

/// <summary>Makes text of plain text, Markdown and XML.</summary>
/// <remarks>
/// Markdown stays as it is. Of a .NET documentation file (`doc` with `assembly`) each member's name and prose is kept, of
/// other XML the text content. Drops: `text-too-large`, `binary`, `bad-xml`, `no-text`.
/// </remarks>
public sealed record ExtractText : IExtractor
{
    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(i => (char)i).Where(c => c is not ('\t' or '\n' or '\r' or '\f' or '\e' or '\b')), '\uFFFD']);

    public int MaxBytes { get; init; } = 32_000_000;

    /// <summary>Of control characters other than white space, above which bytes are not text.</summary>
    public double MaxControlShare { get; init; } = 0.01;

    public int Version => 2;
    public Kinds For => Kinds.Text;

    public bool Handles(RawDocument raw) => raw.Kind == Kind.Text && raw.MediaType switch
    {
        "text/html" or "application/xhtml+xml" => false,
        null or "application/octet-stream" => !ExtractHtml.LooksLikeHtml(raw.Bytes.Span),
        var type => type.StartsWith("text/", StringComparison.Ordinal) || IsXml(type),
    };

    public Extraction Extract(RawDocument raw)
    {
        if (raw.Bytes.Length > MaxBytes)
            return Extraction.Drop("text-too-large", raw.Bytes.Length, MaxBytes);
        var xml = raw.MediaType is not null && IsXml(raw.MediaType);
        var (text, charset) = Charset.Decode(raw.Bytes.Span, raw.Charset, html: xml);
        if (ControlShare(text) is var share && share > MaxControlShare)
            return Extraction.Drop("binary", share, MaxControlShare);
        if (xml)
        {
            if (XmlText.Of(text) is not { } content)
                return Extraction.Drop("bad-xml");
            text = content;
        }
        else
            text = Lines(text);
        if (string.IsNullOrWhiteSpace(text))
            return Extraction.Drop("no-text");
        var metadata = charset == "utf-8" ? raw.Metadata : raw.Metadata.SetItem("charset", charset);
        return (raw with { Metadata = metadata }).ToDocument(text);
    }

    /// <summary>Every line ends with a line feed; a form feed is a line too.</summary>
    internal static string Lines(string text) => text.AsSpan().IndexOfAny('\r', '\f') < 0
        ? text
        : text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\f', '\n');

    /// <summary>Share of control characters that text does not have; a NUL counts as many.</summary>
    internal static double ControlShare(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return 0;
        var controls = 0L;
        var rest = text;
        for (var next = rest.IndexOfAny(s_controls); next >= 0; next = rest.IndexOfAny(s_controls))
        {
            controls += rest[next] == 0 ? 100 : 1;
            rest = rest[(next + 1)..];
        }
        return Math.Min(1, (double)controls / text.Length);
    }

    private static bool IsXml(string type) => type is "application/xml" or "text/xml" || type.EndsWith("+xml", StringComparison.Ordinal) && type != "image/svg+xml";
}

/// <summary>The readable text of an XML document.</summary>
internal static class XmlText
{
    private static readonly XmlReaderSettings s_settings = new()
    {
        DtdProcessing = DtdProcessing.Ignore,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        CheckCharacters = false,
    };

    /// <summary>Null when nothing could be read before the first error.</summary>
    public static string? Of(string xml)
    {
        var text = new StringBuilder();
        try
        {
            // A reader of characters ignores the encoding that the document names.
            using var reader = XmlReader.Create(new StringReader(xml), s_settings);
            while (reader.Read())
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element when reader.Name == "member" && reader.GetAttribute("name") is { } member:
                        Break(text, 2);
                        text.Append(Name(member));
                        Break(text, 1);
                        break;
                    case XmlNodeType.Element when reader.GetAttribute("cref") is { } reference && reader.IsEmptyElement:
                        text.Append(Name(reference));
                        break;
                    case XmlNodeType.Element when reader.Name is "paramref" or "typeparamref" && reader.GetAttribute("name") is { } parameter:
                        text.Append(parameter);
                        break;
                    case XmlNodeType.Element when reader.GetAttribute("langword") is { } word:
                        text.Append(word);
                        break;
                    case XmlNodeType.Element when reader.Name is "param" or "typeparam" && reader.GetAttribute("name") is { } named:
                        Break(text, 1);
                        text.Append(named).Append(": ");
                        break;
                    case XmlNodeType.Element or XmlNodeType.EndElement when !IsInline(reader.Name):
                        Break(text, 1);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                        Append(text, reader.Value);
                        break;
                }
        }
        catch (XmlException) when (text.Length > 0)
        {
            // A document that is cut off is readable up to there.
        }
        catch (XmlException)
        {
            return null;
        }
        return text.ToString().Trim();
    }

    private static bool IsInline(string name) => name is "see" or "seealso" or "c" or "paramref" or "typeparamref" or "b" or "i" or "em" or "strong" or "a" or "emphasis" or "link" or "span";

    /// <summary>`M:Space.Type.Method(System.Int32)` without its mark.</summary>
    private static string Name(string member) => member.Length > 2 && member[1] == ':' ? member[2..] : member;

    private static void Break(StringBuilder text, int lines)
    {
        while (text.Length > 0 && text[^1] == ' ')
            text.Length--;
        var has = 0;
        while (has < text.Length && text[text.Length - 1 - has] == '\n')
            has++;
        if (text.Length > 0 && has < lines)
            text.Append('\n', lines - has);
    }

    private static void Append(StringBuilder text, string value)
    {
        foreach (var c in value)
            if (!char.IsWhiteSpace(c))
                text.Append(c);
            else if (text.Length > 0 && text[^1] is not (' ' or '\n'))
                text.Append(' ');
    }
}
