using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace CorpusForge.Runs;

/// <summary>A pipeline over one output folder: plans phases and knows the parts that exist.</summary>
/// <remarks>Everything is read back from manifests, so any process can make one; it is thread-safe.</remarks>
public sealed class RunContext(Pipeline pipeline, IStorage storage, Inputs inputs)
{
    // Manifests read at once: remote storage answers each after some time, whatever its size.
    private const int Reads = 16;

    private readonly ConcurrentDictionary<(int Stage, int Phase), IReadOnlyList<Manifest>> _parts = new();
    private readonly ConcurrentDictionary<(int Stage, int Phase), PhaseInput> _inputs = new();
    private readonly Lock _reading = new();

    public Pipeline Pipeline => pipeline;
    public IStorage Storage => storage;

    /// <summary>The keys of the units of a phase that is planned already, by another process, say; null when it is not. Without it, every phase is planned and closed here.</summary>
    public Func<int, int, IReadOnlyList<string>?>? Planned { get; init; }

    public IPhase PhaseOf(int stage, int phase) => pipeline.Stages[stage].Stage.Phases[phase];

    /// <summary>What the phase sees; every phase before it must be closed.</summary>
    public PhaseInput InputOf(int stage, int phase) => _inputs.GetOrAdd((stage, phase), _ =>
    {
        var own = pipeline.Stages[stage];
        var earlier = Enumerable.Range(0, stage).Select(ResultOf).ToArray();
        var upstream = earlier.LastOrDefault(r => r.Stage.Stage.Produces == own.Stage.Consumes)?.Parts ?? [];
        var phases = Enumerable.Range(0, phase).ToDictionary(p => PhaseOf(stage, p).Name, p => PartsOf(stage, p), StringComparer.Ordinal);
        return new PhaseInput(pipeline, own, earlier, upstream, phases, inputs, inputs.Beside(storage));
    });

