using System.Data.Common;
using Dapper;

namespace CorpusForge.Runs;

/// <summary>A run as the ledger has it.</summary>
/// <param name="Id">The name of the pipeline and a number.</param>
/// <param name="Pipeline">The name of the pipeline.</param>
/// <param name="Digest">Of its last stage.</param>
/// <param name="File">Where the pipeline was read.</param>
/// <param name="Yaml">Its text, without the values of secrets.</param>
/// <param name="Overrides">JSON list of `--set` values.</param>
/// <param name="MaxDocuments">The limit, if any.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Created">ISO 8601.</param>
/// <param name="Finished">ISO 8601; null while it goes on.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Number">In the order of creation, over all pipelines.</param>
/// <param name="FirstStage">Stages before this one are taken as their `stage.json` has them.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="Coordinator">Who has the lease.</param>
/// <param name="Lease">When it ends, by the database's clock.</param>
/// <param name="RequestedBy">Who asked for it.</param>
/// <param name="Schedule">The schedule that started it.</param>
public sealed record RunRow(
    string Id, string Pipeline, string Digest, string File, string Yaml, string Overrides, long? MaxDocuments, string State, string Created, string? Finished, string? Error,
    long Number, long FirstStage, long Priority, string? Coordinator, long? Lease, string? RequestedBy, string? Schedule);

/// <summary>A finished stage of a run as the ledger has it.</summary>
public sealed record StageRow(long Ordinal, string Id, string Digest, string Folder, string Tally, string Root);

/// <summary>How a run is created, where it is not begun at once by the process that asks for it.</summary>
public sealed record RunRequest
{
    public string State { get; init; } = States.Running;
    public int FirstStage { get; init; }

    /// <summary>Higher goes first.</summary>
    public int Priority { get; init; }
    public string? RequestedBy { get; init; }
    public string? Schedule { get; init; }
}

// Runs, and who coordinates them.
public sealed partial class Ledger
{
    private const string RunColumns =
        """
        id, pipeline, digest, file, yaml, overrides, maxDocuments, state, created, finished, error, number, firstStage, priority, coordinator, lease, requestedBy, schedule
        """;

    private const string Ended = "('done', 'failed', 'cancelled', 'paused')";

    public RunRow CreateRun(Pipeline pipeline, string digest, string file, string yaml, string overrides, RunRequest? request = null)
    {
        request ??= new RunRequest();
        return Do(db =>
        {
            var id = InsertRun(db, null, pipeline, digest, file, yaml, overrides, request);
            Tell(db, id);
            return db.QuerySingle<RunRow>($"SELECT {RunColumns} FROM runs WHERE id = @id", new { id });
        });
    }

    private string InsertRun(
        DbConnection db, DbTransaction? transaction, Pipeline pipeline, string digest, string file, string yaml, string overrides, RunRequest request)
    {
        while (true)
        {
            // Not the number of runs: earlier ones may have been pruned.
            var number = db.QuerySingle<long>(
                "SELECT COALESCE(MAX(CAST(SUBSTR(id, LENGTH(pipeline) + 2) AS BIGINT)), 0) FROM runs WHERE pipeline = @name", new { name = pipeline.Name }, transaction) + 1;
            var id = $"{pipeline.Name}-{number}";
            var inserted = db.Execute(
                $"""
                INSERT INTO runs (id, pipeline, digest, file, yaml, overrides, maxDocuments, state, created, firstStage, priority, requestedBy, schedule)
                VALUES (@id, @name, @digest, @file, @yaml, @overrides, @limit, @State, {Now}, @FirstStage, @Priority, @RequestedBy, @Schedule)
                ON CONFLICT (id) DO NOTHING
                """,
                new
                {
                    id,
                    name = pipeline.Name,
                    digest,
                    file,
                    yaml,
                    overrides,
                    limit = (long?)pipeline.Limit,
                    request.State,
                    request.FirstStage,
                    request.Priority,
                    request.RequestedBy,
                    request.Schedule,
                }, transaction);
            // Another process may have taken the number between the two statements.
            if (inserted == 1)
                return id;
        }
    }

    public RunRow? Run(string id) => Query<RunRow>($"SELECT {RunColumns} FROM runs WHERE id = @id", new { id }).FirstOrDefault();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<RunRow> Runs() => Query<RunRow>($"SELECT {RunColumns} FROM runs ORDER BY number DESC");

