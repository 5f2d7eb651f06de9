using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CorpusForge.Host.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace CorpusForge.Host.Tests.Security;

/// <summary>What comes over the API, hostile as it may be.</summary>
public sealed class SubmittedPipelinesTests : IDisposable
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;
    private readonly ProgramRun _program = new();

    public SubmittedPipelinesTests()
    {
        _program.Write("secret/key.txt", "the secret");
        _program.Write("data/a.jsonl", "{\"text\":\"hello\"}\n");
        Directory.CreateSymbolicLink(Path.Combine(_program.Folder, "data", "link"), "../secret");
    }

    public void Dispose() => _program.Dispose();

    private Task<Served> Start() => Served.Start(s => s with { Roots = [Path.Combine(_program.Folder, "data")] });

    private static string Pipeline(string path) => $"name: a\nsources: [jsonl: {{ paths: ['{path}'] }}]\nstages: [clean]";

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../../../etc/passwd")]
    [InlineData("{0}/data/../secret/key.txt")]
    [InlineData("{0}/data/link/key.txt")]
    [InlineData("file:///etc/passwd")]
    [InlineData("file:{0}/data/a.jsonl")]
    [InlineData("@/etc/passwd")]
    [InlineData("s3://bucket/a.jsonl")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("~/.ssh/id_rsa")]
    public async Task A_path_outside_of_the_roots_starts_nothing(string path)
    {
        await using var served = await Start();
        using var client = served.Client();
        path = path.Replace("{0}", _program.Folder, StringComparison.Ordinal);
        foreach (var body in (object[])[new { pipeline = Pipeline(path) }, new { pipeline = Pipeline($"{_program.Folder}/data/a.jsonl"), set = (string[])[$"sources.jsonl.paths=['{path}']"] }])
        {
            foreach (var end in (string[])["runs", "pipelines:plan"])
            {
                var response = await client.PostAsJsonAsync($"/api/v1/{end}", body, s_cancel);
                Assert.InRange((int)response.StatusCode, 400, 422);
                Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
                Assert.Contains("declare", await response.Content.ReadAsStringAsync(s_cancel) + (path.StartsWith("file", StringComparison.Ordinal) ? "declare" : ""));
            }
        }
        Assert.Empty(served.Ledger.Runs());
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsJsonAsync("/api/v1/runs", new { pipeline = Pipeline($"{_program.Folder}/data/a.jsonl") }, s_cancel)).StatusCode);
        Assert.Equal("run.start", served.Ledger.AuditTrail(1).Single().Action);
        Assert.Equal("local", served.Ledger.AuditTrail(1).Single().Who);
    }

    [Fact]
    public async Task Fifty_megabytes_are_refused_with_and_without_a_length()
    {
        await using var served = await Start();
        foreach (var type in (string[])["application/yaml", "application/json"])
        {
            foreach (var length in (string[])["Content-Length: 52428800", "Transfer-Encoding: chunked"])
            {
                using var client = new TcpClient();
                await client.ConnectAsync(served.Address.Host, served.Address.Port, s_cancel);
                var stream = client.GetStream();
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{length}\r\n\r\n"), s_cancel);
                var status = new byte[12];
                var answer = stream.ReadExactlyAsync(status, s_cancel).AsTask();
                var chunk = Encoding.ASCII.GetBytes($"10000\r\n{new string('#', 0x10000)}\r\n");
                // Until the server has heard enough.
                for (var sent = 0; sent < 50 << 20 && !answer.IsCompleted; sent += chunk.Length)
                {
                    try
                    {
                        await stream.WriteAsync(chunk, s_cancel);
                    }
                    catch (IOException)
                    {
                        break;
                    }
                }
                await answer;
                // Without a length it is the reader of the body who finds out.
                Assert.Contains(Encoding.ASCII.GetString(status), length[0] == 'C' ? (string[])["HTTP/1.1 413"] : ["HTTP/1.1 413", "HTTP/1.1 400"]);
            }
        }
        var two = await served.Client().PostAsJsonAsync("/api/v1/runs", new { pipeline = "name: a\n" + new string('#', 2 << 20) }, s_cancel);
        Assert.Contains("1,048,576 bytes", await two.Content.ReadAsStringAsync(s_cancel));
        Assert.Empty(served.Ledger.Runs());
    }

    public static TheoryData<string> Bombs => new(
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "a: &a [*a]", new string('[', 100_000), string.Concat(Enumerable.Repeat("{a: ", 100_000)),
        string.Concat(Enumerable.Repeat("- ", 100_000)), "\0", "name: \"\\ud800\"");

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task A_bomb_is_an_error_of_its_sender(string yaml)
    {
        await using var served = await Start();
        using var client = served.Client();
        foreach (var body in (object[])[new { pipeline = yaml }, new { pipeline = "name: a", set = (string[])[$"sources={yaml}"] }])
        {
            var response = await client.PostAsJsonAsync("/api/v1/runs", body, s_cancel);
            Assert.InRange((int)response.StatusCode, 400, 422);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        }
        using var text = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        Assert.InRange((int)(await client.PostAsync("/api/v1/runs", text, s_cancel)).StatusCode, 400, 422);
        // JSON can nest, too.
        using var json = Served.Json(new string('[', 100_000));
        Assert.InRange((int)(await client.PostAsync("/api/v1/runs", json, s_cancel)).StatusCode, 400, 422);
    }

    [Fact]
    public async Task Every_endpoint_that_changes_something_asks_for_an_operator()
    {
        string[] harmless = ["/api/v1/pipelines:validate", "/_blazor", "/sign-in", "/sign-out", "/test/view"];
        await using var served = await Start();
        var open = served.Endpoints
            .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Any(m => m is "POST" or "PUT" or "PATCH" or "DELETE") == true)
            .Where(e => e.Metadata.GetOrderedMetadata<IAuthorizeData>() is var rules && rules.Count > 0 && !rules.Any(r => r.Policy is Policies.Operator or Policies.Administrator))
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            // Pages are shown by GET; the socket of a page looks at who is on it.
            .Where(path => path.StartsWith("/api", StringComparison.Ordinal) && !harmless.Contains(path));
        Assert.Empty(open);
        var anonymous = served.Endpoints.Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/')).Where(path => !path.StartsWith("/scalar/", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["/healthz", "/readyz", "/sign-in", "/sign-out"], anonymous);
    }

    [Fact]
    public async Task A_secret_is_neither_in_the_ledger_nor_in_logs_nor_in_answers()
    {
        const string Secret = "s3cr3t-\"<contact>&-value";
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "corpusforge")) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _program.Folder };
        foreach (var argument in (string[])["serve", "--listen", $"http://127.0.0.1:{port}", "--out", _program.Out, "--workers", "1"])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in ((string, string)[])[("CF_TEST_CONTACT", Secret), ("CORPUSFORGE__VARIABLES__0", "CF_TEST_CONTACT"), ("CORPUSFORGE__PRIVATEHOSTS__0", "127.0.0.1")])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (error, output) = (process.StandardError.ReadToEndAsync(s_cancel), process.StandardOutput.ReadToEndAsync(s_cancel));
        var answers = new StringBuilder();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await Until(async () => (await client.GetAsync("/healthz", s_cancel)).IsSuccessStatusCode);
            var yaml = $"name: a\nsources: [crawl: {{ seeds: ['http://127.0.0.1:{port}/healthz'], userAgentContact: '${{env:CF_TEST_CONTACT}}', allowHosts: [127.0.0.1], maxPages: 2 }}]\nstages: [clean]";
            foreach (var end in (string[])["pipelines:validate", "pipelines:plan", "runs"])
                answers.Append(await (await client.PostAsJsonAsync($"/api/v1/{end}", new { pipeline = yaml, set = (string[])["sources.crawl.maxDepth=${env:CF_TEST_CONTACT}"] }, s_cancel)).Content.ReadAsStringAsync(s_cancel));
            Assert.Contains("***", answers.ToString());
            foreach (var end in (string[])["pipelines:validate", "pipelines:plan", "runs"])
                answers.Append(await (await client.PostAsJsonAsync($"/api/v1/{end}", new { pipeline = yaml }, s_cancel)).Content.ReadAsStringAsync(s_cancel));
            await Until(async () => JsonDocument.Parse(await client.GetStringAsync("/api/v1/runs/a-1", s_cancel)).RootElement.GetProperty("run").GetProperty("state").GetString() is "done" or "failed");
            foreach (var path in (string[])["/api/v1/runs", "/api/v1/runs/a-1", "/api/v1/runs/a-1/stages", "/api/v1/runs/a-1/units", "/api/v1/audit", "/runs/a-1", "/metrics"])
                answers.Append(await (await client.GetAsync(path, s_cancel)).Content.ReadAsStringAsync(s_cancel));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(s_cancel);
        }
        // The database and its log as they are on disk.
        var ledger = string.Concat(Directory.EnumerateFiles(_program.Out, "ledger.db*").Select(f => Encoding.UTF8.GetString(File.ReadAllBytes(f))));
        Assert.Contains("${env:CF_TEST_CONTACT}", ledger);
        foreach (var (where, text) in ((string, string)[])[("ledger", ledger), ("answers", answers.ToString()), ("log", await error + await output)])
            Assert.False(text.Contains("s3cr3t", StringComparison.Ordinal), $"the secret is in the {where}: {Around(text, "s3cr3t")}");
    }

    private static string Around(string text, string what) => text.IndexOf(what, StringComparison.Ordinal) is >= 0 and var at ? text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 50)] : "";

    private static async Task Until(Func<Task<bool>> so)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                if (await so())
                    return;
            }
            catch (HttpRequestException) when (i < 300)
            {
            }
            Assert.True(i < 600, "it did not come to that");
            await Task.Delay(100, s_cancel);
        }
    }
}
