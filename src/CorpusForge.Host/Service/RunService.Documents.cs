using System.Text.Json;
using CorpusForge.Audit;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

// What people look at of the output: documents, clusters, datasets, curves, read from the parts that stages left.
public sealed partial class RunService
{
    /// <summary>Documents that a unit kept and dropped, with their verdicts and their texts before and after.</summary>
    public Preview Preview(UnitId id, PreviewFilter? filter = null, CancellationToken cancel = default)
    {
        var row = Row(id.Run);
        if (ledger.ShortUnit(id) is null)
            throw new NotFoundException($"run {id.Run} has no unit {id.Key} in stage {id.Stage}, phase {id.Phase}");
        var (stage, folder) = FolderOf(row, id.Stage, [id.Key]);
        return Service.Preview.Of(id.Run, stage, id.Key, folder, filter ?? new PreviewFilter(), cancel);
    }

    /// <summary>The same of a whole stage: the first that match.</summary>
    public Preview Preview(string run, int stage, PreviewFilter? filter = null, CancellationToken cancel = default)
    {
        var (id, folder) = FolderOf(Row(run), stage, ledger.Keys(run, stage));
        return Service.Preview.Of(run, id, null, folder, filter ?? new PreviewFilter(), cancel);
    }

    /// <summary>A document's way through a run; of the latest run that has it where none is named.</summary>
    /// <exception cref="NotFoundException">No stage has it.</exception>
    public Lineage Lineage(string document, string? run = null, CancellationToken cancel = default)
    {
        IEnumerable<string> runs = run is not null ? [run] : ledger.RunPage(new RunFilter(), long.MaxValue, 20).Select(r => r.Id);
        return runs.Select(r => CorpusForge.Runs.Lineage.Find(ledger, storage, Row(r), document, cancel)).FirstOrDefault(l => l is not null)
            ?? throw new NotFoundException($"no stage of {(run is null ? "the latest runs" : $"run {run}")} has a document {document}");
    }

    /// <summary>What the stages of all pipelines have produced, newest first.</summary>
    public IReadOnlyList<Dataset> Datasets(string? pipeline = null)
    {
        var stages = ledger.FinishedStages(pipeline, 1000);
        var byRun = stages.ToLookup(s => s.Run);
        return [.. stages.GroupBy(s => (s.Pipeline, s.Id)).Select(g => new Dataset(
            $"{g.Key.Pipeline}/{g.Key.Id}", g.Key.Pipeline, g.Key.Id, [.. g.GroupBy(s => (s.Digest, s.Root)).Select(v => Version([.. v], byRun))]))];
    }

    private static DatasetVersion Version(FinishedStage[] runs, ILookup<string, FinishedStage> byRun)
    {
        var newest = runs[0];
        var tally = JsonSerializer.Deserialize<Tally>(newest.Tally, Manifest.Json)!;
        return new DatasetVersion(
            newest.Root, newest.Digest, newest.Folder, [.. runs.Select(r => r.Run)], DateTimeOffset.Parse(runs[^1].Created, System.Globalization.CultureInfo.InvariantCulture), tally.Out, tally.BytesOut, tally.Tokens,
            [.. byRun[newest.Run].Where(s => s.Stage < newest.Stage).OrderByDescending(s => s.Stage).Select(s => new DatasetInput($"{s.Pipeline}/{s.Id}", s.Root))]);
    }

    /// <summary>Two runs side by side.</summary>
    public Comparison Compare(string a, string b)
    {
        var (rowA, rowB) = (Row(a), Row(b));
        var roots = ((string[])[a, b]).Distinct().ToDictionary(r => r, r => ledger.Stages(r).ToDictionary(s => s.Id, s => s.Root, StringComparer.Ordinal), StringComparer.Ordinal);
        return Comparison.Of(
            a, b, PipelineOf(rowA) is { } pa ? Described(pa) : null, PipelineOf(rowB) is { } pb ? Described(pb) : null,
            Funnel.Of(ledger, rowA).Stages, Funnel.Of(ledger, rowB).Stages, (run, id) => roots[run].GetValueOrDefault(id));
    }

    /// <summary>Clusters of duplicates that a run found, in the order of their survivors.</summary>
    public Page<ClusterSummary> Clusters(string run, int minSize = 2, string? cursor = null, int limit = 50, CancellationToken cancel = default)
    {
        var (stage, size) = (DeduplicateStageOf(run), Page.Size(limit));
        var after = cursor is null ? [0L, -1L] : Page.Read(cursor, 'c', 2);
        var (row, keys) = (Row(run), ledger.Keys(run, stage));
        var found = Service.Clusters.List(keys, key => FolderOf(row, stage, [key]).Folder, Math.Max(2, minSize), ((int)after[0], after[1]), cancel).Take(size + 1).ToArray();
        return found.Length <= size
            ? new Page<ClusterSummary>([.. found.Select(f => f.Cluster)], null)
            : new Page<ClusterSummary>([.. found.Take(size).Select(f => f.Cluster)], Page.Cursor('c', found[size - 1].Part, found[size - 1].Row));
    }

    /// <summary>What a run removed as duplicates, by source and language, and its largest clusters.</summary>
    public DuplicateFigures Duplicates(string run, int largest = 50, CancellationToken cancel = default)
    {
        var stage = DeduplicateStageOf(run);
        var (id, folder) = FolderOf(Row(run), stage, ledger.Keys(run, stage));
        var count = new DuplicateCount(id, Math.Clamp(largest, 1, 1000));
        foreach (var kept in folder.Documents(dropped: false))
        {
            cancel.ThrowIfCancellationRequested();
            count.Kept(kept.Document);
        }
        foreach (var dropped in folder.Documents(kept: false))
        {
            cancel.ThrowIfCancellationRequested();
            count.Removed(dropped.Reject!);
        }
        return count.ToFigures();
    }

