using System.Globalization;
using System.Text.Json;

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

/// <summary>Which runs a page shows.</summary>
public sealed record RunFilter
{
    /// <summary>One of <see cref="States"/>.</summary>
    public string? State { get; init; }

    public string? Pipeline { get; init; }

    /// <summary>The id of the schedule that started them.</summary>
    public string? Schedule { get; init; }
}

/// <summary>Which units a page shows.</summary>
public sealed record UnitFilter
{
    /// <summary>The stage's place in the run, from 0.</summary>
    public long? Stage { get; init; }

    /// <summary>The phase's place in its stage, from 0.</summary>
    public long? Phase { get; init; }

    /// <summary>Any of these; empty is all.</summary>
    public IReadOnlyList<string> States { get; init; } = [];
}

/// <summary>Which events are asked for.</summary>
public sealed record EventFilter
{
    public string? Run { get; init; }
    public long? Stage { get; init; }
    public long? Phase { get; init; }

    /// <summary>The unit's key.</summary>
    public string? Key { get; init; }

    /// <summary>information, warning or error.</summary>
    public string? Level { get; init; }

    /// <summary>Events with a larger number.</summary>
    public long After { get; init; }

    /// <summary>Events with a smaller number.</summary>
    public long? Before { get; init; }

    /// <summary>The last ones first.</summary>
    public bool Newest { get; init; }
}

/// <summary>A run in a list.</summary>
/// <param name="Number">Counts the runs of the ledger.</param>
/// <param name="Id">PIPELINE-N.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Digest">Of the configuration of its last stage.</param>
/// <param name="File">What the pipeline file was called.</param>
/// <param name="Limit">At most so many documents of each source.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Created">When it was asked for.</param>
/// <param name="Finished">When it ended.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="Schedule">The schedule that asked.</param>
/// <param name="Coordinator">The process that leads it.</param>
/// <param name="Units">Of the phases planned so far.</param>
/// <param name="Done">Units done.</param>
/// <param name="Failed">Units failed or quarantined.</param>
public sealed record RunSummary(
    long Number, string Id, string Pipeline, string Digest, string File, long? Limit, string State, DateTimeOffset Created, DateTimeOffset? Finished,
    string? Error, long Priority, string? RequestedBy, string? Schedule, string? Coordinator, long Units, long Done, long Failed)
{
    internal static RunSummary Of(RunLine r) => new(
        r.Number, r.Id, r.Pipeline, r.Digest, r.File, r.MaxDocuments, r.State, LedgerTime.Of(r.Created)!.Value, LedgerTime.Of(r.Finished), r.Error, r.Priority,
        r.RequestedBy, r.Schedule, r.Coordinator, r.Total, r.Done, r.Failed);
}

/// <summary>A phase of a run with its counts.</summary>
/// <param name="Stage">The stage's place, from 0.</param>
/// <param name="Phase">The phase's place in its stage, from 0.</param>
/// <param name="Name">The phase's name.</param>
/// <param name="Queue">The resource that its units need.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Units">Planned.</param>
/// <param name="Pending">Waiting.</param>
/// <param name="Running">With a worker.</param>
/// <param name="Done">Done or reused.</param>
/// <param name="Failed">Failed or quarantined.</param>
/// <param name="Started">When its first unit was planned.</param>
/// <param name="Finished">When its last unit was done.</param>
/// <param name="UnitsPerSecond">Over the last minute; null where nothing moves.</param>
/// <param name="SecondsLeft">At that rate.</param>
public sealed record PhaseSummary(
    long Stage, long Phase, string Name, string Queue, string State, long Units, long Pending, long Running, long Done, long Failed,
    DateTimeOffset? Started, DateTimeOffset? Finished, double? UnitsPerSecond, double? SecondsLeft)
{
    /// <summary>Milliseconds over which the rate is taken.</summary>
    internal const long RateWindow = 60_000;

    internal static PhaseSummary Of(PhaseLine p)
    {
        var running = p.State == States.Running ? p.Running : 0;
        // A phase younger than the window has had less time.
        var window = Math.Min(RateWindow, p.Now - (p.Started ?? p.Now)) / 1000.0;
        double? rate = p.State == States.Running && p.Recent > 0 && window > 0 ? Math.Round(p.Recent / window, 3) : null;
        var left = p.Total - p.Done - p.Failed;
        return new PhaseSummary(
            p.Stage, p.Phase, p.Name, p.Queue, p.State, p.Total, Math.Max(0, left - running), running, p.Done, p.Failed,
            LedgerTime.Of(p.Started), LedgerTime.Of(p.Finished), rate, rate is > 0 ? Math.Round(left / rate.Value, 1) : null);
    }
}

/// <summary>A measure that the units of a phase have summed up: in, created, out, bytesIn, bytesOut, tokens, `dropped:RULE`.</summary>
public sealed record TallyRow(long Stage, long Phase, string Measure, long Value);

