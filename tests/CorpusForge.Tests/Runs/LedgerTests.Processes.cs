using System.Data.Common;
using CorpusForge.Runs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Tests.Runs;

// Several processes and threads on one ledger: heartbeats, leases, clocks, answers that are lost.
public abstract partial class LedgerTests
{
    [Fact]
    public void The_units_of_workers_without_a_heartbeat_are_returned_and_no_others()
    {
        foreach (var worker in (string[])["live", "dead", "left"])
            Assert.Empty(_ledger.Beat(Worker(worker)));
        Plan([.. "abcd".Select(c => ($"{c}", false))]);
        foreach (var (key, worker) in (ReadOnlySpan<(string, string)>)[("a", "live"), ("b", "dead"), ("c", "left"), ("d", "never seen")])
            _ledger.Take(Id(key), worker);
        Assert.Equal([Id("d")], _ledger.Lost(10_000));
        _ledger.Leave("left");
        Sql("UPDATE workers SET heartbeat = heartbeat - 11000 WHERE id = 'dead'");
        Assert.Equal([Id("b"), Id("c")], _ledger.Lost(10_000).OrderBy(u => u.Key));
        Assert.Empty(_ledger.Lost(10_000));
        Assert.Equal([("live", "live", 1L), ("dead", "lost", 0L), ("left", "left", 0L)], _ledger.Workers().Select(w => (w.Id, w.State, w.Running)));
        Assert.False(_ledger.Commit(Id("b"), 1, s_tally));
        // It was only frozen, and takes part again.
        _ledger.Beat(Worker("dead"));
        Assert.Equal(2, _ledger.Take(Id("b"), "dead"));
        Assert.Empty(_ledger.Lost(10_000));
        Assert.Equal(["{\"cpu\":1}", "{\"cpu\":1}"], _ledger.LiveQueues());
    }

    [Fact]
    public void The_heartbeat_tells_a_worker_which_runs_it_must_stop()
    {
        _ledger.Beat(Worker("w"));
        _ledger.Take(Id("a"), "w");
        Assert.Empty(_ledger.Beat(Worker("w")));
        Assert.True(_ledger.ChangeRun("p-1", States.Cancelling, States.Queued, States.Running));
        Assert.False(_ledger.ChangeRun("p-1", States.Cancelling, States.Queued, States.Running));
        Assert.Equal([("p-1", States.Cancelling)], _ledger.Beat(Worker("w")));
        Assert.Empty(_ledger.Beat(Worker("other")));
        _ledger.GiveBack(Id("a"), 1);
        Assert.Empty(_ledger.Beat(Worker("w")));
    }

    [Fact]
    public void A_run_has_one_coordinator_until_its_lease_ends()
    {
        var queued = Create(new RunRequest { State = States.Queued, Priority = 5, RequestedBy = "somebody", Schedule = "nightly", FirstStage = 1 });
        Create(new RunRequest { State = States.Paused });
        Assert.Equal([queued.Id, "p-1"], _ledger.ClaimRuns("one", 15_000).Select(r => r.Id));
        Assert.Equal(("somebody", "nightly", 1, 5), (queued.RequestedBy, queued.Schedule, queued.FirstStage, queued.Priority));
        Assert.Empty(_ledger.ClaimRuns("two", 15_000));
        Assert.Equal([("p-1", States.Running), ("p-2", States.Queued)], _ledger.RenewLease("one", 15_000).Order());
        Sql("UPDATE runs SET lease = lease - 16000 WHERE id = 'p-1'");
        Assert.Equal("two", Assert.Single(_ledger.ClaimRuns("two", 15_000)).Coordinator);
        Assert.Equal(["p-2"], _ledger.RenewLease("one", 15_000).Select(r => r.Run));
        Assert.False(_ledger.SetRunState("p-1", States.Done, coordinator: "one"));
        _ledger.Release("p-1", "one");
        Assert.True(_ledger.SetRunState("p-1", States.Done, coordinator: "two"));
        _ledger.Release("p-2", "one");
        Assert.Equal(["p-2"], _ledger.ClaimRuns("three", 15_000).Select(r => r.Id));
        Assert.Null(_ledger.Run("p-1")!.Coordinator);
    }

