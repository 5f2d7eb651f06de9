using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CorpusForge.Runs;

/// <summary>The states of runs, phases and units, as the ledger writes them.</summary>
public static class States
{
    public const string Pending = "pending";
    public const string Running = "running";
    public const string Done = "done";

    /// <summary>A run with failed units, or a unit whose input is damaged: it is not tried again unasked.</summary>
    public const string Failed = "failed";

    /// <summary>A unit that failed three times.</summary>
    public const string Quarantined = "quarantined";

    /// <summary>A run that was asked to stop.</summary>
    public const string Cancelling = "cancelling";
    public const string Cancelled = "cancelled";
}

/// <summary>Which unit: what a dispatcher carries.</summary>
public sealed record UnitId(string Run, int Stage, int Phase, string Key);

/// <summary>A run as the ledger has it.</summary>
public sealed record RunRow(
    string Id, string Pipeline, string Digest, string File, string Yaml, string Overrides, long? MaxDocuments, string State, string Created, string? Finished, string? Error);

/// <summary>A unit as the ledger has it.</summary>
public sealed record UnitRow(
    string Run, long Stage, long Phase, string Key, string State, long Attempt, long Failures, long Losses, string? Error, string Inputs, string Payload);

/// <summary>A finished stage of a run as the ledger has it.</summary>
public sealed record StageRow(long Ordinal, string Id, string Digest, string Folder, string Tally, string Root);

/// <summary>Units of a phase by state.</summary>
public sealed record PhaseCounts(long Total, long Done, long Pending, long Running, long Failed);

/// <summary>The database of runs, stages, phases, units, attempts and events: the truth about progress.</summary>
/// <remarks>
/// SQLite, WAL, synchronous=FULL. A unit is taken with `attempt = attempt + 1 … RETURNING attempt`, and everything that an
/// attempt writes later names that number: an attempt that was overtaken changes no row.
/// </remarks>
public sealed class Ledger : IDigestCache
{
    /// <summary>A unit that failed so often is quarantined.</summary>
    public const int MaxFailures = 3;

    /// <summary>A unit whose worker was lost so often is quarantined: it may be what kills the workers.</summary>
    public const int MaxLosses = 20;

    private readonly string _connection;
    private readonly TimeProvider _time;

    /// <param name="path">Created when absent.</param>
    /// <param name="time">For the times in events and attempts.</param>
    public Ledger(string path, TimeProvider time)
    {
        _time = time;
        _connection = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ToString();
        using var db = Open();
        db.Execute("PRAGMA journal_mode=WAL");
        db.Execute(Schema);
    }