/// <summary>A unit in a list.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Stage">The stage's place, from 0.</param>
/// <param name="Phase">The phase's place in its stage, from 0.</param>
/// <param name="Key">Names its part.</param>
/// <param name="Ordinal">Its place in the phase.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Attempt">The last attempt's number.</param>
/// <param name="Failures">How often it failed.</param>
/// <param name="Losses">How often its worker was lost.</param>
/// <param name="Worker">Who has or had it.</param>
/// <param name="Started">When the last attempt began.</param>
/// <param name="Finished">When it was done.</param>
/// <param name="NotBefore">When it may be tried again.</param>
/// <param name="Documents">Documents that it read.</param>
/// <param name="Error">Why it failed.</param>
public sealed record UnitSummary(
    string Run, long Stage, long Phase, string Key, long Ordinal, string State, long Attempt, long Failures, long Losses, string? Worker,
    DateTimeOffset? Started, DateTimeOffset? Finished, DateTimeOffset? NotBefore, long? Documents, string? Error)
{
    /// <summary>The stage's id, where the pipeline of the run can be read; otherwise its place.</summary>
    public string? StageId { get; init; }

    /// <summary>The phase's name, likewise.</summary>
    public string? PhaseName { get; init; }

    internal static UnitSummary Of(UnitLine u) => new(
        u.Run, u.Stage, u.Phase, u.Key, u.Ordinal, u.State, u.Attempt, u.Failures, u.Losses, u.Worker, LedgerTime.Of(u.Started), LedgerTime.Of(u.Finished),
        u.State == States.Pending && u.NotBefore > 0 ? LedgerTime.Of(u.NotBefore) : null, u.Documents, u.Error);
}

/// <summary>Neighbouring units of a phase.</summary>
/// <param name="From">The place of the first.</param>
/// <param name="To">The place of the last.</param>
/// <param name="States">How many are in each state that occurs.</param>
public sealed record UnitCell(long From, long To, IReadOnlyDictionary<string, long> States);

/// <summary>One attempt at a unit.</summary>
public sealed record AttemptRow(long Attempt, string Worker, string Started, string? Finished, string? Outcome, string? Error);

/// <summary>Something that happened.</summary>
/// <param name="Number">Grows with time.</param>
/// <param name="Run">The run's id.</param>
/// <param name="At">When, ISO 8601 in UTC.</param>
/// <param name="Level">information, warning or error.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Stage">The stage's place, where it is about one.</param>
/// <param name="Phase">The phase's place.</param>
/// <param name="Key">The unit's key.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Worker">Who told.</param>
/// <param name="Message">For people.</param>
public sealed record EventRow(
    long Number, string Run, string At, string Level, string Kind, long? Stage, long? Phase, string? Key, long? Attempt, string? Worker, string Message)
{
    /// <summary>The stage's id, where it is about one and the pipeline of the run can be read; otherwise its place.</summary>
    public string? StageId { get; init; }

    /// <summary>The phase's name, likewise.</summary>
    public string? PhaseName { get; init; }
}

/// <summary>A process that works, or did.</summary>
/// <param name="Id">Of this process and no other.</param>
/// <param name="Host">The machine.</param>
/// <param name="Pid">The process.</param>
/// <param name="Queues">Units at once by queue.</param>
/// <param name="Version">Of the program.</param>
/// <param name="State">One of <see cref="WorkerStates"/>.</param>
/// <param name="Started">When it came up.</param>
/// <param name="Heartbeat">When it was heard of last.</param>
/// <param name="Silent">Seconds since then, by the ledger's clock.</param>
/// <param name="Running">Units that it has.</param>
public sealed record WorkerSummary(
    string Id, string Host, long Pid, IReadOnlyDictionary<string, int> Queues, string Version, string State, DateTimeOffset Started, DateTimeOffset Heartbeat, double Silent, long Running)
{
    public static WorkerSummary Of(WorkerRow w) => new(
        w.Id, w.Host, w.Pid, JsonSerializer.Deserialize<Dictionary<string, int>>(w.Queues) ?? [], w.Version, w.State,
        LedgerTime.Of(w.Started)!.Value, LedgerTime.Of(w.Heartbeat)!.Value, Math.Max(0, w.Age) / 1000.0, w.Running);
}

/// <summary>A stage that a run finished, with the run.</summary>
public sealed record FinishedStage(string Run, string Pipeline, string Created, long Stage, string Id, string Digest, string Folder, string Tally, string Root);

internal sealed record RunLine
{
    public long Number { get; init; }
    public string Id { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string Digest { get; init; } = "";
    public string File { get; init; } = "";
    public long? MaxDocuments { get; init; }
    public string State { get; init; } = "";
    public string Created { get; init; } = "";
    public string? Finished { get; init; }
    public string? Error { get; init; }
    public long Priority { get; init; }
    public string? RequestedBy { get; init; }
    public string? Schedule { get; init; }
    public string? Coordinator { get; init; }
    public long Total { get; init; }
    public long Done { get; init; }
    public long Failed { get; init; }
}

internal sealed record PhaseLine
{
    public long Stage { get; init; }
    public long Phase { get; init; }
    public string Name { get; init; } = "";
    public string Queue { get; init; } = "";
    public string State { get; init; } = "";
    public long Total { get; init; }
    public long Done { get; init; }
    public long Failed { get; init; }
    public long? Started { get; init; }
    public long? Finished { get; init; }
    public long Now { get; init; }
    public long Running { get; init; }
    public long Recent { get; init; }
}

internal sealed record UnitLine
{
    public string Run { get; init; } = "";
    public long Stage { get; init; }
    public long Phase { get; init; }
    public string Key { get; init; } = "";
    public long Ordinal { get; init; }
    public string State { get; init; } = "";
    public long Attempt { get; init; }
    public long Failures { get; init; }
    public long Losses { get; init; }
    public string? Worker { get; init; }
    public long? Started { get; init; }
    public long? Finished { get; init; }
    public long NotBefore { get; init; }
    public long? Documents { get; init; }
    public string? Error { get; init; }
}

/// <summary>Times as the ledger keeps them: ISO 8601 in UTC, or milliseconds since 1970.</summary>
internal static class LedgerTime
{
    public static DateTimeOffset? Of(string? iso) => iso is null ? null : DateTimeOffset.Parse(iso, CultureInfo.InvariantCulture);

    public static DateTimeOffset? Of(long? milliseconds) => milliseconds is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds.Value);
}
