using System.Net;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Antiforgery;

namespace CorpusForge.Host.Security;

/// <summary>The page on which a person pastes a key, and signing out.</summary>
internal static class SignInPage
{
    public const string Path = "/sign-in";
    public const string OutPath = "/sign-out";

    public static void Map(WebApplication app)
    {
        app.MapGet(Path, (HttpContext context, IAntiforgery antiforgery) => Show(context, antiforgery, "", StatusCodes.Status200OK)).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(Path, SignIn).AllowAnonymous().ExcludeFromDescription().DisableAntiforgery();
        app.MapPost(OutPath, SignOut).AllowAnonymous().ExcludeFromDescription().DisableAntiforgery();
    }

    // The forms are validated here, by hand, and not by the middleware that runs after these endpoints were chosen.
    private static async Task<IResult> SignIn(HttpContext context, IAntiforgery antiforgery, KeyRing ring, SignInCookie cookie, FailedAttempts failures, Ledger ledger)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return Show(context, antiforgery, "The page was too old. Try again.", StatusCodes.Status400BadRequest);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var key = ApiKey.Parse(form["key"].ToString().Trim());
        if (key is not null && ring.Verify(key) is { } row)
        {
            cookie.Write(context, key);
            ledger.Audit($"{row.Name} ({row.Id})", "sign-in", "", FailedAttempts.AddressOf(context));
            return Results.LocalRedirect(LocalUrl(form["returnUrl"].ToString()));
        }
        failures.Count(context, key);
        if (FailedAttempts.RetryAfter(context) is { } wait)
        {
            await Refusal.TooMany(context, wait);
            return Results.Empty;
        }
        return Show(context, antiforgery, "This key is unknown, wrong or revoked.", StatusCodes.Status401Unauthorized);
    }

    private static async Task<IResult> SignOut(HttpContext context, IAntiforgery antiforgery, Ledger ledger)
    {
        // A page of this site that has no token at hand is told by its origin, which Guard.CrossSite has looked at.
        if (!context.Request.Headers.ContainsKey("Origin") && !await antiforgery.IsRequestValidAsync(context))
            return Results.BadRequest();
        if (context.User.Identity?.IsAuthenticated == true)
            ledger.Audit(context.User.Who(), "sign-out", "", FailedAttempts.AddressOf(context));
        SignInCookie.Delete(context);
        return Results.LocalRedirect(Path);
    }

    /// <summary>Only a path of this site: anything else would lead whoever signs in elsewhere.</summary>
    internal static string LocalUrl(string url) =>
        url.Length is > 0 and < 2000 && url[0] == '/' && !url.StartsWith("//", StringComparison.Ordinal) && !url.Contains('\\') && !url.Any(char.IsControl)
        && !url.StartsWith(Path, StringComparison.Ordinal) ? url : "/";

    private static IResult Show(HttpContext context, IAntiforgery antiforgery, string problem, int status)
    {
        var token = antiforgery.GetAndStoreTokens(context);
        var returnUrl = context.Request.HasFormContentType ? context.Request.Form["returnUrl"].ToString() : context.Request.Query["returnUrl"].ToString();
        return Results.Content(
            $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
            <title>Sign in · CorpusForge</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
            form { box-sizing: border-box; width: min(30rem, 100vw); padding: 2rem }
            h1 { font-size: 1.5rem; margin: 0 0 1rem }
            label { display: block; margin-bottom: .25rem }
            input { box-sizing: border-box; width: 100%; font: inherit; padding: .6rem .75rem; border: 1px solid GrayText; border-radius: .4rem; background: Field; color: FieldText }
            button { font: inherit; margin-top: 1rem; padding: .6rem 1.5rem; border: 0; border-radius: .4rem; background: #3f51b5; color: white; cursor: pointer }
            .problem { border-left: .25rem solid #d32f2f; padding-left: .75rem }
            small { display: block; margin-top: 1.5rem; opacity: .75 }
            </style>
            </head>
            <body>
            <main>
            <form method="post" action="{{Path}}">
            <h1>CorpusForge</h1>
            {{(problem.Length == 0 ? "" : $"<p class=\"problem\" role=\"alert\">{WebUtility.HtmlEncode(problem)}</p>")}}
            <label for="key">API key</label>
            <input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" placeholder="cf_…" required autofocus>
            <input type="hidden" name="returnUrl" value="{{WebUtility.HtmlEncode(LocalUrl(returnUrl))}}">
            <input type="hidden" name="{{token.FormFieldName}}" value="{{token.RequestToken}}">
            <button type="submit">Sign in</button>
            <small>Keys are made where the service runs, with <code>corpusforge keys create</code>.</small>
            </form>
            </main>
            </body>
            </html>
            """, "text/html; charset=utf-8", statusCode: status);
    }
}
