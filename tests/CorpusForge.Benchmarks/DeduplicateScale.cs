using System.Diagnostics;
using CorpusForge.Deduplicate;
using CorpusForge.Runs;

namespace CorpusForge.Benchmarks;

/// <summary>Deduplicates so many made-up documents of forty words, of which a tenth is a near copy of another, and says what each phase costs.</summary>
/// <remarks>One worker, without a ledger. The documents are removed afterwards. CPU is that of the process; the peak is of the phase, where the kernel lets us reset it.</remarks>
internal static class DeduplicateScale
{
    private const int Words = 40;
    private const int PartRows = 100_000;
    private const int Recent = 1000;

    public static int Run(string folder, IEnumerable<long> counts)
    {
        Console.WriteLine($"{"documents",11} {"phase",-8} {"CPU s",8} {"µs/doc",8} {"peak MB",8}");
        foreach (var count in counts)
        {
            var target = Path.Combine(folder, $"scale-{count}");
            if (Directory.Exists(target))
                throw new PipelineException($"{target} exists: a benchmark needs a fresh folder");
            try
            {
                RunOnce(new LocalStorage(target), count);
            }
            finally
            {
                Directory.Delete(target, recursive: true);
            }
        }
        return 0;
    }

    private static void RunOnce(LocalStorage storage, long count)
    {
        var stage = new DeduplicateStage();
        var planned = new PlannedStage("deduplicate", "deduplicate", stage, Digests.Short("scale"), "scale/deduplicate");
        var phases = new Dictionary<string, IReadOnlyList<Manifest>>(StringComparer.Ordinal);
        var upstream = new List<Manifest>();
        foreach (var (part, rows) in Enumerable.Range(0, (int)((count + PartRows - 1) / PartRows)).Select(p => (p, (int)Math.Min(PartRows, count - ((long)p * PartRows)))))
            upstream.Add(Do(InputOf([], []), new Made(part, rows), Unit.Of(InputOf([], []), new Made(part, rows), part, [])));
        var all = TimeSpan.Zero;
        foreach (var phase in stage.Phases)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Memory.ResetPeak();
            var before = Environment.CpuUsage.TotalTime;
            var input = InputOf(upstream, phases);
            Manifest[] done = [.. phase.Plan(input).Select(unit => Do(input, phase, unit))];
            phases[phase.Name] = done;
            var cpu = Environment.CpuUsage.TotalTime - before;
            all += cpu;
            Say(phase.Name, cpu, Memory.PeakMegabytes);
            if (done.Length == 1 && done[0].Figures.TryGetValue("comparisons", out var comparisons))
                Console.WriteLine($"{"",11} {comparisons:N0} comparisons, {done[0].Figures["clusters"]:N0} clusters");
        }
        Say("all", all, double.NaN);

        PhaseInput InputOf(IReadOnlyList<Manifest> parts, Dictionary<string, IReadOnlyList<Manifest>> earlier) =>
            new(new Pipeline("scale", 1, null, [], []), planned, [], parts, earlier, null!, storage);

        void Say(string phase, TimeSpan cpu, double peak) =>
            Console.WriteLine($"{count,11} {phase,-8} {cpu.TotalSeconds,8:0.00} {cpu.TotalMicroseconds / count,8:0.00} {peak,8:0}");
    }

    private static Manifest Do(PhaseInput input, IPhase phase, Unit unit)
    {
        using var work = new UnitWork(input, phase, unit, attempt: 1, CancellationToken.None);
        phase.Execute(work);
        Debug.Assert(work.Tally.Balanced);
        var files = new List<ManifestFile>();
        foreach (var file in work.Files)
        {
            file.File.Dispose();
            work.Storage.Publish(file.Temporary, file.Name);
            files.Add(new ManifestFile(file.Role, file.Name[(work.PipelineFolder.Length + 1)..], file.File.Rows, file.File.Bytes, file.File.Sha256));
        }
        return new Manifest
        {
            Unit = unit.Key,
            Stage = "deduplicate",
            StageDigest = input.Stage.Digest,
            Phase = phase.Name,
            Inputs = unit.Inputs,
            Files = files,
            Tally = work.Tally,
            Figures = work.Figures,
            ContentDigest = files.Count == 0 ? Digests.Of("") : files[0].Sha256,
        };
    }

    /// <summary>A part of made-up documents.</summary>
    private sealed record Made(int Part, int Rows) : IPhase
    {
        public string Name => "made";
        public bool Result => false;

        public IEnumerable<Unit> Plan(PhaseInput input) => [];

        public void Execute(UnitWork work)
        {
            var random = new SplitMix64((ulong)Part + 1);
            var recent = new string[Recent];
            using var writer = new DocumentWriter(work.Create(Roles.Documents));
            for (var row = 0; row < Rows; row++)
            {
                var copied = row >= Recent && random.Next(10) == 0;
                var text = copied ? string.Concat(recent[random.Next(Recent)].AsSpan(..^6), MadeUp(ref random, 1)) : MadeUp(ref random, Words);
                recent[row % Recent] = text;
                writer.Write(new Document { Id = $"{random.Next():x16}{random.Next():x16}{random.Next():x16}{random.Next():x16}", Kind = Kind.Text, Text = text, Source = "scale", Locator = $"{Part}@{row}" });
            }
        }

        private static string MadeUp(ref SplitMix64 random, int words)
        {
            var state = random.Next();
            return string.Create((words * 7) - 1, state, static (text, seed) =>
            {
                var letters = new SplitMix64(seed);
                for (var i = 0; i < text.Length; i += 7)
                {
                    var bits = letters.Next();
                    for (var j = i; j < Math.Min(i + 6, text.Length); j++, bits /= 26)
                        text[j] = (char)('a' + (bits % 26));
                    if (i + 6 < text.Length)
                        text[i + 6] = ' ';
                }
            });
        }
    }
}
