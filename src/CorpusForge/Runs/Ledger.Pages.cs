namespace CorpusForge.Runs;

// What people look at, page by page. No statement here reads more rows than it gives back, but for the grid, which counts in an index.
public sealed partial class Ledger
{
    public const int MaxPage = 1000;

    /// <summary>Newest first.</summary>
    /// <param name="filter">Which runs.</param>
    /// <param name="before">Runs with a smaller number than this.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<RunSummary> RunPage(RunFilter filter, long before, int limit) => [.. Query<RunLine>(
        $"""
        WITH page AS (
            SELECT * FROM runs WHERE number < @before
                {(filter.State is null ? "" : "AND state = @State")} {(filter.Pipeline is null ? "" : "AND pipeline = @Pipeline")}
                {(filter.Schedule is null ? "" : "AND schedule = @Schedule")}
            ORDER BY number DESC LIMIT @limit)
        {SelectLines} FROM page r ORDER BY number DESC
        """, new { before, limit, filter.State, filter.Pipeline, filter.Schedule }).Select(RunSummary.Of)];

    public RunSummary? Summary(string run) => Query<RunLine>($"{SelectLines} FROM runs r WHERE id = @run", new { run }).Select(RunSummary.Of).FirstOrDefault();

    /// <summary>How many runs are in each state.</summary>
    public IReadOnlyDictionary<string, long> RunCounts() =>
        Query<StateCount>("SELECT state, COUNT(*) AS Count FROM runs GROUP BY state").ToDictionary(c => c.State, c => c.Count, StringComparer.Ordinal);

    /// <summary>The phases of a run that were planned, in order.</summary>
    public IReadOnlyList<PhaseSummary> Phases(string run) => [.. Query<PhaseLine>(
        $"""
        SELECT stage, phase, name, queue, state, total, done, failed, started, finished, {Clock} AS Now,
            CASE WHEN state = 'running' THEN (SELECT COUNT(*) FROM units u WHERE u.run = p.run AND u.state = 'running' AND u.stage = p.stage AND u.phase = p.phase) ELSE 0 END AS Running,
            CASE WHEN state = 'running' THEN (SELECT COUNT(*) FROM units u WHERE u.run = p.run AND u.stage = p.stage AND u.phase = p.phase
                AND u.state = 'done' AND u.finished > {Clock} - {PhaseSummary.RateWindow}) ELSE 0 END AS Recent
        FROM phases p WHERE run = @run ORDER BY stage, phase
        """, new { run }).Select(PhaseSummary.Of)];

    /// <summary>What the units of a run have counted so far, by stage and phase.</summary>
    public IReadOnlyList<TallyRow> Tallies(string run) =>
        Query<TallyRow>("SELECT stage, phase, measure, value FROM tallies WHERE run = @run ORDER BY stage, phase, measure", new { run });

    /// <summary>The units of a run in order of stage, phase and place.</summary>
    /// <param name="run">The run.</param>
    /// <param name="filter">Which of its units.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<UnitSummary> UnitPage(string run, UnitFilter filter, (long Stage, long Phase, long Ordinal) after, int limit)
    {
        // One range of an index a state: a list of states in one condition would have to be sorted.
        var ranges = (filter.States.Count == 0 ? [""] : filter.States).Select((_, i) =>
            $"""
            SELECT * FROM (SELECT {UnitFields} FROM units WHERE run = @run {(filter.States.Count == 0 ? "" : $"AND state = @state{i}")}
                {(filter.Stage is null ? "" : "AND stage = @stage")} {(filter.Phase is null ? "" : "AND phase = @phase")}
                AND (stage, phase, ordinal) > (@afterStage, @afterPhase, @afterOrdinal) ORDER BY stage, phase, ordinal LIMIT @limit) AS r{i}
            """);
        var parameters = new Dapper.DynamicParameters(new
        {
            run,
            stage = filter.Stage,
            phase = filter.Phase,
            afterStage = after.Stage,
            afterPhase = after.Phase,
            afterOrdinal = after.Ordinal,
            limit,
        });
        for (var i = 0; i < filter.States.Count; i++)
            parameters.Add($"state{i}", filter.States[i]);
        return [.. Query<UnitLine>($"{string.Join(" UNION ALL ", ranges)} ORDER BY stage, phase, ordinal LIMIT @limit", parameters).Select(UnitSummary.Of)];
    }

    /// <summary>What a worker is doing.</summary>
    public IReadOnlyList<UnitSummary> UnitsOn(string worker, int limit) => [.. Query<UnitLine>(
        $"SELECT {UnitFields} FROM units WHERE worker = @worker AND state = 'running' ORDER BY started LIMIT @limit", new { worker, limit }).Select(UnitSummary.Of)];

    public UnitSummary? ShortUnit(UnitId id) => Query<UnitLine>($"SELECT {UnitFields} FROM units WHERE {One}", With(id, new { })).Select(UnitSummary.Of).FirstOrDefault();

    /// <summary>The units of a phase in cells of neighbours, with how many of each cell are in each state.</summary>
    /// <param name="run">The run.</param>
    /// <param name="stage">The stage's place.</param>
    /// <param name="phase">The phase's place in it.</param>
    /// <param name="cells">At most so many.</param>
    public IReadOnlyList<UnitCell> UnitGrid(string run, int stage, int phase, int cells)
    {
        var total = Query<long>("SELECT total FROM phases WHERE run = @run AND stage = @stage AND phase = @phase", new { run, stage, phase }).FirstOrDefault();
        if (total == 0)
            return [];
        var size = (total + cells - 1) / cells;
        var lines = Query<CellLine>(
            """
            SELECT ordinal / @size AS Cell, state, COUNT(*) AS Count FROM units WHERE run = @run AND stage = @stage AND phase = @phase
            GROUP BY ordinal / @size, state
            """, new { run, stage, phase, size });
        return [.. lines.GroupBy(l => l.Cell).OrderBy(g => g.Key).Select(g => new UnitCell(
            g.Key * size, Math.Min(total, (g.Key + 1) * size) - 1, g.ToDictionary(l => l.State, l => l.Count, StringComparer.Ordinal)))];
    }

    /// <summary>The keys of a stage's units, in order of phase and place.</summary>
    public IReadOnlyList<string> Keys(string run, long stage) =>
        Query<string>("SELECT key FROM units WHERE run = @run AND stage = @stage ORDER BY phase, ordinal", new { run, stage });

    /// <summary>The attempts at a unit, the last first.</summary>
    public IReadOnlyList<AttemptRow> Attempts(UnitId id) =>
        Query<AttemptRow>($"SELECT attempt, worker, started, finished, outcome, error FROM attempts WHERE {One} ORDER BY attempt DESC", With(id, new { }));

    /// <summary>Events by number: those after <see cref="EventFilter.After"/> upwards, or with <see cref="EventFilter.Newest"/> the last ones downwards.</summary>
    public IReadOnlyList<EventRow> EventPage(EventFilter filter, int limit) => Query<EventRow>(
        $"""
        SELECT number, run, at, level, kind, stage, phase, key, attempt, worker, message FROM events
        WHERE number > @After {(filter.Before is null ? "" : "AND number < @Before")} {(filter.Run is null ? "" : "AND run = @Run")}
            {(filter.Level is null ? "" : "AND level = @Level")} {(filter.Stage is null ? "" : "AND stage = @Stage")}
            {(filter.Phase is null ? "" : "AND phase = @Phase")} {(filter.Key is null ? "" : "AND key = @Key")}
        ORDER BY number {(filter.Newest ? "DESC" : "ASC")} LIMIT @limit
        """, new { filter.After, filter.Before, filter.Run, filter.Level, filter.Stage, filter.Phase, filter.Key, limit });

    /// <summary>Every stage that a run finished, newest run first.</summary>
    public IReadOnlyList<FinishedStage> FinishedStages(string? pipeline, int limit) => Query<FinishedStage>(
        $"""
        SELECT s.run, r.pipeline, r.created, s.stage, s.id, s.digest, s.folder, s.tally, s.root FROM stages s JOIN
            (SELECT id, pipeline, created, number FROM runs {(pipeline is null ? "" : "WHERE pipeline = @pipeline")} ORDER BY number DESC LIMIT @limit) r ON r.id = s.run
        ORDER BY r.number DESC, s.stage
        """, new { pipeline, limit });

    private const string UnitFields = "run, stage, phase, key, ordinal, state, attempt, failures, losses, worker, started, finished, notBefore, documents, SUBSTR(error, 1, 2000) AS error";

    private const string SelectLines =
        """
        SELECT number, id, pipeline, digest, file, maxDocuments, state, created, finished, error, priority, requestedBy, schedule, coordinator,
            CAST(COALESCE((SELECT SUM(total) FROM phases p WHERE p.run = r.id), 0) AS BIGINT) AS Total,
            CAST(COALESCE((SELECT SUM(done) FROM phases p WHERE p.run = r.id), 0) AS BIGINT) AS Done,
            CAST(COALESCE((SELECT SUM(failed) FROM phases p WHERE p.run = r.id), 0) AS BIGINT) AS Failed
        """;

    // With properties, not parameters: SQLite knows no type of an expression that gave no row.
    private sealed record StateCount
    {
        public string State { get; init; } = "";
        public long Count { get; init; }
    }

    private sealed record CellLine
    {
        public long Cell { get; init; }
        public string State { get; init; } = "";
        public long Count { get; init; }
    }
}
