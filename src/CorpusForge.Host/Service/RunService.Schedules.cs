using System.Text.Json;
using System.Text.RegularExpressions;
using CorpusForge.Host.Schedules;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>A schedule as somebody asks for it.</summary>
/// <param name="Name">Lower-case letters, digits, '-', '_' and '.', at most 64.</param>
/// <param name="Cron">Five fields, or six with the second first.</param>
/// <param name="Pipeline">What to run; who asks is asked for apart.</param>
public sealed record ScheduleRequest(string Name, string Cron, Submission Pipeline)
{
    /// <summary>The IANA name of the time zone.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>skip, queue or cancel-previous.</summary>
    public string Overlap { get; init; } = Overlaps.Skip;

    public bool Paused { get; init; }
}

/// <summary>A schedule for whoever looks at it.</summary>
/// <param name="Name">By which it is asked for.</param>
/// <param name="Pipeline">The name of the pipeline.</param>
/// <param name="File">What its file is called.</param>
/// <param name="Yaml">Its text.</param>
/// <param name="Set">`path.to.setting=value`.</param>
/// <param name="Limit">At most so many documents of each source.</param>
/// <param name="Cron">Five or six fields.</param>
/// <param name="Zone">The time zone of the fields.</param>
/// <param name="Overlap">What happens when the last run has not ended.</param>
/// <param name="Paused">Whether it starts nothing.</param>
/// <param name="Priority">Of its runs.</param>
/// <param name="Created">ISO 8601.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="Next">The next times, ISO 8601 in UTC; empty when paused.</param>
/// <param name="LastRun">The last run that it started.</param>
/// <param name="LastState">The state of that run; null when it was pruned.</param>
/// <param name="Problem">Why it did not start a run when it last should have, or what it waits for.</param>
public sealed record ScheduleView(
    string Name, string Pipeline, string File, string Yaml, IReadOnlyList<string> Set, long? Limit, string Cron, string Zone, string Overlap, bool Paused, long Priority,
    string Created, string? CreatedBy, IReadOnlyList<string> Next, string? LastRun, string? LastState, string? Problem);

// Schedules: the ledger has them, and whoever serves starts what is due.
public sealed partial class RunService
{
    private const int NextTimes = 5;

    /// <summary>By name.</summary>
    public IReadOnlyList<ScheduleView> Schedules() => [.. ledger.Schedules().Select(View)];

    /// <exception cref="NotFoundException">There is none of this name.</exception>
    public ScheduleView Schedule(string name) => View(ScheduleOf(name));

    /// <exception cref="PipelineException">The pipeline, the expression or something else is wrong: every problem.</exception>
    /// <exception cref="ConflictException">There is one of this name.</exception>
    public ScheduleView AddSchedule(ScheduleRequest request, string who)
    {
        if (!ledger.AddSchedule(Checked(request, who)))
            throw new ConflictException($"there is a schedule '{request.Name}' already");
        Record(who, "schedule.add", request.Name, $"{request.Cron} {request.Zone} {request.Pipeline.File}");
        return Schedule(request.Name);
    }

    /// <summary>Replaces what a schedule starts and when.</summary>
    public ScheduleView ChangeSchedule(ScheduleRequest request, string who)
    {
        if (!ledger.ChangeSchedule(Checked(request, who)))
            throw NoSchedule(request.Name);
        if (ledger.Schedule(request.Name) is { } row && row.Paused != 0 != request.Paused)
            ledger.PauseSchedule(request.Name, request.Paused);
        Record(who, "schedule.change", request.Name, $"{request.Cron} {request.Zone} {request.Pipeline.File}");
        return Schedule(request.Name);
    }

    /// <summary>Pauses a schedule, or lets it go on; what was due meanwhile is left out.</summary>
    public ScheduleView PauseSchedule(string name, bool paused, string who)
    {
        if (!ledger.PauseSchedule(name, paused))
            throw NoSchedule(name);
        Record(who, paused ? "schedule.pause" : "schedule.resume", name, "");
        return Schedule(name);
    }

    /// <summary>Forgets a schedule; its runs stay.</summary>
    public void RemoveSchedule(string name, string who)
    {
        if (!ledger.RemoveSchedule(name))
            throw NoSchedule(name);
        Record(who, "schedule.remove", name, "");
    }

    /// <summary>Starts a run now, whenever it is due next and whether or not it is paused.</summary>
    /// <exception cref="ConflictException">Its last run has not ended.</exception>
    public RunSummary RunSchedule(string name, string who)
    {
        var row = ScheduleOf(name);
        if (ledger.UnfinishedRunOf(name) is { } previous)
            throw new ConflictException($"run {previous.Id} of schedule {name} is {previous.State}: cancel it or wait for its end");
        var run = StartScheduled(row, null, who) ?? throw NoSchedule(name);
        Record(who, "schedule.run", name, run.Id);
        return Run(run.Id);
    }

