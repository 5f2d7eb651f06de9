using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Dapper;

namespace CorpusForge.Runs;

/// <summary>A unit as the ledger has it.</summary>
/// <param name="Run">The id of the run.</param>
/// <param name="Stage">The index of the stage.</param>
/// <param name="Phase">The index of the phase.</param>
/// <param name="Key">The digest that names it.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Attempt">The number of the last attempt.</param>
/// <param name="Failures">Attempts that failed.</param>
/// <param name="Losses">Attempts whose worker was lost.</param>
/// <param name="Error">Of the last failed attempt.</param>
/// <param name="Inputs">JSON list of <see cref="UnitInput"/>.</param>
/// <param name="Payload">JSON, as the phase planned it.</param>
/// <param name="Ordinal">Its place in the plan, from 0.</param>
/// <param name="Worker">Who has or had it last.</param>
/// <param name="Started">When the last attempt began, in milliseconds since 1970.</param>
/// <param name="Finished">When it was done, in milliseconds since 1970.</param>
/// <param name="NotBefore">When it may be tried again, in milliseconds since 1970.</param>
/// <param name="Documents">Documents read, once it is done.</param>
public sealed record UnitRow(
    string Run, long Stage, long Phase, string Key, string State, long Attempt, long Failures, long Losses, string? Error, string Inputs, string Payload,
    long Ordinal, string? Worker, long? Started, long? Finished, long NotBefore, long? Documents);

/// <summary>A unit of a plan, with the counts of its part where that exists already.</summary>
public readonly record struct PlannedUnit(Unit Unit, Tally? Part);

/// <summary>Units of a phase by state.</summary>
public sealed record PhaseCounts(long Total, long Done, long Pending, long Running, long Failed);

// Units: planned, taken, committed, given back.
public sealed partial class Ledger
{
    // Units that were taken before go first: whatever depends on them has waited longest.
    private const string Front = "ordinal - 1000000000000";

    private const string OfPhase = "run = @run AND stage = @stage AND phase = @phase";
    private const string One = $"{OfPhase} AND key = @key";
    private const string Held = $"{One} AND attempt = @attempt AND state = 'running'";

    private const string UnitColumns =
        "run, stage, phase, key, state, attempt, failures, losses, error, inputs, payload, ordinal, worker, started, finished, notBefore, documents";

    private const int RowsOfInsert = 64;
    private const int MinUnitsToAnalyze = 500;

    private static long s_tickets;

    /// <summary>Brings the units of a phase up to what was planned; units that are known keep their state and attempt.</summary>
    public void PlanPhase(string run, int stage, int phase, string name, string queue, IEnumerable<(Unit Unit, bool Done)> units) =>
        PlanPhase(run, stage, phase, name, queue, units.Select(u => new PlannedUnit(u.Unit, u.Done ? new Tally() : null)));

    /// <summary>Brings the units of a phase up to what was planned: those with a part are done, the others keep state and attempt.</summary>
    /// <remarks>Two coordinators may do so at once: the second waits for the first.</remarks>
    public void PlanPhase(string run, int stage, int phase, string name, string queue, IEnumerable<PlannedUnit> units)
    {
        PlannedUnit[] plan = [.. units];
        InTransaction((db, transaction) =>
        {
            var of = new { run, stage, phase, name, queue };
            var planned = db.QuerySingle<long>(
                $"""
                INSERT INTO phases (run, stage, phase, name, queue, state, planned, started) VALUES (@run, @stage, @phase, @name, @queue, 'running', 1, {Clock})
                ON CONFLICT (run, stage, phase) DO UPDATE SET name = @name, queue = @queue, state = 'running', planned = phases.planned + 1, finished = NULL
                RETURNING planned
                """, of, transaction);
            for (var first = 0; first < plan.Length; first += RowsOfInsert)
                Insert(db, transaction, new UnitId(run, stage, phase, ""), planned, plan, first, Math.Min(RowsOfInsert, plan.Length - first));
            db.Execute($"DELETE FROM units WHERE {OfPhase} AND planned <> @planned", new { run, stage, phase, planned }, transaction);
            db.Execute($"DELETE FROM tallies WHERE {OfPhase}", of, transaction);
            var measures = Measures(Tally.Sum(plan.Where(u => u.Part is not null).Select(u => u.Part!)));
            if (measures.Count > 0)
                db.Execute(AddTallies(measures.Count, "1 = 1"), WithMeasures(new DynamicParameters(of), measures), transaction);
            var done = plan.Count(u => u.Part is not null);
            db.Execute(
                $"""
                UPDATE phases SET total = @total, done = @done, failed = (SELECT COUNT(*) FROM units WHERE {OfPhase} AND state IN ('failed', 'quarantined')),
                    state = CASE WHEN @done = @total THEN 'done' ELSE 'running' END, finished = CASE WHEN @done = @total THEN {Clock} ELSE NULL END
                WHERE {OfPhase}
                """, new { run, stage, phase, done, total = plan.Length }, transaction);
            return 0;
        });
        if (_database.Analyze.Length > 0 && plan.Length >= MinUnitsToAnalyze)
            Do(db => db.Execute(_database.Analyze));
        _database.Noted(run);
    }

