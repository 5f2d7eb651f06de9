using CorpusForge.Runs;
using CorpusForge.Servers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class SqliteLedgerPagesTests() : LedgerPagesTests(new SqliteDatabase(Path.Combine(Directory.CreateTempSubdirectory("corpusforge-ledger-").FullName, "ledger.db")))
{
    public override void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Path.GetDirectoryName(Database.Name)!, recursive: true);
        base.Dispose();
    }
}

public sealed class PostgresLedgerPagesTests() : LedgerPagesTests(new PostgresDatabase(PostgresServer.Shared.NewDatabase()));

public abstract class LedgerPagesTests : IDisposable
{
    readonly Ledger _ledger;

    protected LedgerPagesTests(LedgerDatabase database)
    {
        Database = database;
        _ledger = new Ledger(database, new FakeTimeProvider());
        _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]", new RunRequest { Priority = 3, RequestedBy = "ann" });
        Plan(0, 0, "sign", 10);
        Plan(0, 1, "match", 5);
    }

    protected LedgerDatabase Database { get; }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    void Plan(int stage, int phase, string name, int units) => _ledger.PlanPhase(
        "p-1", stage, phase, name, "cpu", Enumerable.Range(0, units).Select(i => (new Unit($"{phase}-{i:D2}", [new UnitInput("f", "1")], "{}"), false)));

    static UnitId Id(int phase, int unit) => new("p-1", 0, phase, $"{phase}-{unit:D2}");

    void Finish(int phase, int unit, Tally? tally = null) => Assert.True(_ledger.Commit(Id(phase, unit), _ledger.Take(Id(phase, unit), "w")!.Value, tally));

    [Fact]
    public void Runs_come_newest_first_with_their_counts_and_filtered_by_state_and_pipeline()
    {
        _ledger.CreateRun(new Pipeline("q", 0, 7, [], []), "d", "q.yaml", "", "[]", new RunRequest { State = States.Queued, Schedule = "nightly" });
        Finish(0, 0);

        var runs = _ledger.RunPage(new RunFilter(), long.MaxValue, 10);

        Assert.Equal(["q-1", "p-1"], runs.Select(r => r.Id));
        Assert.Equal((15, 1, 0, 3, "ann"), ((int)runs[1].Units, (int)runs[1].Done, (int)runs[1].Failed, (int)runs[1].Priority, runs[1].RequestedBy));
        Assert.Equal((7, "nightly"), ((int)runs[0].Limit!, runs[0].Schedule));
        Assert.Equal(["p-1"], _ledger.RunPage(new RunFilter(), runs[0].Number, 10).Select(r => r.Id));
        Assert.Equal(["q-1"], _ledger.RunPage(new RunFilter { State = States.Queued }, long.MaxValue, 10).Select(r => r.Id));
        Assert.Equal(["p-1"], _ledger.RunPage(new RunFilter { Pipeline = "p" }, long.MaxValue, 10).Select(r => r.Id));
        Assert.Equal(["q-1"], _ledger.RunPage(new RunFilter { Schedule = "nightly" }, long.MaxValue, 10).Select(r => r.Id));
        Assert.Equal(1, _ledger.RunCounts()[States.Queued]);
        Assert.Null(_ledger.Summary("r-1"));
    }

    [Fact]
    public void A_phase_tells_its_counts_its_rate_and_the_time_left()
    {
        Finish(0, 0);
        Finish(0, 1);
        _ledger.Take(Id(0, 2), "w");
        _ledger.Fail(Id(0, 3), _ledger.Take(Id(0, 3), "w")!.Value, "damaged", permanent: true);

        var phase = _ledger.Phases("p-1")[0];

        Assert.Equal(("sign", 10, 2, 1, 1, 6), (phase.Name, (int)phase.Units, (int)phase.Done, (int)phase.Running, (int)phase.Failed, (int)phase.Pending));
        Assert.True(phase.UnitsPerSecond > 0);
        Assert.InRange(phase.SecondsLeft!.Value, 7 / phase.UnitsPerSecond!.Value - 1, 7 / phase.UnitsPerSecond.Value + 1);
        Assert.Null(_ledger.Phases("p-1")[1].UnitsPerSecond);
    }

    [Fact]
    public void Units_are_paged_without_gaps_or_repetitions_while_their_states_change()
    {
        var seen = new List<string>();
        var after = (-1L, -1L, -1L);
        while (_ledger.UnitPage("p-1", new UnitFilter(), after, 4) is { Count: > 0 } page)
        {
            seen.AddRange(page.Select(u => u.Key));
            after = (page[^1].Stage, page[^1].Phase, page[^1].Ordinal);
            Finish((int)page[^1].Phase, (int)page[^1].Ordinal);
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"0-{i:D2}").Concat(Enumerable.Range(0, 5).Select(i => $"1-{i:D2}")), seen);
    }

    [Fact]
    public void Units_are_filtered_by_stage_phase_and_any_of_several_states()
    {
        Finish(0, 4);
        _ledger.Take(Id(0, 2), "w");

        Assert.Equal(["0-02", "0-04"], Keys(new UnitFilter { States = [States.Done, States.Running] }));
        Assert.Equal(["0-04"], Keys(new UnitFilter { Stage = 0, Phase = 0, States = [States.Done] }));
        Assert.Equal(5, Keys(new UnitFilter { Phase = 1 }).Length);
        Assert.Empty(Keys(new UnitFilter { Stage = 1 }));
        Assert.Empty(Keys(new UnitFilter { States = ["'; DROP TABLE units; --"] }));
        Assert.Equal(["0-02"], _ledger.UnitsOn("w", 10).Select(u => u.Key));

        string[] Keys(UnitFilter filter) => [.. _ledger.UnitPage("p-1", filter, (-1, -1, -1), 100).Select(u => u.Key)];
    }

    [Theory]
    [InlineData(4, "0-2 3-5 6-8 9-9")]
    [InlineData(10, "0-0 1-1 2-2 3-3 4-4 5-5 6-6 7-7 8-8 9-9")]
    [InlineData(1, "0-9")]
    [InlineData(1000, "0-0 1-1 2-2 3-3 4-4 5-5 6-6 7-7 8-8 9-9")]
    public void A_grid_has_cells_of_neighbours_with_counts_by_state(int cells, string expected)
    {
        Finish(0, 0);

        var grid = _ledger.UnitGrid("p-1", 0, 0, cells);

        Assert.Equal(expected, string.Join(' ', grid.Select(c => $"{c.From}-{c.To}")));
        Assert.Equal(1, grid[0].States[States.Done]);
        Assert.Equal(9, grid.Sum(c => c.States.GetValueOrDefault(States.Pending)));
    }

    [Fact]
    public void A_grid_of_a_phase_that_is_not_planned_is_empty() => Assert.Empty(_ledger.UnitGrid("p-1", 7, 0, 10));

    [Fact]
    public void Attempts_come_last_first_with_their_outcomes()
    {
        _ledger.Fail(Id(0, 0), _ledger.Take(Id(0, 0), "w1")!.Value, "no", permanent: false);
        _ledger.Take(Id(0, 0), "w2");

        Assert.Equal([(2, "w2", null, null), (1, "w1", "failed", "no")], _ledger.Attempts(Id(0, 0)).Select(a => ((int)a.Attempt, a.Worker, a.Outcome, a.Error)));
    }

    [Fact]
    public void Events_are_read_on_from_a_number_or_backwards_and_filtered()
    {
        _ledger.Log("p-1", "one", "1");
        _ledger.Log("p-1", "two", "2", "warning", Id(0, 3), 1, "w");
        _ledger.Log("q-1", "three", "3");
        var all = _ledger.EventPage(new EventFilter(), 10).Where(e => e.Kind is "one" or "two" or "three").ToArray();

        Assert.Equal(["one", "two", "three"], all.Select(e => e.Kind));
        Assert.Equal(["two", "three"], _ledger.EventPage(new EventFilter { After = all[0].Number }, 10).Select(e => e.Kind));
        Assert.Equal(["two", "one"], _ledger.EventPage(new EventFilter { Before = all[2].Number, Newest = true }, 2).Select(e => e.Kind));
        Assert.Equal(["three"], _ledger.EventPage(new EventFilter { Run = "q-1" }, 10).Select(e => e.Kind));
        Assert.Equal(["two"], _ledger.EventPage(new EventFilter { Level = "warning", Stage = 0, Phase = 0, Key = "0-03" }, 10).Select(e => e.Kind));
    }

    [Fact]
    public void What_is_not_there_gives_empty_pages()
    {
        Assert.Empty(_ledger.RunPage(new RunFilter { Pipeline = "none" }, long.MaxValue, 10));
        Assert.Empty(_ledger.UnitPage("none", new UnitFilter(), (-1, -1, -1), 10));
        Assert.Empty(_ledger.Phases("none"));
        Assert.Empty(_ledger.EventPage(new EventFilter { Run = "none" }, 10));
        Assert.Empty(_ledger.FinishedStages("none", 10));
        Assert.Empty(_ledger.Workers());
        Assert.Null(_ledger.ShortUnit(Id(9, 9)));
    }

    [Fact]
    public void Tallies_are_those_of_committed_units()
    {
        var tally = new Tally { In = 3, Out = 2, BytesIn = 30 };
        tally.Drop("gopher", "min-words");
        Finish(0, 0, tally);
        Finish(0, 1, tally);

        Assert.Equal(
            ["bytesIn 60", "dropped:gopher.min-words 2", "in 6", "out 4"],
            _ledger.Tallies("p-1").Where(t => t.Value > 0).Select(t => $"{t.Measure} {t.Value}").Order(StringComparer.Ordinal));
    }
}
