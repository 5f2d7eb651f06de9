using System.Net;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace CorpusForge.Host.Security;

/// <summary>Tells who is asking: by `Authorization: Bearer`, by the cookie of the sign-in page, or, on a machine without keys, by being on it.</summary>
/// <remarks>The cookie holds the key itself, encrypted, so that it is verified like a key each time and ends with it.</remarks>
internal sealed class KeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyRing ring, SignInCookie cookie, FailedAttempts failures, Reachable reachable)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Key";
    private const string Bearer = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        // Keys are in the ledger, and a probe must answer without one.
        if (Guard.IsProbe(Request))
            return AuthenticateResult.NoResult();
        var header = Request.Headers.Authorization.ToString();
        if (header.Length > 0)
        {
            var key = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? ApiKey.Parse(header[Bearer.Length..].Trim()) : null;
            if (key is not null && Verified(key) is { } user)
                return user;
            failures.Count(Context, key);
            return AuthenticateResult.Fail("the key is unknown, wrong or revoked");
        }
        if (cookie.Read(Request) is { } signedIn)
            return Verified(signedIn) ?? AuthenticateResult.Fail("the key was revoked");
        if (reachable.IsLocal(Context) && ring.IsEmpty)
            return AuthenticateResult.Success(new AuthenticationTicket(Caller.Of("local", Scope.Administrator, null), Scheme));
        return AuthenticateResult.NoResult();
    }

    private AuthenticateResult? Verified(ApiKey key)
    {
        if (ring.Verify(key) is not { } row)
            return null;
        Context.Items[typeof(ApiKey)] = key;
        return AuthenticateResult.Success(new AuthenticationTicket(Caller.Of(row.Name, Enum.Parse<Scope>(row.Scope, ignoreCase: true), row.Id), Scheme));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (IsPage(Request))
        {
            Response.Redirect($"{SignInPage.Path}?returnUrl={Uri.EscapeDataString(Request.PathBase + Request.Path + Request.QueryString)}");
            return Task.CompletedTask;
        }
        if (FailedAttempts.RetryAfter(Context) is { } wait)
            return Refusal.TooMany(Context, wait);
        Response.Headers.WWWAuthenticate = "Bearer";
        return Refusal.Write(Context, StatusCodes.Status401Unauthorized, "A key is needed", "Send `Authorization: Bearer cf_…` with a key that `corpusforge keys create` made and nobody revoked.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refusal.Write(
        Context, StatusCodes.Status403Forbidden, "The key may not do this",
        $"{Context.User.Who()} is {Context.User.FindFirst(Caller.ScopeClaim)?.Value.ToLowerInvariant()}; this needs a key of a wider scope.");

    // A person who opens a page in a browser is led to the sign-in page; programs get 401.
    private static bool IsPage(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && !request.Path.StartsWithSegments("/api") && request.Headers.Authorization.Count == 0
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The cookie that signs a browser in.</summary>
internal sealed class SignInCookie(IDataProtectionProvider protection)
{
    public const string Name = "corpusforge-key";
    private static readonly TimeSpan s_life = TimeSpan.FromHours(12);

    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("CorpusForge.SignIn").ToTimeLimitedDataProtector();

    public ApiKey? Read(HttpRequest request)
    {
        if (!request.Cookies.TryGetValue(Name, out var value) || value.Length is 0 or > 4096)
            return null;
        try
        {
            return ApiKey.Parse(_protector.Unprotect(value));
        }
        catch (CryptographicException)
        {
            // Too old, tampered with, or of another ledger.
            return null;
        }
    }

    public void Write(HttpContext context, ApiKey key) => context.Response.Cookies.Append(Name, _protector.Protect(key.Text, s_life), Options(context.Request));

    public static void Delete(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context.Request));

    private static CookieOptions Options(HttpRequest request) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, IsEssential = true, Path = "/", MaxAge = s_life };
}

/// <summary>From where the service can be reached, and so whether being on the machine is enough.</summary>
internal sealed class Reachable(AppSettings settings)
{
    private static readonly string[] s_forwarded = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-For", "X-Real-IP", "Via"];

    /// <summary>Whether only this machine reaches the service, with nothing in between that could bring others.</summary>
    public bool OnlyLocally { get; } = IsLoopback(BindingAddress.Parse(settings.Listen).Host) && settings.Proxies.Count == 0 && settings.Hosts.All(IsLoopback);

    /// <summary>Whether a request comes from this machine and says nothing else.</summary>
    public bool IsLocal(HttpContext context) => OnlyLocally
        && context.Connection is { LocalIpAddress: { } local, RemoteIpAddress: { } remote } && IPAddress.IsLoopback(local) && IPAddress.IsLoopback(remote)
        && !s_forwarded.Any(context.Request.Headers.ContainsKey);

    /// <summary>Whether the service is known by the name in the Host header; a name that somebody else pointed here (DNS rebinding) is not.</summary>
    public bool Knows(HostString host)
    {
        if (!host.HasValue)
            return false;
        if (IsLoopback(host.Host) || settings.Hosts.Contains(host.Host, StringComparer.OrdinalIgnoreCase))
            return true;
        // Where keys are needed and no name is declared, any name will do: a rebound one brings no cookie along.
        return !OnlyLocally && settings.Hosts.Count == 0;
    }

    // Kestrel takes any name but localhost for every address of the machine.
    internal static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