    public RunRow CreateRun(Pipeline pipeline, string digest, string file, string yaml, string overrides)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        // Not the number of runs: earlier ones may have been pruned.
        var number = db.QuerySingle<long>(
            "SELECT COALESCE(MAX(CAST(SUBSTR(id, LENGTH(pipeline) + 2) AS INTEGER)), 0) FROM runs WHERE pipeline = @name", new { name = pipeline.Name }, transaction) + 1;
        var id = $"{pipeline.Name}-{number}";
        db.Execute(
            "INSERT INTO runs (id, pipeline, digest, file, yaml, overrides, maxDocuments, state, created) VALUES (@id, @name, @digest, @file, @yaml, @overrides, @limit, 'running', @now)",
            new { id, name = pipeline.Name, digest, file, yaml, overrides, limit = pipeline.Limit, now = Now() }, transaction);
        transaction.Commit();
        return Run(id)!;
    }

    public RunRow? Run(string id) => Query<RunRow>($"{SelectRuns} WHERE id = @id", new { id }).FirstOrDefault();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<RunRow> Runs() => Query<RunRow>($"{SelectRuns} ORDER BY rowid DESC");

    public void SetRunState(string run, string state, string? error = null) => Execute(
        "UPDATE runs SET state = @state, error = @error, finished = CASE WHEN @state IN ('running', 'cancelling') THEN NULL ELSE @now END WHERE id = @run",
        new { run, state, error, now = Now() });

    /// <summary>Records the pipeline file as it is now, for whoever goes on with the run by its id.</summary>
    public void Describe(string run, string file, string yaml, string overrides) =>
        Execute("UPDATE runs SET file = @file, yaml = @yaml, overrides = @overrides WHERE id = @run", new { run, file, yaml, overrides });

    /// <summary>Brings the units of a phase up to what was planned; units that are known keep their state and attempt.</summary>
    public void PlanPhase(string run, int stage, int phase, string name, string queue, IEnumerable<(Unit Unit, bool Done)> units)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        db.Execute("UPDATE units SET planned = 0 WHERE run = @run AND stage = @stage AND phase = @phase", new { run, stage, phase }, transaction);
        var ordinal = 0;
        foreach (var (unit, done) in units)
        {
            db.Execute(
                """
                INSERT INTO units (run, stage, phase, key, ordinal, state, inputs, payload, planned) VALUES (@run, @stage, @phase, @key, @ordinal, @state, @inputs, @payload, 1)
                ON CONFLICT (run, stage, phase, key) DO UPDATE SET planned = 1, ordinal = @ordinal, inputs = @inputs, payload = @payload,
                    state = CASE WHEN @state = 'done' THEN 'done' WHEN state = 'done' THEN 'pending' ELSE state END
                """,
                new
                {
                    run,
                    stage,
                    phase,
                    key = unit.Key,
                    ordinal = ordinal++,
                    state = done ? States.Done : States.Pending,
                    inputs = System.Text.Json.JsonSerializer.Serialize(unit.Inputs, Manifest.Json),
                    payload = unit.Payload,
                }, transaction);
        }
        db.Execute("DELETE FROM units WHERE run = @run AND stage = @stage AND phase = @phase AND planned = 0", new { run, stage, phase }, transaction);
        db.Execute(
            """
            INSERT INTO phases (run, stage, phase, name, queue, state) VALUES (@run, @stage, @phase, @name, @queue, 'running')
            ON CONFLICT (run, stage, phase) DO UPDATE SET state = 'running'
            """, new { run, stage, phase, name, queue }, transaction);
        CloseIfDone(db, transaction, run, stage, phase);
        transaction.Commit();
    }

    /// <summary>Units that were running when their process died wait again; too many losses quarantine a unit.</summary>
    public int Reconcile(string run) => Execute(
        $"""
        UPDATE units SET losses = losses + 1, state = CASE WHEN losses + 1 >= {MaxLosses} THEN 'quarantined' ELSE 'pending' END,
            error = CASE WHEN losses + 1 >= {MaxLosses} THEN 'the worker was lost {MaxLosses} times' ELSE error END
        WHERE run = @run AND state = 'running'
        """, new { run });

    /// <summary>Failed and quarantined units wait again; returns how many.</summary>
    public int RetryFailed(string run) => Execute(
        "UPDATE units SET state = 'pending', failures = 0, losses = 0 WHERE run = @run AND state IN ('failed', 'quarantined')", new { run });

    /// <summary>Takes a waiting unit; the number of the attempt, or null when it is not waiting.</summary>
    public int? Take(UnitId id, string worker)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        var attempt = db.QuerySingleOrDefault<long?>(
            $"UPDATE units SET state = 'running', attempt = attempt + 1, worker = @worker WHERE {One} AND state = 'pending' RETURNING attempt",
            With(id, new { worker }), transaction);
        if (attempt is not null)
        {
            db.Execute(
                "INSERT INTO attempts (run, stage, phase, key, attempt, worker, started) VALUES (@run, @stage, @phase, @key, @attempt, @worker, @now)",
                With(id, new { attempt, worker, now = Now() }), transaction);
        }
        transaction.Commit();
        return (int?)attempt;
    }

    /// <summary>Commits an attempt; false when it was overtaken. The last unit closes its phase in the same transaction.</summary>
    public bool Commit(UnitId id, int attempt)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        var changed = db.Execute(
            $"UPDATE units SET state = 'done', error = NULL WHERE {One} AND attempt = @attempt AND state = 'running'", With(id, new { attempt }), transaction);
        EndAttempt(db, transaction, id, attempt, changed == 1 ? "done" : "overtaken", null);
        CloseIfDone(db, transaction, id.Run, id.Stage, id.Phase);
        transaction.Commit();
        return changed == 1;
    }

    /// <summary>Records a failed attempt; false when it was overtaken.</summary>
    /// <remarks><paramref name="permanent"/> when trying again cannot help, because the input is damaged.</remarks>
    public bool Fail(UnitId id, int attempt, string error, bool permanent)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        var changed = db.Execute(
            $"""
            UPDATE units SET failures = failures + 1, error = @error,
                state = CASE WHEN @permanent THEN 'failed' WHEN failures + 1 >= {MaxFailures} THEN 'quarantined' ELSE 'pending' END
            WHERE {One} AND attempt = @attempt AND state = 'running'
            """, With(id, new { attempt, error, permanent }), transaction);
        EndAttempt(db, transaction, id, attempt, "failed", error);
        transaction.Commit();
        return changed == 1;
    }

    /// <summary>Whether the attempt is still the one that counts.</summary>
    public bool Holds(UnitId id, int attempt) =>
        Query<long>($"SELECT 1 FROM units WHERE {One} AND attempt = @attempt AND state = 'running'", With(id, new { attempt })).Count == 1;

    /// <summary>Gives a unit back unharmed, because the worker was asked to stop.</summary>
    public void GiveBack(UnitId id, int attempt)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        db.Execute($"UPDATE units SET state = 'pending' WHERE {One} AND attempt = @attempt AND state = 'running'", With(id, new { attempt }), transaction);
        EndAttempt(db, transaction, id, attempt, "given back", null);
        transaction.Commit();
    }

    public PhaseCounts Counts(string run, int stage, int phase) => Query<PhaseCounts>(
        """
        SELECT COUNT(*) AS Total, COALESCE(SUM(state = 'done'), 0) AS Done, COALESCE(SUM(state = 'pending'), 0) AS Pending,
            COALESCE(SUM(state = 'running'), 0) AS Running, COALESCE(SUM(state IN ('failed', 'quarantined')), 0) AS Failed
        FROM units WHERE run = @run AND stage = @stage AND phase = @phase
        """, new { run, stage, phase }).Single();

    /// <summary>The keys of waiting units in order, at most <paramref name="most"/>.</summary>
    public IReadOnlyList<string> Waiting(string run, int stage, int phase, int most) => Query<string>(
        "SELECT key FROM units WHERE run = @run AND stage = @stage AND phase = @phase AND state = 'pending' ORDER BY ordinal LIMIT @most",
        new { run, stage, phase, most });

    public UnitRow? Unit(UnitId id) => Query<UnitRow>(
        $"SELECT run, stage, phase, key, state, attempt, failures, losses, error, inputs, payload FROM units WHERE {One}", With(id, new { })).FirstOrDefault();

    /// <summary>The units of a run in order, optionally only those in a state.</summary>
    public IReadOnlyList<UnitRow> Units(string run, string? state = null) => Query<UnitRow>(
        """
        SELECT run, stage, phase, key, state, attempt, failures, losses, error, inputs, payload FROM units
        WHERE run = @run AND (@state IS NULL OR state = @state) ORDER BY stage, phase, ordinal
        """, new { run, state });

    /// <summary>Records what a finished stage left.</summary>
    public void CloseStage(string run, int ordinal, PlannedStage stage, StageFile file) => Execute(
        """
        INSERT INTO stages (run, stage, id, digest, folder, tally, root) VALUES (@run, @ordinal, @Id, @Digest, @Folder, @tally, @Root)
        ON CONFLICT (run, stage) DO UPDATE SET tally = @tally, root = @Root
        """,
        new { run, ordinal, stage.Id, stage.Digest, stage.Folder, tally = System.Text.Json.JsonSerializer.Serialize(file.Tally, Manifest.Json), file.Root });

    /// <summary>The finished stages of a run, in order.</summary>
    public IReadOnlyList<StageRow> Stages(string run) =>
        Query<StageRow>("SELECT stage AS Ordinal, id, digest, folder, tally, root FROM stages WHERE run = @run ORDER BY stage", new { run });

    /// <summary>Forgets runs and everything about them, in one transaction.</summary>
    public void Drop(IReadOnlyList<string> runs)
    {
        using var db = Open();
        using var transaction = db.BeginTransaction();
        foreach (var table in (string[])["events", "attempts", "units", "phases", "stages"])
            db.Execute($"DELETE FROM {table} WHERE run IN @runs", new { runs }, transaction);
        db.Execute("DELETE FROM runs WHERE id IN @runs", new { runs }, transaction);
        transaction.Commit();
    }

    public bool PhaseDone(string run, int stage, int phase) => Query<string>(
        "SELECT state FROM phases WHERE run = @run AND stage = @stage AND phase = @phase", new { run, stage, phase }) is [States.Done];

    public void Log(string run, string kind, string message) => Execute(
        "INSERT INTO events (run, at, kind, message) VALUES (@run, @now, @kind, @message)", new { run, now = Now(), kind, message });

    public IReadOnlyList<(string At, string Kind, string Message)> Events(string run) =>
        Query<(string, string, string)>("SELECT at, kind, message FROM events WHERE run = @run ORDER BY rowid", new { run });

    public string? Find(string path, string stamp) =>
        Query<string>("SELECT digest FROM files WHERE path = @path AND stamp = @stamp", new { path, stamp }).FirstOrDefault();

    public void Keep(string path, string stamp, string digest) => Execute(
        "INSERT INTO files (path, stamp, digest) VALUES (@path, @stamp, @digest) ON CONFLICT (path) DO UPDATE SET stamp = @stamp, digest = @digest",
        new { path, stamp, digest });

    private static void CloseIfDone(SqliteConnection db, SqliteTransaction transaction, string run, int stage, int phase) => db.Execute(
        """
        UPDATE phases SET state = 'done' WHERE run = @run AND stage = @stage AND phase = @phase
            AND NOT EXISTS (SELECT 1 FROM units WHERE run = @run AND stage = @stage AND phase = @phase AND state <> 'done')
        """, new { run, stage, phase }, transaction);

    private void EndAttempt(SqliteConnection db, SqliteTransaction transaction, UnitId id, int attempt, string outcome, string? error) => db.Execute(
        $"UPDATE attempts SET finished = @now, outcome = @outcome, error = @error WHERE {One} AND attempt = @attempt",
        With(id, new { attempt, outcome, error, now = Now() }), transaction);

    private static DynamicParameters With(UnitId id, object more)
    {
        var parameters = new DynamicParameters(more);
        parameters.AddDynamicParams(new { run = id.Run, stage = id.Stage, phase = id.Phase, key = id.Key });
        return parameters;
    }

    private List<T> Query<T>(string sql, object? parameters = null)
    {
        using var db = Open();
        return db.Query<T>(sql, parameters).AsList();
    }

    private int Execute(string sql, object parameters)
    {
        using var db = Open();
        return db.Execute(sql, parameters);
    }

    private SqliteConnection Open()
    {
        var db = new SqliteConnection(_connection);
        db.Open();
        db.Execute("PRAGMA synchronous=FULL");
        return db;
    }

    private string Now() => _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private const string One = "run = @run AND stage = @stage AND phase = @phase AND key = @key";

    private const string SelectRuns = "SELECT id, pipeline, digest, file, yaml, overrides, maxDocuments, state, created, finished, error FROM runs";

    private const string Schema =
        """
        CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, digest TEXT NOT NULL, file TEXT NOT NULL, yaml TEXT NOT NULL,
            overrides TEXT NOT NULL, maxDocuments INTEGER, state TEXT NOT NULL, created TEXT NOT NULL, finished TEXT, error TEXT);
        CREATE TABLE IF NOT EXISTS stages (run TEXT NOT NULL, stage INTEGER NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, folder TEXT NOT NULL,
            tally TEXT NOT NULL, root TEXT NOT NULL, PRIMARY KEY (run, stage));
        CREATE TABLE IF NOT EXISTS phases (run TEXT NOT NULL, stage INTEGER NOT NULL, phase INTEGER NOT NULL, name TEXT NOT NULL, queue TEXT NOT NULL,
            state TEXT NOT NULL, PRIMARY KEY (run, stage, phase));
        CREATE TABLE IF NOT EXISTS units (run TEXT NOT NULL, stage INTEGER NOT NULL, phase INTEGER NOT NULL, key TEXT NOT NULL, ordinal INTEGER NOT NULL,
            state TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, losses INTEGER NOT NULL DEFAULT 0,
            worker TEXT, error TEXT, inputs TEXT NOT NULL, payload TEXT NOT NULL, planned INTEGER NOT NULL, PRIMARY KEY (run, stage, phase, key));
        CREATE INDEX IF NOT EXISTS units_by_state ON units (run, stage, phase, state, ordinal);
        CREATE TABLE IF NOT EXISTS attempts (run TEXT NOT NULL, stage INTEGER NOT NULL, phase INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL,
            worker TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, outcome TEXT, error TEXT, PRIMARY KEY (run, stage, phase, key, attempt));
        CREATE TABLE IF NOT EXISTS events (run TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL);
        """;
}