    [Fact]
    public void No_worker_is_given_up_by_who_could_not_look_for_a_while()
    {
        var time = new FakeTimeProvider();
        _ledger.Beat(Worker("dead"));
        _ledger.Take(Id("a"), "dead");
        Sql("UPDATE workers SET heartbeat = heartbeat - 11000");
        var reaper = new Reaper(_ledger, time);
        for (var look = 1; look < 5; look++)
            Assert.Empty(After(2));
        // Frozen for longer than looks are apart: from now on it counts anew.
        Assert.Empty(After(5));
        for (var look = 1; look < 5; look++)
            Assert.Empty(After(2));
        Assert.Equal([Id("a")], After(2));
        Assert.Contains(_ledger.Events("p-1"), e => e.Kind == "lost");
        Assert.Empty(After(2));

        IReadOnlyList<UnitId> After(int seconds)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return reaper.Look();
        }
    }

    [Fact]
    public void Clocks_of_machines_do_not_matter()
    {
        var now = TimeProvider.System.GetUtcNow();
        var fast = new Ledger(Database, new FakeTimeProvider(now.AddMinutes(1)));
        var slow = new Ledger(Database, new FakeTimeProvider(now.AddMinutes(-1)));
        slow.Beat(Worker("slow"));
        fast.Beat(Worker("fast"));
        Assert.Equal(1, slow.Take(Id("a"), "slow"));
        Assert.Equal(1, fast.Take(Id("b"), "fast"));
        Assert.Empty(fast.Lost(10_000));
        Assert.Empty(slow.Lost(10_000));
        Assert.Single(slow.ClaimRuns("slow", 15_000));
        Assert.Empty(fast.ClaimRuns("fast", 15_000));
        Assert.True(fast.Fail(Id("b"), 1, "later", permanent: false, delayMilliseconds: 30_000));
        Assert.Empty(fast.Waiting("p-1", 0, 0, 10));
        Assert.InRange(fast.Milliseconds(), now.ToUnixTimeMilliseconds() - 30_000, now.ToUnixTimeMilliseconds() + 30_000);
    }

    [Fact]
    public void Eight_at_once_create_runs_with_numbers_of_their_own()
    {
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Create(new RunRequest()));
        Assert.Equal(Enumerable.Range(1, 41).Select(i => $"p-{i}"), _ledger.Runs().Select(r => r.Id).Reverse().OrderBy(i => int.Parse(i[2..], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void An_answer_that_is_lost_changes_nothing_twice()
    {
        var lossy = new LossyDatabase(Database);
        var ledger = new Ledger(lossy, TimeProvider.System);
        lossy.Lose = 1;
        Assert.Equal(1, ledger.Take(Id("a"), "w"));
        lossy.Lose = 2;
        Assert.True(ledger.Commit(Id("a"), 1, s_tally));
        Assert.Equal(1, ledger.Take(Id("b"), "w"));
        lossy.Lose = 1;
        Assert.True(ledger.Fail(Id("b"), 1, "bug", permanent: false));
        Assert.Equal(0, lossy.Lose);
        Assert.Equal((1L, 1L), (_ledger.Unit(Id("b"))!.Attempt, _ledger.Unit(Id("b"))!.Failures));
        Assert.Equal(new PhaseCounts(2, 1, 1, 0, 0), _ledger.Counts("p-1", 0, 0));
        Assert.Equal([("dropped:f.rule", 1L), ("in", 3L), ("out", 2L)], Tallies());
        // A unit that this worker took before is not the answer to another question.
        Assert.Equal(2, ledger.Take(Id("b"), "w"));
        Assert.Null(ledger.Take(Id("b"), "w"));
    }

    [Fact]
    public void Whatever_eight_threads_do_the_counters_are_right_and_nobody_waits_for_another_in_a_circle()
    {
        const int Units = 60;
        var (watched, commits) = (new LossyDatabase(Database), 0);
        var ledger = new Ledger(watched, TimeProvider.System);
        var keys = Enumerable.Range(0, Units).Select(i => $"{i:000}").ToArray();
        for (var phase = 0; phase < 2; phase++)
            _ledger.PlanPhase("p-1", 0, phase, "phase", "cpu", keys.Select(k => (Unit(k), false)));
        _ledger.Beat(Worker("w"));
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            var random = new SplitMix64((ulong)thread);
            for (var i = 0; i < 40; i++)
            {
                var id = new UnitId("p-1", 0, (int)random.Next(2), keys[random.Next(Units)]);
                if (ledger.Take(id, random.Next(4) == 0 ? "unknown" : "w") is not { } attempt)
                    continue;
                switch (random.Next(8))
                {
                    case 0: ledger.Fail(id, attempt, "bug", permanent: random.Next(2) == 0); break;
                    case 1: ledger.GiveBack(id, attempt); break;
                    case 2: ledger.Lost(60_000); break;
                    case 3: ledger.RetryFailed("p-1"); break;
                    case 4: ledger.PlanPhase("p-1", 0, id.Phase, "phase", "cpu", keys.Select(k => new PlannedUnit(Unit(k), k == id.Key ? s_tally : null))); break;
                    default: Interlocked.Add(ref commits, ledger.Commit(id, attempt, random.Next(2) == 0 ? s_tally : s_other) ? 1 : 0); break;
                }
            }
        });
        for (var phase = 0; phase < 2; phase++)
        {
            var units = _ledger.Units("p-1").Where(u => u.Phase == phase).ToArray();
            Assert.Equal(
                new PhaseCounts(Units, units.Count(u => u.State == States.Done), units.Count(u => u.State == States.Pending), units.Count(u => u.State == States.Running),
                    units.Count(u => u.State is States.Failed or States.Quarantined)),
                _ledger.Counts("p-1", 0, phase));
            Assert.Equal(units.Where(u => u.State == States.Done).Sum(u => u.Documents), Tallies(phase).SingleOrDefault(t => t.Measure == "in").Value);
        }
        Assert.True(commits > 5);
        Assert.Empty(watched.Faults);
    }

    [Fact]
    public async Task Listeners_hear_of_units_and_runs()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var heard = System.Threading.Channels.Channel.CreateUnbounded<LedgerNote>();
        var listening = _ledger.Listen(note => heard.Writer.TryWrite(note), stop.Token);
        if (Database is PostgresDatabase)
            Assert.Equal(new LedgerNote("", null), await heard.Reader.ReadAsync(stop.Token));
        var other = Database is PostgresDatabase ? new Ledger(Database, TimeProvider.System) : _ledger;
        other.Commit(Id("a"), other.Take(Id("a"), "w")!.Value, s_tally);
        Assert.Equal(new LedgerNote("p-1", Id("a")), await heard.Reader.ReadAsync(stop.Token));
        other.SetRunState("p-1", States.Cancelling);
        Assert.Equal(new LedgerNote("p-1", null), await heard.Reader.ReadAsync(stop.Token));
        await stop.CancelAsync();
        await listening;
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

/// <summary>Does what it is asked to do and then breaks off, so often.</summary>
file sealed class LossyDatabase(LedgerDatabase inner) : LedgerDatabase
{
    public int Lose { get; set; }
    public override string Name => inner.Name;
    public override string Clock => inner.Clock;
    public override string Now => inner.Now;
    internal override string ForUpdate => inner.ForUpdate;
    internal override string Notify => inner.Notify;
    internal override string Analyze => inner.Analyze;

    public override DbConnection Open() => inner.Open();

    public System.Collections.Concurrent.ConcurrentQueue<Exception> Faults { get; } = new();

    public override bool IsTransient(Exception e)
    {
        Faults.Enqueue(e);
        return e is IOException || inner.IsTransient(e);
    }

    internal override T Writing<T>(Func<T> write) => inner.Writing(write);

    internal override T Atomic<T>(DbConnection db, string sql, object parameters, Func<DbDataReader, T> read)
    {
        var result = inner.Atomic(db, sql, parameters, read);
        if (Lose == 0)
            return result;
        Lose--;
        throw new IOException("the connection broke");
    }

    internal override Task Listen(Action<string> heard, CancellationToken cancel) => inner.Listen(heard, cancel);
    internal override void Noted(string note) => inner.Noted(note);
    internal override bool HasTable(DbConnection db, DbTransaction? transaction, string table) => inner.HasTable(db, transaction, table);
    internal override void LockSchema(DbConnection db, DbTransaction transaction) => inner.LockSchema(db, transaction);
    internal override string Dialect(string schema) => inner.Dialect(schema);
}
