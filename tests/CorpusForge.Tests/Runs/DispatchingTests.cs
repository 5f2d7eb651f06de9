using CorpusForge.Runs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>What is sent, and what is sent again.</summary>
public sealed class DispatchingTests : IDisposable, IDispatcher
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-dispatching-").FullName;
    readonly FakeTimeProvider _time = new();
    readonly List<(string Key, bool First)> _sent = [];
    readonly Ledger _ledger;
    readonly string _run;
    QueueLoad _load = new(2, 2);

    public DispatchingTests()
    {
        _ledger = new Ledger(Path.Combine(_folder, "ledger.db"), TimeProvider.System);
        _run = _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]").Id;
        _ledger.PlanPhase(_run, 0, 0, "work", Queues.Cpu, Enumerable.Range(0, 20).Select(i => (new Unit($"{i:00}", [], "{}"), false)));
    }

    void IDispatcher.Enqueue(UnitId unit, string queue, bool first)
    {
        lock (_sent)
            _sent.Add((unit.Key, first));
    }

    [Fact]
    public void A_window_of_units_is_sent_once_and_topped_up_as_they_are_taken()
    {
        var dispatching = Begin();
        Assert.Equal((8, 0), (dispatching.TopUp(), dispatching.TopUp()));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i:00}"), _sent.Select(s => s.Key).Order());
        _ledger.Take(Id("00"), "w");
        _ledger.Take(Id("01"), "w");
        Assert.Equal(2, dispatching.TopUp());
        Assert.Equal(["08", "09"], _sent.Skip(8).Select(s => s.Key).Order());
    }

    [Fact]
    public void What_waits_while_workers_are_idle_is_sent_again_after_twice_as_long_each_time()
    {
        var dispatching = Begin();
        dispatching.TopUp();
        _time.Advance(TimeSpan.FromSeconds(60));
        // Busy workers come to it.
        Assert.Equal(0, dispatching.TopUp());
        _load = new QueueLoad(2, 1);
        Assert.Equal(8, dispatching.TopUp());
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(0, dispatching.TopUp());
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(8, dispatching.TopUp());
    }

    [Fact]
    public void A_unit_that_was_given_back_goes_first_and_beyond_the_window()
    {
        var dispatching = Begin();
        dispatching.TopUp();
        var attempt = _ledger.Take(Id("05"), "w")!.Value;
        dispatching.TopUp();
        _ledger.GiveBack(Id("05"), attempt);
        _sent.Clear();
        dispatching.TopUp();
        Assert.Contains(("05", true), _sent);
        Assert.DoesNotContain(_sent, s => s.Key != "05" && s.First);
    }

    [Fact]
    public void A_run_sends_its_part_of_the_window_and_beside_it_only_what_was_taken_before()
    {
        var window = new Window(_ => _load);
        using var other = window.Join(Queues.Cpu, 0);
        var dispatching = new Dispatching(_ledger, this, window, Id(""), Queues.Cpu, window.Join(Queues.Cpu, 0), _time);
        Assert.Equal((4, 0), (dispatching.TopUp(), dispatching.TopUp()));
        var attempt = _ledger.Take(Id("00"), "w")!.Value;
        Assert.Equal(1, dispatching.TopUp());
        _ledger.GiveBack(Id("00"), attempt);
        Assert.Equal(1, dispatching.TopUp());
        Assert.Equal(("00", true), _sent[^1]);
    }

    [Fact]
    public void A_unit_that_was_taken_and_given_back_between_two_looks_is_sent_again()
    {
        var dispatching = Begin();
        dispatching.TopUp();
        _ledger.GiveBack(Id("05"), _ledger.Take(Id("05"), "w")!.Value);
        Assert.Equal(1, dispatching.TopUp());
        Assert.Equal(("05", true), _sent[^1]);
    }

    UnitId Id(string key) => new(_run, 0, 0, key);

    Dispatching Begin()
    {
        var window = new Window(_ => _load);
        return new Dispatching(_ledger, this, window, Id(""), Queues.Cpu, window.Join(Queues.Cpu, 0), _time);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
