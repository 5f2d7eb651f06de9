using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>Runs from phase to phase, and what is told about them.</summary>
public sealed class CoordinatorTests : IDisposable, IDispatcher
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-coordinator-").FullName;
    readonly OutputFolder _output;
    readonly Pipeline _pipeline;
    readonly List<RunProgress> _progress = [];
    readonly List<UnitId> _held = [];
    RunContext _context = null!;
    Coordinator _coordinator = null!;

    public CoordinatorTests()
    {
        _output = OutputFolder.Lock(_folder, TimeProvider.System);
        _pipeline = new Pipeline("p", 0, null, [], [new PlannedStage("three", "three", new Three(), new string('d', 32), "p/three-d")]);
    }

    // The first units say that they are at their end before they are; all are done once the last is here.
    void IDispatcher.Enqueue(UnitId unit, string queue, bool first)
    {
        _coordinator.Report(unit, 1);
        lock (_held)
        {
            _held.Add(unit);
            if (_held.Count < 3)
                return;
        }
        foreach (var held in _held)
        {
            new UnitRunner(_output.Ledger, "w").Run(_context, held, null, default);
            _coordinator.Finished(held);
        }
    }

    [Fact]
    public async Task A_phase_is_shown_at_its_end_once_and_with_all_of_its_documents()
    {
        var run = _output.Ledger.CreateRun(_pipeline, "d", "p.yaml", "", "[]").Id;
        _context = new RunContext(_pipeline, _output.Storage, new Inputs(_output.Ledger));
        _coordinator = new Coordinator(_output.Ledger, _context, this, new Window(1), run, TimeProvider.System) { Progress = _progress.Add };
        var result = await _coordinator.Run(0, TestContext.Current.CancellationToken);
        Assert.Equal((States.Done, 3L, 0L), (result.State, result.Done, result.Reused));
        Assert.Equal((States.Done, null), (_output.Ledger.Run(run)!.State, _output.Ledger.Run(run)!.Error));
        Assert.Equal(2.99, _progress[0].Done, 0.011);
        var end = Assert.Single(_progress, p => p.Done >= p.Total);
        Assert.Equal((3L, 6L), (end.Total, end.Documents));
    }

    [Fact]
    public async Task A_run_of_which_units_fail_ends_failed_and_names_them()
    {
        var failing = _pipeline with { Stages = [_pipeline.Stages[0] with { Stage = new Three { Work = _ => throw new InputException("a.jsonl", 7, "damaged") } }] };
        var run = _output.Ledger.CreateRun(failing, "d", "p.yaml", "", "[]").Id;
        _context = new RunContext(failing, _output.Storage, new Inputs(_output.Ledger));
        _coordinator = new Coordinator(_output.Ledger, _context, this, new Window(1), run, TimeProvider.System);
        var result = await _coordinator.Run(0, TestContext.Current.CancellationToken);
        Assert.Equal((States.Failed, 0L, 3), (result.State, result.Done, result.Problems.Count));
        Assert.All(result.Problems, p => Assert.Matches("^three/work unit [0-9a-f]{32} failed: a.jsonl: at byte 7: damaged$", p));
        Assert.Equal(string.Join('\n', result.Problems), _output.Ledger.Run(run)!.Error);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_ends_when_the_last_of_its_units_has()
    {
        var run = _output.Ledger.CreateRun(_pipeline, "d", "p.yaml", "", "[]").Id;
        _context = new RunContext(_pipeline, _output.Storage, new Inputs(_output.Ledger));
        var (taker, halts) = (new Taker(_output.Ledger), 0);
        _coordinator = new Coordinator(_output.Ledger, _context, taker, new Window(1), run, TimeProvider.System)
        {
            Halt = () =>
            {
                if (++halts == 3)
                    _output.Ledger.GiveBack(taker.Taken!, 1);
                _coordinator.Wake();
            },
        };
        var result = await _coordinator.Run(0, TestContext.Current.CancellationToken);
        Assert.Equal((States.Cancelled, 3, 0L), (result.State, halts, _output.Ledger.Running(run)));
    }

    [Fact]
    public void A_stage_that_would_read_an_input_twice_is_an_error_that_names_it()
    {
        var twice = _pipeline with { Stages = [_pipeline.Stages[0] with { Stage = new Three { Input = new UnitInput("a.jsonl", "d") } }] };
        var error = Assert.Throws<PipelineException>(() => new RunContext(twice, _output.Storage, new Inputs(_output.Ledger)).Plan(0, 0));
        Assert.Equal("stage 'three' reads the same input twice: a.jsonl", error.Message);
    }

    public void Dispose()
    {
        _output.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Takes the first unit, and has the run cancelled.</summary>
    sealed class Taker(Ledger ledger) : IDispatcher
    {
        int _taken;

        public UnitId? Taken { get; private set; }

        public void Enqueue(UnitId unit, string queue, bool first)
        {
            if (Interlocked.CompareExchange(ref _taken, 1, 0) != 0)
                return;
            ledger.Take(unit, "w");
            Taken = unit;
            ledger.ChangeRun(unit.Run, States.Cancelling, States.Running);
        }
    }

    sealed record Three : IStage, IPhase
    {
        public string? Id => null;
        public Product Consumes => Product.Raw;
        public Product Produces => Product.Documents;
        public IReadOnlyList<IPhase> Phases => [this];
        public string Name => "work";
        public bool Result => true;

        /// <summary>What all units read, where they read something.</summary>
        public UnitInput? Input { get; init; }

        public IEnumerable<Unit> Plan(PhaseInput input) => Enumerable.Range(0, 3).Select(i => Input is null ? Unit.Of(input, this, i, []) : Unit.Of(input, this, "", [Input]));

        public Action<UnitWork> Work { get; init; } = work => (work.Tally.In, work.Tally.Out) = (2, 2);

        public void Execute(UnitWork work) => Work(work);
    }
}
