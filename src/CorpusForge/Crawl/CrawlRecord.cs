using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CorpusForge.Runs;

namespace CorpusForge.Crawl;

/// <summary>Makes the WARC records of one answer and what the frontier keeps of it.</summary>
/// <remarks>Three gzip members: a `metadata` record with where the URL was found and the evidence of the site, the response, the request.</remarks>
internal static class CrawlRecord
{
    /// <summary>What the metadata before a response calls a page; everything else is evidence, a list of links, or a copy.</summary>
    public const string Page = "page";

    /// <summary>What it calls a page that says itself that another is the original.</summary>
    public const string Copy = "copy";

    /// <summary>Of an answer.</summary>
    /// <param name="exchange">With a response.</param>
    /// <param name="time">Dates the records.</param>
    /// <param name="kind">page, sitemap, feed, robots, tdmrep or ai.</param>
    /// <param name="rule">Why it is no page; null when it is one.</param>
    /// <param name="found">How the URL was found; null for what nobody had to find.</param>
    /// <param name="evidence">What the site's own files say about the URL.</param>
    /// <param name="earlier">For an answer that nothing has changed: the member of the response that is still true, and that record.</param>
    public static Visited Of(Exchange exchange, TimeProvider time, string kind, string? rule, FrontierRow? found, JsonObject? evidence, Earlier? earlier = null)
    {
        var url = exchange.Uri.AbsoluteUri;
        var consent = evidence is { Count: > 0 } ? evidence.ToJsonString() : null;
        var buffer = new MemoryStream();
        var now = time.GetUtcNow();
        var writer = new WarcWriter(buffer, now);
        List<KeyValuePair<string, string>> fields = [new("kind", kind)];
        if (found is not null)
            fields.AddRange([new("depth", $"{found.Depth}"), new("redirects", $"{found.Hops}")]);
        if (consent is not null)
            fields.Add(new("consent", consent));
        fields.Add(new("fetchTimeMs", $"{(long)exchange.Took.TotalMilliseconds}"));
        writer.WriteMetadata(url, fields);
        if (earlier is not null)
            writer.WriteRevisit(url, exchange.Request, exchange.Head, earlier.Record);
        var head = (int)buffer.Length;
        int response;
        var message = earlier?.Message ?? exchange.Response!;
        if (earlier is not null)
        {
            buffer.Write(earlier.Member);
            response = earlier.Member.Length;
        }
        else
            response = (int)writer.WriteExchange(url, exchange.Request, exchange.Head, message.Body.ToArray());
        var type = MediaTypes.Parse(message.Header("Content-Type")).MediaType;
        var proof = Digests.Of($"{message.Status}\n{type}\n{Convert.ToHexStringLower(SHA256.HashData(message.Body.Span))}\n{consent}");
        return new Visited(
            rule, message.Status, type, message.Body.Length, WarcWriter.Sha1(message.Body.Span), proof, null, Short(message.Header("ETag")), Short(message.Header("Last-Modified")),
            earlier is null ? WarcWriter.Stamp(now) : Stamp(earlier.Record), buffer.ToArray(), head, response);
    }

    /// <summary>Reads back the response that a record holds.</summary>
    public static HttpMessage? Response(ReadOnlyMemory<byte> member)
    {
        var bytes = member.ToArray();
        return WarcReader.Read(at => new MemoryStream(bytes) { Position = at }, "").FirstOrDefault() is { Type: "response" } record ? HttpMessage.Parse(record.Block.ToArray()) : null;
    }

    private static string Stamp(WarcRecord record) => new([.. (record.Header("WARC-Date") ?? "").Where(char.IsAsciiDigit).Take(14)]);

    // A mark that is too long to be one is not sent back.
    private static string? Short(string? value) => value is { Length: <= 512 } && value.All(c => c is >= ' ' and < '\u007F') ? value : null;

    /// <summary>A response of an earlier crawl.</summary>
    public sealed record Earlier(byte[] Member, WarcRecord Record, HttpMessage Message);
}
