using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>Hangfire is what does the work: without its servers nothing moves, and nothing is lost by that.</summary>
public sealed class HangfireDispatcherTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-hangfire-").FullName;
    readonly OutputFolder _output;
    readonly Pipeline _pipeline = new("p", 0, null, [], [new PlannedStage("five", "five", new Five(), new string('d', 32), "p/five-d")]);
    readonly string _run;

    public HangfireDispatcherTests()
    {
        _output = OutputFolder.Lock(_folder, TimeProvider.System);
        _run = _output.Ledger.CreateRun(_pipeline, "d", "p.yaml", "", "[]").Id;
    }

    [Fact]
    public async Task A_run_stands_still_when_the_servers_stop_and_ends_once_there_are_servers_again()
    {
        using var looks = new SemaphoreSlim(0);
        using (var stop = new CancellationTokenSource())
        {
            using var storage = DispatchStorage.Memory();
            var (coordinator, servers) = Begin(storage, _ => looks.Release());
            using var held = servers;
            servers.Stop();
            var stopped = coordinator.Run(0, stop.Token);
            // Three looks at the ledger, a second apart each, find all five units where they were.
            for (var look = 0; look < 3; look++)
                Assert.True(await looks.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.Equal(new PhaseCounts(5, 0, 5, 0, 0), _output.Ledger.Counts(_run, 0, 0));
            Assert.False(stopped.IsCompleted);
            await stop.CancelAsync();
            Assert.Equal(States.Cancelled, (await stopped).State);
        }
        _output.Ledger.SetRunState(_run, States.Running);
        using (var storage = DispatchStorage.Memory())
        {
            var (coordinator, servers) = Begin(storage, _ => { });
            using (servers)
                Assert.Equal((States.Done, 5L), (await coordinator.Run(0, TestContext.Current.CancellationToken)) is var result ? (result.State, result.Done) : default);
        }
    }

    (Coordinator Coordinator, UnitServers Servers) Begin(Hangfire.JobStorage storage, Action<RunProgress> progress)
    {
        var context = new RunContext(_pipeline, _output.Storage, new Inputs(_output.Ledger));
        var coordinator = new Coordinator(_output.Ledger, context, new HangfireDispatcher(storage), new Window(2), _run, TimeProvider.System) { Progress = progress };
        var servers = new UnitServers(storage, QueueSlots.Of(2), unit =>
        {
            new UnitRunner(_output.Ledger, "w").Run(context, unit, null, default);
            coordinator.Finished(unit);
        });
        return (coordinator, servers);
    }

    public void Dispose()
    {
        _output.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    sealed record Five : IStage, IPhase
    {
        public string? Id => null;
        public Product Consumes => Product.Raw;
        public Product Produces => Product.Documents;
        public IReadOnlyList<IPhase> Phases => [this];
        public string Name => "work";
        public bool Result => true;

        public IEnumerable<Unit> Plan(PhaseInput input) => Enumerable.Range(0, 5).Select(i => Unit.Of(input, this, i, []));

        public void Execute(UnitWork work) => (work.Tally.In, work.Tally.Out) = (2, 2);
    }
}
