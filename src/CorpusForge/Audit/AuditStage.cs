using System.Text;
using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Settings;
using CorpusForge.Tokenize;

namespace CorpusForge.Audit;

/// <summary>Writes what is in the corpus, what every rule dropped, under which licences it is, and whom the rules hit: one HTML page and the same as JSON.</summary>
/// <remarks>Every shard of the stages before it is read once, a batch at a time. The report holds no time, host or path.</remarks>
public sealed record AuditStage : IStage
{
    /// <summary>Names the stage where a pipeline has two audits.</summary>
    public string? Id { get; init; }

    /// <summary>A file of identity terms instead of the English list: a line is group, tab, term, and further forms behind `|`.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public string? Terms { get; init; }

    public int Version => 3;
    public Product Consumes => Product.Documents;
    public Product Produces => Product.Report;
    public IReadOnlyList<IPhase> Phases => [new Write(this)];

    /// <summary>The role of the page.</summary>
    public const string Report = "report";

    /// <summary>The role of the same as JSON.</summary>
    public const string Figures = "figures";

    /// <param name="Sources">Their digests: the datasheet names their settings.</param>
    private sealed record Payload(IReadOnlyList<string> Sources);

    public IStage Resolve(IReadOnlyList<PipelineSource> sources) =>
        Terms is null || File.Exists(Terms) ? this : throw new PipelineException($"audit: there is no file of terms '{Terms}'");

    private sealed record Write(AuditStage Stage) : IPhase
    {
        public string Name => "write";
        public bool Result => true;

        public IEnumerable<Unit> Plan(PhaseInput input)
        {
            var inputs = input.Earlier.SelectMany(s => s.Parts).Select(UnitInput.Of).ToList();
            if (Stage.Terms is { } terms)
                inputs.Add(new UnitInput("terms", File.Exists(terms) ? input.Inputs.DigestOf(terms) : throw new PipelineException($"audit: there is no file of terms '{terms}'")));
            yield return Unit.Of(input, this, new Payload([.. input.Pipeline.Sources.Select(s => s.Digest)]), inputs);
        }

        public void Execute(UnitWork work)
        {
            var report = new AuditReader(work, IdentityTerm.ReadFile(Stage.Terms)).Read();
            using (var json = work.Create(Figures, ".json"))
            {
                json.Write(JsonSerializer.SerializeToUtf8Bytes(report, Manifest.Indented));
                json.Write("\n"u8);
                json.Rows = 1;
            }
            using var html = work.Create(Report, ".html");
            html.Write(Encoding.UTF8.GetBytes(ReportPage.Of(report)));
            html.Rows = 1;
        }
    }
}

/// <summary>Reads the shards of all earlier stages once and makes the report of them.</summary>
internal sealed class AuditReader(UnitWork work, IReadOnlyList<IdentityTerm> terms)
{
    private readonly IReadOnlyList<StageResult> _stages = work.Input.Earlier;
    private readonly CompositionCount _composition = new();
    private readonly IdentityCount _identity = new(terms);
    private readonly TokenCount _tokens = new();
    private readonly Amount _documents = new();
    private readonly List<DuplicateFigures> _duplicates = [];
    private readonly List<Check> _checks = [];

