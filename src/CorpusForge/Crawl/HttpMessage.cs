using System.Globalization;
using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace CorpusForge.Crawl;

/// <summary>The HTTP response in the block of a WARC record: status, headers and the body as it was on the wire.</summary>
/// <remarks>RFC 9112, read as leniently as crawlers have written it.</remarks>
public sealed record HttpMessage(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    private const int MaxHeadBytes = 1 << 20;
    private const int MaxCodings = 3;

    /// <summary>More inflated bytes than this a wire byte, once there is a mebibyte of them, is a bomb.</summary>
    public const int MaxRatio = 200;

    private const int RatioFrom = 1 << 20;

    /// <summary>Null when the block does not start with a status line or its head does not end.</summary>
    public static HttpMessage? Parse(ReadOnlyMemory<byte> block)
    {
        var bytes = block.Span;
        if (!bytes.StartsWith("HTTP/"u8))
            return null;
        var (status, headers, at) = (-1, new List<KeyValuePair<string, string>>(), 0);
        while (at < Math.Min(bytes.Length, MaxHeadBytes))
        {
            var feed = bytes[at..].IndexOf((byte)'\n');
            var line = Encoding.Latin1.GetString(feed < 0 ? bytes[at..] : bytes.Slice(at, feed)).TrimEnd('\r');
            at = feed < 0 ? bytes.Length : at + feed + 1;
            if (line.Length == 0)
                break;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (status < 0)
            {
                var fields = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length < 2 || fields[1].Length != 3 || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out status))
                    return null;
            }
            else if (line[0] is ' ' or '\t' && headers.Count > 0)
                headers[^1] = new(headers[^1].Key, $"{headers[^1].Value} {line.Trim()}");
            else if (colon > 0)
                headers.Add(new(line[..colon].TrimEnd(), line[(colon + 1)..].Trim()));
        }
        return at >= MaxHeadBytes ? null : new HttpMessage(status, headers, block[at..]);
    }

    public string? Header(string name) => All(name).FirstOrDefault();

    /// <summary>The values of every header of that name, in order.</summary>
    public IEnumerable<string> All(string name) =>
        Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    /// <summary>The body without transfer and content codings, or the rule by which it is dropped.</summary>
    /// <remarks>Rules: `body-too-large`, `decompression-bomb`, `bad-content-encoding`.</remarks>
    public (ReadOnlyMemory<byte> Body, Verdict Verdict) Decode(int maxBytes)
    {
        var body = Codings("Transfer-Encoding").Contains("chunked") ? Dechunk(Body) : Body;
        var codings = Codings("Content-Encoding").Reverse().ToArray();
        if (codings.Length > MaxCodings)
            return (default, Verdict.Drop("bad-content-encoding"));
        var wire = body.Length;
        foreach (var coding in codings)
        {
            var (decoded, verdict) = Decode(coding, body, wire, maxBytes);
            if (!verdict.Kept)
                return (default, verdict);
            body = decoded;
        }
        return body.Length > maxBytes ? (default, Verdict.Drop("body-too-large", body.Length, maxBytes)) : (body, Verdict.Keep);
    }

    /// <summary>Takes the chunks apart. What is not in chunks is kept as it is, from where the chunks end to make sense.</summary>
    internal static ReadOnlyMemory<byte> Dechunk(ReadOnlyMemory<byte> body)
    {
        var bytes = body.Span;
        var whole = new byte[bytes.Length];
        var (at, length) = (0, 0);
        while (at < bytes.Length)
        {
            if (!TryChunkSize(bytes[at..], out var size, out var line))
            {
                // Some crawlers store the decoded body and leave the header.
                bytes[at..].CopyTo(whole.AsSpan(length));
                return at == 0 ? body : whole.AsMemory(0, length + bytes.Length - at);
            }
            if (size == 0)
                break;
            var chunk = bytes.Slice(at + line, (int)Math.Min(size, bytes.Length - at - line));
            chunk.CopyTo(whole.AsSpan(length));
            length += chunk.Length;
            at += line + chunk.Length;
            if (bytes[at..].StartsWith("\r\n"u8))
                at += 2;
            else if (bytes[at..].StartsWith("\n"u8))
                at++;
        }
        return whole.AsMemory(0, length);
    }

    private static bool TryChunkSize(ReadOnlySpan<byte> bytes, out long size, out int line)
    {
        size = 0;
        line = bytes[..Math.Min(bytes.Length, 256)].IndexOf((byte)'\n') + 1;
        if (line == 0)
            return false;
        var text = bytes[..line];
        var extension = text.IndexOf((byte)';');
        text = (extension < 0 ? text : text[..extension]).Trim(" \t\r\n"u8);
        return text.Length is > 0 and <= 15 && long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out size);
    }

    private string[] Codings(string header) =>
        [.. All(header).SelectMany(v => v.Split(',')).Select(c => c.Trim().ToLowerInvariant()).Where(c => c is not ("" or "identity" or "none"))];

    private static (ReadOnlyMemory<byte>, Verdict) Decode(string coding, ReadOnlyMemory<byte> body, int wire, int maxBytes)
    {
        var bytes = body.Span;
        // A body that does not even begin as its coding must was stored decoded, with the header left as it was.
        if (coding is "gzip" or "x-gzip" && !bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || bytes.IsEmpty)
            return (body, Verdict.Keep);
        try
        {
            using var input = new MemoryStream(body.ToArray(), writable: false);
            using Stream? decoder = coding switch
            {
                "gzip" or "x-gzip" => new GZipStream(input, CompressionMode.Decompress),
                "deflate" when IsZlib(bytes) => new ZLibStream(input, CompressionMode.Decompress),
                "deflate" => new DeflateStream(input, CompressionMode.Decompress),
                "br" => new BrotliStream(input, CompressionMode.Decompress),
                "zstd" => new DecompressionStream(input),
                _ => null,
            };
            return decoder is null ? (default, Verdict.Drop("bad-content-encoding")) : Inflate(decoder, wire, maxBytes);
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException or InvalidOperationException)
        {
            return (default, Verdict.Drop("bad-content-encoding"));
        }
    }

    private static bool IsZlib(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 1 && (bytes[0] & 0x0F) == 8 && ((bytes[0] << 8) | bytes[1]) % 31 == 0;

    private static (ReadOnlyMemory<byte>, Verdict) Inflate(Stream decoder, int wire, int maxBytes)
    {
        var output = new byte[Math.Max(4096, Math.Min(4L * wire, 1 << 20))];
        for (var length = 0; ;)
        {
            var n = decoder.Read(output, length, output.Length - length);
            length += n;
            if (length > RatioFrom && length > (long)MaxRatio * wire)
                return (default, Verdict.Drop("decompression-bomb", (double)length / wire, MaxRatio));
            if (length > maxBytes)
                return (default, Verdict.Drop("body-too-large", length, maxBytes));
            if (n == 0)
                return (output.AsMemory(0, length), Verdict.Keep);
            if (length == output.Length)
                Array.Resize(ref output, (int)Math.Min(2L * length, maxBytes + 1L));
        }
    }
}
