using Dapper;

namespace CorpusForge.Runs;

/// <summary>A pipeline that is started by the clock, as the ledger has it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="File">What the pipeline file is called.</param>
/// <param name="Yaml">Its text, without the values of secrets.</param>
/// <param name="Settings">JSON: the `--set` values and the limit.</param>
/// <param name="Cron">Five fields, or six with seconds first.</param>
/// <param name="Zone">The IANA name of the time zone that the fields are in.</param>
/// <param name="Overlap">One of <see cref="Overlaps"/>.</param>
/// <param name="Paused">1 when it starts nothing.</param>
/// <param name="Priority">Of its runs.</param>
/// <param name="Created">ISO 8601.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="LastRun">The last run that it started.</param>
/// <param name="LastTime">Up to this time, ISO 8601, everything due was started or skipped.</param>
/// <param name="LastError">Why it did not start a run when it last should have; null when it did.</param>
public sealed record ScheduleRow(
    string Id, string File, string Yaml, string Settings, string Cron, string Zone, string Overlap, long Paused, long Priority, string Created, string? CreatedBy,
    string? LastRun, string? LastTime, string? LastError);

/// <summary>What happens when a schedule is due and its last run has not ended.</summary>
public static class Overlaps
{
    /// <summary>Nothing, until it is due again.</summary>
    public const string Skip = "skip";

    /// <summary>The new run starts when the last one has ended; however often it was due meanwhile, it is one run.</summary>
    public const string Queue = "queue";

    /// <summary>The last run is cancelled, and the new one starts when that has ended.</summary>
    public const string CancelPrevious = "cancel-previous";

    public static IReadOnlyList<string> All { get; } = [Skip, Queue, CancelPrevious];
}

// Schedules: what is to start when, and what was started.
public sealed partial class Ledger
{
    private const string ScheduleColumns =
        "id, file, yaml, settings, cron, zone, overlap, paused, priority, created, createdBy, lastRun, lastTime, lastError";

    /// <summary>By name.</summary>
    public IReadOnlyList<ScheduleRow> Schedules() => Query<ScheduleRow>($"SELECT {ScheduleColumns} FROM schedules ORDER BY id");

    public ScheduleRow? Schedule(string id) => Query<ScheduleRow>($"SELECT {ScheduleColumns} FROM schedules WHERE id = @id", new { id }).FirstOrDefault();

    /// <summary>Adds a schedule that is due from now on; false when there is one of its name.</summary>
    public bool AddSchedule(ScheduleRow schedule) => Execute(
        $"""
        INSERT INTO schedules (id, name, file, yaml, settings, cron, zone, overlap, paused, priority, created, createdBy, lastTime)
        VALUES (@Id, @Id, @File, @Yaml, @Settings, @Cron, @Zone, @Overlap, @Paused, @Priority, {Now}, @CreatedBy, {Now}) ON CONFLICT (id) DO NOTHING
        """, schedule) == 1;

    /// <summary>Replaces what a schedule starts and when; what was due before does not count any more. False when there is none of its name.</summary>
    public bool ChangeSchedule(ScheduleRow schedule) => Execute(
        $"""
        UPDATE schedules SET file = @File, yaml = @Yaml, settings = @Settings, cron = @Cron, zone = @Zone, overlap = @Overlap, priority = @Priority,
            lastTime = {Now}, lastError = NULL WHERE id = @Id
        """, schedule) == 1;

    /// <summary>Pauses a schedule or lets it go on; what was due while it was paused is left out.</summary>
    public bool PauseSchedule(string id, bool paused) => Execute(
        $"UPDATE schedules SET paused = @paused, lastError = NULL, lastTime = CASE WHEN paused = @paused THEN lastTime ELSE {Now} END WHERE id = @id",
        new { id, paused = paused ? 1 : 0 }) == 1;

    /// <summary>Forgets a schedule; its runs stay.</summary>
    public bool RemoveSchedule(string id) => Execute("DELETE FROM schedules WHERE id = @id", new { id }) == 1;

    /// <summary>The run of a schedule that has not ended, the newest if there are several.</summary>
    public RunRow? UnfinishedRunOf(string schedule) => Query<RunRow>(
        $"SELECT {RunColumns} FROM runs WHERE schedule = @schedule AND state NOT IN ('done', 'failed', 'cancelled') ORDER BY number DESC LIMIT 1", new { schedule }).FirstOrDefault();

    /// <summary>Starts the run that was due, in the transaction that says so; null when another process did so before.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="due">When, ISO 8601 with milliseconds in UTC; null for one that somebody asks for in between.</param>
    /// <param name="pipeline">What runs.</param>
    /// <param name="overrides">JSON list of `--set` values.</param>
    /// <param name="who">Who asks.</param>
    public RunRow? StartScheduled(ScheduleRow schedule, string? due, Pipeline pipeline, string overrides, string who)
    {
        var request = new RunRequest { State = States.Queued, Priority = (int)schedule.Priority, RequestedBy = who, Schedule = schedule.Id };
        var run = InTransaction((db, transaction) =>
        {
            var first = db.Execute(
                "UPDATE schedules SET lastTime = COALESCE(@due, lastTime), lastError = NULL WHERE id = @Id AND (@due IS NULL OR (paused = 0 AND (lastTime IS NULL OR lastTime < @due)))",
                new { schedule.Id, due }, transaction);
            if (first == 0)
                return null;
            var id = InsertRun(db, transaction, pipeline, pipeline.Stages[^1].Digest, schedule.File, schedule.Yaml, overrides, request);
            db.Execute("UPDATE schedules SET lastRun = @run WHERE id = @Id", new { run = id, schedule.Id }, transaction);
            return id;
        });
        if (run is null)
            return null;
        Do(db => { Tell(db, run); return 0; });
        return Run(run);
    }

    /// <summary>Says why what was due was not started; false when it was settled before.</summary>
    public bool SkipScheduled(string id, string due, string reason) => Execute(
        "UPDATE schedules SET lastTime = @due, lastError = @reason WHERE id = @id AND (lastTime IS NULL OR lastTime < @due)", new { id, due, reason }) == 1;

    /// <summary>Says why what is due waits.</summary>
    public void NoteSchedule(string id, string? reason) => Execute(
        "UPDATE schedules SET lastError = @reason WHERE id = @id AND COALESCE(lastError, '') <> COALESCE(@reason, '')", new { id, reason });
}
