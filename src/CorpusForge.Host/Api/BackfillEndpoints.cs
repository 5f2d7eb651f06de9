using System.ComponentModel;
using CorpusForge.Host.Service;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CorpusForge.Host.Api;

/// <summary>Backfills: a pipeline run once for each input of a list.</summary>
internal static class BackfillEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/backfills", (RunService s) => s.Backfills()).WithName("listBackfills").WithSummary("Lists backfills, newest first.");
        api.MapGet("/backfills/{backfill}", (long backfill, RunService s) => s.Backfill(backfill)).WithName("showBackfill").WithSummary("Shows a backfill: each input with its run.");
        api.MapPost("/backfills", Start).WithName("startBackfill").WithSummary("Starts a backfill: one run for each input, in order, a few at a time.").RequireAuthorization("Operator");
        api.MapPost("/backfills/{backfill}:cancel", (long backfill, HttpContext c, RunService s) => s.CancelBackfill(backfill, Api.Who(c))).WithName("cancelBackfill")
            .WithSummary("Begins no more runs of a backfill, and cancels those that go on.").RequireAuthorization("Operator");
    }

    private static Created<BackfillView> Start(BackfillSubmission submission, HttpContext context, RunService service)
    {
        var backfill = service.AddBackfill(submission.By(Api.Who(context)));
        return TypedResults.Created($"{Api.Prefix}/backfills/{backfill.Number}", backfill);
    }
}

/// <summary>A backfill to start.</summary>
internal sealed record BackfillSubmission
{
    [Description("The pipeline file's text (YAML).")]
    public required string Pipeline { get; init; }

    [Description("What the file is called, in messages.")]
    public string File { get; init; } = "pipeline.yaml";

    [Description("Overrides, `path.to.setting=value`; at least one has {input} in it, such as sources.warc.paths=[{input}].")]
    public required IReadOnlyList<string> Set { get; init; }

    [Description("In the order in which they are begun.")]
    public required IReadOnlyList<string> Inputs { get; init; }

    [Description("How many runs at once.")]
    public int Parallel { get; init; } = 1;

    [Description("Takes at most so many documents of each source.")]
    public long? Limit { get; init; }

    [Description("Units of runs with a higher one go first.")]
    public int Priority { get; init; }

    public BackfillRequest By(string who) => new(new Submission(Pipeline, File, who) { Set = Set, Limit = Limit, Priority = Priority }, Inputs) { Parallel = Parallel };
}
