using CorpusForge.Runs;
using CorpusForge.Servers;
using Dapper;
using Npgsql;
using Xunit;

namespace CorpusForge.Tests.Runs;

public sealed class LedgerFaultTests : IDisposable
{
    readonly PostgresServer _server = new();
    readonly string _address;
    readonly Ledger _ledger;

    public LedgerFaultTests()
    {
        _address = _server.NewDatabase();
        _ledger = Ledger.Open(_address, TimeProvider.System);
        _ledger.CreateRun(new Pipeline("p", 0, null, [], []), "d", "p.yaml", "", "[]");
    }

    [Fact]
    public async Task A_database_that_goes_down_and_comes_back_costs_time_and_nothing_else()
    {
        const int Units = 400;
        _ledger.PlanPhase("p-1", 0, 0, "phase", "cpu", Enumerable.Range(0, Units).Select(i => (new Unit($"{i:000}", [], "{}"), false)));
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var started = new SemaphoreSlim(0);
        var notes = 0;
        var listening = _ledger.Listen(note => Interlocked.Add(ref notes, note.Run.Length == 0 ? 1 : 0), stop.Token);
        var workers = Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = worker; i < Units; i += 4)
            {
                var id = new UnitId("p-1", 0, 0, $"{i:000}");
                var attempt = _ledger.Take(id, $"w{worker}");
                Assert.NotNull(attempt);
                if (i >= Units / 4)
                    started.Release();
                Assert.True(_ledger.Commit(id, attempt.Value, new Tally { In = 1, Out = 1 }));
            }
        }, stop.Token)).ToArray();
        await started.WaitAsync(stop.Token);
        for (var i = 0; i < 2; i++)
        {
            _server.Stop();
            _server.Start();
        }
        await Task.WhenAll(workers);
        Assert.Equal(new PhaseCounts(Units, Units, 0, 0, 0), _ledger.Counts("p-1", 0, 0));
        Assert.True(_ledger.PhaseDone("p-1", 0, 0));
        Assert.All(_ledger.Units("p-1"), u => Assert.Equal(1, u.Attempt));
        using (var db = _ledger.Database.Open())
            Assert.Equal(Units, db.QuerySingle<long>("SELECT value FROM tallies WHERE measure = 'in'"));
        while (Volatile.Read(ref notes) < 2)
            await Task.Delay(20, stop.Token);
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task A_process_that_stops_does_not_wait_for_a_database_that_is_down()
    {
        using var stop = new CancellationTokenSource();
        _ledger.Stopping = stop.Token;
        _server.Stop();
        var waiting = Task.Run(() => _ledger.Run("p-1"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_database_that_is_frozen_at_the_start_is_an_error_within_ten_seconds()
    {
        _server.Signal("STOP");
        try
        {
            var start = TimeProvider.System.GetTimestamp();
            Assert.Throws<PipelineException>(() => Ledger.Open($"{_address};Application Name=another", TimeProvider.System));
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        }
        finally
        {
            _server.Signal("CONT");
        }
    }

    [Fact]
    public void Patience_ends()
    {
        var ledger = new Ledger(_ledger.Database, TimeProvider.System, TimeSpan.FromMilliseconds(200));
        _server.Stop();
        Assert.ThrowsAny<NpgsqlException>(() => ledger.Run("p-1"));
    }

    public void Dispose() => _server.Dispose();
}