    /// <summary>One cluster with the texts side by side.</summary>
    public ClusterDetail Cluster(string run, string survivor, int limit = 20, int text = 4000, CancellationToken cancel = default)
    {
        var stage = DeduplicateStageOf(run);
        var folder = FolderOf(Row(run), stage, ledger.Keys(run, stage)).Folder;
        return Service.Clusters.Of(folder, survivor, Math.Clamp(limit, 1, 200), Math.Clamp(text, 0, Service.Preview.MaxText), cancel)
            ?? throw new NotFoundException($"run {run} has no cluster with the survivor {survivor}");
    }

    /// <summary>What the crawls of a run have brought, by host.</summary>
    public CrawlOverview CrawlHosts(string run)
    {
        var row = Row(run);
        var parts = PartsOf(row, "crawl").ToArray();
        var tally = Tally.Sum(parts.Select(p => p.Part.Tally));
        var funnel = FunnelStage.Of("crawl", "", tally);
        return new CrawlOverview(
            run, tally.Out, tally.BytesIn, (long)parts.Sum(p => p.Part.Figures.GetValueOrDefault("unvisited")), funnel.Rules,
            [.. parts.SelectMany(p => HostsOf(p.Folder, p.Part)).OrderByDescending(h => h.Pages).ThenBy(h => h.Host, StringComparer.Ordinal)]);
    }

    /// <summary>How the models of a run learnt, or learn.</summary>
    public IReadOnlyList<TrainingCurve> Curves(string run, int points = 2000)
    {
        var row = Row(run);
        var curves = new List<TrainingCurve>();
        foreach (var (stage, planned) in StagesOf(row, "train"))
        {
            var steps = (planned?.Stage as Training.Train)?.MaxSteps;
            foreach (var key in ledger.Keys(run, stage))
            {
                var (id, folder) = FolderOf(row, stage, [key]);
                if (folder.Parts is [var part] && part.File("curve") is { } file)
                {
                    using var stream = folder.OpenRead(file);
                    curves.Add(new TrainingCurve(run, id, key, true, steps, part.Figures, TrainingCurve.Read(stream, points)));
                }
                // A training that runs on this machine, too.
                else if (planned is not null && Path.Combine(storage.ScratchPath($"{planned.Folder}/.work-{key}"), "log.jsonl") is var log && File.Exists(log))
                {
                    using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                    curves.Add(new TrainingCurve(run, id, key, false, steps, new Dictionary<string, double>(), TrainingCurve.Read(stream, points)));
                }
                // One elsewhere publishes its curve with its checkpoints.
                else if (planned is not null && !storage.IsLocal && $"{planned.Folder}/.work-{key}/curve.jsonl" is var published && storage.Exists(published))
                {
                    using var stream = storage.OpenRead(published);
                    curves.Add(new TrainingCurve(run, id, key, false, steps, new Dictionary<string, double>(), TrainingCurve.Read(stream, points)));
                }
            }
        }
        return curves;
    }

    private static CrawlHost[] HostsOf(StageFolder folder, Manifest part)
    {
        if (part.File("hosts") is not { } file)
            return [];
        using var stream = folder.OpenRead(file);
        return JsonSerializer.Deserialize<CrawlHost[]>(stream, Manifest.Json) ?? [];
    }

    private IEnumerable<(StageFolder Folder, Manifest Part)> PartsOf(RunRow run, string name)
    {
        foreach (var (stage, _) in StagesOf(run, name))
        {
            var folder = FolderOf(run, stage, ledger.Keys(run.Id, stage)).Folder;
            foreach (var part in folder.Parts)
                yield return (folder, part);
        }
    }

    private int DeduplicateStageOf(string run) => StagesOf(Row(run), "deduplicate").Select(s => (int?)s.Stage).FirstOrDefault()
        ?? throw new NotFoundException($"run {run} has no deduplicate stage");

    private IReadOnlyList<(int Stage, PlannedStage? Planned)> StagesOf(RunRow run, string name) => PipelineOf(run) is { } pipeline
        ? [.. pipeline.Stages.Select((s, i) => (i, (PlannedStage?)s)).Where(s => s.Item2!.Name == name)]
        : [.. ledger.Stages(run.Id).Where(s => s.Id == name).Select(s => ((int)s.Ordinal, (PlannedStage?)null))];

    private Manifest? PartOf(RunRow run, UnitId id)
    {
        if (PipelineOf(run) is not { } pipeline || id.Stage >= pipeline.Stages.Count || id.Phase >= pipeline.Stages[id.Stage].Stage.Phases.Count)
            return FolderOf(run, id.Stage, [id.Key]).Folder.Parts is [var part] ? part : null;
        return new RunContext(pipeline, storage, Inputs).Find(id.Stage, id.Phase, id.Key);
    }

    private (string Stage, StageFolder Folder) FolderOf(RunRow run, int stage, IEnumerable<string> keys)
    {
        var finished = ledger.Stages(run.Id);
        if (PipelineOf(run) is { } pipeline && stage < pipeline.Stages.Count)
            return (pipeline.Stages[stage].Id, StageFolder.Of(storage, pipeline.Stages[stage].Folder, keys, pipeline.Stages.Select(s => s.Folder)));
        var row = finished.FirstOrDefault(s => s.Ordinal == stage) ?? throw new NotFoundException($"run {run.Id} has no stage {stage}");
        return (row.Id, StageFolder.Of(storage, row.Folder, keys, finished.Select(s => s.Folder)));
    }
}
