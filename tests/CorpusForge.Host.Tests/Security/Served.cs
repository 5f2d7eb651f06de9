using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CorpusForge.Host.Commands;
using CorpusForge.Host.Security;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CorpusForge.Host.Tests.Security;

/// <summary>The web application of `serve` on a free port of loopback, and clients for it.</summary>
internal sealed class Served : IAsyncDisposable
{
    private readonly string? _own;
    private readonly WebApplication _app;

    private Served(WebApplication app, string? own) => (_app, _own) = (app, own);

    public Uri Address { get; private set; } = null!;

    public Ledger Ledger => _app.Services.GetRequiredService<Ledger>();

    public IEnumerable<RouteEndpoint> Endpoints => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>();

    public static async Task<Served> Start(Func<AppSettings, AppSettings>? change = null, Action<Ledger>? before = null, Action<WebApplication>? map = null, string? folder = null)
    {
        var own = folder is null ? Directory.CreateTempSubdirectory("corpusforge-served-").FullName : null;
        folder ??= own!;
        var settings = new AppSettings { Out = folder, Listen = "http://127.0.0.1:0" };
        settings = change?.Invoke(settings) ?? settings;
        before?.Invoke(new Ledger(Path.Combine(folder, "ledger.db"), TimeProvider.System));
        var app = ServeCommand.Build(settings, 1);
        app.MapGet("/test/who", (HttpContext context) => context.User.Who());
        app.MapPost("/test/operate", (HttpContext context) => context.User.Who()).DisableAntiforgery();
        app.MapPut("/test/operate", (HttpContext context) => context.User.Who()).DisableAntiforgery();
        app.MapGet("/test/administer", (HttpContext context) => context.User.Who()).RequireAuthorization(Policies.Administrator);
        app.MapPost("/test/view", (HttpContext context) => context.User.Who()).RequireAuthorization(Policies.Viewer).DisableAntiforgery();
        app.MapGet("/test/stream", async (HttpContext context) =>
        {
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        map?.Invoke(app);
        await app.StartAsync();
        return new Served(app, own) { Address = new Uri(app.Urls.First().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)) };
    }

    /// <summary>Puts a key into a ledger.</summary>
    public static ApiKey Add(Ledger ledger, Scope scope, string name = "somebody")
    {
        var key = ApiKey.Create();
        ledger.AddKey(key.Id, name, Convert.ToHexStringLower(key.Hash), scope.ToString().ToLowerInvariant(), "test");
        return key;
    }

    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public static HttpRequestMessage Request(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    public static StringContent Json(string text = "{}") => new(text, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_own is not null)
            Directory.Delete(_own, recursive: true);
    }
}
