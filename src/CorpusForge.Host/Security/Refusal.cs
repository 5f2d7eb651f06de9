using System.Globalization;

namespace CorpusForge.Host.Security;

/// <summary>How a request is refused: problem+json (RFC 9457).</summary>
internal static class Refusal
{
    public static Task Write(HttpContext context, int status, string title, string detail) =>
        TypedResults.Problem(statusCode: status, title: title, detail: detail).ExecuteAsync(context);

    public static Task TooMany(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Write(context, StatusCodes.Status429TooManyRequests, "Too many requests", "Wait as long as Retry-After says.");
    }
}