    /// <summary>Units that were running when their process died wait again; too many losses quarantine a unit.</summary>
    /// <remarks>Only for a run whose workers are all known to be gone.</remarks>
    public int Reconcile(string run) => InTransaction((db, transaction) => Return(db, transaction, "run = @ofRun", new { ofRun = run })).Count;

    /// <summary>Failed and quarantined units wait again, all of a run, of a phase, or one; returns how many.</summary>
    public int RetryFailed(string run, int? stage = null, int? phase = null, string? key = null) => InTransaction((db, transaction) =>
    {
        var filter = $"{(stage is null ? "" : " AND stage = @stage")}{(phase is null ? "" : " AND phase = @phase")}";
        var of = new { run, stage, phase, key };
        var phases = db.Query<(long Stage, long Phase)>($"SELECT stage, phase FROM phases WHERE run = @run{filter} ORDER BY stage, phase {_database.ForUpdate}", of, transaction).AsList();
        var retried = 0;
        foreach (var (s, p) in phases)
        {
            var own = new { run, stage = s, phase = p, key };
            var changed = db.Execute(
                $"""
                UPDATE units SET state = 'pending', failures = 0, losses = 0, notBefore = 0
                WHERE {OfPhase} AND state IN ('failed', 'quarantined'){(key is null ? "" : " AND key = @key")}
                """, own, transaction);
            if (changed > 0)
                db.Execute($"UPDATE phases SET failed = failed - @changed WHERE {OfPhase}", new { run, stage = s, phase = p, changed }, transaction);
            retried += changed;
        }
        return retried;
    });

    /// <summary>Takes a waiting unit of a running run; the number of the attempt, or null when it is not waiting.</summary>
    public int? Take(UnitId id, string worker) => (int?)TakeUnit(id, worker)?.Attempt;

    /// <summary>Takes a waiting unit of a running run, or null when it is not waiting.</summary>
    public UnitRow? TakeUnit(UnitId id, string worker)
    {
        // Tells the answer to a repeated question from a unit that this worker took before.
        var ticket = $"{worker}/{Interlocked.Increment(ref s_tickets)}";
        return Atomic(
            $"""
            UPDATE units SET state = 'running', attempt = attempt + 1, worker = @worker, started = {Clock}, finished = NULL
            WHERE {One} AND state = 'pending' AND notBefore <= {Clock} AND EXISTS (SELECT 1 FROM runs WHERE id = @run AND state = 'running');
            INSERT INTO attempts (run, stage, phase, key, attempt, worker, ticket, started)
            SELECT run, stage, phase, key, attempt, worker, @ticket, {Now} FROM units WHERE {One} AND state = 'running' AND worker = @worker
            ON CONFLICT (run, stage, phase, key, attempt) DO NOTHING;
            SELECT {UnitColumns} FROM units WHERE {One} AND state = 'running'
                AND attempt = (SELECT MAX(attempt) FROM attempts WHERE {One} AND ticket = @ticket);
            """,
            With(id, new { worker, ticket }),
            reader => reader.Read() ? reader.GetRowParser<UnitRow>()(reader) : null);
    }

    /// <summary>Commits an attempt with its counts; false when it was overtaken. The last unit closes its phase in the same transaction.</summary>
    public bool Commit(UnitId id, int attempt, Tally? tally = null)
    {
        var measures = Measures(tally);
        var parameters = WithMeasures(With(id, new { attempt, outcome = "done", error = (string?)null, documents = tally?.In }), measures);
        return End(
            id,
            (measures.Count == 0 ? "" : AddTallies(measures.Count, $"EXISTS (SELECT 1 FROM units WHERE {Held})"))
            + $"""
            UPDATE phases SET done = done + 1, state = CASE WHEN done + 1 = total THEN 'done' ELSE state END,
                finished = CASE WHEN done + 1 = total THEN {Clock} ELSE finished END
            WHERE {OfPhase} AND EXISTS (SELECT 1 FROM units WHERE {Held});
            UPDATE units SET state = 'done', error = NULL, finished = {Clock}, documents = @documents WHERE {Held};
            """,
            parameters);
    }

