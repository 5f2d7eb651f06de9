using System.Diagnostics;
using System.Globalization;
using CorpusForge.Host;
using CorpusForge.Host.Service;
using CorpusForge.Runs;
using CorpusForge.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace CorpusForge.Benchmarks;

/// <summary>What a unit costs that does nothing: dispatch, ledger, its manifest.</summary>
internal static class OverheadBenchmark
{
    private const int Units = 10_000;
    private const int Workers = 4;

    private static readonly Catalogue s_catalogue = new(Sources.Catalogue, [CatalogueEntry.Of<Nothing>("nothing")], Steps.Catalogue);

    /// <param name="folder">For the output; a fresh one.</param>
    /// <param name="address">Of an empty database in PostgreSQL; without it only the embedded run is measured.</param>
    public static async Task<int> Run(string folder, string? address)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (Directory.Exists(folder))
            throw new PipelineException($"{folder} exists: a benchmark needs a fresh folder");
        await Embedded(Path.Combine(folder, "warm"), 500);
        var seconds = await Embedded(Path.Combine(folder, "embedded"), Units);
        Console.WriteLine($"embedded, {Workers} workers: {Units:N0} units in {seconds:F1} s, {1000 * seconds / Units:F2} ms a unit");
        if (address is null)
            return 0;
        seconds = await Service(Path.Combine(folder, "service"), address);
        Console.WriteLine($"service, {Workers} workers: {Units:N0} units in {seconds:F1} s, {1000 * seconds / Units:F2} ms a unit");
        foreach (var units in (int[])[1_000, 100_000])
            await Coordinate(Path.Combine(folder, $"coordinator-{units}"), address, units);
        return 0;
    }

    private static async Task<double> Embedded(string folder, int units)
    {
        var (yaml, clock) = (Yaml(units), Stopwatch.StartNew());
        var request = new EmbeddedRun.Request(Parse(yaml), folder, "overhead.yaml", yaml, [], Workers);
        var result = await EmbeddedRun.Run(request, _ => { }, TimeProvider.System, CancellationToken.None);
        return result?.State == States.Done ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"the run is {result?.State}");
    }

    // As `serve` and four processes of `worker` do it, but in one process.
    private static async Task<double> Service(string folder, string address)
    {
        var settings = new AppSettings { Ledger = address, Out = folder };
        Directory.CreateDirectory(folder);
        var storage = new LocalStorage(folder);
        using var stop = new CancellationTokenSource();
        Ledger Open() => Ledger.Open(address, TimeProvider.System);
        RunContexts Contexts(Ledger ledger) => new(ledger, storage, new Inputs(ledger), s_catalogue);
        var ledger = Open();
        var keeper = new RunKeeper(ledger, Contexts(ledger), new HangfireDispatcher(DispatchStorage.Open(settings)), "coordinator", TimeProvider.System);
        var keeping = Task.Run(() => keeper.Keep(stop.Token));
        var workers = new List<Worker>();
        for (var i = 0; i < Workers; i++)
        {
            var own = Open();
            var slots = new QueueSlots(new Dictionary<string, int> { [Queues.Cpu] = 1 });
            workers.Add(new Worker(settings, own, Contexts(own), DispatchStorage.Open(settings), slots, new ProcessName($"worker-{i}"), TimeProvider.System, NullLogger<Worker>.Instance));
            await workers[i].StartAsync(CancellationToken.None);
        }
        var (clock, before, observer) = (Stopwatch.StartNew(), ledger.Statements, Open());
        var run = Submit(observer, Units).Id;
        while (observer.StateOf(run) is States.Queued or States.Running)
            await Task.Delay(100);
        var seconds = clock.Elapsed.TotalSeconds;
        if (observer.StateOf(run) is not States.Done and var state)
            throw new InvalidOperationException($"the run is {state}: {observer.Run(run)!.Error}");
        Console.WriteLine($"the coordinator asked the ledger {(double)(ledger.Statements - before) / Units:F2} times a unit");
        await Task.WhenAll(workers.Select(w => w.StopAsync(CancellationToken.None)));
        await stop.CancelAsync();
        await keeping;
        return seconds;
    }

    // A thousand units of a phase that has so many; taken and committed by another connection, without files.
    private static async Task Coordinate(string folder, string address, int units)
    {
        const int Worked = 1_000;
        var (ledger, other) = (Ledger.Open(address, TimeProvider.System), Ledger.Open(address, TimeProvider.System));
        var run = Submit(other, units, States.Running);
        using var stop = new CancellationTokenSource();
        Directory.CreateDirectory(folder);
        var context = new RunContexts(ledger, new LocalStorage(folder), new Inputs(ledger), s_catalogue).Of(run);
        var clock = new Stopwatch();
        long before = 0, begun = 0, ended = 0;
        Coordinator? coordinator = null;
        using var hands = new System.Collections.Concurrent.BlockingCollection<UnitId>();
        var dispatcher = new Handing(unit =>
        {
            if (Interlocked.Increment(ref begun) == 1)
            {
                before = ledger.Statements;
                clock.Start();
            }
            hands.Add(unit);
        });
        var working = Enumerable.Range(0, Workers).Select(i => Task.Run(() =>
        {
            foreach (var unit in hands.GetConsumingEnumerable())
            {
                if (other.Take(unit, $"hand-{i}") is not { } attempt)
                    continue;
                other.Commit(unit, attempt, new Tally());
                if (Interlocked.Increment(ref ended) == Worked)
                {
                    clock.Stop();
                    stop.Cancel();
                }
                coordinator!.Wake();
            }
        })).ToArray();
        coordinator = new Coordinator(ledger, context, dispatcher, new Window(Workers), run.Id, TimeProvider.System);
        await coordinator.Run(0, stop.Token).ContinueWith(t => t.Status, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        hands.CompleteAdding();
        await Task.WhenAll(working);
        Console.WriteLine($"coordinator with {units:N0} units queued: {(double)(ledger.Statements - before) / Worked:F2} statements and {clock.Elapsed.TotalMilliseconds / Worked:F2} ms a unit");
        other.Drop([run.Id]);
    }

    private static RunRow Submit(Ledger ledger, int units, string state = States.Queued)
    {
        var pipeline = Parse(Yaml(units));
        return ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, "overhead.yaml", Yaml(units), "[]", new RunRequest { State = state });
    }

    private static Pipeline Parse(string yaml) => PipelineFile.Parse(yaml, "overhead.yaml", s_catalogue);

    private static string Yaml(int units) =>
        $"""
        name: overhead
        sources:
          - jsonl: {"{ paths: [nothing.jsonl] }"}
        stages:
          - nothing: {"{ units: "}{units}{" }"}
        """;

    private sealed class Handing(Action<UnitId> hand) : IDispatcher
    {
        public void Enqueue(UnitId unit, string queue, bool first) => hand(unit);
    }
}

/// <summary>Units that read nothing and write nothing.</summary>
public sealed record Nothing : IStage, IPhase
{
    public string? Id { get; init; }
    public Product Consumes => Product.Raw;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [this];
    public string Name => "work";
    public bool Result => true;

    /// <summary>How many.</summary>
    public int Units { get; init; } = 1;

    public IEnumerable<Unit> Plan(PhaseInput input) => Enumerable.Range(0, Units).Select(i => Unit.Of(input, this, i, []));

    public void Execute(UnitWork work)
    {
    }
}