    public IReadOnlyList<Unit> Plan(int stage, int phase)
    {
        Unit[] units = [.. PhaseOf(stage, phase).Plan(InputOf(stage, phase))];
        if (units.GroupBy(u => u.Key).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new PipelineException($"stage '{pipeline.Stages[stage].Id}' reads the same input twice: {string.Join(", ", twice.First().Inputs.Select(i => i.Name).Take(3))}");
        return units;
    }

    public string ManifestName(int stage, int phase, string key) => UnitWork.ManifestName(pipeline.Stages[stage], PhaseOf(stage, phase), key);

    /// <summary>The manifest of a finished unit whose files are all there, else null.</summary>
    public Manifest? Find(int stage, int phase, string key) => Find(ManifestName(stage, phase, key), name => storage.Exists(name) ? storage.Length(name) : null);

    /// <summary>The same for many units, in their order, with one listing of each folder instead of a look at every file.</summary>
    public IReadOnlyList<Manifest?> Find(int stage, int phase, IEnumerable<string> keys)
    {
        var listings = new ConcurrentDictionary<string, Lazy<Dictionary<string, long>>>(StringComparer.Ordinal);
        string[] names = [.. keys.Select(k => ManifestName(stage, phase, k))];
        var found = new Manifest?[names.Length];
        try
        {
            Parallel.For(0, names.Length, new ParallelOptions { MaxDegreeOfParallelism = Reads }, i => found[i] = Find(names[i], LengthOf));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return found;

        // A stage's folder and that of the images are both two deep.
        long? LengthOf(string name)
        {
            var folder = string.Join('/', name.Split('/').Take(2));
            var files = listings.GetOrAdd(folder, f => new(() => storage.List(f).ToDictionary(s => s.Name, s => s.Bytes, StringComparer.Ordinal))).Value;
            return files.TryGetValue(name, out var bytes) ? bytes : null;
        }
    }

    private Manifest? Find(string name, Func<string, long?> length) =>
        length(name) is not null && Manifest.Read(storage, name) is var manifest && manifest.Files.All(f => length($"{pipeline.Name}/{f.Name}") == f.Bytes) ? manifest : null;

    /// <summary>Closes a phase: its parts, in order of plan, are what later phases see.</summary>
    public void Close(int stage, int phase, IReadOnlyList<Manifest> parts) => _parts[(stage, phase)] = parts;

    internal bool IsPlanned(int stage, int phase) => Planned?.Invoke(stage, phase) is not null;

    private IReadOnlyList<Manifest> PartsOf(int stage, int phase)
    {
        if (_parts.TryGetValue((stage, phase), out var parts))
            return parts;
        // All workers of a process ask at once; one reads.
        lock (_reading)
        {
            return _parts.GetOrAdd((stage, phase), _ =>
            {
                var keys = Planned?.Invoke(stage, phase) ?? throw new InvalidOperationException($"phase {phase} of stage {stage} is not closed");
                return [.. Find(stage, phase, keys).Zip(keys, (part, key) => part
                    ?? throw new IOException($"the part {key} of stage '{pipeline.Stages[stage].Id}' cannot be found in storage"))];
            });
        }
    }

    public StageResult ResultOf(int stage)
    {
        var phases = Enumerable.Range(0, pipeline.Stages[stage].Stage.Phases.Count).ToArray();
        Manifest[] result = [.. phases.Where(p => PhaseOf(stage, p).Result).SelectMany(p => PartsOf(stage, p))];
        return new StageResult(pipeline.Stages[stage], result, Tally.Sum(result.Select(m => m.Tally)));
    }

    /// <summary>Writes `stage.json` unless it says the same already, and returns what it says.</summary>
    public StageFile WriteStage(int stage)
    {
        var file = StageFileOf(stage);
        Publish(storage, StageFileName(stage), Bytes(file));
        return file;
    }

    /// <summary>Whether `stage.json` names the parts that the closed phases have: other input may have been here since they were made.</summary>
    public bool StageIsWritten(int stage) => Holds(storage, StageFileName(stage), Bytes(StageFileOf(stage)));

    private StageFile StageFileOf(int stage)
    {
        var planned = pipeline.Stages[stage];
        var result = ResultOf(stage);
        var phases = planned.Stage.Phases.Select((p, i) => (p.Name, Keys: PartsOf(stage, i).Select(m => m.Unit).ToArray()));
        return new StageFile(
            StageFile.CurrentFormat, planned.Name, planned.Digest, phases.ToDictionary(p => p.Name, p => (IReadOnlyList<string>)p.Keys),
            [.. result.Parts.Select(m => m.Unit)], result.Tally, Merkle.Root(result.Parts.Select(m => m.ContentDigest)));
    }

    private string StageFileName(int stage) => $"{pipeline.Stages[stage].Folder}/stage.json";

    private static byte[] Bytes(StageFile file) => JsonSerializer.SerializeToUtf8Bytes(file, Manifest.Indented);

    /// <summary>Closes the phases of a finished stage from its `stage.json`, without planning it.</summary>
    /// <exception cref="PipelineException">The stage is not finished.</exception>
    public void CloseFromFile(int stage)
    {
        var planned = pipeline.Stages[stage];
        var name = StageFileName(stage);
        if (!storage.Exists(name))
            throw new PipelineException($"stage '{planned.Id}' is not finished ({name} is missing): run without --from-stage first");
        var file = StageFile.Read(storage, name);
        for (var phase = 0; phase < planned.Stage.Phases.Count; phase++)
        {
            var keys = file.Phases[PhaseOf(stage, phase).Name];
            // Working files are of no use to later stages, and a takedown may have removed them.
            Close(stage, phase, [.. Find(stage, phase, keys).Zip(keys, (part, key) => part is null && PhaseOf(stage, phase).Result
                ? throw new PipelineException($"stage '{planned.Id}' lacks its part {key}: run without --from-stage")
                : part).OfType<Manifest>()]);
        }
    }

    private static long s_published;

    internal static void Publish(IStorage storage, string name, byte[] bytes, string? temporary = null)
    {
        if (Holds(storage, name, bytes))
            return;
        var cut = name.LastIndexOf('/');
        // Two processes may write the same file at once: the same bytes, under names of their own.
        temporary ??= $"{name[..cut]}/{IStorage.TemporaryPrefix}{name[(cut + 1)..]}-{Environment.MachineName}-{Environment.ProcessId}-{Interlocked.Increment(ref s_published)}";
        using (var file = new OutputFile(storage.Create(temporary)))
            file.Write(bytes);
        storage.Publish(temporary, name);
    }

    private static bool Holds(IStorage storage, string name, byte[] bytes)
    {
        if (!storage.Exists(name) || storage.Length(name) != bytes.Length)
            return false;
        using var there = storage.OpenRead(name);
        return SHA256.HashData(there).AsSpan().SequenceEqual(SHA256.HashData(bytes));
    }
}

/// <summary>`stage.json`: which parts are the result of a stage, written when every unit is done.</summary>
/// <param name="Format">The version of this format.</param>
/// <param name="Stage">The name in the catalogue.</param>
/// <param name="Digest">Of the configuration of this stage and all before it.</param>
/// <param name="Phases">The keys of the units of each phase, in order.</param>
/// <param name="Result">The keys of the parts that are the result, in order.</param>
/// <param name="Tally">Summed over the result.</param>
/// <param name="Root">Merkle root over the content digests of the result.</param>
public sealed record StageFile(
    string Format, string Stage, string Digest, IReadOnlyDictionary<string, IReadOnlyList<string>> Phases, IReadOnlyList<string> Result, Tally Tally, string Root)
{
    public const string CurrentFormat = "corpusforge.stage/1";

    /// <exception cref="InputException">It is damaged.</exception>
    public static StageFile Read(IStorage storage, string name) => Manifest.Read<StageFile>(storage, name, "a stage file");
}

/// <summary>Merkle trees as RFC 9162 (certificate transparency) section 2.1.1 defines them, over digests as leaves.</summary>
public static class Merkle
{
    /// <summary>The root over the leaves in their order, as lower-case hexadecimal; of no leaves, the SHA-256 of nothing.</summary>
    public static string Root(IEnumerable<string> leaves)
    {
        byte[][] hashes = [.. leaves.Select(l => SHA256.HashData([0, .. Convert.FromHexString(l)]))];
        return Convert.ToHexStringLower(hashes.Length == 0 ? SHA256.HashData([]) : Root(hashes));
    }

    private static byte[] Root(ReadOnlySpan<byte[]> hashes)
    {
        if (hashes.Length == 1)
            return hashes[0];
        var split = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)hashes.Length) / 2;
        return SHA256.HashData([1, .. Root(hashes[..split]), .. Root(hashes[split..])]);
    }
}
