using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CorpusForge.Servers;

/// <summary>An S3 server in memory on a loopback port: signatures are checked, and it misbehaves when it is told to.</summary>
/// <remarks>It knows PUT and GET with ranges and If-Match, HEAD, DELETE, DeleteObjects, ListObjectsV2, multipart uploads and aws-chunked bodies.</remarks>
internal sealed class S3Fake : IAsyncDisposable
{
    public const string AccessKey = "fake-key";
    public const string SecretKey = "fake-secret";
    public const string Bucket = "corpus";

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, SortedDictionary<int, byte[]>> _uploads = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<byte[], string> _ofParts = [];
    private int _uploadNumber;

    private S3Fake(WebApplication app) => _app = app;

    public string Endpoint { get; private set; } = "";

    /// <summary>What the bucket holds, by key.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Multipart uploads that were begun and neither completed nor aborted.</summary>
    public int OpenUploads => _uploads.Count;

    /// <summary>Every request that came.</summary>
    public ConcurrentQueue<S3Request> Requests { get; } = new();

    /// <summary>Keys in a page of a listing.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Asked for each request; null answers as it should be.</summary>
    public Func<S3Request, S3Fault?> Misbehave { get; set; } = _ => null;

    public static async Task<S3Fake> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, 0);
            k.Limits.MaxRequestBodySize = null;
            k.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var fake = new S3Fake(app);
        app.Run(fake.Serve);
        await app.StartAsync();
        fake.Endpoint = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

