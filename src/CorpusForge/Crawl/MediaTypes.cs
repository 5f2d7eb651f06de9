using System.Text;

namespace CorpusForge.Crawl;

/// <summary>Reads a Content-Type, and guesses one from the first bytes where there is none.</summary>
public static class MediaTypes
{
    private static readonly (byte[] Prefix, string MediaType)[] s_signatures =
    [
        ("%PDF-"u8.ToArray(), "application/pdf"),
        ("GIF8"u8.ToArray(), "image/gif"),
        ([0x89, 0x50, 0x4E, 0x47], "image/png"),
        ([0xFF, 0xD8, 0xFF], "image/jpeg"),
        ([0x1F, 0x8B], "application/gzip"),
        ("PK\u0003\u0004"u8.ToArray(), "application/zip"),
        ("<?xml"u8.ToArray(), "application/xml"),
    ];

    private static readonly string[] s_html = ["<!doctype html", "<html", "<head", "<body", "<title", "<script", "<div", "<p", "<table", "<a", "<!--"];

    /// <summary>The media type in lower case without parameters, and the charset if it names one.</summary>
    public static (string? MediaType, string? Charset) Parse(string? contentType)
    {
        if (string.IsNullOrWhiteSpace(contentType))
            return (null, null);
        var parts = contentType.Split(';');
        var type = parts[0].Trim().ToLowerInvariant();
        var charset = parts.Skip(1).Select(p => p.Split('=', 2))
            .Where(p => p.Length == 2 && p[0].Trim().Equals("charset", StringComparison.OrdinalIgnoreCase))
            .Select(p => p[1].Trim().Trim('"', '\'')).FirstOrDefault(c => c.Length > 0);
        return (type.Contains('/', StringComparison.Ordinal) ? type : null, charset);
    }

    /// <summary>In the spirit of the MIME Sniffing standard: HTML, a few signatures, else text unless there is a NUL.</summary>
    public static string Sniff(ReadOnlySpan<byte> bytes)
    {
        foreach (var (prefix, type) in s_signatures)
            if (bytes.StartsWith(prefix))
                return type;
        bytes = bytes[..Math.Min(bytes.Length, 1024)];
        if (bytes.Contains((byte)0))
            return "application/octet-stream";
        var start = Encoding.Latin1.GetString(bytes).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n', '\f');
        foreach (var tag in s_html)
            if (start.StartsWith(tag, StringComparison.OrdinalIgnoreCase) && (tag == "<!--" || start.Length == tag.Length || start[tag.Length] is ' ' or '>' or '\t' or '\r' or '\n'))
                return "text/html";
        return "text/plain";
    }
}
