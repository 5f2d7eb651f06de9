using System.Net;
using System.Text.RegularExpressions;
using CorpusForge.Host.Security;
using Xunit;
using static CorpusForge.Host.Tests.Security.Served;

namespace CorpusForge.Host.Tests.Security;

public sealed partial class SignInTests
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_signs_in_with_a_key_and_out_again()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Operator, "ada"));
        using var browser = served.Client();
        var page = await browser.SendAsync(Request(HttpMethod.Get, "/test/who?a=b", ("Accept", "text/html")), s_cancel);
        Assert.Equal((HttpStatusCode.Redirect, "/sign-in?returnUrl=%2Ftest%2Fwho%3Fa%3Db"), (page.StatusCode, page.Headers.Location!.OriginalString));
        var wrong = await SignIn(browser, ApiKey.Create().Text);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.DoesNotContain("Set-Cookie", wrong.Headers.Select(h => h.Key));
        var right = await SignIn(browser, $" {key!.Text} ", page.Headers.Location.OriginalString);
        Assert.Equal((HttpStatusCode.Redirect, "/test/who?a=b"), (right.StatusCode, right.Headers.Location!.OriginalString));
        var cookie = right.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith(SignInCookie.Name, StringComparison.Ordinal));
        Assert.Contains("; samesite=strict; httponly", cookie);
        Assert.Contains("; path=/", cookie);
        Assert.DoesNotContain(key.Text[16..], cookie);
        Assert.Equal($"ada ({key.Id})", await browser.GetStringAsync("/test/who", s_cancel));
        Assert.Equal(["sign-in", "key.refused"], served.Ledger.AuditTrail(10).Select(a => a.Action));
        var signOut = await browser.SendAsync(Request(HttpMethod.Post, "/sign-out", ("Origin", served.Address.GetLeftPart(UriPartial.Authority))), s_cancel);
        Assert.Equal(HttpStatusCode.Redirect, signOut.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/test/who", s_cancel)).StatusCode);
        Assert.Equal("sign-out", served.Ledger.AuditTrail(1).Single().Action);
    }

    [Fact]
    public async Task A_cookie_ends_with_its_key_and_a_made_up_one_is_none()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger =>
        {
            key = Add(ledger, Scope.Operator);
            Add(ledger, Scope.Operator);
        });
        using var browser = served.Client();
        await SignIn(browser, key!.Text);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/test/who", s_cancel)).StatusCode);
        served.Ledger.RevokeKey(key.Id);
        await Task.Delay(1100, s_cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/test/who", s_cancel)).StatusCode);
        foreach (var made in (string[])["", "x", "CfDJ8", key.Text, new string('A', 4000), new string('A', 5000)])
            Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client().SendAsync(Request(HttpMethod.Get, "/test/who", ("Cookie", $"{SignInCookie.Name}={made}")), s_cancel)).StatusCode);
    }

    [Fact]
    public async Task Signing_in_needs_the_token_of_the_page()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Operator));
        using var content = new FormUrlEncodedContent(new Dictionary<string, string> { ["key"] = key!.Text });
        using var request = Request(HttpMethod.Post, "/sign-in", ("Origin", served.Address.GetLeftPart(UriPartial.Authority)));
        request.Content = content;
        var response = await served.Client().SendAsync(request, s_cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.DoesNotContain(response.Headers, h => h.Key == "Set-Cookie" && h.Value.Any(v => v.StartsWith(SignInCookie.Name, StringComparison.Ordinal)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Two_servers_on_one_ledger_read_each_others_cookies(bool postgres)
    {
        var folder = Directory.CreateTempSubdirectory("corpusforge-two-").FullName;
        var ledger = postgres ? CorpusForge.Servers.PostgresServer.Shared.NewDatabase() : Path.Combine(folder, "ledger.db");
        var key = Add(Runs.Ledger.Open(ledger, TimeProvider.System), Scope.Operator, "ada");
        await using (var one = await Start(s => s with { Ledger = ledger }))
        await using (var two = await Start(s => s with { Ledger = ledger }))
        {
            using var browser = one.Client();
            var cookie = (await SignIn(browser, key.Text)).Headers.GetValues("Set-Cookie").Single(c => c.StartsWith(SignInCookie.Name, StringComparison.Ordinal)).Split(';')[0];
            Assert.Equal($"ada ({key.Id})", await (await two.Client().SendAsync(Request(HttpMethod.Get, "/test/who", ("Cookie", cookie)), s_cancel)).Content.ReadAsStringAsync(s_cancel));
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("/runs/a?b=c#d", "/runs/a?b=c#d")]
    [InlineData("", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("//evil.example/", "/")]
    [InlineData("/\\evil.example/", "/")]
    [InlineData("/\tevil", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/sign-in?returnUrl=/", "/")]
    public void Signing_in_leads_nowhere_else(string url, string to) => Assert.Equal(to, SignInPage.LocalUrl(url));

    /// <summary>Fills in the page of signing in and sends it.</summary>
    internal static async Task<HttpResponseMessage> SignIn(HttpClient browser, string key, string page = "/sign-in")
    {
        var html = await browser.GetStringAsync(page, s_cancel);
        var fields = Hidden().Matches(html).ToDictionary(m => m.Groups["name"].Value, m => WebUtility.HtmlDecode(m.Groups["value"].Value));
        fields["key"] = key;
        using var request = Request(HttpMethod.Post, "/sign-in", ("Origin", browser.BaseAddress!.GetLeftPart(UriPartial.Authority)));
        request.Content = new FormUrlEncodedContent(fields);
        return await browser.SendAsync(request, s_cancel);
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]*)\" value=\"(?<value>[^\"]*)\">")]
    private static partial Regex Hidden();
}
