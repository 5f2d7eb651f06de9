using CorpusForge.Host.Service;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CorpusForge.Host.Api;

/// <summary>Runs: started, listed, shown, steered, compared.</summary>
internal static class RunEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/runs", Start).Takes().WithName("startRun").WithSummary("Starts a run.")
            .WithDescription("The run is recorded before this answers; a coordinator takes it up. Send an Idempotency-Key, so that a repetition does not start another.").RequireAuthorization("Operator");
        api.MapGet("/runs", List).WithName("listRuns").WithSummary("Lists runs, newest first.");
        api.MapGet("/runs:counts", (RunService service) => service.RunCounts()).WithName("countRuns").WithSummary("Tells how many runs are in each state.");
        api.MapGet("/runs:diff", (string a, string b, RunService service) => service.Compare(a, b)).WithName("compareRuns").WithSummary("Compares two runs: settings, funnels, rules, contents.");
        api.MapGet("/runs/{run}", (string run, RunService service) => service.Detail(run)).WithName("showRun").WithSummary("Shows a run with its pipeline.");
        api.MapGet("/runs/{run}/stages", (string run, RunService service) => service.FlowOf(run)).WithName("showRunStages")
            .WithSummary("Shows the stages of a run: the funnel by rule, phases with counts, rate and time left.");
        api.MapPost("/runs/{run}:cancel", (string run, HttpContext c, RunService s) => s.Cancel(run, Api.Who(c))).WithName("cancelRun")
            .WithSummary("Stops a run for good; what is done stays done.").RequireAuthorization("Operator");
        api.MapPost("/runs/{run}:pause", (string run, HttpContext c, RunService s) => s.Pause(run, Api.Who(c))).WithName("pauseRun")
            .WithSummary("Lets a run's units finish and starts no others.").RequireAuthorization("Operator");
        api.MapPost("/runs/{run}:resume", (string run, HttpContext c, RunService s) => s.Resume(run, Api.Who(c))).WithName("resumeRun")
            .WithSummary("Goes on with a run that was paused, cancelled or failed; units that failed stay so.").RequireAuthorization("Operator");
        api.MapPost("/runs/{run}:retry", (string run, HttpContext c, RunService s) => s.Retry(run, Api.Who(c))).WithName("retryRun")
            .WithSummary("Tries the failed units of a run again, and goes on with it.").RequireAuthorization("Operator");
        api.MapPost("/runs/{run}:prioritize", (string run, int priority, HttpContext c, RunService s) => s.SetPriority(run, priority, Api.Who(c))).WithName("prioritizeRun")
            .WithSummary("Sets the priority of a run: units of a run with a higher one go first.").RequireAuthorization("Operator");
    }

    private static Created<RunSummary> Start(PipelineSubmission submission, HttpContext context, RunService service)
    {
        var run = service.Start(submission.By(Api.Who(context)));
        return TypedResults.Created($"{Api.Prefix}/runs/{run.Id}", run);
    }

    private static Page<RunSummary> List(RunService service, string? state = null, string? pipeline = null, string? schedule = null, string? cursor = null, int limit = 50) =>
        service.Runs(new RunFilter { State = state, Pipeline = pipeline, Schedule = schedule }, cursor, limit);
}
