using CorpusForge.Export;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>What a prune removed, or would remove.</summary>
/// <param name="DryRun">Whether nothing was removed.</param>
/// <param name="Kept">The runs that stay.</param>
/// <param name="Dropped">The runs that are forgotten.</param>
/// <param name="Files">How many go.</param>
/// <param name="Bytes">Of them all.</param>
/// <param name="Folders">Where they lie.</param>
public sealed record PruneReport(bool DryRun, IReadOnlyList<string> Kept, IReadOnlyList<string> Dropped, long Files, long Bytes, IReadOnlyList<PrunedFolder> Folders);

/// <summary>What goes of one folder.</summary>
/// <param name="Folder">Relative to the output.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">Of them all.</param>
public sealed record PrunedFolder(string Folder, long Files, long Bytes);

// What people do with the output: take it elsewhere, and remove what nobody needs.
public sealed partial class RunService
{
    /// <summary>Removes the parts that no kept run needs, and forgets the runs that are not kept.</summary>
    /// <param name="keep">How many finished runs of each pipeline to keep, newest first.</param>
    /// <param name="dry">Only tells what would be removed.</param>
    /// <param name="who">Who asks, for the record.</param>
    /// <param name="alone">Whether nobody else works on the output: a run that says that it goes on was interrupted.</param>
    /// <param name="cancel">Ends it between two files; the next prune goes on.</param>
    /// <exception cref="ConflictException">A run goes on, whose plan may count on a part that is about to go.</exception>
    public PruneReport Prune(int keep, bool dry, string who, bool alone = false, CancellationToken cancel = default)
    {
        if (keep is < 1 or > 1_000_000)
            throw new PipelineException("keep: at least 1");
        if (!dry && !alone && ledger.RunCounts().Keys.FirstOrDefault(s => s is States.Queued or States.Running or States.Pausing or States.Cancelling) is { } state)
            throw new ConflictException($"a run is {state}: prune when none goes on, so that no part is removed that it counts on");
        using var output = OutputFolder.Shared("", storage, ledger);
        var plan = CorpusForge.Runs.Prune.Plan(output, keep);
        if (!dry)
        {
            plan.Run(output, cancel);
            Record(who, "prune", "", $"forgot {plan.Dropped.Count} runs, removed {plan.Files.Count} files, {plan.Files.Sum(f => f.Bytes)} bytes");
        }
        return new PruneReport(dry, plan.Kept, plan.Dropped, plan.Files.Count, plan.Files.Sum(f => f.Bytes),
            [.. plan.Files.GroupBy(f => string.Join('/', f.Name.Split('/').Take(f.Name.Split('/')[1] == "runs" ? 3 : 2))).Select(g => new PrunedFolder(g.Key, g.Count(), g.Sum(f => f.Bytes)))]);
    }

    /// <summary>Writes a finished stage of a run for other programs into a folder of this machine.</summary>
    /// <param name="run">The run.</param>
    /// <param name="stage">The stage's place.</param>
    /// <param name="format">One of <see cref="StageExport.Formats"/>.</param>
    /// <param name="to">The folder.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="NotFoundException">The stage is not finished.</exception>
    public async Task<(long Documents, long Rejects)> Export(string run, int stage, string format, string to, CancellationToken cancel)
    {
        if (!StageExport.Formats.Contains(format))
            throw new PipelineException($"format: '{format}' is none of {string.Join(", ", StageExport.Formats)}");
        var folder = FolderNameOf(run, stage);
        var cut = folder.LastIndexOf('/');
        return await StageExport.Write(new BelowStorage(storage, folder[..cut]), folder[(cut + 1)..], format, to, _ => { }, cancel);
    }

    /// <summary>Where a finished stage lies, relative to the output.</summary>
    /// <exception cref="NotFoundException">It is not finished.</exception>
    public string FolderNameOf(string run, int stage)
    {
        Run(run);
        return ledger.Stages(run).FirstOrDefault(s => s.Ordinal == stage)?.Folder ?? throw new NotFoundException($"stage {stage} of run {run} is not finished");
    }

    /// <summary>Opens a file that a unit made: a report, a curve, weights, documents.</summary>
    /// <param name="id">The unit.</param>
    /// <param name="name">The file's name in the stage's folder, such as `rejects/part-….arrow`.</param>
    /// <exception cref="NotFoundException">It made no such file.</exception>
    public (ManifestFile File, Stream Content) Open(UnitId id, string name)
    {
        var row = Row(id.Run);
        if (ledger.ShortUnit(id) is null)
            throw new NotFoundException($"run {id.Run} has no unit {id.Key} in stage {id.Stage}, phase {id.Phase}");
        var file = PartOf(row, id)?.Files.FirstOrDefault(f => ShortName(f) == name) ?? throw new NotFoundException($"unit {id.Key} made no file {name}");
        return (file, storage.OpenRead($"{row.Pipeline}/{file.Name}"));
    }

    /// <summary>What a file of a part is called in its stage's folder.</summary>
    public static string ShortName(ManifestFile file) => file.Name[(file.Name.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
