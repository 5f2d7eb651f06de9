using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;

namespace CorpusForge.Runs;

/// <summary>The states of runs, phases and units, as the ledger writes them.</summary>
public static class States
{
    /// <summary>A run that no coordinator has begun.</summary>
    public const string Queued = "queued";
    public const string Pending = "pending";
    public const string Running = "running";

    /// <summary>A run that was asked to pause: running units end, none is begun.</summary>
    public const string Pausing = "pausing";
    public const string Paused = "paused";
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

/// <summary>Something in a run changed.</summary>
/// <param name="Run">Empty when notes may have been lost, so that everything has to be looked at.</param>
/// <param name="Unit">Null when it was the run itself.</param>
public sealed record LedgerNote(string Run, UnitId? Unit)
{
    internal static string Of(UnitId id) => $"{id.Run}\t{id.Stage}\t{id.Phase}\t{id.Key}";

    internal static LedgerNote Parse(string note) => note.Split('\t') is [var run, var stage, var phase, var key]
        ? new LedgerNote(run, new UnitId(run, int.Parse(stage, System.Globalization.CultureInfo.InvariantCulture), int.Parse(phase, System.Globalization.CultureInfo.InvariantCulture), key))
        : new LedgerNote(note, null);
}

/// <summary>The database of runs, stages, phases, units, attempts and events: the truth about progress.</summary>
/// <remarks>
/// A unit is taken with `attempt = attempt + 1`, and everything that an attempt writes later names that number: an attempt that was
/// overtaken changes no row. Whatever changes the counters of a phase, or ends a running attempt, locks the row of the phase before
/// any unit, so there are no deadlocks and a condition on a unit holds until the transaction ends. Statements are repeated after faults of
/// the connection, and are made so that a repetition of what was committed changes nothing (an event may be written twice).
/// </remarks>
public sealed partial class Ledger : IDigestCache
{
    /// <summary>A unit that failed so often is quarantined.</summary>
    public const int MaxFailures = 3;

    /// <summary>A unit whose worker was lost so often is quarantined: it may be what kills the workers.</summary>
    public const int MaxLosses = 20;

    private const int MaxPauseMilliseconds = 2000;

    private readonly LedgerDatabase _database;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private long _statements;

    /// <param name="path">Of an SQLite file; created when absent.</param>
    /// <param name="time">Measures how long a fault lasts; times in the ledger are the database's.</param>
    public Ledger(string path, TimeProvider time)
        : this(new SqliteDatabase(path), time)
    {
    }

    /// <param name="database">Its tables are made or brought up to date.</param>
    /// <param name="time">Measures how long a fault lasts; times in the ledger are the database's.</param>
    /// <param name="patience">How long a statement is repeated while the database cannot be reached; an hour unless told.</param>
    /// <exception cref="PipelineException">The database cannot be reached now.</exception>
    public Ledger(LedgerDatabase database, TimeProvider time, TimeSpan? patience = null)
    {
        (_database, _time, _patience) = (database, time, LedgerDatabase.StartPatience);
        try
        {
            Patiently(() => { database.Migrate(); return 0; }, always: true);
        }
        catch (Exception e) when (database is PostgresDatabase && e is DbException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new PipelineException($"the ledger cannot be used: {database.Name}: {e.Message}");
        }
        _patience = patience ?? TimeSpan.FromHours(1);
    }

    /// <summary>Ends the waiting for a database that cannot be reached.</summary>
    public CancellationToken Stopping { get; set; }

    public LedgerDatabase Database => _database;

    /// <summary>How often the database was asked something.</summary>
    public long Statements => Interlocked.Read(ref _statements);

    /// <param name="address">A path of an SQLite file, or a PostgreSQL connection string or URL.</param>
    /// <param name="time">Measures how long a fault lasts.</param>
    /// <exception cref="PipelineException">The database cannot be reached, or the address is none.</exception>
    public static Ledger Open(string address, TimeProvider time) => new(LedgerDatabase.Of(address), time);

    /// <summary>Hears what changes, in whichever process it is done (with SQLite, in this one), until cancelled.</summary>
    public Task Listen(Action<LedgerNote> heard, CancellationToken cancel) => _database.Listen(note => heard(LedgerNote.Parse(note)), cancel);

    /// <summary>The database's clock, in milliseconds since 1970.</summary>
    public long Milliseconds() => Do(db => db.ExecuteScalar<long>($"SELECT {Clock}"));

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

    /// <summary>Records that something happened.</summary>
    public void Log(string run, string kind, string message, string level = "information", UnitId? unit = null, int? attempt = null, string? worker = null) => Execute(
        $"""
        INSERT INTO events (run, at, kind, level, message, stage, phase, key, attempt, worker)
        VALUES (@run, {Now}, @kind, @level, @message, @Stage, @Phase, @Key, @attempt, @worker)
        """, new { run, kind, level, message, unit?.Stage, unit?.Phase, unit?.Key, attempt, worker });

    public IReadOnlyList<(string At, string Kind, string Message)> Events(string run) =>
        Query<(string, string, string)>("SELECT at, kind, message FROM events WHERE run = @run ORDER BY number", new { run });

    public string? Find(string path, string stamp) =>
        Query<string>("SELECT digest FROM files WHERE path = @path AND stamp = @stamp", new { path, stamp }).FirstOrDefault();

    public void Keep(string path, string stamp, string digest) => Execute(
        "INSERT INTO files (path, stamp, digest) VALUES (@path, @stamp, @digest) ON CONFLICT (path) DO UPDATE SET stamp = @stamp, digest = @digest",
        new { path, stamp, digest });

    private string Clock => _database.Clock;
    private string Now => _database.Now;

    private List<T> Query<T>(string sql, object? parameters = null, [CallerMemberName] string call = "") => Do(db => db.Query<T>(sql, parameters).AsList(), call);

    private int Execute(string sql, object parameters, [CallerMemberName] string call = "") => Do(db => _database.Writing(() => db.Execute(sql, parameters)), call);

    private T Do<T>(Func<DbConnection, T> work, [CallerMemberName] string call = "")
    {
        using var measure = Metrics.Statement(call);
        return Patiently(() =>
        {
            using var db = _database.Open();
            return work(db);
        }, always: false);
    }

    private T Atomic<T>(string sql, object parameters, Func<DbDataReader, T> read, [CallerMemberName] string call = "") =>
        Do(db => _database.Writing(() => _database.Atomic(db, sql, parameters, read)), call);

    private T InTransaction<T>(Func<DbConnection, DbTransaction, T> work, [CallerMemberName] string call = "") => Do(db => _database.Writing(() =>
    {
        using var transaction = db.BeginTransaction();
        var result = work(db, transaction);
        transaction.Commit();
        return result;
    }), call);

    private T Patiently<T>(Func<T> work, bool always)
    {
        var start = _time.GetTimestamp();
        for (var pause = 20; ; pause = Math.Min(2 * pause, MaxPauseMilliseconds))
        {
            Interlocked.Increment(ref _statements);
            try
            {
                return work();
            }
            catch (Exception e) when (_database.IsTransient(e) && (always || !Stopping.IsCancellationRequested) && _time.GetElapsedTime(start) < _patience)
            {
                Metrics.LedgerRetry();
                Stopping.WaitHandle.WaitOne(pause);
            }
        }
    }
}
