using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CorpusForge.Runs;

/// <summary>A ledger in one file, for one machine.</summary>
/// <remarks>WAL, synchronous=FULL: what is committed survives a loss of power.</remarks>
public sealed class SqliteDatabase : LedgerDatabase
{
    private readonly Lock _writing = new();
    private readonly string _connection;
    private event Action<string>? Heard;

    /// <param name="path">Created when absent.</param>
    public SqliteDatabase(string path)
    {
        Name = path;
        _connection = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ToString();
        using var db = Open();
        db.Execute("PRAGMA journal_mode=WAL");
    }

    public override string Name { get; }
    public override string Clock => "CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)";
    public override string Now => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    internal override string ForUpdate => "";
    internal override string Notify => "";
    internal override string Analyze => "";

    public override DbConnection Open()
    {
        var db = new SqliteConnection(_connection);
        db.Open();
        // SQLite itself looks again after milliseconds; without this the provider does, after 150.
        db.Execute("PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000");
        return db;
    }

    // The 30 s that a connection waits for the others are in it already.
    public override bool IsTransient(Exception e) => false;

    // One writes at a time in any case; threads of this process queue instead of asking again and again.
    internal override T Writing<T>(Func<T> write)
    {
        lock (_writing)
            return write();
    }

    internal override T Atomic<T>(DbConnection db, string sql, object parameters, Func<DbDataReader, T> read)
    {
        // Immediate: it never has to give up half way because another has written.
        using var transaction = db.BeginTransaction();
        var last = Last(db, sql, parameters, transaction, read);
        transaction.Commit();
        return last;
    }

    internal override async Task Listen(Action<string> heard, CancellationToken cancel)
    {
        Heard += heard;
        await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Heard -= heard;
    }

    internal override void Noted(string note) => Heard?.Invoke(note);

    internal override bool HasTable(DbConnection db, DbTransaction? transaction, string table) =>
        db.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = @table", new { table }, transaction) > 0;

    // A transaction holds the only write lock already.
    internal override void LockSchema(DbConnection db, DbTransaction transaction)
    {
    }

    internal override string Dialect(string schema) => schema
        .Replace("{identity}", "INTEGER PRIMARY KEY AUTOINCREMENT", StringComparison.Ordinal)
        .Replace("{text}", "TEXT", StringComparison.Ordinal)
        .Replace("{bytes}", "BLOB", StringComparison.Ordinal)
        .Replace("{busy}", "", StringComparison.Ordinal);
}
