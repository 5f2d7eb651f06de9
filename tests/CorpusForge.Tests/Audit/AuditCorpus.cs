using System.Text;
using CorpusForge.Audit;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Audit;

/// <summary>Builds the parts that earlier stages would have left, and audits them.</summary>
sealed class AuditCorpus : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("audit-").FullName;
    readonly List<StageResult> _stages = [];
    readonly LocalStorage _storage;

    public AuditCorpus() => _storage = new LocalStorage(_root);

    public IReadOnlyList<StageResult> Stages => _stages;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static Document Doc(int number, string text, string source = "web", Kind kind = Kind.Text, string? license = null, string? url = null) => new()
    {
        Id = Digests.Of($"document {number}"),
        Kind = kind,
        Text = text,
        Source = source,
        License = license,
        Url = url,
        Language = kind == Kind.Code ? "csharp" : "en",
        Locator = $"f@{number}",
    };

    /// <summary>A stage that wrote these documents and rejects, a part each.</summary>
    public AuditCorpus Documents(
        string name, IReadOnlyList<IReadOnlyList<Document>> parts, IReadOnlyList<Reject>? rejects = null, IReadOnlyDictionary<string, long>? changed = null) => Stage(
        name, new Fake(name, Product.Documents), parts.Select((part, i) => (Action<UnitWork>)(work =>
        {
            Reject[] gone = i == 0 ? [.. rejects ?? []] : [];
            using (var output = new DocumentOutput(work))
            {
                foreach (var document in part)
                    output.Keep(document);
                foreach (var reject in gone)
                    output.Drop(reject);
            }
            work.Tally.In = part.Count + gone.Length;
            work.Tally.BytesIn = part.Concat(gone.Select(g => g.Document)).Sum(d => (long)Encoding.UTF8.GetByteCount(d.Text));
            foreach (var (change, times) in changed ?? new Dictionary<string, long>())
                work.Tally.Changed[change] = times;
        })));

    /// <summary>A tokenize stage: the tokens of each document by <paramref name="encode"/>.</summary>
    public AuditCorpus Tokens(
        IReadOnlyList<Document> documents, Func<Document, int[]> encode, Func<Document, bool>? validation = null, int vocabulary = 256, int? endOfText = null) => Stage(
        "tokenize", new Fake("tokenize", Product.Tokens), [work =>
        {
            var file = work.Create(Roles.Tokens);
            using var writer = new TokenShardWriter(file, new TokenShardInfo
            {
                Tokenizer = "test", TokenizerSha256 = new string('0', 64), VocabularySize = vocabulary, EndOfText = endOfText, StageDigest = work.Input.Stage.Digest,
            });
            foreach (var document in documents)
            {
                writer.Append(TokenRow.Of(document, validation?.Invoke(document) ?? false), encode(document));
                work.Tally.BytesOut += Encoding.UTF8.GetByteCount(document.Text);
            }
            writer.Close();
            (work.Tally.In, work.Tally.Out, work.Tally.BytesIn, work.Tally.Tokens) = (documents.Count, documents.Count, work.Tally.BytesOut, writer.Tokens);
        }]);

    /// <summary>A crawl stage that took so many pages.</summary>
    public AuditCorpus Crawl(int pages) => Stage("crawl", new Fake("crawl", Product.Raw), [work => (work.Tally.In, work.Tally.Out) = (pages, pages)]);

    /// <summary>A train stage with files of these roles.</summary>
    public AuditCorpus Training(params (string Role, string Extension, string Text)[] files) => Stage("train", new Fake("train", Product.Model), [work =>
    {
        foreach (var (role, extension, text) in files)
            work.Create(role, extension).Write(Encoding.UTF8.GetBytes(text));
    }]);

    public AuditCorpus Stage(string name, IStage stage, IEnumerable<Action<UnitWork>> units)
    {
        var input = Input(stage, name);
        var phase = new FakePhase();
        var parts = units.Select((write, i) => Do(input, phase, Unit.Of(input, phase, i, []), write)).ToArray();
        _stages.Add(new StageResult(input.Stage, parts, Tally.Sum(parts.Select(p => p.Tally))));
        return this;
    }

    /// <summary>Runs the audit over everything so far: the page and the figures, as the files have them.</summary>
    public (string Html, string Json) Audit(AuditStage? stage = null)
    {
        stage ??= new AuditStage();
        var input = Input(stage, "audit");
        var phase = stage.Phases.Single();
        var part = Do(input, phase, phase.Plan(input).Single(), phase.Execute);
        return (Read(AuditStage.Report), Read(AuditStage.Figures));

        string Read(string role)
        {
            using var stream = new StreamReader(_storage.OpenRead($"c/{part.File(role)!.Name}"));
            return stream.ReadToEnd();
        }
    }

    PhaseInput Input(IStage stage, string name)
    {
        var planned = new PlannedStage(stage.Id ?? name, name, stage, Digests.Short($"{name} {_stages.Count}"), $"c/{name}-{_stages.Count}");
        var pipeline = new Pipeline("c", 1, null, [], [.. _stages.Select(s => s.Stage), planned]);
        var upstream = _stages.LastOrDefault(s => s.Stage.Stage.Produces == Product.Documents)?.Parts ?? [];
        return new PhaseInput(pipeline, planned, _stages.ToArray(), upstream, new Dictionary<string, IReadOnlyList<Manifest>>(), new Inputs(new MemoryDigestCache()), _storage);
    }

    Manifest Do(PhaseInput input, IPhase phase, Unit unit, Action<UnitWork> write)
    {
        using var work = new UnitWork(input, phase, unit, 1, CancellationToken.None);
        write(work);
        Assert.True(work.Tally.Balanced);
        var files = new List<ManifestFile>();
        foreach (var file in work.Files)
        {
            file.File.Dispose();
            _storage.Publish(file.Temporary, file.Name);
            files.Add(new ManifestFile(file.Role, file.Name["c/".Length..], file.File.Rows, file.File.Bytes, file.File.Sha256));
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
            ContentDigest = Digests.Of(string.Concat(files.Select(f => f.Sha256))),
        };
    }

    sealed record Fake(string Name, Product Product) : IStage
    {
        public string? Id => null;
        public Product Consumes => Name == "clean" ? Product.Raw : Product == Product.Model ? Product.Tokens : Product.Documents;
        public Product Produces => Product;
        public IReadOnlyList<IPhase> Phases => [];
    }

    sealed class FakePhase : IPhase
    {
        public string Name => "all";
        public bool Result => true;
        public IEnumerable<Unit> Plan(PhaseInput input) => [];
        public void Execute(UnitWork work) => throw new NotSupportedException();
    }
}