    /// <summary>Sets the state of a run whatever it was; false when another coordinator has it by now.</summary>
    public bool SetRunState(string run, string state, string? error = null, string? coordinator = null) => Do(db =>
    {
        var changed = db.Execute(
            $"""
            UPDATE runs SET state = @state, error = @error, finished = CASE WHEN @state IN ('done', 'failed', 'cancelled') THEN {Now} ELSE NULL END,
                coordinator = CASE WHEN @state IN {Ended} THEN NULL ELSE coordinator END, lease = CASE WHEN @state IN {Ended} THEN NULL ELSE lease END
            WHERE id = @run AND (@coordinator IS NULL OR coordinator = @coordinator)
            """, new { run, state, error, coordinator });
        Tell(db, run);
        return changed == 1;
    });

    /// <summary>Sets the state of a run if it is one of those named; whether it was.</summary>
    public bool ChangeRun(string run, string state, params IReadOnlyList<string> from) => Do(db =>
    {
        foreach (var old in from)
        {
            var changed = db.Execute(
                $"""
                UPDATE runs SET state = @state, finished = CASE WHEN @state IN ('done', 'failed', 'cancelled') THEN {Now} ELSE NULL END,
                    error = CASE WHEN @state IN ('queued', 'running') THEN NULL ELSE error END,
                    coordinator = CASE WHEN @state IN {Ended} THEN NULL ELSE coordinator END, lease = CASE WHEN @state IN {Ended} THEN NULL ELSE lease END
                WHERE id = @run AND state = @old
                """, new { run, state, old });
            if (changed == 0)
                continue;
            Tell(db, run);
            return true;
        }
        return false;
    });

    public void SetPriority(string run, int priority) => Execute("UPDATE runs SET priority = @priority WHERE id = @run", new { run, priority });

    /// <summary>Records the pipeline file as it is now, for whoever goes on with the run by its id.</summary>
    public void Describe(string run, string file, string yaml, string overrides) =>
        Execute("UPDATE runs SET file = @file, yaml = @yaml, overrides = @overrides WHERE id = @run", new { run, file, yaml, overrides });

    /// <summary>Takes the lease of every run that has work to do and no live coordinator; those newly taken, most urgent first.</summary>
    public IReadOnlyList<RunRow> ClaimRuns(string coordinator, long leaseMilliseconds) => Do(db => db.Query<string>(
        $"""
        UPDATE runs SET coordinator = @coordinator, lease = {Clock} + @leaseMilliseconds
        WHERE state IN ('queued', 'running', 'pausing', 'cancelling') AND (coordinator IS NULL OR lease IS NULL OR lease < {Clock})
        RETURNING id
        """, new { coordinator, leaseMilliseconds }).AsList()
        .Select(id => db.QuerySingle<RunRow>($"SELECT {RunColumns} FROM runs WHERE id = @id", new { id }))
        .OrderByDescending(r => r.Priority).ThenBy(r => r.Number).ToArray());

    /// <summary>Renews the leases of a coordinator; its runs and their states: one that is missing belongs to another by now.</summary>
    public IReadOnlyList<(string Run, string State)> RenewLease(string coordinator, long leaseMilliseconds) => Query<(string, string)>(
        $"UPDATE runs SET lease = {Clock} + @leaseMilliseconds WHERE coordinator = @coordinator RETURNING id, state", new { coordinator, leaseMilliseconds });

    /// <summary>Gives a run back, so that another coordinator takes it at once.</summary>
    public void Release(string run, string coordinator) => Execute(
        "UPDATE runs SET coordinator = NULL, lease = NULL WHERE id = @run AND coordinator = @coordinator", new { run, coordinator });

    /// <summary>Forgets runs and everything about them, in one transaction.</summary>
    public void Drop(IReadOnlyList<string> runs) => InTransaction((db, transaction) =>
    {
        foreach (var run in runs)
        {
            foreach (var table in (string[])["phases", "units", "attempts", "tallies", "events", "stages"])
                db.Execute($"DELETE FROM {table} WHERE run = @run", new { run }, transaction);
            db.Execute("DELETE FROM runs WHERE id = @run", new { run }, transaction);
        }
        return 0;
    });

    // Outside a transaction: the change is committed already.
    private void Tell(DbConnection db, string note)
    {
        if (_database.Notify.Length > 0)
            db.Execute(_database.Notify, new { note });
        _database.Noted(note);
    }
}
