using System.Diagnostics;
using System.Globalization;
using CorpusForge.Runs;

namespace CorpusForge.Benchmarks;

/// <summary>What the ledger's statements cost when a phase has few and when it has many units.</summary>
internal static class LedgerBenchmark
{
    private const int Worked = 1000;

    private static readonly Tally s_tally = new()
    {
        In = 1000,
        Out = 800,
        BytesIn = 5_000_000,
        BytesOut = 4_000_000,
        Dropped = { ["gopher-quality.too-short"] = 100, ["language.other"] = 60, ["c4.curly-bracket"] = 40 },
    };

    /// <param name="address">A path of an SQLite file, or a PostgreSQL connection string; runs are added to what is there, and dropped at the end.</param>
    /// <param name="counts">Units of a phase.</param>
    public static int Run(string address, params int[] counts)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var ledger = Ledger.Open(address, TimeProvider.System);
        Console.WriteLine($"{ledger.Database.Name}; milliseconds, the median of 20 where it is one call");
        foreach (var count in counts)
            Run(ledger, count);
        return 0;
    }

    private static void Run(Ledger ledger, int count)
    {
        var run = ledger.CreateRun(new Pipeline("benchmark", 0, null, [], []), "d", "benchmark.yaml", "", "[]").Id;
        Unit[] units = [.. Enumerable.Range(0, count).Select(i => new Unit(
            $"{SplitMix64.Mix((ulong)i):x16}{SplitMix64.Mix((ulong)i + 1):x16}", [new UnitInput($"crawl-data/segments/{i:00000}.warc.gz", new string('a', 64))], """{"bytes":1000000000}"""))];
        var worker = new WorkerInfo("benchmark", "localhost", 1, """{"cpu":4}""", "0");
        ledger.Beat(worker);
        Console.WriteLine($"\n{count:N0} units");
        Once("plan", () => ledger.PlanPhase(run, 0, 0, "phase", "cpu", units.Select(u => (u, false))));
        Once("plan again", () => ledger.PlanPhase(run, 0, 0, "phase", "cpu", units.Select(u => (u, false))));
        var next = -1;
        Work(ledger, run, units, ref next, 4, "work, a unit, 4 threads");
        Work(ledger, run, units, ref next, 1, "work, a unit, 1 thread");
        Often("window of 64", () => ledger.Waiting(run, 0, 0, 64));
        Often("counts", () => ledger.Counts(run, 0, 0));
        Often("heartbeat", () => ledger.Beat(worker));
        Often("lost workers", () => ledger.Lost(10_000));
        Often("page of runs", () => ledger.RunPage(new RunFilter(), long.MaxValue, 50));
        Often("phases of the run", () => ledger.Phases(run));
        Often("tallies", () => ledger.Tallies(run));
        Often("grid of 1,000 cells", () => ledger.UnitGrid(run, 0, 0, 1000));
        Often("first page of units", () => ledger.UnitPage(run, new UnitFilter(), (0, 0, -1), 100));
        Often("last page of units", () => ledger.UnitPage(run, new UnitFilter(), (0, 0, count - 101), 100));
        Often("page of failed units", () => ledger.UnitPage(run, new UnitFilter { States = [States.Failed, States.Quarantined] }, (0, 0, -1), 100));
        Often("page of done units", () => ledger.UnitPage(run, new UnitFilter { States = [States.Done], Stage = 0, Phase = 0 }, (0, 0, 10), 100));
        Often("events", () => ledger.EventPage(new EventFilter { Run = run, Newest = true }, 100));
        Often("gauges", () => ledger.Gauges());
        Often("workers", () => ledger.Workers());
        Once("drop", () => ledger.Drop([run]));
    }

    private static void Work(Ledger ledger, string run, Unit[] units, ref int next, int threads, string name)
    {
        var (from, to) = (next + 1, Math.Min(units.Length, next + 1 + Worked / 2));
        next = to - 1;
        var clock = Stopwatch.StartNew();
        Parallel.For(from, to, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            var id = new UnitId(run, 0, 0, units[i].Key);
            ledger.Commit(id, ledger.Take(id, "benchmark")!.Value, s_tally);
        });
        Say(name, clock.Elapsed.TotalMilliseconds / Math.Max(1, to - from));
    }

    private static void Once(string name, Action call)
    {
        var clock = Stopwatch.StartNew();
        call();
        Say(name, clock.Elapsed.TotalMilliseconds);
    }

    private static void Often(string name, Action call)
    {
        var times = new double[20];
        for (var i = -3; i < times.Length; i++)
        {
            var clock = Stopwatch.StartNew();
            call();
            if (i >= 0)
                times[i] = clock.Elapsed.TotalMilliseconds;
        }
        Array.Sort(times);
        Say(name, times[times.Length / 2]);
    }

    private static void Say(string name, double milliseconds) => Console.WriteLine($"  {name,-28}{milliseconds,10:F2}");
}