    /// <summary>Starts what is due of a schedule, or does with it what its overlap policy says; the run, if one was started here.</summary>
    /// <remarks>Any number of processes may ask at once: the ledger lets one of them through.</remarks>
    internal string? StartDue(string name)
    {
        if (ledger.Schedule(name) is not { Paused: 0 } row)
            return null;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(ledger.Milliseconds()).UtcDateTime;
        var who = $"schedule {name}";
        string? due = null;
        try
        {
            if (new Cron(row.Cron, row.Zone).Last(Cron.Parse(row.LastTime ?? row.Created), now) is not { } time)
                return null;
            due = Cron.Iso(time);
            if (ledger.UnfinishedRunOf(name) is not { } previous)
                return StartScheduled(row, due, who)?.Id;
            if (row.Overlap == Overlaps.Skip)
                ledger.SkipScheduled(name, due, $"left out at {due}: run {previous.Id} was still {previous.State}");
            else
                ledger.NoteSchedule(name, $"due since {due}, waits for the end of {previous.Id}");
            if (row.Overlap == Overlaps.CancelPrevious && previous.State != States.Cancelling)
                Cancel(previous.Id, who);
        }
        catch (Exception e) when (e is PipelineException or ConflictException or NotFoundException)
        {
            ledger.SkipScheduled(name, due ?? Cron.Iso(now), PipelineVariables.Redact(e.Message));
        }
        return null;
    }

    private RunRow? StartScheduled(ScheduleRow row, string? due, string who)
    {
        var asked = SubmissionOf(row);
        return ledger.StartScheduled(row, due, Parse(asked), JsonSerializer.Serialize(asked.Set), who);
    }

    private ScheduleRow Checked(ScheduleRequest request, string who)
    {
        List<string> problems = [];
        if (!ScheduleName().IsMatch(request.Name))
            problems.Add($"the name '{request.Name}' must consist of lower-case letters, digits, '-', '_' and '.', at most 64, beginning with a letter or digit");
        if (!Overlaps.All.Contains(request.Overlap))
            problems.Add($"overlap '{request.Overlap}' is none of {string.Join(", ", Overlaps.All)}");
        Try(() => new Cron(request.Cron, request.Zone));
        Try(() => Parse(request.Pipeline));
        if (problems.Count > 0)
            throw new PipelineException(problems);
        var settings = JsonSerializer.Serialize(new ScheduleSettings([.. request.Pipeline.Set], request.Pipeline.Limit), Manifest.Json);
        return new ScheduleRow(
            request.Name, request.Pipeline.File, request.Pipeline.Yaml, settings, request.Cron, request.Zone, request.Overlap, request.Paused ? 1 : 0,
            request.Pipeline.Priority, "", who, null, null, null);

        void Try(Func<object> check)
        {
            try
            {
                check();
            }
            catch (PipelineException e)
            {
                problems.AddRange(e.Problems);
            }
        }
    }

    private ScheduleView View(ScheduleRow row)
    {
        var asked = SubmissionOf(row);
        var run = row.LastRun is null ? null : ledger.Run(row.LastRun);
        var (pipeline, next, problem) = (run?.Pipeline ?? row.File, (IReadOnlyList<string>)[], row.LastError);
        try
        {
            pipeline = Parse(asked).Name;
            next = row.Paused != 0 ? [] : [.. new Cron(row.Cron, row.Zone).Next(time.GetUtcNow().UtcDateTime, NextTimes).Select(Cron.Iso)];
        }
        catch (PipelineException e)
        {
            // It was right when it was added: a variable, a file or a time zone that is not here.
            problem ??= PipelineVariables.Redact(e.Problems[0]);
        }
        return new ScheduleView(
            row.Id, pipeline, row.File, row.Yaml, asked.Set, asked.Limit, row.Cron, row.Zone, row.Overlap, row.Paused != 0, row.Priority, row.Created, row.CreatedBy,
            next, row.LastRun, run?.State, problem);
    }

    private static Submission SubmissionOf(ScheduleRow row)
    {
        var settings = JsonSerializer.Deserialize<ScheduleSettings>(row.Settings, Manifest.Json)!;
        return new Submission(row.Yaml, row.File, $"schedule {row.Id}") { Set = settings.Set, Limit = settings.Limit, Priority = (int)row.Priority, Schedule = row.Id };
    }

    private ScheduleRow ScheduleOf(string name) => ledger.Schedule(name) ?? throw NoSchedule(name);

    private static NotFoundException NoSchedule(string name) => new($"there is no schedule '{name}'");

    private sealed record ScheduleSettings(string[] Set, long? Limit);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ScheduleName();
}
