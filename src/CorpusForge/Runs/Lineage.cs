namespace CorpusForge.Runs;

/// <summary>One document's way through a run, from its source to the model.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Id">The document's whole id.</param>
/// <param name="Document">As the first stage that has it left it, which knows the most about its source.</param>
/// <param name="Stops">The stages that have it, in order.</param>
public sealed record Lineage(string Run, string Id, Document Document, IReadOnlyList<LineageStop> Stops)
{
    public const int MinPrefix = 8;

    /// <summary>Looks for the document in every part of the finished stages of a run.</summary>
    /// <param name="ledger">Knows the stages of the run.</param>
    /// <param name="storage">The output.</param>
    /// <param name="run">The run.</param>
    /// <param name="prefix">The id, or at least <see cref="MinPrefix"/> of its first digits when they are unique.</param>
    /// <param name="cancel">Stops between documents.</param>
    /// <returns>Null when no stage has it.</returns>
    /// <exception cref="PipelineException">The prefix is none, or several documents have it.</exception>
    public static Lineage? Find(Ledger ledger, IStorage storage, RunRow run, string prefix, CancellationToken cancel)
    {
        prefix = prefix.ToLowerInvariant();
        if (prefix.Length is < MinPrefix or > 64 || !prefix.All(char.IsAsciiHexDigitLower))
            throw new PipelineException($"'{prefix}' is no document id: give {MinPrefix} to 64 hexadecimal digits");
        var keys = ledger.Units(run.Id).ToLookup(u => u.Stage, u => u.Key);
        var rows = ledger.Stages(run.Id);
        string[] folders = [.. rows.Select(s => s.Folder)];
        var stages = rows.Select(s => (Row: s, Folder: StageFolder.Of(storage, s.Folder, keys[s.Ordinal], folders))).ToArray();
        var found = new List<(StageRow Stage, StageFolder Folder, StageDocument At)>();
        foreach (var (row, folder) in stages)
        {
            foreach (var at in folder.Documents(id: i => { cancel.ThrowIfCancellationRequested(); return i.StartsWith(prefix, StringComparison.Ordinal); }))
                found.Add((row, folder, at));
        }
        string[] ids = [.. found.Select(f => f.At.Document.Id).Distinct().Order(StringComparer.Ordinal)];
        if (ids.Length > 1)
            throw new PipelineException($"'{prefix}' begins the ids of {ids.Length:N0} documents; give more digits: {string.Join(", ", ids.Take(5))}{(ids.Length > 5 ? ", …" : "")}");
        if (ids.Length == 0)
            return null;
        var stops = found.Select((f, i) => new LineageStop(f.Stage.Id, f.Stage.Folder, f.At, ClusterOf(f.Folder, f.At, i == 0 ? null : found[i - 1].At, cancel), []));
        // A stage that reads token shards whole has no rows of its own: it is known by the shards that it read.
        var readers = stages.Where(s => !s.Folder.HoldsDocuments).SelectMany(s => s.Folder.Parts.Select(p => new LineageReader(s.Row.Id, s.Row.Folder, p))).ToArray();
        return new Lineage(run.Id, ids[0], found[0].At.Document,
            [.. stops.Select(s => s.At.Tokens is null ? s : s with { Readers = [.. readers.Where(r => r.Part.Inputs.Any(i => i.Name == s.At.Part.Unit))] })]);
    }

    // Later stages carry the cluster along; the stage that found it is the one that has the other members.
    private static LineageCluster? ClusterOf(StageFolder folder, StageDocument at, StageDocument? before, CancellationToken cancel) =>
        at.Document.Cluster is { } survivor && survivor != before?.Document.Cluster ? LineageCluster.Of(folder, survivor, cancel) : null;
}

/// <summary>A stage that a document came to.</summary>
/// <param name="Stage">The stage's id.</param>
/// <param name="Folder">Relative to the output folder.</param>
/// <param name="At">The document there.</param>
/// <param name="Cluster">Its duplicates, in the stage that found them.</param>
/// <param name="Readers">What was made of the token shard that it is in.</param>
public sealed record LineageStop(string Stage, string Folder, StageDocument At, LineageCluster? Cluster, IReadOnlyList<LineageReader> Readers)
{
    /// <summary>The file in which it lies, relative to the output folder.</summary>
    public string File => $"{Folder[..Folder.IndexOf('/')]}/{At.File.Name}";
}

/// <summary>A cluster of duplicates as a stage has it.</summary>
/// <param name="Survivor">The id of the document that stayed.</param>
/// <param name="SurvivorUrl">Where that one is from.</param>
/// <param name="Absorbed">The documents that went, with the rule and the similarity; their text is left out.</param>
public sealed record LineageCluster(string Survivor, string? SurvivorUrl, IReadOnlyList<Reject> Absorbed)
{
    internal static LineageCluster Of(StageFolder folder, string survivor, CancellationToken cancel)
    {
        var url = folder.Documents(dropped: false, id: i => i == survivor).FirstOrDefault()?.Document.Url;
        var absorbed = new List<Reject>();
        foreach (var at in folder.Documents(kept: false))
        {
            cancel.ThrowIfCancellationRequested();
            if (at.Document.Cluster == survivor)
                absorbed.Add(at.Reject!);
        }
        return new LineageCluster(survivor, url, [.. absorbed.Select(r => r with { Document = r.Document with { Text = "" } })]);
    }
}

/// <summary>A unit that read a token shard: a training run, say.</summary>
public sealed record LineageReader(string Stage, string Folder, Manifest Part);
