using CorpusForge.Runs;
using CorpusForge.Servers;
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

public abstract class LedgerTests : IDisposable
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

    static UnitId Id(string key) => new("p-1", 0, 0, key);

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
    public void Digests_of_files_are_kept_by_stamp()
    {
        _ledger.Keep("/a", "1", "d1");
        Assert.Equal("d1", _ledger.Find("/a", "1"));
        Assert.Null(_ledger.Find("/a", "2"));
        _ledger.Keep("/a", "2", "d2");
        Assert.Equal("d2", _ledger.Find("/a", "2"));
    }

    [Fact]
    public void Eight_threads_take_each_unit_exactly_once()
    {
        Plan([.. Enumerable.Range(0, 40).Select(i => ($"{i:000}", false))]);
        var taken = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 40; i++)
            {
                if (_ledger.Take(Id($"{i:000}"), "w") is not null)
                    taken.Add($"{i:000}");
            }
        });
        Assert.Equal(40, taken.Count);
        Assert.Equal(40, taken.Distinct().Count());
    }
}
