using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Api;

/// <summary>The service itself: its workers, who did what.</summary>
internal static class ServiceEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/version", () => new ServiceVersion(RunFile.Version)).WithName("showVersion").WithSummary("Tells the version of the service.");
        api.MapGet("/workers", (RunService s) => s.Workers()).WithName("listWorkers").WithSummary("Lists the processes that work, or did within a day.");
        api.MapGet("/workers/{worker}/units", (string worker, RunService s) => s.UnitsOn(worker)).WithName("listWorkerUnits").WithSummary("Lists the units that a worker has.");
        api.MapGet("/audit", (RunService s, string? cursor = null, int limit = 100) => s.AuditTrail(cursor, limit)).WithName("listAuditTrail")
            .WithSummary("Lists who did what, newest first.").RequireAuthorization("Administrator");
    }
}

/// <summary>The version of the program.</summary>
internal sealed record ServiceVersion(string Version);
