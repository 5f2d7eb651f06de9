using System.Security.Claims;

namespace CorpusForge.Host.Security;

/// <summary>What a key may do; each includes those before it.</summary>
internal enum Scope
{
    /// <summary>See runs, documents, datasets, workers.</summary>
    Viewer,

    /// <summary>Start, pause, cancel and retry runs; change schedules.</summary>
    Operator,

    /// <summary>See Hangfire's dashboard and the audit trail.</summary>
    Administrator,
}

/// <summary>The names of the policies that endpoints and pages ask for.</summary>
internal static class Policies
{
    public const string Viewer = nameof(Scope.Viewer);
    public const string Operator = nameof(Scope.Operator);
    public const string Administrator = nameof(Scope.Administrator);
}

/// <summary>Who is asking.</summary>
internal static class Caller
{
    internal const string ScopeClaim = "scope";
    internal const string KeyClaim = "key-id";

    /// <summary>For the record: `name (key id)`, or `local` on a machine without keys.</summary>
    public static string Who(this ClaimsPrincipal user) =>
        user.FindFirstValue(KeyClaim) is { } id ? $"{user.Identity!.Name} ({id})" : user.Identity?.Name ?? "nobody";

    /// <summary>Whether the caller has the scope, or one that includes it.</summary>
    public static bool Has(this ClaimsPrincipal user, Scope scope) =>
        user.Identity?.IsAuthenticated == true && Enum.TryParse<Scope>(user.FindFirstValue(ScopeClaim), out var has) && has >= scope;

    internal static ClaimsPrincipal Of(string name, Scope scope, string? key) => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, name), new(ScopeClaim, scope.ToString()), .. key is null ? (Claim[])[] : [new(KeyClaim, key)]], KeyAuthentication.Scheme));
}
