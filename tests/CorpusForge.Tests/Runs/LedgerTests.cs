using System.Data.Common;
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
