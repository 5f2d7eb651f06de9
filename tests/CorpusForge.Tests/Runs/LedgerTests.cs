using CorpusForge.Runs;
using CorpusForge.Servers;
using Dapper;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class SqliteLedgerTests() : LedgerTests(new SqliteDatabase(Path.Combine(Directory.CreateTempSubdirectory("corpusforge-ledger-").FullName, "ledger.db")))
{
    public override void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Path.GetDirectoryName(Database.Name)!, recursive: true);
        base.Dispose();
    }
}

public sealed class PostgresLedgerTests() : LedgerTests(new PostgresDatabase(PostgresServer.Shared.NewDatabase()));

public abstract partial class LedgerTests : IDisposable
{
    readonly Ledger _ledger;

    protected LedgerTests(LedgerDatabase database)
    {
        Database = database;
        _ledger = new Ledger(database, new FakeTimeProvider());
        _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]");
        Plan(("a", false), ("b", false));
    }

    protected LedgerDatabase Database { get; }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    static readonly Tally s_tally = new() { In = 3, Out = 2, Dropped = { ["f.rule"] = 1 } };
    static readonly Tally s_other = new() { In = 7, Out = 5, Created = 1, Dropped = { ["e.rule"] = 2, ["g.rule"] = 1 } };

    static UnitId Id(string key) => new("p-1", 0, 0, key);

    static Unit Unit(string key) => new(key, [new UnitInput("f", "1")], "{}");

    static IEnumerable<PlannedUnit> Units(params (string Key, Tally? Part)[] units) => units.Select(u => new PlannedUnit(Unit(u.Key), u.Part));

    static WorkerInfo Worker(string id) => new(id, "host", 1, "{\"cpu\":1}", "1.0");

    RunRow Create(RunRequest request) => _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]", request);

    void Sql(string sql)
    {
        using var db = Database.Open();
        db.Execute(sql);
    }

    IEnumerable<(string Measure, long Value)> Tallies(int phase = 0)
    {
        using var db = Database.Open();
        return db.Query<(string, long)>("SELECT measure, value FROM tallies WHERE run = 'p-1' AND stage = 0 AND phase = @phase ORDER BY measure", new { phase });
    }

    void Plan(params (string Key, bool Done)[] units) =>
        _ledger.PlanPhase("p-1", 0, 0, "phase", "cpu", units.Select(u => (new Unit(u.Key, [new UnitInput("f", "1")], "{}"), u.Done)));

    [Fact]
    public void A_unit_is_taken_once_and_each_attempt_has_the_next_number()
    {
        Assert.Equal(1, _ledger.Take(Id("a"), "w"));
        Assert.Null(_ledger.Take(Id("a"), "other"));
        _ledger.GiveBack(Id("a"), 1);
        Assert.Equal(2, _ledger.Take(Id("a"), "other"));
    }

    [Fact]
    public void A_dropped_run_leaves_nothing_behind_and_its_number_is_not_given_again()
    {
        var second = _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]").Id;
        _ledger.Log("p-1", "started", "");
        _ledger.Drop(["p-1", "unknown"]);
        Assert.Equal([second], _ledger.Runs().Select(r => r.Id));
        Assert.Empty(_ledger.Units("p-1"));
        Assert.Empty(_ledger.Events("p-1"));
        Assert.Equal("p-3", _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]").Id);
        Assert.Equal("p-3-1", _ledger.CreateRun(new Pipeline("p-3", 0, null, [], []), "d", "p.yaml", "", "[]").Id);
    }

    [Fact]
    public void The_commit_of_an_overtaken_attempt_changes_nothing()
    {
        var zombie = _ledger.Take(Id("a"), "zombie")!.Value;
        _ledger.Reconcile("p-1");
        var second = _ledger.Take(Id("a"), "w")!.Value;
        Assert.False(_ledger.Holds(Id("a"), zombie));
        Assert.False(_ledger.Commit(Id("a"), zombie));
        Assert.False(_ledger.Fail(Id("a"), zombie, "late", permanent: true));
        Assert.Equal(States.Running, _ledger.Unit(Id("a"))!.State);
        Assert.True(_ledger.Commit(Id("a"), second));
        Assert.Equal(States.Done, _ledger.Unit(Id("a"))!.State);
    }

    [Fact]
    public void A_unit_that_is_retried_begins_anew()
    {
        _ledger.Take(Id("a"), "w");
        _ledger.Reconcile("p-1");
        foreach (var delay in (long[])[0, 0, 3_600_000])
            Assert.True(_ledger.Fail(Id("a"), _ledger.Take(Id("a"), "w")!.Value, "again", permanent: false, delay));
        Assert.Equal((States.Quarantined, 3L, 1L), (_ledger.Unit(Id("a"))!.State, _ledger.Unit(Id("a"))!.Failures, _ledger.Unit(Id("a"))!.Losses));
        Assert.Equal(1, _ledger.RetryFailed("p-1"));
        var row = _ledger.Unit(Id("a"))!;
        Assert.Equal((States.Pending, 0L, 0L, 0L), (row.State, row.Failures, row.Losses, row.NotBefore));
    }

    [Fact]
    public void What_is_planned_no_longer_is_no_unit_any_more()
    {
        _ledger.Commit(Id("a"), _ledger.Take(Id("a"), "w")!.Value);
        Plan(("b", false));
        Assert.Equal(["b"], _ledger.Units("p-1").Select(u => u.Key));
        Assert.Equal(1, _ledger.Counts("p-1", 0, 0).Total);
    }

    [Fact]
    public void What_was_taken_before_is_the_first_to_be_taken_again()
    {
        Plan(("a", false), ("b", false), ("c", false), ("d", false));
        _ledger.Take(Id("d"), "w");
        _ledger.GiveBack(Id("c"), _ledger.Take(Id("c"), "w")!.Value);
        Assert.Equal(["c", "a", "b"], _ledger.Waiting("p-1", 0, 0, 10));
        _ledger.Reconcile("p-1");
        Assert.Equal(["c", "d", "a", "b"], _ledger.Waiting("p-1", 0, 0, 10));
    }

    [Fact]
    public void The_last_commit_closes_the_phase()
    {
        Assert.True(_ledger.Commit(Id("a"), _ledger.Take(Id("a"), "w")!.Value));
        Assert.False(_ledger.PhaseDone("p-1", 0, 0));
        Assert.True(_ledger.Commit(Id("b"), _ledger.Take(Id("b"), "w")!.Value));
        Assert.True(_ledger.PhaseDone("p-1", 0, 0));
    }

    [Fact]
    public void Three_failures_quarantine_a_unit_and_a_damaged_input_fails_it_at_once()
    {
        for (var i = 1; i <= Ledger.MaxFailures; i++)
        {
            Assert.Equal(i, _ledger.Take(Id("a"), "w"));
            _ledger.Fail(Id("a"), i, "bug", permanent: false);
        }
        Assert.Null(_ledger.Take(Id("a"), "w"));
        _ledger.Fail(Id("b"), _ledger.Take(Id("b"), "w")!.Value, "damaged", permanent: true);
        Assert.Equal([States.Quarantined, States.Failed], _ledger.Units("p-1").Select(u => u.State));
        Assert.Equal(new PhaseCounts(2, 0, 0, 0, 2), _ledger.Counts("p-1", 0, 0));
        Assert.Equal(2, _ledger.RetryFailed("p-1"));
        Assert.Equal(["a", "b"], _ledger.Waiting("p-1", 0, 0, 10));
    }

    [Fact]
    public void Lost_workers_are_counted_apart_from_failures_and_quarantine_a_unit_much_later()
    {
        for (var i = 1; i < Ledger.MaxLosses; i++)
        {
            Assert.Equal(i, _ledger.Take(Id("a"), "w"));
            Assert.Equal(1, _ledger.Reconcile("p-1"));
        }
        Assert.Equal((States.Pending, 0L), (_ledger.Unit(Id("a"))!.State, _ledger.Unit(Id("a"))!.Failures));
        _ledger.Take(Id("a"), "w");
        _ledger.Reconcile("p-1");
        Assert.Equal(States.Quarantined, _ledger.Unit(Id("a"))!.State);
    }

    [Fact]
    public void Planning_again_keeps_attempts_adds_new_units_and_forgets_old_ones()
    {
        _ledger.Take(Id("a"), "w");
        _ledger.GiveBack(Id("a"), 1);
        Plan(("c", false), ("a", false));
        Assert.Equal(["c", "a"], _ledger.Waiting("p-1", 0, 0, 10));
        Assert.Equal(2, _ledger.Take(Id("a"), "w"));
        Assert.Null(_ledger.Unit(Id("b")));
    }

    [Fact]
    public void A_part_that_vanished_is_done_again_and_one_that_exists_is_not()
    {
        _ledger.Commit(Id("a"), _ledger.Take(Id("a"), "w")!.Value);
        Plan(("a", false), ("b", true));
        Assert.Equal([States.Pending, States.Done], _ledger.Units("p-1").Select(u => u.State));
    }

    [Fact]
    public void A_commit_counts_once_even_if_it_is_repeated()
    {
        var attempt = _ledger.Take(Id("a"), "w")!.Value;
        Assert.True(_ledger.Commit(Id("a"), attempt, s_tally));
        Assert.True(_ledger.Commit(Id("a"), attempt, s_tally));
        Assert.Equal(new PhaseCounts(2, 1, 1, 0, 0), _ledger.Counts("p-1", 0, 0));
        Assert.Equal([("dropped:f.rule", 1L), ("in", 3L), ("out", 2L)], Tallies());
        Assert.Equal(3, _ledger.Unit(Id("a"))!.Documents);
    }

    [Fact]
    public void A_zombie_counts_nothing()
    {
        var zombie = _ledger.Take(Id("a"), "zombie")!.Value;
        _ledger.Reconcile("p-1");
        Assert.False(_ledger.Commit(Id("a"), zombie, s_tally));
        Assert.False(_ledger.Fail(Id("a"), zombie, "late", permanent: true));
        _ledger.GiveBack(Id("a"), zombie);
        Assert.False(_ledger.Commit(new UnitId("p-1", 0, 0, "unknown"), 1, s_tally));
        Assert.Empty(Tallies());
        Assert.Equal(new PhaseCounts(2, 0, 2, 0, 0), _ledger.Counts("p-1", 0, 0));
    }

    [Fact]
    public void Planning_counts_the_parts_that_are_there()
    {
        _ledger.Commit(Id("a"), _ledger.Take(Id("a"), "w")!.Value, s_tally);
        _ledger.PlanPhase("p-1", 0, 0, "phase", "cpu", Units(("a", s_tally), ("b", s_tally), ("c", null)));
        Assert.Equal(new PhaseCounts(3, 2, 1, 0, 0), _ledger.Counts("p-1", 0, 0));
        Assert.Equal([("dropped:f.rule", 2L), ("in", 6L), ("out", 4L)], Tallies());
        _ledger.PlanPhase("p-1", 0, 0, "phase", "cpu", Units(("c", s_tally)));
        Assert.True(_ledger.PhaseDone("p-1", 0, 0));
        _ledger.PlanPhase("p-1", 0, 1, "empty", "cpu", Units());
        Assert.True(_ledger.PhaseDone("p-1", 0, 1));
    }

    [Fact]
    public void A_unit_that_failed_waits_for_its_time_and_one_that_was_lost_goes_first()
    {
        _ledger.Fail(Id("a"), _ledger.Take(Id("a"), "w")!.Value, "no route to host", permanent: false, delayMilliseconds: 60_000);
        Assert.Equal(["b"], _ledger.Waiting("p-1", 0, 0, 10));
        Assert.Null(_ledger.Take(Id("a"), "w"));
        Sql("UPDATE units SET notBefore = notBefore - 60000 WHERE key = 'a'");
        Plan(("a", false), ("b", false), ("c", false));
        _ledger.Take(Id("c"), "w");
        _ledger.Reconcile("p-1");
        Assert.Equal(["c", "a", "b"], _ledger.Waiting("p-1", 0, 0, 10));
        Assert.Equal(["c"], _ledger.Waiting("p-1", 0, 0, 1));
    }

    [Theory]
    [InlineData(States.Queued)]
    [InlineData(States.Pausing)]
    [InlineData(States.Paused)]
    [InlineData(States.Cancelling)]
    [InlineData(States.Cancelled)]
    public void No_unit_is_taken_of_a_run_that_is_not_running(string state)
    {
        _ledger.SetRunState("p-1", state);
        Assert.Null(_ledger.Take(Id("a"), "w"));
        _ledger.SetRunState("p-1", States.Running);
        Assert.Equal(1, _ledger.Take(Id("a"), "w"));
    }

    [Fact]
    public void Failed_units_are_tried_again_all_or_one_phase_or_one_unit()
    {
        _ledger.PlanPhase("p-1", 1, 0, "other", "cpu", Units(("a", null)));
        foreach (var id in (UnitId[])[Id("a"), Id("b"), Id("a") with { Stage = 1 }])
            _ledger.Fail(id, _ledger.Take(id, "w")!.Value, "damaged", permanent: true);
        Assert.Equal(1, _ledger.RetryFailed("p-1", 0, 0, "b"));
        Assert.Equal(0, _ledger.RetryFailed("p-1", 0, 0, "b"));
        Assert.Equal(1, _ledger.RetryFailed("p-1", 1));
        Assert.Equal(new PhaseCounts(2, 0, 1, 0, 1), _ledger.Counts("p-1", 0, 0));
        Assert.Equal(1, _ledger.RetryFailed("p-1"));
        Assert.Equal(new PhaseCounts(2, 0, 2, 0, 0), _ledger.Counts("p-1", 0, 0));
    }

    [Fact]
    public void Digests_of_files_are_kept_by_stamp()
    {
        _ledger.Keep("/a", "1", "d1");
        Assert.Equal("d1", _ledger.Find("/a", "1"));
        Assert.Null(_ledger.Find("/a", "2"));
        _ledger.Keep("/a", "2", "d2");
        Assert.Equal("d2", _ledger.Find("/a", "2"));
    }
}
