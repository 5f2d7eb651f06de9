using System.Data.Common;
using Dapper;

namespace CorpusForge.Runs;

/// <summary>Where a ledger is kept, and the little in which the two kinds of database differ.</summary>
/// <remarks>Statements are the same on both. No statement compares with a machine's clock: all times are the database's.</remarks>
public abstract class LedgerDatabase
{
    /// <summary>How long to try at the start before giving up.</summary>
    internal static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    /// <summary>For messages; never has a password.</summary>
    public abstract string Name { get; }

    /// <summary>Whole milliseconds since 1970 by the database's clock, as an SQL expression.</summary>
    public abstract string Clock { get; }

    /// <summary>The same instant as people read it, ISO 8601 in UTC, as an SQL expression.</summary>
    public abstract string Now { get; }

    /// <summary>Ends a SELECT whose row is to be locked until the transaction ends.</summary>
    internal abstract string ForUpdate { get; }

    /// <summary>A statement that tells @note to every listener when the transaction commits; empty where <see cref="Noted"/> does it.</summary>
    internal abstract string Notify { get; }

    /// <summary>Looks at how the units are distributed, so that each is found by its key and not among all of its phase; empty where that is done anyway.</summary>
    internal abstract string Analyze { get; }

    /// <summary>An open connection; disposing gives it back.</summary>
    public abstract DbConnection Open();

    /// <summary>Whether the same statement may well succeed a little later.</summary>
    public abstract bool IsTransient(Exception e);

    /// <summary>Hears notes until cancelled; faults of the connection are waited out.</summary>
    /// <param name="heard">Called for each note; after a pause in which notes may have been lost, with an empty one.</param>
    /// <param name="cancel">Ends the task without an exception.</param>
    internal abstract Task Listen(Action<string> heard, CancellationToken cancel);

    /// <summary>Tells listeners in this process, after the commit.</summary>
    internal abstract void Noted(string note);

    /// <summary>Does something that writes, alone where only one can.</summary>
    internal virtual T Writing<T>(Func<T> write) => write();

    /// <summary>Runs statements atomically in as few round trips as the database allows.</summary>
    /// <param name="db">Open, without a transaction.</param>
    /// <param name="sql">Several statements; the last one is a SELECT.</param>
    /// <param name="parameters">Of all of them.</param>
    /// <param name="read">Called for every result; what it makes of the last one is returned.</param>
    internal abstract T Atomic<T>(DbConnection db, string sql, object parameters, Func<DbDataReader, T> read);

    internal abstract bool HasTable(DbConnection db, DbTransaction? transaction, string table);

    /// <summary>Waits until no other process is migrating; the lock ends with the transaction.</summary>
    internal abstract void LockSchema(DbConnection db, DbTransaction transaction);

    /// <summary>Column types and clauses as this database spells them.</summary>
    internal abstract string Dialect(string schema);

    /// <summary>A path of an SQLite file, or a PostgreSQL connection string or URL.</summary>
    public static LedgerDatabase Of(string address) => PostgresDatabase.IsAddress(address) ? new PostgresDatabase(address) : new SqliteDatabase(address);

    /// <summary>Brings the schema up to this version; several processes may do so at once.</summary>
    /// <exception cref="PipelineException">It was written by a newer version.</exception>
    internal void Migrate()
    {
        using var db = Open();
        var number = HasTable(db, null, "version") ? Version(db, null) : 0;
        if (number < LedgerSchema.Current)
        {
            using var transaction = db.BeginTransaction();
            LockSchema(db, transaction);
            number = HasTable(db, transaction, "version") ? Version(db, transaction) : HasTable(db, transaction, "runs") ? 1 : 0;
            foreach (var migration in LedgerSchema.From(number))
                db.Execute(Dialect(migration), transaction: transaction);
            if (number < LedgerSchema.Current)
                db.Execute($"INSERT INTO version (number, applied) VALUES ({LedgerSchema.Current}, {Now})", transaction: transaction);
            transaction.Commit();
        }
        if (number > LedgerSchema.Current)
            throw new PipelineException($"{Name}: the ledger was written by a newer version (its schema is {number}, this program knows {LedgerSchema.Current}); use that version");
    }

    private static long Version(DbConnection db, DbTransaction? transaction) => db.ExecuteScalar<long>("SELECT COALESCE(MAX(number), 0) FROM version", transaction: transaction);

    private protected static T Last<T>(DbConnection db, string sql, object parameters, DbTransaction? transaction, Func<DbDataReader, T> read)
    {
        using var reader = (DbDataReader)db.ExecuteReader(sql, parameters, transaction);
        T last;
        do
        {
            last = read(reader);
        }
        while (reader.NextResult());
        return last;
    }
}
