using System.Globalization;
using System.Text;

namespace CorpusForge.Crawl;

/// <summary>One record of a WARC or ARC file: a named block of bytes and where it stands.</summary>
/// <remarks>ISO 28500; <see cref="Block"/> is the reader's buffer and valid only until the next record is read.</remarks>
public sealed class WarcRecord
{
    /// <summary>As in the version line, for example `WARC/1.1`; `ARC/1` for ARC files.</summary>
    public required string Version { get; init; }

    /// <summary>Where the record starts in the file; in a compressed file, where the member that it starts in does.</summary>
    public required long Offset { get; init; }

    /// <summary>0 for the first record of a gzip member, else how far into the inflated member the record starts.</summary>
    public long Inner { get; init; }

    /// <summary>The number of the record among those that this reader has read, from 0.</summary>
    public required int Ordinal { get; init; }

    /// <summary>`response`, `request`, `resource` and so on; an ARC record of a web page is a `response`.</summary>
    public required string Type { get; init; }

    /// <summary>Verbatim, also with spaces or angle brackets around it.</summary>
    public string? TargetUri { get; init; }

    /// <summary>The media type of the block; in an ARC file, of the payload.</summary>
    public string? ContentType { get; init; }

    /// <summary>All named fields in their order, values verbatim but for surrounding blanks.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The length of the block as declared, and found to be true.</summary>
    public required long Length { get; init; }

    /// <summary>The block, or as much of its beginning as the reader was asked to keep.</summary>
    public required ReadOnlyMemory<byte> Block { get; init; }

    public bool IsArc => Version == Arc;

    internal const string Arc = "ARC/1";

    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        return null;
    }
}

/// <summary>The lines before a block: the named fields of WARC, the one line of ARC.</summary>
internal sealed record WarcHead(string Version, string Type, string? TargetUri, string? ContentType, long Length,
    IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);
    private static readonly string[] s_arcFields = ["URL", "IP-address", "Archive-date", "Content-type", "Archive-length"];

    /// <summary>Reads the head, or says what is wrong with it.</summary>
    public static (WarcHead? Head, string Problem) Parse(ReadOnlySpan<byte> bytes, bool arc)
    {
        var lines = Text(bytes).Split('\n').Select(l => l.TrimEnd('\r')).ToArray();
        return arc ? ParseArc(lines[0]) : ParseWarc(lines);
    }

    /// <summary>Whether a line has the five fields of an ARC record; the URL may have spaces in it.</summary>
    public static bool LooksLikeArc(ReadOnlySpan<byte> line)
    {
        var fields = Text(line).TrimEnd('\r').Split(' ');
        return fields.Length >= 5 && fields[0].Contains(':', StringComparison.Ordinal) && fields[^3].Length >= 8 && fields[^3].All(char.IsAsciiDigit);
    }

    private static (WarcHead?, string) ParseWarc(string[] lines)
    {
        var version = lines[0].Trim();
        if (version is not ("WARC/0.17" or "WARC/0.18" or "WARC/1.0" or "WARC/1.1"))
            return (null, $"unknown version '{Cut(version)}'");
        var headers = new List<KeyValuePair<string, string>>(16);
        foreach (var line in lines.AsSpan(1))
        {
            if (line.Length == 0)
                continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line[0] is ' ' or '\t' && headers.Count > 0)
                headers[^1] = new(headers[^1].Key, $"{headers[^1].Value} {line.Trim()}");
            else if (colon > 0)
                headers.Add(new(line[..colon].TrimEnd(), line[(colon + 1)..].Trim()));
            else
                return (null, $"not a named field: '{Cut(line)}'");
        }
        string? type = null, length = null, uri = null, contentType = null;
        foreach (var (key, value) in headers)
            switch (key.ToLowerInvariant())
            {
                case "warc-type": type ??= value; break;
                case "content-length": length ??= value; break;
                case "warc-target-uri": uri ??= value; break;
                case "content-type": contentType ??= value; break;
            }
        if (type is null)
            return (null, "no WARC-Type");
        if (!TryLength(length, out var bytes))
            return (null, length is null ? "no Content-Length" : $"Content-Length is '{Cut(length)}'");
        return (new(version, type, uri, contentType, bytes, headers), "");
    }

    private static (WarcHead?, string) ParseArc(string line)
    {
        var fields = line.Split(' ');
        if (fields.Length < 5)
            return (null, $"not an ARC record: '{Cut(line)}'");
        if (!TryLength(fields[^1], out var bytes))
            return (null, $"Archive-length is '{Cut(fields[^1])}'");
        string[] values = [string.Join(' ', fields[..^4]), .. fields[^4..]];
        var url = values[0];
        var type = url.StartsWith("filedesc:", StringComparison.OrdinalIgnoreCase) ? "warcinfo"
            : url.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? "response" : "resource";
        return (new(WarcRecord.Arc, type, url, values[3], bytes, [.. s_arcFields.Zip(values, KeyValuePair.Create)]), "");
    }

    private static bool TryLength(string? value, out long length) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out length);

    private static string Cut(string value) => value.Length <= 60 ? value : string.Concat(value.AsSpan(0, 60), "…");

    // Old crawlers wrote the bytes of the request line as they came: what is not UTF-8 is kept byte for byte.
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}
