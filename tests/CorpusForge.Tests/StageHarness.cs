using System.Security.Cryptography;
using System.Text;
using CorpusForge.Read;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests;

/// <summary>Runs one stage over given documents in a temporary folder, unit after unit, without a ledger.</summary>
sealed class StageHarness : IDisposable
{
    Pipeline _pipeline = new("test", 1, null, [], []);

    // Files are flushed to disk when they are closed: where there is a disk in memory, that costs nothing.
    static readonly string s_temporary = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public StageHarness()
    {
        Folder = Path.Combine(s_temporary, $"corpusforge-{Path.GetRandomFileName()}");
        Storage = new LocalStorage(Folder);
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }
    public LocalStorage Storage { get; }

    /// <summary>The manifests of the phases of the last run, by name of phase.</summary>
    public Dictionary<string, IReadOnlyList<Manifest>> Phases { get; } = new(StringComparer.Ordinal);

    /// <summary>The order in which the units of a phase are done; their results must not depend on it.</summary>
    public Func<IReadOnlyList<Unit>, IEnumerable<Unit>> Order { get; init; } = units => units;

    /// <summary>Runs all phases and returns the parts that are the stage's result. The pipeline has the sources of the documents, in the order in which they come.</summary>
    public IReadOnlyList<Manifest> Run(IStage stage, params IReadOnlyList<Document>[] parts)
    {
        var sources = parts.SelectMany(p => p).Select(d => d.Source).Distinct();
        _pipeline = _pipeline with { Sources = [.. sources.Select(s => new PipelineSource(s, "jsonl", new JsonlSource(), s))] };
        var given = new Given();
        var planned = new PlannedStage("given", "given", given, Digests.Short("given"), "test/given");
        var empty = InputOf(planned, [], []);
        Manifest[] upstream = [.. parts.Select((documents, i) => Do(empty, new Given.Phase(documents), Unit.Of(empty, given.Phases[0], i, [])))];
        return Run(stage, upstream);
    }

    /// <summary>The same over parts that an earlier stage left.</summary>
    public IReadOnlyList<Manifest> Run(IStage stage, IReadOnlyList<Manifest> upstream)
    {
        var planned = new PlannedStage("stage", stage.GetType().Name, stage, Digests.Short($"{stage}"), "test/stage");
        Phases.Clear();
        foreach (var phase in stage.Phases)
        {
            var input = InputOf(planned, upstream, new Dictionary<string, IReadOnlyList<Manifest>>(Phases));
            Unit[] units = [.. phase.Plan(input)];
            var done = Order(units).ToDictionary(u => u.Key, u => Do(input, phase, u));
            Phases[phase.Name] = [.. units.Select(u => done[u.Key])];
        }
        Manifest[] result = [.. stage.Phases.Where(p => p.Result).SelectMany(p => Phases[p.Name])];
        if (stage.Consumes == Product.Documents)
            Assert.Equal((upstream.Sum(p => p.Tally.Out), upstream.Sum(p => p.Tally.BytesOut)), (result.Sum(p => p.Tally.In), result.Sum(p => p.Tally.BytesIn)));
        return result;
    }

    public IEnumerable<Document> Documents(IEnumerable<Manifest> parts) => parts.SelectMany(p => Read(p.Documents, DocumentShard.Read));

    public IEnumerable<Reject> Rejects(IEnumerable<Manifest> parts) => parts.SelectMany(p => Read(p.Rejects, DocumentShard.ReadRejects));

    /// <summary>Every file below the folder of the stage with its SHA-256.</summary>
    public SortedDictionary<string, string> Hashes()
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, _) in Storage.List("test/stage"))
            hashes[name] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Storage.LocalPath(name))));
        return hashes;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    Manifest Do(PhaseInput input, IPhase phase, Unit unit)
    {
        using var work = new UnitWork(input, phase, unit, attempt: 1, TestContext.Current.CancellationToken);
        phase.Execute(work);
        Assert.True(work.Tally.Balanced, $"the counts of a unit of {phase.Name} do not add up");
        var files = new List<ManifestFile>();
        foreach (var file in work.Files)
        {
            file.File.Dispose();
            Directory.CreateDirectory(Path.GetDirectoryName(Storage.LocalPath(file.Name))!);
            File.Move(Storage.LocalPath(file.Temporary), Storage.LocalPath(file.Name), overwrite: true);
            files.Add(new ManifestFile(file.Role, file.Name[(work.PipelineFolder.Length + 1)..], file.File.Rows, file.File.Bytes, file.File.Sha256));
        }
        return new Manifest
        {
            Unit = unit.Key,
            Stage = input.Stage.Name,
            StageDigest = input.Stage.Digest,
            Phase = phase.Name,
            Inputs = unit.Inputs,
            Files = files,
            Tally = work.Tally,
            Figures = work.Figures,
            ContentDigest = work.ContentDigest ?? Digests.Of(string.Concat(files.Select(f => $"{f.Role} {f.Sha256}\n"))),
        };
    }

    IEnumerable<T> Read<T>(ManifestFile? file, Func<Stream, IEnumerable<T>> read)
    {
        if (file is null)
            yield break;
        using var stream = Storage.OpenRead($"{_pipeline.Name}/{file.Name}");
        foreach (var row in read(stream))
            yield return row;
    }

    PhaseInput InputOf(PlannedStage stage, IReadOnlyList<Manifest> upstream, Dictionary<string, IReadOnlyList<Manifest>> phases) =>
        new(_pipeline, stage, [], upstream, phases, new Inputs(new MemoryDigestCache()), Storage);

    /// <summary>Writes the documents that it is given.</summary>
    sealed record Given : IStage
    {
        public string? Id => null;
        public Product Consumes => Product.Raw;
        public Product Produces => Product.Documents;
        public IReadOnlyList<IPhase> Phases => [new Phase([])];

        internal sealed class Phase(IReadOnlyList<Document> documents) : IPhase
        {
            public string Name => "given";
            public bool Result => true;
            public IEnumerable<Unit> Plan(PhaseInput input) => [];

            public void Execute(UnitWork work)
            {
                using var output = new DocumentOutput(work, [.. documents.SelectMany(d => d.Signals.Keys).Distinct().Order(StringComparer.Ordinal)]);
                foreach (var document in documents)
                {
                    work.Tally.In++;
                    work.Tally.BytesIn += Encoding.UTF8.GetByteCount(document.Text);
                    output.Keep(document);
                }
            }
        }
    }
}