    /// <summary>Records a failed attempt; false when it was overtaken.</summary>
    /// <param name="id">The unit.</param>
    /// <param name="attempt">Its number.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="permanent">Trying again cannot help, because the input is damaged.</param>
    /// <param name="delayMilliseconds">How long not to try again.</param>
    public bool Fail(UnitId id, int attempt, string error, bool permanent, long delayMilliseconds = 0) => End(
        id,
        $"""
        UPDATE phases SET failed = failed + 1
        WHERE {OfPhase} AND EXISTS (SELECT 1 FROM units WHERE {Held} AND (@permanent OR failures + 1 >= {MaxFailures}));
        UPDATE units SET failures = failures + 1, error = @error, notBefore = {Clock} + @delayMilliseconds,
            state = CASE WHEN @permanent THEN 'failed' WHEN failures + 1 >= {MaxFailures} THEN 'quarantined' ELSE 'pending' END
        WHERE {Held};
        """,
        With(id, new { attempt, outcome = "failed", error, permanent, delayMilliseconds }));

    /// <summary>Gives a unit back unharmed, because the worker was asked to stop.</summary>
    public void GiveBack(UnitId id, int attempt) => End(
        id, $"UPDATE units SET state = 'pending', place = {Front} WHERE {Held};", With(id, new { attempt, outcome = "given back", error = (string?)null }));

    /// <summary>Whether the attempt is still the one that counts.</summary>
    public bool Holds(UnitId id, int attempt) => Query<long>($"SELECT 1 FROM units WHERE {Held}", With(id, new { attempt })).Count == 1;

    /// <summary>Without counting units, apart from those that are running.</summary>
    public PhaseCounts Counts(string run, int stage, int phase) => Query<PhaseCounts>(
        $"""
        SELECT total, done, total - done - failed - running AS pending, running, failed FROM
            (SELECT total, done, failed, (SELECT COUNT(*) FROM units WHERE {OfPhase} AND state = 'running') AS running FROM phases WHERE {OfPhase}) AS counts
        """, new { run, stage, phase }).FirstOrDefault() ?? new PhaseCounts(0, 0, 0, 0, 0);

    /// <summary>The keys of units that wait and may be tried now, at most <paramref name="most"/>: those that were taken before first, then in order.</summary>
    public IReadOnlyList<string> Waiting(string run, int stage, int phase, int most) => Query<string>(
        $"SELECT key FROM units WHERE {OfPhase} AND state = 'pending' AND notBefore <= {Clock} ORDER BY place LIMIT @most", new { run, stage, phase, most });

    public UnitRow? Unit(UnitId id) => Query<UnitRow>($"SELECT {UnitColumns} FROM units WHERE {One}", With(id, new { })).FirstOrDefault();

    /// <summary>The units of a run in order, optionally only those in a state.</summary>
    public IReadOnlyList<UnitRow> Units(string run, string? state = null) => Query<UnitRow>(
        $"SELECT {UnitColumns} FROM units WHERE run = @run{(state is null ? "" : " AND state = @state")} ORDER BY stage, phase, ordinal", new { run, state });

    public bool PhaseDone(string run, int stage, int phase) => Query<string>(
        $"SELECT state FROM phases WHERE {OfPhase}", new { run, stage, phase }) is [States.Done];

    // In one transaction, begun with the lock on the phase, so that whether the attempt holds the unit is the same for every statement.
    private bool End(UnitId id, string change, DynamicParameters parameters, [CallerMemberName] string call = "")
    {
        var note = LedgerNote.Of(id);
        parameters.Add("note", note);
        var outcome = Atomic(
            $"""
            SELECT state FROM phases WHERE {OfPhase} {_database.ForUpdate};
            UPDATE attempts SET finished = {Now}, error = @error,
                outcome = CASE WHEN EXISTS (SELECT 1 FROM units WHERE {Held}) THEN @outcome ELSE 'overtaken' END
            WHERE {One} AND attempt = @attempt AND outcome IS NULL;
            {change}
            {_database.Notify}
            SELECT outcome FROM attempts WHERE {One} AND attempt = @attempt;
            """,
            parameters,
            reader => reader.Read() && reader.GetValue(0) is string text ? text : null,
            call);
        _database.Noted(note);
        return outcome == parameters.Get<string>("outcome");
    }

