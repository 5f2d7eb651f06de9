namespace CorpusForge.Runs;

/// <summary>A run and one of its phases, as far as a coordinator has to know.</summary>
/// <param name="State">Of the run.</param>
/// <param name="Total">Units of the phase.</param>
/// <param name="Done">Units done.</param>
/// <param name="Failed">Units that failed for good.</param>
/// <param name="Priority">Of the run.</param>
/// <param name="Documents">Documents read or found by the units that are done.</param>
public sealed record PhaseProgress(string State, long Total, long Done, long Failed, long Priority, long Documents);

/// <summary>A unit that waits.</summary>
/// <param name="Key">The digest that names it.</param>
/// <param name="Attempt">The number of its last attempt; 0 before the first.</param>
public sealed record WaitingUnit(string Key, long Attempt);

// What coordinators ask at every look. Nothing here reads more rows than there are running units, or than are asked for.
public sealed partial class Ledger
{
    public string? StateOf(string run) => Query<string>("SELECT state FROM runs WHERE id = @run", new { run }).FirstOrDefault();

    public PhaseProgress? ProgressOf(string run, int stage, int phase) => Query<PhaseProgress>(
        $"""
        SELECT r.state, p.total, p.done, p.failed, r.priority,
            CAST(COALESCE((SELECT SUM(value) FROM tallies WHERE {OfPhase} AND measure IN ('in', 'created')), 0) AS BIGINT) AS documents
        FROM runs r JOIN phases p ON p.run = r.id AND p.stage = @stage AND p.phase = @phase WHERE r.id = @run
        """, new { run, stage, phase }).FirstOrDefault();

    /// <summary>Units that wait and may be tried now, at most <paramref name="most"/>: those that were taken before first, then in order.</summary>
    public IReadOnlyList<WaitingUnit> Next(string run, int stage, int phase, int most) => Query<WaitingUnit>(
        $"SELECT key, attempt FROM units WHERE {OfPhase} AND state = 'pending' AND notBefore <= {Clock} ORDER BY place LIMIT @most", new { run, stage, phase, most });

    /// <summary>The keys of the units of a phase, in order.</summary>
    public IReadOnlyList<string> Keys(string run, int stage, int phase) =>
        Query<string>($"SELECT key FROM units WHERE {OfPhase} ORDER BY ordinal", new { run, stage, phase });

    /// <summary>The same, or null when the phase is not planned.</summary>
    public IReadOnlyList<string>? Planned(string run, int stage, int phase) =>
        Query<string>($"SELECT state FROM phases WHERE {OfPhase}", new { run, stage, phase }) is [not States.Pending] ? Keys(run, stage, phase) : null;

    /// <summary>Has every phase of a run planned again, over the input as it is then; what is done stays done.</summary>
    public void Unplan(string run) => Execute("UPDATE phases SET state = 'pending' WHERE run = @run", new { run });

    /// <summary>Another number whenever a run is planned anew; whatever was known of the plan before it holds no longer.</summary>
    public long PlanNumber(string run) => Query<long>("SELECT planned FROM phases WHERE run = @run ORDER BY stage, phase LIMIT 1", new { run }).FirstOrDefault();

    /// <summary>How many units of a run are being worked on.</summary>
    public long Running(string run) => Query<long>("SELECT COUNT(*) FROM units WHERE run = @run AND state = 'running'", new { run }).Single();

    /// <summary>How many units are being worked on, by queue.</summary>
    public IReadOnlyDictionary<string, int> RunningByQueue() => Query<(string Queue, long Count)>(
        """
        SELECT p.queue, COUNT(*) FROM units u JOIN phases p ON p.run = u.run AND p.stage = u.stage AND p.phase = u.phase
        WHERE u.state = 'running' AND u.worker IS NOT NULL GROUP BY p.queue
        """).ToDictionary(q => q.Queue, q => (int)q.Count, StringComparer.Ordinal);

    /// <summary>What failed in a phase, in order, at most <paramref name="most"/>.</summary>
    public IReadOnlyList<(string Key, string State, string? Error)> Failures(string run, int stage, int phase, int most) => Query<(string, string, string?)>(
        $"SELECT key, state, error FROM units WHERE {OfPhase} AND state IN ('failed', 'quarantined') ORDER BY ordinal LIMIT @most", new { run, stage, phase, most });
}
