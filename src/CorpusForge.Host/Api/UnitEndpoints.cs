using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Api;

/// <summary>The units of a run: pages, the grid, one with its attempts and documents.</summary>
internal static class UnitEndpoints
{
    private static readonly string[] s_states = [States.Pending, States.Running, States.Done, States.Failed, States.Quarantined];

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/runs/{run}/units", List).WithName("listUnits").WithSummary("Lists the units of a run in order of stage, phase and place.")
            .WithDescription("`stage` and `phase` are names or places from 0; `state` may be several, separated by commas.");
        api.MapGet("/runs/{run}/grid", Grid).WithName("showGrid").WithSummary("Shows the units of a phase as cells of neighbours, counted by state.");
        api.MapGet("/runs/{run}/units/{stage}/{phase}/{key}", (string run, string stage, string phase, string key, RunService s) => s.Unit(IdOf(s, run, stage, phase, key)))
            .WithName("showUnit").WithSummary("Shows a unit with its attempts, its inputs and what it made.");
        api.MapGet("/runs/{run}/units/{stage}/{phase}/{key}/preview", PreviewUnit).WithName("previewUnit")
            .WithSummary("Shows documents that a unit kept and dropped: verdict, text before and after.");
        api.MapGet("/runs/{run}/stages/{stage}/preview", PreviewStage).WithName("previewStage").WithSummary("Shows documents that a stage kept and dropped: the first that match.");
        api.MapPost("/runs/{run}/units/{stage}/{phase}/{key}:retry", (string run, string stage, string phase, string key, HttpContext c, RunService s) =>
                s.Retry(run, Api.Who(c), IdOf(s, run, stage, phase, key)))
            .WithName("retryUnit").WithSummary("Tries one failed unit again, and goes on with its run.").RequireAuthorization("Operator");
    }

    private static Page<UnitSummary> List(string run, RunService service, string? stage = null, string? phase = null, string? state = null, string? cursor = null, int limit = 100)
    {
        string[] states = state?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (states.FirstOrDefault(s => !s_states.Contains(s)) is { } wrong)
            throw new PipelineException($"state: '{wrong}' is none of {string.Join(", ", s_states)}");
        if (phase is not null && stage is null)
            throw new PipelineException("phase: needs a stage");
        var at = stage is null ? (int?)null : service.StageOf(run, stage);
        var filter = new UnitFilter { Stage = at, Phase = phase is null ? null : service.PhaseOf(run, at!.Value, phase), States = [.. states.Distinct()] };
        return service.Units(run, filter, cursor, limit);
    }

    private static IReadOnlyList<UnitCell> Grid(string run, string stage, string phase, RunService service, int cells = 1000)
    {
        var at = service.StageOf(run, stage);
        return service.Grid(run, at, service.PhaseOf(run, at, phase), cells);
    }

    private static Preview PreviewUnit(
        string run, string stage, string phase, string key, RunService service, CancellationToken cancel,
        bool kept = true, bool dropped = true, string? rule = null, int limit = 10, int text = 4000) =>
        service.Preview(IdOf(service, run, stage, phase, key), FilterOf(kept, dropped, rule, limit, text), cancel);

    private static Preview PreviewStage(
        string run, string stage, RunService service, CancellationToken cancel, bool kept = true, bool dropped = true, string? rule = null, int limit = 10, int text = 4000) =>
        service.Preview(run, service.StageOf(run, stage), FilterOf(kept, dropped, rule, limit, text), cancel);

    private static PreviewFilter FilterOf(bool kept, bool dropped, string? rule, int limit, int text)
    {
        if (limit is < 1 or > Preview.MaxLimit)
            throw new PipelineException($"limit: from 1 to {Preview.MaxLimit}");
        return text is < 0 or > Preview.MaxText
            ? throw new PipelineException($"text: from 0 to {Preview.MaxText}")
            : new PreviewFilter { Kept = kept, Dropped = dropped, Rule = rule, Limit = limit, Text = text };
    }

    internal static UnitId IdOf(RunService service, string run, string stage, string phase, string key)
    {
        service.Run(run);
        var at = service.StageOf(run, stage);
        return new UnitId(run, at, service.PhaseOf(run, at, phase), key);
    }
}
