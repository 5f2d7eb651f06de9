using CorpusForge.Filter;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Clean;

/// <summary>Makes documents of what the sources yield: extracts text, then runs transforms, taggers and filters.</summary>
/// <remarks>
/// Every extractor is always there: naming one in <see cref="Steps"/> gives it other settings. A raw document that none of them handles
/// is dropped as `unsupported-media-type`. Captions whose image has to be fetched wait for the
/// phases `fetch`, on the queue net, and `images`.
/// </remarks>
public sealed record CleanStage : IStepStage
{
    public string? Id { get; init; }

    /// <summary>Extractors with other settings, and the steps to run on every document, in order; `repair-text` unless given.</summary>
    public IReadOnlyList<ConfiguredStep> Steps { get; init; } = [new("repair-text", "repair-text", new RepairText())];

    /// <summary>What a word is in Chinese, Japanese, Thai, Lao, Burmese and Khmer.</summary>
    public Segmentation Words { get; init; }

    /// <summary>Which version of ICU `words: dictionary` must have; without it, the one that is there.</summary>
    public string? IcuVersion { get; init; }

    public Product Consumes => Product.Raw;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [new ExtractPhase(this), new FetchPhase(), new ImagesPhase(this)];

    /// <summary>Puts the extractors that the pipeline does not name in front, so that digests and `run.json` see them.</summary>
    public IStage Resolve(IReadOnlyList<PipelineSource> sources)
    {
        var figures = sources.Any(s => s.Source.WantsFigures);
        var named = Steps.Where(s => s.Step is IExtractor).ToDictionary(s => s.Name, StringComparer.Ordinal);
        var extractors = CorpusForge.Steps.Catalogue
            .Where(e => e.Type.IsAssignableTo(typeof(IExtractor)))
            .Select(e => named.GetValueOrDefault(e.Name) ?? new ConfiguredStep(e.Name, e.Name, (IStep)e.Create()))
            .Select(s => s.Step is ExtractHtml html ? s with { Step = html with { Figures = html.Figures || figures } } : s);
        return this with { IcuVersion = IcuWords.VersionFor(Words, IcuVersion), Steps = [.. extractors, .. Steps.Where(s => s.Step is not IExtractor)] };
    }
}

/// <summary>Raw documents of one unit through extractors and steps into the unit's output.</summary>
internal sealed class RawIntake(CleanStage stage, UnitWork work, DocumentOutput output)
{
    private readonly (string Id, IExtractor Extractor)[] _extractors =
        [.. stage.Steps.Where(s => s.Step is IExtractor).Select(s => (s.Id, (IExtractor)s.Step))];
    private readonly StepRunner _steps = new(stage.Steps, words: stage.Words);

    /// <summary>Takes the figures of pages and captions without image bytes, instead of extracting them.</summary>
    public required Action<RawDocument> Defer { get; init; }

    /// <summary>The id of the source that figures found in pages belong to.</summary>
    public string? Figures { get; init; }

    public void Take(RawDocument raw)
    {
        work.Cancel.ThrowIfCancellationRequested();
        if (raw is { Kind: Kind.Caption, Verdict.Kept: true, Bytes.IsEmpty: true, Url: not null })
        {
            Defer(raw);
            return;
        }
        work.Tally.In++;
        work.Tally.BytesIn += raw.Bytes.Length;
        if (!raw.Verdict.Kept)
        {
            Drop(raw, raw.Source, 1, raw.Verdict);
            return;
        }
        var (id, extractor) = _extractors.FirstOrDefault(e => e.Extractor.Handles(raw));
        if (extractor is null)
        {
            Drop(raw, "clean", ((IStage)stage).Version, Verdict.Drop("unsupported-media-type"));
            return;
        }
        var extraction = Extract(raw, id, extractor);
        foreach (var created in extraction.Created)
            Defer(created with { Source = Figures ?? created.Source });
        if (extraction.Document is not { } document)
            Drop(raw, id, extractor.Version, extraction.Verdict);
        else if (_steps.Run(document, out var reject) is { } kept)
            output.Keep(kept);
        else
            output.Drop(reject!);
    }

    public void Close()
    {
        foreach (var (change, count) in _steps.Changes)
            work.Tally.Changed[change] = count;
    }

    private static Extraction Extract(RawDocument raw, string id, IExtractor extractor)
    {
        try
        {
            return extractor.Extract(raw);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            throw new StepException(id, extractor.Version, raw.ToDocument(""), e);
        }
    }

    private void Drop(RawDocument raw, string step, int version, Verdict verdict) =>
        output.Drop(new Reject(raw.ToDocument(raw.Caption ?? ""), step, version, verdict.Rule!, verdict.Measured, verdict.Limit));
}
