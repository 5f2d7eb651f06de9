using System.Reflection;
using CorpusForge.Runs;
using Hangfire;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CorpusForge.Host.Telemetry;

/// <summary>Logs, traces, metrics and health, of `serve` and of `worker`; see docs/observability.md.</summary>
internal static class Telemetry
{
    private const string OtlpVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static readonly string[] s_meters = [Metrics.Source, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Npgsql"];
    private static readonly string[] s_own = ["/metrics", "/healthz", "/readyz"];

    /// <summary>This process, as spans, workers and logs name it.</summary>
    public static string Process => $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <param name="builder">Of a web application, or of a worker that does not listen.</param>
    /// <param name="settings">Of the program.</param>
    public static void Add(IHostApplicationBuilder builder, AppSettings settings)
    {
        AddLogs(builder, settings);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton(services => new ReadyCheck("ledger", () => services.GetRequiredService<Ledger>().Probe()));
        builder.Services.AddSingleton(services => new ReadyCheck("dispatch", () => Readiness.Dispatch(services.GetRequiredService<JobStorage>())));
        builder.Services.AddSingleton(services => new ReadyCheck("storage", () => Readiness.Storage(services.GetRequiredService<IStorage>(), Process)));
        // A worker's builder has no configuration of its own: the exporter reads these by their standard names.
        builder.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value)).Where(v => v.Key.StartsWith("OTEL_", StringComparison.Ordinal)));
        var exports = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(OtlpVariable));
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(r => r.AddService("corpusforge", serviceVersion: Version, serviceInstanceId: Process));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(s_meters);
            if (builder is WebApplicationBuilder)
                metrics.AddPrometheusExporter();
            if (exports)
                metrics.AddOtlpExporter();
        });
        if (exports)
        {
            telemetry.WithTracing(traces => traces
                .AddSource(Metrics.Source)
                .AddAspNetCoreInstrumentation(o => o.Filter = http => !s_own.Contains(http.Request.Path.Value))
                .AddOtlpExporter());
        }
        // After the listeners of metrics have begun.
        builder.Services.AddHostedService<UnitLog>();
    }

    /// <summary>Gauges of the whole service, for a coordinator.</summary>
    public static void Watch(IHostApplicationBuilder builder)
    {
        builder.Services.AddHostedService<LedgerWatch>();
        builder.Services.AddSingleton<Pulse>();
        builder.Services.AddSingleton(services => new ReadyCheck("coordinator", services.GetRequiredService<Pulse>().Check));
    }

    public static void Map(WebApplication app)
    {
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapGet("/healthz", (HttpContext http) => Fresh(http, Results.Text("ok\n"))).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/readyz", async (HttpContext http, Readiness readiness) =>
        {
            var answer = await readiness.Ask();
            return Fresh(http, Results.Json(answer, statusCode: answer.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable));
        }).AllowAnonymous().ExcludeFromDescription();
    }

    private static void AddLogs(IHostApplicationBuilder builder, AppSettings settings)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddConsoleFormatter<LogLines, ConsoleFormatterOptions>();
        builder.Logging.AddConsole(o =>
        {
            o.FormatterName = LogLines.FormatterName;
            o.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        builder.Logging.SetMinimumLevel(settings.Logging.Level);
        foreach (var chatty in (string[])["Microsoft", "System", "Hangfire"])
            builder.Logging.AddFilter(chatty, LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
    }

    private static IResult Fresh(HttpContext http, IResult result)
    {
        http.Response.Headers.CacheControl = "no-store";
        return result;
    }

    private static string Version => typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
