using CorpusForge.Runs;

namespace CorpusForge.Clean;

/// <summary>What a unit of the extract phase reads: slices of one source, or one WARC file of a crawl.</summary>
/// <param name="Source">The id of the source.</param>
/// <param name="SourceDigest">Of its settings.</param>
/// <param name="Slices">In order; more than one only under a limit.</param>
/// <param name="Limit">At most so many documents; null is all.</param>
/// <param name="Bytes">What the slices hold, for estimates.</param>
internal sealed record CleanUnit(string Source, string SourceDigest, IReadOnlyList<Slice> Slices, long? Limit, long Bytes) : IKeyed
{
    // Names and content of the files are in the unit's inputs; paths are of one machine and stay out.
    public string Key => $"{SourceDigest} {Limit} {string.Join(' ', Slices.Select(s => $"{s.Files.Count}:{s.Start}-{s.End}"))}";

    public static CleanUnit Of(PipelineSource source, IReadOnlyList<Slice> slices, long? limit) =>
        new(source.Id, source.Digest, slices, limit, slices.Sum(BytesOf));

    public IEnumerable<UnitInput> Inputs => Slices.SelectMany(s => s.Files).Select(f => new UnitInput(f.Name, f.Digest));

    private static long BytesOf(Slice slice)
    {
        var whole = slice.Files.Sum(f => f.Bytes);
        return slice.Start == 0 && slice.End == long.MaxValue ? whole : Math.Clamp(slice.End - slice.Start, 0, whole);
    }
}

/// <summary>Reads the sources and makes documents of them.</summary>
internal sealed record ExtractPhase(CleanStage Stage) : IPhase
{
    public const string Pending = "pending";

    public string Name => "extract";
    public bool Result => true;

    public IEnumerable<Unit> Plan(PhaseInput input)
    {
        foreach (var source in input.Pipeline.Sources)
        {
            Slice[] slices = source.Name == "crawl" ? [.. CrawledSlices(input, source)] : [.. source.Source.Plan(input.Inputs)];
            if (slices.Length == 0 && !source.Source.WantsFigures && source.Name != "crawl")
                throw new PipelineException($"source '{source.Id}' has no input");
            var groups = input.Pipeline.Limit is null ? slices.Select(s => (IReadOnlyList<Slice>)[s]) : slices.Length == 0 ? [] : [slices];
            foreach (var group in groups)
            {
                var unit = CleanUnit.Of(source, group, input.Pipeline.Limit);
                yield return Unit.Of(input, this, unit, unit.Inputs);
            }
        }
    }

    public void Execute(UnitWork work)
    {
        var unit = work.Unit.Read<CleanUnit>();
        var source = work.Input.Pipeline.Sources.First(s => s.Id == unit.Source);
        using var output = new DocumentOutput(work);
        using var deferred = new DeferredCaptions(work);
        var intake = new RawIntake(Stage, work, output)
        {
            Defer = deferred.Add,
            Figures = work.Input.Pipeline.Sources.FirstOrDefault(s => s.Source.WantsFigures)?.Id,
        };
        var reader = new SourceReader(source.Id, work.Storage, work.Cancel);
        var left = unit.Limit ?? long.MaxValue;
        var bytes = 0L;
        foreach (var raw in unit.Slices.SelectMany(slice => source.Source.Read(slice, reader)))
        {
            if (left-- == 0)
                break;
            intake.Take(raw);
            bytes += raw.Bytes.Length;
            work.Report(Math.Min(0.99, (double)bytes / Math.Max(1, unit.Bytes)));
        }
        intake.Close();
    }

    private static IEnumerable<Slice> CrawledSlices(PhaseInput input, PipelineSource source) =>
        from part in input.Upstream
        where part.Inputs[0].Name == source.Id
        from file in part.Files
        where file.Role.StartsWith(Roles.Warc, StringComparison.Ordinal)
        select new Slice([new InputFile($"{input.Pipeline.Name}/{file.Name}", file.Name[(file.Name.LastIndexOf('/') + 1)..], file.Bytes, part.ContentDigest)]);
}

/// <summary>Captions that wait for their image to be fetched, kept as a shard of the unit; the file exists only where there are some.</summary>
internal sealed class DeferredCaptions(UnitWork work) : IDisposable
{
    private DocumentWriter? _writer;

    public void Add(RawDocument raw)
    {
        _writer ??= new DocumentWriter(work.Create(ExtractPhase.Pending));
        _writer.Write(raw.ToDocument(raw.Caption ?? ""));
    }

    /// <summary>The caption as it was deferred, with the bytes that were fetched since.</summary>
    public static RawDocument Restore(Document pending) => new()
    {
        Kind = Kind.Caption,
        Source = pending.Source,
        Locator = pending.Locator,
        Url = pending.Url,
        SourceId = pending.SourceId,
        Title = pending.Title,
        Language = pending.Language,
        License = pending.License,
        LicenseEvidence = pending.LicenseEvidence,
        Consent = pending.Consent,
        Caption = pending.Text,
        Metadata = pending.Metadata,
    };

    public void Dispose() => _writer?.Dispose();
}
