using System.Security.Cryptography;
using System.Text;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Http.Features;

namespace CorpusForge.Host.Api;

/// <summary>Answers a POST that is repeated with the same Idempotency-Key as it was answered the first time, and does nothing twice.</summary>
/// <remarks>
/// Keys belong to whoever sent them and are kept for a day. The same key with another request is a mistake (422). A repetition that comes
/// while the first is at work waits for it. An answer that says that the service failed (5xx) is not kept.
/// </remarks>
internal sealed class Idempotency(RequestDelegate next, Ledger ledger, TimeProvider time)
{
    public const string Header = "Idempotency-Key";
    public const string Replayed = "Idempotent-Replayed";

    private const int MaxLength = 200;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    public async Task InvokeAsync(HttpContext context)
    {
        var key = context.Request.Headers[Header].ToString();
        if (key.Length == 0 || !HttpMethods.IsPost(context.Request.Method) || context.GetEndpoint() is null)
        {
            await next(context);
            return;
        }
        if (key.Length > MaxLength || key.Any(c => c is < ' ' or > '~'))
            throw new BadHttpRequestException($"{Header}: at most {MaxLength} printable ASCII characters");
        var (who, digest) = (Api.Who(context), await DigestOf(context.Request, context.RequestAborted));
        var start = time.GetTimestamp();
        while (ledger.ClaimRequest(key, who, digest) is { } known)
        {
            if (known.Digest != digest)
                throw new PipelineException($"{Header}: '{key}' was sent with another request before; use another key");
            if (known.Status is { } status)
            {
                await Repeat(context.Response, (int)status, known.Body ?? "");
                return;
            }
            if (time.GetElapsedTime(start) > s_patience)
            {
                context.Response.Headers.RetryAfter = "5";
                throw new Service.ConflictException("the same request is still at work");
            }
            await Task.Delay(s_look, time, context.RequestAborted);
        }
        await Answer(context, key, who);
    }

    private async Task Answer(HttpContext context, string key, string who)
    {
        var body = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        try
        {
            await Handled(context);
            context.Response.Body = body;
            if (context.Response.StatusCode >= 500)
                ledger.ReleaseRequest(key, who);
            else
                ledger.AnswerRequest(key, who, context.Response.StatusCode, $"{context.Response.ContentType}\n{context.Response.Headers.Location}\n{Encoding.UTF8.GetString(kept.ToArray())}");
        }
        catch
        {
            context.Response.Body = body;
            ledger.ReleaseRequest(key, who);
            throw;
        }
        kept.Position = 0;
        await kept.CopyToAsync(body, context.RequestAborted);
    }

    // A request that was wrong is wrong again: its problem is kept like any answer.
    private async Task Handled(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (Problems.Of(e) is { Status: < 500 } problem && !context.Response.HasStarted)
        {
            await TypedResults.Problem(problem).ExecuteAsync(context);
        }
    }

    private static async Task Repeat(HttpResponse response, int status, string answer)
    {
        var parts = answer.Split('\n', 3);
        response.StatusCode = status;
        response.Headers[Replayed] = "true";
        if (parts.Length == 3)
        {
            response.ContentType = parts[0].Length > 0 ? parts[0] : null;
            if (parts[1].Length > 0)
                response.Headers.Location = parts[1];
            await response.WriteAsync(parts[2]);
        }
    }

    private static async Task<string> DigestOf(HttpRequest request, CancellationToken cancel)
    {
        request.EnableBuffering(bufferThreshold: 1 << 20, bufferLimit: request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? 30_000_000);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{request.ContentType}\n"));
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancel)) > 0)
            hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