    public AuditReport Read()
    {
        var last = _stages.LastOrDefault(s => s.Stage.Stage.Produces == Product.Documents);
        var tokenize = _stages.LastOrDefault(s => s.Stage.Stage.Produces == Product.Tokens);
        _checks.AddRange(Funnel.Checks(_stages));
        for (var i = 0; i < _stages.Count; i++)
        {
            if (_stages[i].Stage.Stage.Produces == Product.Documents)
                ReadDocuments(_stages[i], _stages[i] == last, tokenize is not null);
            work.Report((i + 1.0) / (_stages.Count + 1));
        }
        if (last is not null)
        {
            _checks.Add(new Check($"{last.Stage.Id}: documents recorded = rows of its shards", last.Tally.Out, _documents.Documents));
            _checks.Add(new Check($"{last.Stage.Id}: bytes of text recorded = bytes counted", last.Tally.BytesOut, _documents.Bytes));
        }
        if (tokenize is not null)
            ReadTokens(tokenize);
        var stages = Funnel.Of(_stages);
        var composition = _composition.ToComposition(_documents);
        var tokens = _tokens.ToFigures();
        return new AuditReport
        {
            Pipeline = work.Input.Pipeline.Name,
            Total = _composition.Total,
            Entered = Funnel.Entered(work.Input.Earlier),
            CountedFrom = (tokenize ?? last)?.Stage.Id,
            Stages = stages,
            Composition = composition,
            Duplicates = _duplicates,
            Tokens = tokens,
            Training = TrainingRecord.Of(work),
            Identity = _identity.ToFigures(),
            Safety = Funnel.SafetyOf(stages),
            Datasheet = Datasheet.Of(work.Input, _composition.Total, composition, tokens, stages),
            Checks = _checks,
        };
    }

    private void ReadDocuments(StageResult stage, bool last, bool tokenized)
    {
        var clusters = stage.Stage.Name == "deduplicate" ? new DuplicateCount(stage.Stage.Id) : null;
        // A stage that dropped nothing has nothing to compare.
        if (!last && clusters is null && stage.Parts.All(p => p.Rejects is null))
            return;
        _identity.StartStage(stage.Stage.Id);
        foreach (var document in stage.Parts.Where(p => p.Documents is not null).SelectMany(p => Rows(p.Documents!, DocumentShard.Read)))
        {
            clusters?.Kept(document);
            _identity.Kept(document, corpus: last);
            if (last)
                Count(document, 1, tokenized);
        }
        foreach (var reject in Rejects(stage))
        {
            clusters?.Removed(reject);
            _identity.Dropped(reject);
        }
        if (clusters is not null)
            _duplicates.Add(clusters.ToFigures());
    }

    /// <summary>Token rows say how many documents and tokens there are; only documents know the bytes and the evidence.</summary>
    private void ReadTokens(StageResult tokenize)
    {
        var (recordedDocuments, documentsBefore) = (tokenize.Tally.Out, _documents.Documents);
        foreach (var reject in Rejects(tokenize))
            Count(reject.Document, -1, tokenized: true);
        foreach (var file in tokenize.Parts.SelectMany(p => p.Files.Where(f => f.Role == Roles.Tokens)))
        {
            using var shard = TokenShardReader.Open(work.Storage.LocalPath(work.NameOf(file)));
            _tokens.Read(shard, _composition, work.Cancel);
        }
        _checks.Add(new Check($"{tokenize.Stage.Id}: rows of the token shards = documents before it, less what it dropped",
            documentsBefore - tokenize.Tally.Dropped.Values.Sum(), _composition.Total.Documents));
        _checks.Add(new Check($"{tokenize.Stage.Id}: documents recorded = rows of its shards", recordedDocuments, _composition.Total.Documents));
        _checks.Add(new Check($"{tokenize.Stage.Id}: tokens recorded = tokens counted", tokenize.Tally.Tokens, _composition.Total.Tokens));
    }

    private void Count(Document document, int sign, bool tokenized)
    {
        var amount = new Amount { Documents = sign, Bytes = sign * (long)Encoding.UTF8.GetByteCount(document.Text) };
        _documents.Add(amount);
        _composition.AddEvidence(document, amount, sign);
        _composition.Add(document.Kind, document.Language, document.License, document.Source, document.Url, tokenized ? new Amount { Bytes = amount.Bytes } : amount);
    }

    private IEnumerable<Reject> Rejects(StageResult stage) =>
        stage.Parts.Where(p => p.Rejects is not null).SelectMany(p => Rows(p.Rejects!, DocumentShard.ReadRejects));

    private IEnumerable<T> Rows<T>(ManifestFile file, Func<Stream, IEnumerable<T>> read)
    {
        using var stream = work.OpenRead(file);
        foreach (var row in read(stream))
        {
            work.Cancel.ThrowIfCancellationRequested();
            yield return row;
        }
    }
}
