using System.Collections.Concurrent;

namespace CorpusForge.Host.Security;

/// <summary>What every request passes first: host name, size, origin; and the headers that every answer carries.</summary>
internal static class Guard
{
    /// <summary>A pipeline file has 1 MiB; in JSON it may be twice as long.</summary>
    public const long MaxBodyBytes = 4 << 20;

    /// <summary>A request with this header was made on purpose: a page of another site cannot send it unasked.</summary>
    public const string OnPurpose = "X-CorpusForge";

    private static readonly string[] s_simple = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

    // Inline styles are MudBlazor's; scripts come from here alone. Scalar's page of the API starts itself with an inline script.
    private const string Policy =
        "default-src 'self'; img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static Task Headers(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.TryAdd("Content-Security-Policy", context.Request.Path.StartsWithSegments("/scalar") ? Policy + "; script-src 'self' 'unsafe-inline'" : Policy);
            headers.TryAdd("X-Content-Type-Options", "nosniff");
            headers.TryAdd("X-Frame-Options", "DENY");
            headers.TryAdd("Referrer-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
            headers.TryAdd("Cache-Control", "no-store");
            return Task.CompletedTask;
        });
        return next(context);
    }

    public static RequestDelegate Host(RequestDelegate next, Reachable reachable) => context =>
        reachable.Knows(context.Request.Host) || IsProbe(context.Request)
            ? context.Request.ContentLength > MaxBodyBytes
                ? Refusal.Write(context, StatusCodes.Status413PayloadTooLarge, "Too large", $"A request has at most {MaxBodyBytes:N0} bytes, and a pipeline file 1,048,576.")
                : next(context)
            : Refusal.Write(context, StatusCodes.Status421MisdirectedRequest, "Unknown host", "This service does not go by that name; names are declared as Hosts in appsettings.json.");

    /// <summary>Refuses what a page of another site makes a browser send: requests that change something, and sockets.</summary>
    /// <remarks>A key in a header is always sent on purpose. Browsers mark everything else with Origin or Sec-Fetch-Site; what has neither must not look like a form.</remarks>
    public static Task CrossSite(HttpContext context, RequestDelegate next) =>
        IsCrossSite(context.Request)
            ? Refusal.Write(context, StatusCodes.Status403Forbidden, "Sent from elsewhere", $"A request that changes something must come from this site, or carry a key, JSON, or the header {OnPurpose}.")
            : next(context);

    private static bool IsCrossSite(HttpRequest request)
    {
        var socket = request.Headers.ContainsKey("Upgrade") || request.HttpContext.WebSockets.IsWebSocketRequest;
        if (request.Headers.Authorization.Count > 0 || (IsSafe(request.Method) && !socket))
            return false;
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is not ("same-origin" or "none"))
            return true;
        if (request.Headers.TryGetValue("Origin", out var origin))
            return !origin.ToString().Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        if (socket || request.Headers.ContainsKey("Sec-Fetch-Site") || request.Headers.ContainsKey(OnPurpose) || !HttpMethods.IsPost(request.Method))
            return false;
        var type = request.ContentType?.Split(';')[0].Trim() ?? "";
        return type.Length == 0 || s_simple.Contains(type, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    /// <summary>Probes come from machines that know the address alone, and learn nothing but whether the service is well.</summary>
    public static bool IsProbe(HttpRequest request) => request.Path == "/healthz" || request.Path == "/readyz";
}

/// <summary>Ends what is still going on, such as the socket of a page, when its key is revoked.</summary>
internal sealed class Revocation(KeyRing ring, TimeProvider time) : BackgroundService
{
    private readonly ConcurrentDictionary<HttpContext, ApiKey> _going = new();

    public async Task Watch(HttpContext context, RequestDelegate next)
    {
        if (context.Items[typeof(ApiKey)] is ApiKey key)
            _going[context] = key;
        try
        {
            await next(context);
        }
        finally
        {
            _going.TryRemove(context, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (context, key) in _going)
                if (ring.Verify(key) is null)
                    context.Abort();
        }
    }
}
