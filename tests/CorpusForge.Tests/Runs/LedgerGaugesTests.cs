using CorpusForge.Runs;
using CorpusForge.Servers;
using Dapper;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>The service at a glance, on both databases.</summary>
public sealed class LedgerGaugesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-gauges-").FullName;

    Ledger Open(string kind) => new(kind == "sqlite" ? new SqliteDatabase(Path.Combine(_folder, "ledger.db")) : new PostgresDatabase(PostgresServer.Shared.NewDatabase()), TimeProvider.System);

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void Runs_workers_and_units_are_counted_by_state_and_queue(string kind)
    {
        var ledger = Open(kind);
        Assert.Empty(ledger.Gauges().Units);
        var pipeline = new Pipeline("p", 0, null, [], []);
        var run = ledger.CreateRun(pipeline, "d", "p.yaml", "", "[]").Id;
        var ended = ledger.CreateRun(pipeline, "d", "p.yaml", "", "[]").Id;
        foreach (var id in (string[])[run, ended])
            ledger.PlanPhase(id, 0, 0, "work", "cpu", Enumerable.Range(0, 5).Select(i => (new Unit($"k{i}", [], ""), i == 0)));
        ledger.SetRunState(run, States.Running);
        ledger.SetRunState(ended, States.Failed);
        ledger.Beat(new WorkerInfo("w", "host", 1, "{}", "1"));
        Assert.NotNull(ledger.Take(new UnitId(run, 0, 0, "k3"), "w"));
        var gauges = ledger.Gauges();
        Assert.Equal([("failed", 1), ("running", 1)], gauges.Runs);
        Assert.Equal([("live", 1)], gauges.Workers);
        Assert.Equal([("cpu", 3, 1)], gauges.Units);
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void A_probe_finds_tables_of_another_version(string kind)
    {
        var ledger = Open(kind);
        ledger.Probe();
        using (var db = ledger.Database.Open())
            db.Execute("INSERT INTO version (number, applied) VALUES (999, 'later')");
        Assert.Contains("its schema is 999", Assert.Throws<PipelineException>(ledger.Probe).Message);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
