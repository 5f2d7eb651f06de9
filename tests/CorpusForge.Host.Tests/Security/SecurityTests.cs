using System.Net;
using System.Text.Json;
using CorpusForge.Host.Security;
using Xunit;
using static CorpusForge.Host.Tests.Security.Served;
using static CorpusForge.Host.Tests.Security.SignInTests;

namespace CorpusForge.Host.Tests.Security;

public sealed class SecurityTests
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_keys_whoever_is_on_the_machine_is_administrator()
    {
        await using var served = await Start();
        using var client = served.Client();
        Assert.Equal("local", await client.GetStringAsync("/test/who", s_cancel));
        Assert.Equal("local", await client.GetStringAsync("/test/administer", s_cancel));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/test/operate", Json(), s_cancel)).StatusCode);
        Assert.Equal("local", await (await served.Client().GetAsync($"http://localhost:{served.Address.Port}/test/who", s_cancel)).Content.ReadAsStringAsync(s_cancel));
    }

    [Fact]
    public async Task The_first_key_ends_that_and_revoking_it_does_not_bring_it_back()
    {
        await using var served = await Start();
        using var client = served.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/test/who", s_cancel)).StatusCode);
        var key = Add(served.Ledger, Scope.Viewer);
        await Task.Delay(1100, s_cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/test/who", s_cancel)).StatusCode);
        served.Ledger.RevokeKey(key.Id);
        await Task.Delay(1100, s_cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/test/who", s_cancel)).StatusCode);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://+:0")]
    [InlineData("http://*:0")]
    [InlineData("http://myhost:0")]
    public async Task Another_address_than_loopback_needs_a_key(string listen)
    {
        var problem = await Assert.ThrowsAsync<PipelineException>(() => Start(s => s with { Listen = listen }));
        Assert.Contains("corpusforge keys create", problem.Message);
        // A key that was revoked is none.
        await Assert.ThrowsAsync<PipelineException>(() => Start(s => s with { Listen = listen }, ledger => ledger.RevokeKey(Add(ledger, Scope.Administrator).Id)));
    }

    [Theory]
    [InlineData("Hosts")]
    [InlineData("Proxies")]
    public async Task A_proxy_in_front_of_loopback_needs_a_key_too(string what)
    {
        await Assert.ThrowsAsync<PipelineException>(() =>
            Start(s => what == "Hosts" ? s with { Hosts = ["corpus.example.org"] } : s with { Proxies = ["127.0.0.1"] }));
    }

    [Fact]
    public async Task On_every_address_only_keys_count()
    {
        ApiKey? key = null;
        await using var served = await Start(s => s with { Listen = "http://0.0.0.0:0" }, ledger => key = Add(ledger, Scope.Viewer, "ci"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client().GetAsync("/test/who", s_cancel)).StatusCode);
        Assert.Equal($"ci ({key!.Id})", await served.Client(key.Text).GetStringAsync("/test/who", s_cancel));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "192.0.2.1")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded", "for=192.0.2.1")]
    [InlineData("X-Real-IP", "192.0.2.1")]
    [InlineData("Via", "1.1 proxy")]
    public async Task Somebody_behind_a_proxy_that_nobody_declared_is_not_local(string header, string value)
    {
        await using var served = await Start();
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client().SendAsync(Request(HttpMethod.Get, "/test/who", (header, value)), s_cancel)).StatusCode);
    }

    [Fact]
    public async Task What_a_declared_proxy_says_counts_and_what_others_say_does_not()
    {
        ApiKey? key = null;
        await using var served = await Start(s => s with { Proxies = ["127.0.0.1"] }, ledger => key = Add(ledger, Scope.Viewer), app => { });
        using var client = served.Client();
        await client.SendAsync(Request(HttpMethod.Get, "/test/who", ("Authorization", "Bearer nonsense"), ("X-Forwarded-For", "192.0.2.77")), s_cancel);
        Assert.Equal("192.0.2.77", served.Ledger.AuditTrail(1).Single().Who);
        await using var without = await Start(s => s, ledger => Add(ledger, Scope.Viewer));
        await without.Client().SendAsync(Request(HttpMethod.Get, "/test/who", ("Authorization", "Bearer nonsense"), ("X-Forwarded-For", "192.0.2.77")), s_cancel);
        Assert.Equal("127.0.0.1", without.Ledger.AuditTrail(1).Single().Who);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_and_put_on_record_without_its_secret()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Administrator));
        var wrong = key!.Text[..^1] + (key.Text[^1] == '0' ? '1' : '0');
        foreach (var (text, id) in ((string, string)[])[(wrong, key.Id), (ApiKey.Create().Text, ""), ("nonsense", ""), (key.Text + "0", ""), (key.Text.ToUpperInvariant(), ""), ($"cf_{key.Id}_", "")])
        {
            var response = await served.Client(text).GetAsync("/test/who", s_cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            Assert.DoesNotContain("cf_" + key.Id, await response.Content.ReadAsStringAsync(s_cancel));
            var row = served.Ledger.AuditTrail(1).Single();
            Assert.Equal(("127.0.0.1", "key.refused", "GET /test/who"), (row.Who, row.Action, row.Detail));
            if (id.Length > 0)
                Assert.Equal(id, row.Target);
        }
        Assert.DoesNotContain(served.Ledger.AuditTrail(100), row => JsonSerializer.Serialize(row).Contains(wrong[16..], StringComparison.Ordinal));
        // A key in another header, in the URL, or in a basic login is none.
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client().GetAsync($"/test/who?key={key.Text}&access_token={key.Text}", s_cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client().SendAsync(Request(HttpMethod.Get, "/test/who", ("Authorization", key.Text)), s_cancel)).StatusCode);
    }

    [Theory]
    [InlineData(Scope.Viewer, 200, 403, 403)]
    [InlineData(Scope.Operator, 200, 200, 403)]
    [InlineData(Scope.Administrator, 200, 200, 200)]
    public async Task A_scope_includes_those_before_it_and_no_other(object scope, int view, int operate, int administer)
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, (Scope)scope));
        using var client = served.Client(key!.Text);
        Assert.Equal(view, (int)(await client.GetAsync("/test/who", s_cancel)).StatusCode);
        Assert.Equal(view, (int)(await client.PostAsync("/test/view", Json(), s_cancel)).StatusCode);
        Assert.Equal(operate, (int)(await client.PostAsync("/test/operate", Json(), s_cancel)).StatusCode);
        Assert.Equal(operate, (int)(await client.PutAsync("/test/operate", Json(), s_cancel)).StatusCode);
        Assert.Equal(administer, (int)(await client.GetAsync("/test/administer", s_cancel)).StatusCode);
        var hangfire = (int)(await client.GetAsync("/hangfire", s_cancel)).StatusCode;
        Assert.Equal(administer, hangfire == 404 && administer == 200 ? 200 : hangfire == 404 ? 403 : hangfire);
        var refused = await client.GetAsync("/test/administer", s_cancel);
        if (administer == 403)
            Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_revoked_key_ends_within_a_second_also_where_a_request_is_going_on()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Operator));
        using var client = served.Client(key!.Text);
        using var stream = await client.GetAsync("/test/stream", HttpCompletionOption.ResponseHeadersRead, s_cancel);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        var body = stream.Content.ReadAsStringAsync(s_cancel);
        served.Ledger.RevokeKey(key.Id);
        await Task.Delay(1100, s_cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/test/who", s_cancel)).StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => body.WaitAsync(TimeSpan.FromSeconds(30), s_cancel));
        Assert.True(body.IsFaulted);
    }

    [Fact]
    public async Task The_use_of_a_key_is_noted()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Viewer));
        Assert.Null(served.Ledger.Keys().Single().LastUsed);
        await served.Client(key!.Text).GetAsync("/test/who", s_cancel);
        Assert.NotNull(served.Ledger.Keys().Single().LastUsed);
    }

    // DNS rebinding: the attacker's name leads here, and his page is then of the same origin as what it asks.
    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:8420", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:1", true)]
    [InlineData("127.0.0.2", true)]
    [InlineData("[::1]:5", true)]
    public async Task A_name_that_somebody_else_gave_this_machine_is_not_answered(string host, bool known)
    {
        await using var served = await Start();
        using var request = Request(HttpMethod.Get, "/test/who");
        request.Headers.Host = host;
        var response = await served.Client().SendAsync(request, s_cancel);
        Assert.Equal(known ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example", null, "application/json", 403)]
    [InlineData("null", null, "application/json", 403)]
    [InlineData("http://127.0.0.1:1", null, "application/json", 403)]
    [InlineData("http://127.0.0.1.evil.example", null, "text/plain", 403)]
    [InlineData(null, "cross-site", "application/json", 403)]
    [InlineData(null, "same-site", "application/json", 403)]
    [InlineData(null, null, "text/plain", 403)]
    [InlineData(null, null, "text/plain; charset=utf-8; a=application/json", 403)]
    [InlineData(null, null, "application/x-www-form-urlencoded", 403)]
    [InlineData(null, null, "multipart/form-data; boundary=x", 403)]
    [InlineData(null, null, null, 403)]
    [InlineData(null, null, "application/json", 200)]
    [InlineData("same", "same-origin", "application/x-www-form-urlencoded", 200)]
    [InlineData("same", null, "text/plain", 200)]
    public async Task A_page_of_another_site_can_change_nothing(string? origin, string? site, string? type, int status)
    {
        ApiKey? key = null;
        await using var open = await Start();
        await using var keyed = await Start(before: ledger => key = Add(ledger, Scope.Operator));
        using var browser = keyed.Client();
        Assert.Equal(HttpStatusCode.Redirect, (await SignIn(browser, key!.Text)).StatusCode);
        foreach (var (served, client) in ((Served, HttpClient)[])[(open, open.Client()), (keyed, browser)])
        {
            using var request = Request(HttpMethod.Post, "/test/operate");
            request.Content = new ByteArrayContent([]);
            if (type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            if (origin is not null)
                request.Headers.Add("Origin", origin == "same" ? served.Address.GetLeftPart(UriPartial.Authority) : origin);
            if (site is not null)
                request.Headers.Add("Sec-Fetch-Site", site);
            Assert.Equal(status, (int)(await client.SendAsync(request, s_cancel)).StatusCode);
        }
        // Nor open a socket.
        if (origin is not null)
        {
            using var socket = Request(HttpMethod.Get, "/test/who", ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Origin", origin == "same" ? open.Address.GetLeftPart(UriPartial.Authority) : origin));
            Assert.Equal(status, (int)(await open.Client().SendAsync(socket, s_cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task A_key_in_a_header_and_a_header_of_ours_are_sent_on_purpose()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Operator));
        using var bearer = Request(HttpMethod.Post, "/test/operate", ("Origin", "https://elsewhere.example"));
        Assert.Equal(HttpStatusCode.OK, (await served.Client(key!.Text).SendAsync(bearer, s_cancel)).StatusCode);
        await using var open = await Start();
        using var own = Request(HttpMethod.Post, "/test/operate", (Guard.OnPurpose, "1"));
        Assert.Equal(HttpStatusCode.OK, (await open.Client().SendAsync(own, s_cancel)).StatusCode);
        // A preflight gets no permission, so that a page of another site cannot send that header.
        using var preflight = Request(HttpMethod.Options, "/test/operate", ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", Guard.OnPurpose));
        Assert.DoesNotContain((await open.Client().SendAsync(preflight, s_cancel)).Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task More_requests_than_the_settings_allow_are_told_to_wait()
    {
        await using var served = await Start(s => s with { Requests = new AppSettings.RateLimits { PerKey = 2 } });
        using var client = served.Client();
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 30; i++)
            answers.Add(await client.GetAsync("/test/who", s_cancel));
        Assert.All(answers[..10], a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        var refused = answers.First(a => a.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz", s_cancel)).StatusCode);
    }

    [Fact]
    public async Task Guessing_keys_is_told_to_wait_and_a_right_key_is_not()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Viewer));
        for (var i = 0; i < FailedAttempts.MaxPerMinute; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client(ApiKey.Create().Text).GetAsync("/test/who", s_cancel)).StatusCode);
        var refused = await served.Client(ApiKey.Create().Text).GetAsync("/test/who", s_cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignIn(served.Client(), ApiKey.Create().Text)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await served.Client(key!.Text).GetAsync("/test/who", s_cancel)).StatusCode);
        // The record does not grow with the guesses.
        Assert.Equal(FailedAttempts.MaxPerMinute, served.Ledger.AuditTrail(1000).Count);
    }

    [Fact]
    public async Task Too_many_requests_are_told_to_wait()
    {
        ApiKey? key = null;
        await using var served = await Start(before: ledger => key = Add(ledger, Scope.Viewer));
        using var client = served.Client();
        var statuses = new List<int>();
        for (var i = 0; i < 400 && !statuses.Contains(429); i++)
        {
            using var response = await client.GetAsync("/test/who", s_cancel);
            statuses.Add((int)response.StatusCode);
            if (statuses[^1] == 429)
                Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        }
        Assert.Equal(429, statuses[^1]);
        Assert.True(statuses.Count > 50);
        Assert.Equal(HttpStatusCode.OK, (await served.Client(key!.Text).GetAsync("/test/who", s_cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz", s_cancel)).StatusCode);
    }

    [Fact]
    public async Task A_huge_request_is_refused_at_its_head()
    {
        await using var served = await Start();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(served.Address.Host, served.Address.Port, s_cancel);
        var stream = client.GetStream();
        await stream.WriteAsync("POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n{"u8.ToArray(), s_cancel);
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer, s_cancel);
        Assert.StartsWith("HTTP/1.1 413", System.Text.Encoding.ASCII.GetString(buffer, 0, read));
    }

    [Fact]
    public async Task Every_answer_carries_the_headers_that_browsers_heed()
    {
        await using var served = await Start(before: ledger => Add(ledger, Scope.Viewer));
        foreach (var path in (string[])["/sign-in", "/test/who", "/nothing", "/healthz"])
        {
            var headers = (await served.Client().GetAsync(path, s_cancel)).Headers;
            Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single());
            Assert.DoesNotContain("script-src", headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(headers.Contains("Server"));
        }
    }

    [Theory]
    [InlineData("/healthz", 200)]
    [InlineData("/readyz", 200)]
    [InlineData("/metrics", 401)]
    [InlineData("/nothing", 401)]
    [InlineData("/api/v1/runs", 401)]
    [InlineData("/hangfire", 401)]
    [InlineData("/openapi/v1.json", 401)]
    [InlineData("/_blazor/negotiate", 401)]
    [InlineData("/test/who", 401)]
    public async Task Without_a_key_only_the_probes_answer(string path, int status)
    {
        await using var served = await Start(before: ledger => Add(ledger, Scope.Viewer));
        Assert.Equal(status, (int)(await served.Client().GetAsync(path, s_cancel)).StatusCode);
    }

    [Fact]
    public void A_pipeline_from_elsewhere_cannot_choose_libraries_to_load()
    {
        var within = new Confinement(["/"], [], []);
        var yaml = "name: a\nsources: [jsonl: { paths: [/data] }]\nstages: [clean, tokenize, train: { libtorch: /data/lib }]";
        Assert.Contains("'libtorch' of stage 'train': this is not for a pipeline that is submitted",
            Assert.Throws<PipelineException>(() => PipelineFile.Parse(yaml, "a.yaml", CommandLine.Catalogue, within: within)).Message);
    }
}
