using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CorpusForge.Host.Commands;
using CorpusForge.Host.Tests.Commands;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CorpusForge.Host.Tests.Api;

/// <summary>The service in this process on a free port of loopback, over a new ledger; over PostgreSQL it only coordinates.</summary>
public sealed class ServedApi : IDisposable
{
    private readonly WebApplication _app;

    /// <param name="postgres">Whether the ledger is in PostgreSQL; else it is the folder's.</param>
    /// <param name="folder">Has input in `in`, and perhaps runs already.</param>
    public ServedApi(bool postgres, string folder)
    {
        Folder = folder;
        var settings = new AppSettings
        {
            Out = Path.Combine(folder, "out"),
            Listen = "http://127.0.0.1:0",
            Ledger = postgres ? PostgresServer.Shared.NewDatabase() : "",
            Roots = [Path.Combine(folder, "in")],
            Drain = TimeSpan.Zero,
        };
        // Without a worker elsewhere, a ledger in a folder needs one here.
        _app = ServeCommand.Build(settings, workers: postgres ? 0 : 1);
        _app.StartAsync().GetAwaiter().GetResult();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Http = new HttpClient { BaseAddress = new Uri(address) };
    }

    public string Folder { get; }
    public HttpClient Http { get; }
    public Ledger Ledger => _app.Services.GetRequiredService<Ledger>();
    public IServiceProvider Services => _app.Services;

    public string Pipeline(string name = "api") =>
        $$"""
        name: {{name}}
        sources:
          - jsonl: { paths: ["{{Folder}}/in/*.jsonl"] }
        stages:
          - clean: { steps: [redact-pii] }
        """;

    public JsonElement Get(string path) => Read(Http.GetAsync($"api/v1/{path}").GetAwaiter().GetResult(), 200);

    /// <summary>The problem that a path gives.</summary>
    public JsonElement Refused(string path, int status) => Problem(Http.GetAsync($"api/v1/{path}").GetAwaiter().GetResult(), status);

    /// <summary>What a path of the server has, as text.</summary>
    public string Text(string path) => Http.GetStringAsync(path).GetAwaiter().GetResult();

    /// <summary>Sends any body of any type.</summary>
    public HttpResponseMessage Send(HttpMethod method, string path, string type, byte[] body)
    {
        using var request = new HttpRequestMessage(method, $"api/v1/{path}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new(type);
        return Send(request, null);
    }

    public HttpResponseMessage Post(string path, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/v1/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        return Send(request, key);
    }

    public HttpResponseMessage PostYaml(string path, string yaml, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/v1/{path}") { Content = new StringContent(yaml, Encoding.UTF8, "application/yaml") };
        return Send(request, key);
    }

    private HttpResponseMessage Send(HttpRequestMessage request, string? key)
    {
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        request.Headers.Add("X-CorpusForge", "1");
        // A body that is refused by its length alone is not read.
        request.Headers.ExpectContinue = true;
        return Http.SendAsync(request).GetAwaiter().GetResult();
    }

    public static JsonElement Read(HttpResponseMessage response, int status)
    {
        var text = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>Every error is problem+json with its status and nothing of how the program is made.</summary>
    public static JsonElement Problem(HttpResponseMessage response, int status)
    {
        var problem = Read(response, status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.DoesNotContain("   at ", problem.ToString());
        Assert.DoesNotContain("CorpusForge.Host", problem.ToString());
        return problem;
    }

    public void Dispose()
    {
        Http.Dispose();
        _app.StopAsync().GetAwaiter().GetResult();
        _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
        // Each test has a database, and the server a limit of connections.
        Npgsql.NpgsqlConnection.ClearAllPools();
    }
}

/// <summary>The service over the folder of two finished runs that differ in one setting.</summary>
public sealed class ServedRuns : IDisposable
{
    private const string Pipeline =
        """
        name: web
        sources:
          - jsonl: { paths: [in/*.jsonl] }
        stages:
          - clean: { steps: [redact-pii] }
          - filter: { steps: [c4-lines, gopher-quality: { minWords: 20, minMeanWordLength: 3 }] }
          - deduplicate
          - tokenize: { tokenizer: byte, validationShare: 0.1 }
        """;

    public ServedRuns()
    {
        CorpusRun.WriteInput(Program);
        foreach (var (name, words) in ((string, string)[])[("a.yaml", "20"), ("b.yaml", "3")])
        {
            var (code, _, error) = Program.Run("run", Program.Write(name, Pipeline.Replace("minWords: 20", $"minWords: {words}")), "--out", "out");
            Assert.True(code == 0, error);
        }
        Api = new ServedApi(postgres: false, Program.Folder);
    }

    public ProgramRun Program { get; } = new();
    public ServedApi Api { get; }

    public void Dispose()
    {
        Api.Dispose();
        Program.Dispose();
    }
}
