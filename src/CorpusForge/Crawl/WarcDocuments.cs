using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CorpusForge.Crawl;

/// <summary>By what a document says where in the WARC file it is.</summary>
public enum LocateBy
{
    /// <summary>The place of the record in the file.</summary>
    Offset,

    /// <summary>The number of the record in the file: the same in two files that differ only in dates and so in compressed lengths.</summary>
    Ordinal,
}

/// <summary>Makes raw documents of the `response` and `resource` records of a WARC file.</summary>
/// <remarks>
/// Rules: `bad-http`, `http-status`, `body-too-large`, `decompression-bomb`, `bad-content-encoding`, `damaged-record`. Nothing dated goes into a
/// document of a crawl; its evidence is dated by the record that the locator names. Requests, metadata, revisits and DNS answers are no documents, nor is
/// what the crawler's metadata calls no page: robots.txt and the like, sitemaps, feeds, copies.
/// </remarks>
public static class WarcDocuments
{
    private const int HeadBytes = 1 << 20;

    private static readonly string[] s_consentHeaders = ["content-usage", "link", "tdm-policy", "tdm-reservation", "x-robots-tag"];
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads one range of a file; with <see cref="LocateBy.Ordinal"/> the range must be the whole file.</summary>
    /// <exception cref="InputException">The file is damaged and is not to be salvaged; what came before the damage has been yielded.</exception>
    public static IEnumerable<RawDocument> Read(
        Func<long, Stream> open, string name, string source, long start = 0, long end = long.MaxValue, int maxBodyBytes = 32 << 20,
        LocateBy locate = LocateBy.Offset, bool salvage = false, CancellationToken cancel = default)
    {
        var maxBlockBytes = (int)Math.Min((long)maxBodyBytes + HeadBytes, Array.MaxLength);
        Told? told = null;
        var records = salvage ? WarcReader.Salvage(open, name, start, end, maxBlockBytes, cancel)
            : WarcReader.Read(open, name, start, end, maxBlockBytes, cancel).Select(r => ((WarcRecord?)r, (InputException?)null));
        foreach (var (read, damage) in records)
        {
            if (read is not { } record)
            {
                yield return new RawDocument { Source = source, Locator = string.Create(CultureInfo.InvariantCulture, $"{name}@{damage!.Offset}"), Verdict = Verdict.Drop("damaged-record") };
                continue;
            }
            if (record.Type == "metadata")
                told = Told.Read(record, told) ?? told;
            if (record.Type is not ("response" or "resource") || record.TargetUri?.StartsWith("dns:", StringComparison.OrdinalIgnoreCase) == true)
                continue;
            var place = locate == LocateBy.Ordinal ? record.Ordinal.ToString(CultureInfo.InvariantCulture)
                : record.Inner == 0 ? record.Offset.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{record.Offset}+{record.Inner}");
            var document = new RawDocument { Source = source, Locator = $"{name}@{place}", Url = record.TargetUri };
            var own = told?.Url == record.TargetUri ? told : null;
            if (own is { Kind: not CrawlRecord.Page })
                continue;
            document = IsHttp(record) ? OfResponse(document, record, maxBodyBytes) : OfResource(document, record, maxBodyBytes);
            var date = locate == LocateBy.Offset ? record.Header("WARC-Date") : null;
            yield return document with { Consent = Joined(own?.Consent, document.Consent, date) };
        }
    }

    // Two JSON objects as one, with the date of what they say.
    private static string? Joined(string? site, string? page, string? date)
    {
        var both = site is null ? page : page is null ? site : $"{site[..^1]},{page[1..]}";
        return both is null || date is null ? both : $"{both[..^1]},\"date\":{JsonSerializer.Serialize(date)}}}";
    }

    private static bool IsHttp(WarcRecord record) => record.Type == "response" &&
        (record.IsArc || record.ContentType is null || record.ContentType.StartsWith("application/http", StringComparison.OrdinalIgnoreCase));