    // Running units for which the condition holds wait again, before all others.
    private List<UnitId> Return(DbConnection db, DbTransaction transaction, string condition, object? parameters)
    {
        var returned = new List<UnitId>();
        var phases = db.Query<(string Run, long Stage, long Phase)>(
            $"SELECT DISTINCT run, stage, phase FROM units WHERE state = 'running' AND {condition} ORDER BY run, stage, phase", parameters, transaction).AsList();
        foreach (var (run, stage, phase) in phases)
        {
            var of = new DynamicParameters(parameters);
            of.AddDynamicParams(new { run, stage, phase });
            db.Execute($"SELECT state FROM phases WHERE {OfPhase} {_database.ForUpdate}", of, transaction);
            var units = db.Query<(string Key, string State, long Attempt)>(
                $"""
                UPDATE units SET losses = losses + 1, state = CASE WHEN losses + 1 >= {MaxLosses} THEN 'quarantined' ELSE 'pending' END,
                    error = CASE WHEN losses + 1 >= {MaxLosses} THEN 'the worker was lost {MaxLosses} times' ELSE error END, place = {Front}, notBefore = 0
                WHERE {OfPhase} AND state = 'running' AND {condition} RETURNING key, state, attempt
                """, of, transaction).AsList();
            db.Execute(
                $"UPDATE attempts SET finished = {Now}, outcome = 'lost' WHERE {One} AND attempt = @attempt AND outcome IS NULL",
                units.Select(u => new { run, stage, phase, key = u.Key, attempt = u.Attempt }), transaction);
            if (units.Count(u => u.State == States.Quarantined) is > 0 and var failed)
                db.Execute($"UPDATE phases SET failed = failed + @failed WHERE {OfPhase}", new { run, stage, phase, failed }, transaction);
            returned.AddRange(units.Select(u => new UnitId(run, (int)stage, (int)phase, u.Key)));
        }
        return returned;
    }

    private static void Insert(DbConnection db, DbTransaction transaction, UnitId of, long planned, PlannedUnit[] plan, int first, int count)
    {
        using var command = db.CreateCommand();
        command.Transaction = transaction;
        var sql = new StringBuilder("INSERT INTO units (run, stage, phase, planned, key, ordinal, place, state, inputs, payload, documents) VALUES ");
        Add("run", DbType.String, of.Run);
        Add("stage", DbType.Int64, (long)of.Stage);
        Add("phase", DbType.Int64, (long)of.Phase);
        Add("planned", DbType.Int64, planned);
        for (var i = 0; i < count; i++)
        {
            var (unit, part) = plan[first + i];
            sql.Append(i == 0 ? "" : ", ").Append(System.Globalization.CultureInfo.InvariantCulture, $"(@run, @stage, @phase, @planned, @k{i}, @o{i}, @o{i}, @s{i}, @i{i}, @p{i}, @d{i})");
            Add($"k{i}", DbType.String, unit.Key);
            Add($"o{i}", DbType.Int64, (long)first + i);
            Add($"s{i}", DbType.String, part is null ? States.Pending : States.Done);
            Add($"i{i}", DbType.String, JsonSerializer.Serialize(unit.Inputs, Manifest.Json));
            Add($"p{i}", DbType.String, unit.Payload);
            Add($"d{i}", DbType.Int64, part is null ? DBNull.Value : part.In);
        }
        sql.Append(
            """
             ON CONFLICT (run, stage, phase, key) DO UPDATE SET planned = excluded.planned, ordinal = excluded.ordinal, place = excluded.place, inputs = excluded.inputs,
                payload = excluded.payload, documents = COALESCE(excluded.documents, units.documents),
                state = CASE WHEN excluded.state = 'done' THEN 'done' WHEN units.state = 'done' THEN 'pending' ELSE units.state END
            """);
        command.CommandText = sql.ToString();
        command.ExecuteNonQuery();

        void Add(string name, DbType type, object value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Value) = (name, type, value);
            command.Parameters.Add(parameter);
        }
    }

    private static List<(string Measure, long Value)> Measures(Tally? tally) => tally is null ? [] :
    [
        .. new (string, long)[]
            {
                ("in", tally.In), ("created", tally.Created), ("out", tally.Out), ("bytesIn", tally.BytesIn), ("bytesOut", tally.BytesOut), ("tokens", tally.Tokens),
            }
            .Concat(tally.Dropped.Select(d => ($"dropped:{d.Key}", d.Value))).Where(m => m.Item2 != 0),
    ];

    private static string AddTallies(int count, string condition) =>
        $"""
        INSERT INTO tallies (run, stage, phase, measure, value) SELECT @run, @stage, @phase, column1, column2
        FROM (VALUES {string.Join(", ", Enumerable.Range(0, count).Select(i => $"(@m{i}, @v{i})"))}) AS measures WHERE {condition}
        ON CONFLICT (run, stage, phase, measure) DO UPDATE SET value = tallies.value + excluded.value;

        """;

    private static DynamicParameters WithMeasures(DynamicParameters parameters, List<(string Measure, long Value)> measures)
    {
        for (var i = 0; i < measures.Count; i++)
        {
            parameters.Add($"m{i}", measures[i].Measure);
            parameters.Add($"v{i}", measures[i].Value);
        }
        return parameters;
    }

    private static DynamicParameters With(UnitId id, object more)
    {
        var parameters = new DynamicParameters(more);
        // Added one by one, so that they can be read before the first statement.
        parameters.Add("run", id.Run);
        parameters.Add("stage", (long)id.Stage);
        parameters.Add("phase", (long)id.Phase);
        parameters.Add("key", id.Key);
        return parameters;
    }
}
