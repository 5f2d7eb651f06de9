using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Crawl;

/// <summary>Writes a WARC/1.1 file, one gzip member a record.</summary>
/// <remarks>ISO 28500:2017. All records of a writer have its date. Record ids are made of the content, digests are SHA-1 in base 32 as other tools expect them.</remarks>
public sealed class WarcWriter(Stream output, DateTimeOffset date)
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>The first record of a file: who wrote it.</summary>
    public void WriteInfo(IEnumerable<KeyValuePair<string, string>> fields) =>
        Write("warcinfo", null, "application/warc-fields", Fields(fields), null, null);

    /// <summary>A request and the response to it.</summary>
    /// <param name="url">Verbatim, the target of both records.</param>
    /// <param name="request">Head and body.</param>
    /// <param name="responseHead">Status line, headers and the empty line.</param>
    /// <param name="payload">The body, without transfer coding.</param>
    /// <returns>The length of the member of the response, where the stream knows its position; else 0.</returns>
    public long WriteExchange(string url, byte[] request, byte[] responseHead, byte[] payload)
    {
        byte[] block = [.. responseHead, .. payload];
        var start = output.CanSeek ? output.Position : 0;
        var id = Write("response", url, "application/http; msgtype=response", block, payload, null);
        var length = (output.CanSeek ? output.Position : 0) - start;
        Write("request", url, "application/http; msgtype=request", request, null, id);
        return length;
    }

    /// <summary>A request, and the answer that nothing has changed since an earlier response.</summary>
    /// <param name="url">Verbatim, the target of both records.</param>
    /// <param name="request">Head and body.</param>
    /// <param name="responseHead">Status line, headers and the empty line.</param>
    /// <param name="earlier">The record of the response that is still true.</param>
    public void WriteRevisit(string url, byte[] request, byte[] responseHead, WarcRecord earlier)
    {
        var id = Write("revisit", url, "application/http; msgtype=response", responseHead, null, null, [
            new("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified"),
            new("WARC-Refers-To", earlier.Header("WARC-Record-ID")),
            new("WARC-Refers-To-Target-URI", earlier.TargetUri),
            new("WARC-Refers-To-Date", earlier.Header("WARC-Date")),
            new("WARC-Payload-Digest", earlier.Header("WARC-Payload-Digest")),
        ]);
        Write("request", url, "application/http; msgtype=request", request, null, id);
    }

    /// <summary>Named facts about the record of the same URL.</summary>
    public void WriteMetadata(string url, IEnumerable<KeyValuePair<string, string>> fields) =>
        Write("metadata", url, "application/warc-fields", Fields(fields), null, null);

    /// <summary>Fourteen digits, as CDX indexes date records.</summary>
    internal static string Stamp(DateTimeOffset date) => date.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    private string Write(string type, string? url, string contentType, byte[] block, byte[]? payload, string? concurrentTo, IEnumerable<KeyValuePair<string, string?>>? more = null)
    {
        var at = date.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var id = IdOf($"{type} {url} {at}\n", block);
        var head = new StringBuilder("WARC/1.1\r\n");
        Field("WARC-Type", type);
        Field("WARC-Record-ID", id);
        Field("WARC-Date", at);
        Field("WARC-Target-URI", url);
        Field("WARC-Concurrent-To", concurrentTo);
        Field("WARC-Block-Digest", Sha1(block));
        Field("WARC-Payload-Digest", payload is null ? null : Sha1(payload));
        foreach (var (name, value) in more ?? [])
            Field(name, value);
        Field("Content-Type", contentType);
        Field("Content-Length", block.Length.ToString(CultureInfo.InvariantCulture));
        head.Append("\r\n");
        using var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true);
        gzip.Write(Encoding.UTF8.GetBytes(head.ToString()));
        gzip.Write(block);
        gzip.Write("\r\n\r\n"u8);
        return id;

        void Field(string name, string? value)
        {
            if (value is not null)
                head.Append(name).Append(": ").Append(value).Append("\r\n");
        }
    }

    private static byte[] Fields(IEnumerable<KeyValuePair<string, string>> fields) =>
        Encoding.UTF8.GetBytes(string.Concat(fields.Select(f => $"{f.Key}: {f.Value.ReplaceLineEndings(" ")}\r\n")));

    // A UUID of version 8 (RFC 9562): its bits are ours to choose.
    private static string IdOf(string prefix, byte[] block)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(prefix));
        hash.AppendData(block);
        var bytes = hash.GetHashAndReset().AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return $"<urn:uuid:{new Guid(bytes, bigEndian: true)}>";
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The digest that WARC tools look for; nothing is protected by it.")]
    internal static string Sha1(ReadOnlySpan<byte> bytes)
    {
        var hash = SHA1.HashData(bytes);
        var text = new StringBuilder("sha1:", 37);
        for (var bit = 0; bit < 160; bit += 5)
        {
            var pair = (hash[bit / 8] << 8) | (bit / 8 + 1 < hash.Length ? hash[(bit / 8) + 1] : 0);
            text.Append(Base32[(pair >> (11 - (bit % 8))) & 31]);
        }
        return text.ToString();
    }
}
