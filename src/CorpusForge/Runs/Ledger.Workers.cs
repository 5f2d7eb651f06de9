using Dapper;

namespace CorpusForge.Runs;

/// <summary>A process that works, as it tells of itself.</summary>
/// <param name="Id">Of this process and no other, ever.</param>
/// <param name="Host">The machine.</param>
/// <param name="Pid">The process on it.</param>
/// <param name="Queues">JSON, slots by queue.</param>
/// <param name="Version">Of the program.</param>
public sealed record WorkerInfo(string Id, string Host, int Pid, string Queues, string Version);

/// <summary>A worker as the ledger has it.</summary>
/// <remarks>With properties, not parameters: SQLite knows no type of an expression that gave no row.</remarks>
public sealed record WorkerRow
{
    /// <summary>Of the process.</summary>
    public string Id { get; init; } = "";

    /// <summary>The machine.</summary>
    public string Host { get; init; } = "";

    /// <summary>The process on it.</summary>
    public long Pid { get; init; }

    /// <summary>JSON, slots by queue.</summary>
    public string Queues { get; init; } = "";

    /// <summary>Of the program.</summary>
    public string Version { get; init; } = "";

    /// <summary>In milliseconds since 1970.</summary>
    public long Started { get; init; }

    /// <summary>In milliseconds since 1970.</summary>
    public long Heartbeat { get; init; }

    /// <summary>One of <see cref="WorkerStates"/>.</summary>
    public string State { get; init; } = "";

    /// <summary>Milliseconds since the heartbeat.</summary>
    public long Age { get; init; }

    /// <summary>Units that it has.</summary>
    public long Running { get; init; }
}

/// <summary>The states of workers, as the ledger writes them.</summary>
public static class WorkerStates
{
    public const string Live = "live";

    /// <summary>It was asked to stop and begins nothing new.</summary>
    public const string Draining = "draining";

    /// <summary>It ended in good order.</summary>
    public const string Left = "left";

    /// <summary>Its heartbeat stopped; should it come back, its commits are refused.</summary>
    public const string Lost = "lost";
}

// Workers, and the units of those that were lost.
public sealed partial class Ledger
{
    /// <summary>Says that a worker is alive; the runs of which it has units and that are not running (cancelled, say).</summary>
    /// <remarks>The first beat registers it, and comes before it takes a unit.</remarks>
    public IReadOnlyList<(string Run, string State)> Beat(WorkerInfo worker, string state = WorkerStates.Live) => Atomic(
        $"""
        INSERT INTO workers (id, host, pid, queues, version, started, heartbeat, state) VALUES (@Id, @Host, @Pid, @Queues, @Version, {Clock}, {Clock}, @state)
        ON CONFLICT (id) DO UPDATE SET heartbeat = excluded.heartbeat, queues = excluded.queues, state = excluded.state;
        SELECT DISTINCT r.id, r.state FROM units u JOIN runs r ON r.id = u.run WHERE u.worker = @Id AND u.state = 'running' AND r.state <> 'running';
        """,
        new { worker.Id, worker.Host, worker.Pid, worker.Queues, worker.Version, state },
        reader =>
        {
            var runs = new List<(string, string)>();
            while (reader.Read())
                runs.Add((reader.GetString(0), reader.GetString(1)));
            return runs;
        });

    /// <summary>Says that a worker ends; units that it still has are returned by the next <see cref="Lost"/>.</summary>
    public void Leave(string worker) => Execute($"UPDATE workers SET state = 'left', heartbeat = {Clock} WHERE id = @worker", new { worker });

    /// <summary>Marks the workers without a heartbeat for so long as lost, and returns the units of all that are not alive.</summary>
    /// <remarks>Units go to the front. Any number of processes may do this at once.</remarks>
    public IReadOnlyList<UnitId> Lost(long olderThanMilliseconds)
    {
        var returned = InTransaction((db, transaction) =>
        {
            db.Execute(
                $"UPDATE workers SET state = 'lost' WHERE state IN ('live', 'draining') AND heartbeat < {Clock} - @olderThanMilliseconds", new { olderThanMilliseconds }, transaction);
            return Return(db, transaction, "worker NOT IN (SELECT id FROM workers WHERE state IN ('live', 'draining'))", null);
        });
        foreach (var run in returned.Select(u => u.Run).Distinct())
            Do(db => { Tell(db, run); return 0; });
        return returned;
    }

    /// <summary>Live workers first, then by host.</summary>
    /// <param name="withinMilliseconds">Those that ended or were lost longer ago are left out.</param>
    public IReadOnlyList<WorkerRow> Workers(long withinMilliseconds = 86_400_000) => Query<WorkerRow>(
        $"""
        SELECT id, host, pid, queues, version, started, heartbeat, state, {Clock} - heartbeat AS age,
            (SELECT COUNT(*) FROM units WHERE worker = workers.id AND state = 'running') AS running
        FROM workers WHERE state IN ('live', 'draining') OR heartbeat > {Clock} - @withinMilliseconds
        ORDER BY CASE state WHEN 'live' THEN 0 WHEN 'draining' THEN 1 WHEN 'lost' THEN 2 ELSE 3 END, host, pid, id
        """, new { withinMilliseconds });

    /// <summary>The JSON of the queues of every live worker.</summary>
    public IReadOnlyList<string> LiveQueues() => Query<string>("SELECT queues FROM workers WHERE state = 'live' ORDER BY id");
}