    private static RawDocument OfResource(RawDocument document, WarcRecord record, int maxBodyBytes)
    {
        var (type, charset) = MediaTypes.Parse(record.ContentType);
        if (record.Length > maxBodyBytes)
            return document with { MediaType = type, Charset = charset, Verdict = Verdict.Drop("body-too-large", record.Length, maxBodyBytes) };
        return document with { MediaType = type ?? MediaTypes.Sniff(record.Block.Span), Charset = charset, Bytes = record.Block.ToArray() };
    }

    private static RawDocument OfResponse(RawDocument document, WarcRecord record, int maxBodyBytes)
    {
        if (HttpMessage.Parse(record.Block) is not { } http)
            return document with { Verdict = Verdict.Drop("bad-http") };
        var (type, charset) = MediaTypes.Parse(http.Header("Content-Type"));
        document = document with { MediaType = type, Charset = charset, Consent = ConsentOf(http) };
        if (http.Status != 200)
        {
            var status = http.Status.ToString(CultureInfo.InvariantCulture);
            var metadata = Document.NoMetadata.Add("http-status", status);
            if (http.Status is > 300 and < 400 && http.Header("Location") is { } location)
                metadata = metadata.Add("location", location);
            return document with { Metadata = metadata, Verdict = Verdict.Drop("http-status", http.Status, 200) };
        }
        if (record.Length > record.Block.Length)
            return document with { Verdict = Verdict.Drop("body-too-large", record.Length - (record.Block.Length - http.Body.Length), maxBodyBytes) };
        var (body, verdict) = http.Decode(maxBodyBytes);
        if (!verdict.Kept)
            return document with { Verdict = verdict };
        return document with { MediaType = type ?? MediaTypes.Sniff(body.Span), Bytes = body.ToArray() };
    }

    /// <summary>The headers by which a site allows or reserves uses, verbatim, as a JSON object of arrays; null when there are none.</summary>
    /// <remarks>X-Robots-Tag, TDMRep, the IETF's Content-Usage, and links of the relation `license`.</remarks>
    internal static string? ConsentOf(HttpMessage http)
    {
        using var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer, s_json);
        json.WriteStartObject();
        foreach (var name in s_consentHeaders)
        {
            string[] values = [.. http.All(name).Where(v => name != "link" || IsLicenseLink(v))];
            if (values.Length == 0)
                continue;
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.Length == 2 ? null : Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static bool IsLicenseLink(string link) => link.Split(';').Skip(1).Select(p => p.Split('=', 2)).Any(p => p.Length == 2 &&
        p[0].Trim().Equals("rel", StringComparison.OrdinalIgnoreCase) &&
        p[1].Split(',')[0].Trim().Trim('"').Split(' ').Contains("license", StringComparer.OrdinalIgnoreCase));

    /// <summary>What the crawler wrote before a response: what it is, and what the site's own files say about its use.</summary>
    private sealed record Told(string Url, string Kind, string? Consent)
    {
        public static Told? Read(WarcRecord record, Told? before)
        {
            if (record.TargetUri is not { } url || record.ContentType?.StartsWith("application/warc-fields", StringComparison.OrdinalIgnoreCase) != true)
                return null;
            string? kind = null, consent = null;
            foreach (var line in Encoding.UTF8.GetString(record.Block.Span).Split('\n'))
            {
                if (line.StartsWith("kind: ", StringComparison.Ordinal))
                    kind = line[6..].TrimEnd('\r');
                else if (line.StartsWith("consent: {", StringComparison.Ordinal) && IsObject(line[9..].TrimEnd('\r')))
                    consent = line[9..].TrimEnd('\r');
            }
            return kind is null ? null : new Told(url, before is { Kind: CrawlRecord.Copy } && before.Url == url ? CrawlRecord.Copy : kind, consent);
        }

        private static bool IsObject(string json)
        {
            try
            {
                using var parsed = JsonDocument.Parse(json);
                return parsed.RootElement.EnumerateObject().Any();
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}