#pragma warning disable CA5351 // S3's ETag is an MD5.
    private string ETagOf(byte[] bytes) => _ofParts.TryGetValue(bytes, out var etag) ? etag : Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    private async Task Serve(HttpContext context)
    {
        var (path, query) = (context.Request.Path.Value!.TrimStart('/'), context.Request.Query);
        var cut = path.IndexOf('/');
        var (bucket, key) = cut < 0 ? (path, "") : (path[..cut], path[(cut + 1)..]);
        var request = new S3Request(context.Request.Method, key, context.Request.QueryString.Value ?? "", context.Request.Headers.Range.ToString());
        Requests.Enqueue(request);
        var body = await BodyOf(context.Request);
        if (Misbehave(request) is { } fault)
        {
            if (fault.Status > 0)
            {
                await Error(context, fault.Status, fault.Code);
                return;
            }
            context.Items[nameof(S3Fault)] = fault;
            if (fault.Lost)
                context.Response.Body = Stream.Null;
        }
        if (S3Signature.Check(context.Request, body, SecretKey) is not { } content)
        {
            await Error(context, 403, "SignatureDoesNotMatch");
            return;
        }
        if (bucket != Bucket)
            await Error(context, 404, "NoSuchBucket");
        else if (key.Length == 0)
            await (context.Request.Method == "GET" ? List(context, query) : context.Request.Method == "POST" ? DeleteMany(context, content) : Error(context, 405, "MethodNotAllowed"));
        else if (query.ContainsKey("uploads") || query.ContainsKey("uploadId"))
            await Multipart(context, key, query, content);
        else
            await One(context, key, content);
        if (context.Items[nameof(S3Fault)] is S3Fault { Lost: true })
            context.Abort();
    }

    private Task One(HttpContext context, string key, byte[] content)
    {
        switch (context.Request.Method)
        {
            case "PUT":
                Objects[key] = content;
                context.Response.Headers.ETag = $"\"{ETagOf(content)}\"";
                return Task.CompletedTask;
            case "DELETE":
                Objects.TryRemove(key, out _);
                context.Response.StatusCode = 204;
                return Task.CompletedTask;
            case "GET" or "HEAD":
                return Read(context, key);
            default:
                return Error(context, 405, "MethodNotAllowed");
        }
    }

    private async Task Read(HttpContext context, string key)
    {
        if (!Objects.TryGetValue(key, out var bytes))
        {
            await Error(context, 404, "NoSuchKey");
            return;
        }
        var etag = $"\"{ETagOf(bytes)}\"";
        if (context.Request.Headers.IfMatch is [{ } wanted] && wanted != etag)
        {
            await Error(context, 412, "PreconditionFailed");
            return;
        }
        var (from, to) = (0L, bytes.Length - 1L);
        if (context.Request.Headers.Range is [{ } range])
        {
            var ends = range["bytes=".Length..].Split('-');
            from = long.Parse(ends[0], CultureInfo.InvariantCulture);
            to = ends[1].Length == 0 ? to : Math.Min(to, long.Parse(ends[1], CultureInfo.InvariantCulture));
            if (from >= bytes.Length)
            {
                context.Response.Headers.ContentRange = $"bytes */{bytes.Length}";
                await Error(context, 416, "InvalidRange");
                return;
            }
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{bytes.Length}";
        }
        context.Response.Headers.ETag = etag;
        context.Response.ContentLength = to - from + 1;
        context.Response.Headers.LastModified = "Thu, 01 Jan 2026 00:00:00 GMT";
        if (context.Request.Method == "HEAD")
            return;
        var fault = (S3Fault?)context.Items[nameof(S3Fault)];
        var send = bytes.AsMemory((int)from, (int)Math.Min(to - from + 1, fault?.After ?? long.MaxValue));
        await context.Response.Body.WriteAsync(send);
        await context.Response.Body.FlushAsync();
        if (send.Length == to - from + 1)
            return;
        // An answer that is shorter than it said: Kestrel sends it and closes the connection.
        if (!fault!.Stall)
            return;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, context.RequestAborted);
        await Task.Delay(Timeout.Infinite, gone.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private Task List(HttpContext context, IQueryCollection query)
    {
        var (prefix, delimiter) = (query["prefix"].ToString(), query["delimiter"].ToString());
        var after = query["continuation-token"].ToString();
        var entries = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var key in Objects.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var cut = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            entries[cut < 0 ? key : key[..(cut + delimiter.Length)]] = cut >= 0;
        }
        var page = entries.Where(e => string.CompareOrdinal(e.Key, after) > 0).Take(PageSize + 1).ToArray();
        var more = page.Length > PageSize;
        page = page[..Math.Min(page.Length, PageSize)];
        XNamespace s3 = "http://s3.amazonaws.com/doc/2006-03-01/";
        return Xml(context, new XElement(s3 + "ListBucketResult",
            new XElement(s3 + "Name", Bucket), new XElement(s3 + "Prefix", prefix), new XElement(s3 + "KeyCount", page.Length),
            new XElement(s3 + "MaxKeys", PageSize), new XElement(s3 + "IsTruncated", more ? "true" : "false"),
            more ? new XElement(s3 + "NextContinuationToken", page[^1].Key) : null,
            page.Where(e => !e.Value).Select(e => new XElement(s3 + "Contents",
                new XElement(s3 + "Key", e.Key), new XElement(s3 + "Size", Objects[e.Key].Length), new XElement(s3 + "ETag", $"\"{ETagOf(Objects[e.Key])}\""),
                new XElement(s3 + "LastModified", "2026-01-01T00:00:00.000Z"), new XElement(s3 + "StorageClass", "STANDARD"))),
            page.Where(e => e.Value).Select(e => new XElement(s3 + "CommonPrefixes", new XElement(s3 + "Prefix", e.Key)))));
    }

    private Task DeleteMany(HttpContext context, byte[] content)
    {
        foreach (var key in XDocument.Parse(Encoding.UTF8.GetString(content)).Descendants().Where(e => e.Name.LocalName == "Key"))
            Objects.TryRemove(key.Value, out _);
        return Xml(context, new XElement("DeleteResult"));
    }

    private Task Multipart(HttpContext context, string key, IQueryCollection query, byte[] content)
    {
        if (query.ContainsKey("uploads"))
        {
            var id = $"upload-{Interlocked.Increment(ref _uploadNumber)}";
            _uploads[id] = [];
            return Xml(context, new XElement("InitiateMultipartUploadResult", new XElement("Bucket", Bucket), new XElement("Key", key), new XElement("UploadId", id)));
        }
        var upload = query["uploadId"].ToString();
        if (!_uploads.TryGetValue(upload, out var parts))
            return Error(context, 404, "NoSuchUpload");
        switch (context.Request.Method)
        {
            case "PUT":
                lock (parts)
                    parts[int.Parse(query["partNumber"].ToString(), CultureInfo.InvariantCulture)] = content;
                context.Response.Headers.ETag = $"\"{ETagOf(content)}\"";
                return Task.CompletedTask;
            case "DELETE":
                _uploads.TryRemove(upload, out _);
                context.Response.StatusCode = 204;
                return Task.CompletedTask;
            default:
                var named = XDocument.Parse(Encoding.UTF8.GetString(content)).Descendants().Where(e => e.Name.LocalName == "Part")
                    .Select(p => (Number: (int)p.Elements().First(e => e.Name.LocalName == "PartNumber"), ETag: p.Elements().First(e => e.Name.LocalName == "ETag").Value.Trim('"'))).ToArray();
                if (named.Any(p => !parts.TryGetValue(p.Number, out var bytes) || ETagOf(bytes) != p.ETag))
                    return Error(context, 400, "InvalidPart");
                if (named.SkipLast(1).Any(p => parts[p.Number].Length < 5 << 20))
                    return Error(context, 400, "EntityTooSmall");
                byte[] whole = [.. named.SelectMany(p => parts[p.Number])];
                _ofParts.Add(whole, $"{ETagOf([.. named.SelectMany(p => Convert.FromHexString(p.ETag))])}-{named.Length}");
                Objects[key] = whole;
                _uploads.TryRemove(upload, out _);
                return Xml(context, new XElement("CompleteMultipartUploadResult", new XElement("Key", key), new XElement("ETag", $"\"{ETagOf(Objects[key])}\"")));
        }
    }

    private static async Task<byte[]> BodyOf(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static Task Error(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return context.Request.Method == "HEAD" ? Task.CompletedTask : Xml(context, new XElement("Error", new XElement("Code", code), new XElement("Message", $"the fake says {code}")));
    }

    private static Task Xml(HttpContext context, XElement element)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync(new XDocument(element).ToString(SaveOptions.DisableFormatting));
    }
}

