using System.ComponentModel;
using CorpusForge.Host.Service;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CorpusForge.Host.Api;

/// <summary>Schedules: added, changed, paused, run now, removed.</summary>
internal static class ScheduleEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/schedules", (RunService s) => s.Schedules()).WithName("listSchedules").WithSummary("Lists schedules with the times that they are due next.");
        api.MapGet("/schedules/{schedule}", (string schedule, RunService s) => s.Schedule(schedule)).WithName("showSchedule").WithSummary("Shows a schedule.");
        api.MapPost("/schedules", Add).WithName("addSchedule").WithSummary("Adds a schedule.").RequireAuthorization("Operator");
        api.MapPut("/schedules/{schedule}", Change).WithName("changeSchedule").WithSummary("Replaces what a schedule starts and when.").RequireAuthorization("Operator");
        api.MapDelete("/schedules/{schedule}", Remove).WithName("removeSchedule").WithSummary("Forgets a schedule; its runs stay.").RequireAuthorization("Operator");
        api.MapPost("/schedules/{schedule}:pause", (string schedule, HttpContext c, RunService s) => s.PauseSchedule(schedule, true, Api.Who(c))).WithName("pauseSchedule")
            .WithSummary("Pauses a schedule.").RequireAuthorization("Operator");
        api.MapPost("/schedules/{schedule}:resume", (string schedule, HttpContext c, RunService s) => s.PauseSchedule(schedule, false, Api.Who(c))).WithName("resumeSchedule")
            .WithSummary("Lets a schedule go on; what was due meanwhile is left out.").RequireAuthorization("Operator");
        api.MapPost("/schedules/{schedule}:run", Start).WithName("runSchedule").WithSummary("Starts a run of a schedule now.").RequireAuthorization("Operator");
    }

    private static Created<ScheduleView> Add(ScheduleSubmission submission, HttpContext context, RunService service)
    {
        var schedule = service.AddSchedule(submission.By(submission.Name, Api.Who(context)), Api.Who(context));
        return TypedResults.Created($"{Api.Prefix}/schedules/{schedule.Name}", schedule);
    }

    private static ScheduleView Change(string schedule, ScheduleSubmission submission, HttpContext context, RunService service) =>
        submission.Name.Length == 0 || submission.Name == schedule
            ? service.ChangeSchedule(submission.By(schedule, Api.Who(context)), Api.Who(context))
            : throw new PipelineException($"name: this is schedule '{schedule}', and a schedule keeps its name");

    private static NoContent Remove(string schedule, HttpContext context, RunService service)
    {
        service.RemoveSchedule(schedule, Api.Who(context));
        return TypedResults.NoContent();
    }

    private static Created<RunSummary> Start(string schedule, HttpContext context, RunService service)
    {
        var run = service.RunSchedule(schedule, Api.Who(context));
        return TypedResults.Created($"{Api.Prefix}/runs/{run.Id}", run);
    }
}

/// <summary>A schedule to add, or what one is to become.</summary>
internal sealed record ScheduleSubmission
{
    [Description("Lower-case letters, digits, '-', '_' and '.', at most 64.")]
    public string Name { get; init; } = "";

    [Description("minute hour day month weekday, or six fields with the second first.")]
    public required string Cron { get; init; }

    [Description("The IANA name of the time zone of the fields.")]
    public string Zone { get; init; } = "UTC";

    [Description("What happens when the last run has not ended: skip, queue or cancel-previous.")]
    public string Overlap { get; init; } = Overlaps.Skip;

    public bool Paused { get; init; }

    [Description("The pipeline file's text (YAML).")]
    public required string Pipeline { get; init; }

    [Description("What the file is called, in messages.")]
    public string File { get; init; } = "pipeline.yaml";

    [Description("Overrides, `path.to.setting=value`.")]
    public IReadOnlyList<string> Set { get; init; } = [];

    [Description("Takes at most so many documents of each source.")]
    public long? Limit { get; init; }

    [Description("Units of a run with a higher one go first.")]
    public int Priority { get; init; }

    public ScheduleRequest By(string name, string who) =>
        new(name, Cron, new Submission(Pipeline, File, who) { Set = Set, Limit = Limit, Priority = Priority }) { Zone = Zone, Overlap = Overlap, Paused = Paused };
}
