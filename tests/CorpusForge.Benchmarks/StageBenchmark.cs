using System.Diagnostics;
using System.Globalization;
using CorpusForge.Runs;
using CorpusForge.Settings;
using CorpusForge.Training;

namespace CorpusForge.Benchmarks;

/// <summary>Runs a pipeline stage by stage in this process with one worker, and says what each stage costs.</summary>
/// <remarks>
/// CPU seconds are user and system time of the process: compilation of the code and collection of garbage are in them, so a short
/// input is slower by the byte than a long one. Units run as in the program: planned, taken from a ledger, published, committed.
/// </remarks>
internal static class StageBenchmark
{
    private static readonly Catalogue s_catalogue = new(Sources.Catalogue, [.. Stages.Catalogue, CatalogueEntry.Of<Train>("train")], Steps.Catalogue);

    public static int Run(string file, string folder, int passes)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Say("MB/s is input bytes (10^6) per CPU second: raw bytes after decompression for clean, UTF-8 bytes of text for the other stages.");
        Say("Peak is the most memory resident during the stage; before it, garbage is collected and the kernel's mark is reset where it lets us. Live is what is left on the heap after the stage.");
        for (var pass = 1; pass <= passes; pass++)
        {
            var pipeline = PipelineFile.Load(file, s_catalogue);
            var target = Path.Combine(folder, $"pass-{pass}");
            if (Directory.Exists(target))
                throw new PipelineException($"{target} exists: a benchmark needs a fresh folder");
            using var output = OutputFolder.Lock(target, TimeProvider.System);
            var run = output.Ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, file, "", "[]").Id;
            var context = new RunContext(pipeline, output.Storage, new Inputs(output.Ledger));
            Say($"\npass {pass}\n{"stage",-14}{"units",6}{"docs in",9}{"docs out",9}{"MB in",9}{"CPU s",8}{"wall s",8}{"docs/s",9}{"MB/s",9}{"peak MB",9}{"live MB",9}");
            for (var stage = 0; stage < pipeline.Stages.Count; stage++)
                RunStage(output.Ledger, context, run, stage);
        }
        return 0;
    }

    private static void RunStage(Ledger ledger, RunContext context, string run, int stage)
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Memory.ResetPeak();
        var planned = context.Pipeline.Stages[stage];
        var phases = new List<(string Name, int Units, double Cpu)>();
        var clock = Stopwatch.StartNew();
        var begin = Environment.CpuUsage.TotalTime;
        for (var phase = 0; phase < planned.Stage.Phases.Count; phase++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var units = RunPhase(ledger, context, run, stage, phase);
            if (units == 0)
                continue;
            phases.Add((context.PhaseOf(stage, phase).Name, units, (Environment.CpuUsage.TotalTime - before).TotalSeconds));
        }
        context.WriteStage(stage);
        var (cpu, wall) = ((Environment.CpuUsage.TotalTime - begin).TotalSeconds, clock.Elapsed.TotalSeconds);

        var tally = context.ResultOf(stage).Tally;
        var upstream = Tally.Sum(context.InputOf(stage, 0).Upstream.Select(m => m.Tally));
        // The audit and the training count no input of their own: it is what the stage before left.
        var (documents, bytes) = tally.BytesIn > 0 ? (tally.In, tally.BytesIn) : (upstream.Out, upstream.BytesOut);
        Say($"{planned.Id,-14}{phases.Sum(p => p.Units),6}{documents,9}{tally.Out,9}{bytes / 1e6,9:0.0}{cpu,8:0.00}{wall,8:0.00}{documents / cpu,9:0}{bytes / 1e6 / cpu,9:0.00}{Memory.PeakMegabytes,9:0}{GC.GetTotalMemory(forceFullCollection: true) / 1e6,9:0.0}");
        if (phases.Count > 1)
            Say($"{"",14}{string.Join(", ", phases.Select(p => $"{p.Name} {p.Cpu:0.00} s ({bytes / 1e6 / p.Cpu:0} MB/s)"))}");
        if (tally.Tokens > 0)
            Say($"{"",14}{tally.Tokens} tokens, {tally.Tokens / cpu:0} tokens/s");
        if (planned.Stage is Train train)
        {
            var tokens = train.MaxSteps * train.BatchSize * (train.Context ?? ModelShape.Named[train.Model].Context);
            Say($"{"",14}{train.Model}, {tokens} tokens trained on, {tokens / cpu:0} tokens/s (validation, checkpoints and samples included)");
        }
    }

    private static int RunPhase(Ledger ledger, RunContext context, string run, int stage, int phase)
    {
        var work = context.PhaseOf(stage, phase);
        var units = context.Plan(stage, phase);
        ledger.PlanPhase(run, stage, phase, work.Name, work.Queue, units.Select(u => (u, false)));
        var runner = new UnitRunner(ledger, "benchmark");
        foreach (var unit in units)
        {
            var id = new UnitId(run, stage, phase, unit.Key);
            if (runner.Run(context, id, report: null, CancellationToken.None) != Outcome.Done)
                throw new InvalidOperationException($"{context.Pipeline.Stages[stage].Id}/{work.Name} unit {unit.Key}: {ledger.Unit(id)!.Error}");
        }
        context.Close(stage, phase, [.. units.Select(u => context.Find(stage, phase, u.Key)!)]);
        return units.Count;
    }

    private static void Say(string line) => Console.WriteLine(line);
}

/// <summary>The most memory that was resident in this process, as Linux counts it.</summary>
internal static class Memory
{
    /// <summary>Sets the mark to what is resident now; kernels and containers may refuse, then the mark is that of the process.</summary>
    public static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"the peak of memory cannot be reset ({e.Message}): it is that of the process so far");
        }
    }

    public static double PeakMegabytes
    {
        get
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(6).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1e6;
            }
            return double.NaN;
        }
    }
}