/// <summary>What was asked of the server.</summary>
internal sealed record S3Request(string Method, string Key, string Query, string Range);

/// <summary>How the server misbehaves: it answers with an error, or does what it is asked and its answer is lost, or the body ends after so many bytes, by silence or by a cut connection.</summary>
internal sealed record S3Fault(int Status = 0, string Code = "InternalError", long After = long.MaxValue, bool Stall = false, bool Lost = false);

/// <summary>Signature version 4 as a server checks it, also of bodies in signed chunks.</summary>
internal static class S3Signature
{
    private const string Chunked = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    /// <returns>The content without chunk signatures; null when anything does not match.</returns>
    public static byte[]? Check(HttpRequest request, byte[] body, string secret)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
            return null;
        var fields = authorization["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries).Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => f[1]);
        var credential = fields["Credential"].Split('/');
        if (credential[0] != S3Fake.AccessKey)
            return null;
        var scope = string.Join('/', credential[1..]);
        var hash = request.Headers["x-amz-content-sha256"].ToString();
        var time = request.Headers["x-amz-date"].ToString();
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        IEnumerable<string> query = target.Length == 1 || target[1].Length == 0 ? [] : target[1].Split('&').Select(p => p.Split('=', 2)).Select(p => $"{Encoded(p[0])}={(p.Length == 1 ? "" : Encoded(p[1]))}").Order(StringComparer.Ordinal);
        var headers = fields["SignedHeaders"].Split(';').Select(h => $"{h}:{string.Join(',', request.Headers[h].Select(v => v!.Trim()))}\n");
        var canonical = $"{request.Method}\n{target[0]}\n{string.Join('&', query)}\n{string.Concat(headers)}\n{fields["SignedHeaders"]}\n{hash}";
        var key = Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("AWS4" + secret), credential[1]), credential[2]), credential[3]), credential[4]);
        var signature = Convert.ToHexStringLower(Hmac(key, $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Sha256(Encoding.UTF8.GetBytes(canonical))}"));
        if (signature != fields["Signature"])
            return null;
        if (hash == Chunked)
            return Unchunk(body, key, $"{time}\n{scope}", signature);
        return hash == Sha256(body) ? body : null;
    }

    private static byte[]? Unchunk(byte[] body, byte[] key, string when, string signature)
    {
        var content = new MemoryStream();
        for (var at = 0; ;)
        {
            var end = at + body.AsSpan(at).IndexOf("\r\n"u8);
            var head = Encoding.ASCII.GetString(body, at, end - at).Split(";chunk-signature=");
            var length = int.Parse(head[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var chunk = body.AsSpan(end + 2, length);
            signature = Convert.ToHexStringLower(Hmac(key, $"AWS4-HMAC-SHA256-PAYLOAD\n{when}\n{signature}\n{Sha256([])}\n{Sha256(chunk)}"));
            if (signature != head[1])
                return null;
            if (length == 0)
                return content.ToArray();
            content.Write(chunk);
            at = end + 2 + length + 2;
        }
    }

    private static string Encoded(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
