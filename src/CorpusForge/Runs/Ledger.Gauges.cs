using Dapper;

namespace CorpusForge.Runs;

/// <summary>How much there is of what, over all runs, for whoever watches the service.</summary>
/// <param name="Runs">By state.</param>
/// <param name="Workers">By state; those that left are not counted.</param>
/// <param name="Units">Of unfinished runs, by queue: those that wait, and those that are running.</param>
public sealed record LedgerGauges(
    IReadOnlyList<(string State, long Count)> Runs, IReadOnlyList<(string State, long Count)> Workers, IReadOnlyList<(string Queue, long Waiting, long Running)> Units);

// The service at a glance.
public sealed partial class Ledger
{
    /// <summary>Counts no unit but those that are running.</summary>
    public LedgerGauges Gauges() => Do(db => new LedgerGauges(
        db.Query<(string, long)>("SELECT state, COUNT(*) FROM runs GROUP BY state ORDER BY state").AsList(),
        db.Query<(string, long)>("SELECT state, COUNT(*) FROM workers WHERE state IN ('live', 'draining', 'lost') GROUP BY state ORDER BY state").AsList(),
        db.Query<(string, long, long)>(
            """
            SELECT queue, CAST(SUM(total - done - failed - running) AS BIGINT), CAST(SUM(running) AS BIGINT) FROM
                (SELECT p.queue, p.total, p.done, p.failed,
                    (SELECT COUNT(*) FROM units u WHERE u.run = p.run AND u.stage = p.stage AND u.phase = p.phase AND u.state = 'running') AS running
                FROM phases p JOIN runs r ON r.id = p.run
                WHERE p.state = 'running' AND r.state IN ('queued', 'running', 'pausing', 'paused', 'cancelling')) AS open
            GROUP BY queue ORDER BY queue
            """).AsList()));

    /// <summary>Whether the database answers now and has the tables of this program; asks once, without patience.</summary>
    /// <exception cref="PipelineException">Its tables are of another version.</exception>
    public void Probe()
    {
        using var db = _database.Open();
        var number = db.ExecuteScalar<long>("SELECT COALESCE(MAX(number), 0) FROM version");
        if (number != LedgerSchema.Current)
            throw new PipelineException($"{_database.Name}: its schema is {number}, this program's is {LedgerSchema.Current}");
    }
}
