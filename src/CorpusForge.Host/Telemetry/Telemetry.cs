namespace CorpusForge.Host.Telemetry;

/// <summary>Logs, traces, metrics and health, of `serve` and of `worker`.</summary>
internal static class Telemetry
{
    /// <param name="builder">Of a web application, or of a worker that does not listen.</param>
    /// <param name="settings">Of the program.</param>
    public static void Add(IHostApplicationBuilder builder, AppSettings settings)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Hangfire", LogLevel.Warning);
    }

    public static void Map(WebApplication app)
    {
    }
}
