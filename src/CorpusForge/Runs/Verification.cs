using System.Text.Json;
using CorpusForge.Deduplicate;
using CorpusForge.Mix;

namespace CorpusForge.Runs;

/// <summary>Sets a stage on disk against what was recorded of it: files against manifests, manifests against `stage.json`, its Merkle root against runs and takedowns.</summary>
/// <param name="Stage">The folder.</param>
/// <param name="Finished">Whether it has a `stage.json`.</param>
/// <param name="Root">The Merkle root computed of the manifests; null where it cannot be.</param>
/// <param name="Parts">Manifests read.</param>
/// <param name="Files">Files that they name.</param>
/// <param name="Bytes">Of these.</param>
/// <param name="Damage">What is not as it was recorded, by name of file.</param>
public sealed record Verification(string Stage, bool Finished, string? Root, int Parts, int Files, long Bytes, IReadOnlyList<Damage> Damage)
{
    /// <summary>Reads every file of a stage, also of parts that are not its result any more.</summary>
    /// <param name="storage">The folder of the pipeline.</param>
    /// <param name="stage">The folder of the stage in it.</param>
    /// <param name="recorded">The roots that were recorded for it, as <see cref="Recorded"/> has them; none where nobody knows any.</param>
    /// <param name="workers">Files read at once.</param>
    /// <param name="cancel">Stops between files.</param>
    public static Verification Of(IStorage storage, string stage, IReadOnlyCollection<string> recorded, int workers, CancellationToken cancel)
    {
        var damage = new List<Damage>();
        var parts = new Dictionary<string, Manifest>(StringComparer.Ordinal);
        foreach (var name in storage.List(stage).Select(f => f.Name).Where(IsManifest).ToList())
        {
            cancel.ThrowIfCancellationRequested();
            if (Read(name, () => Manifest.Read(storage, name), damage) is not { } part)
                continue;
            if (name[^(part.Unit.Length + 5)..] != $"{part.Unit}.json")
                damage.Add(new Damage(name, $"is the manifest of the unit {part.Unit}"));
            if (!part.Tally.Balanced)
                damage.Add(new Damage(name, "has counts that do not add up"));
            // A crawl leaves dates out of its digest, and what is scattered has one of its figures.
            if (!part.Files.Any(f => f.Role.StartsWith(Roles.Warc, StringComparison.Ordinal) || f.Role == ScatterPhase.Scattered) && part.ContentDigest != UnitRunner.ContentDigestOf(part.Files))
                damage.Add(new Damage(name, "has a content digest that is not that of its files"));
            parts[part.Unit] = part;
        }
        ManifestFile[] files = [.. parts.Values.SelectMany(p => p.Files).DistinctBy(f => (f.Name, f.Sha256))];
        damage.AddRange(files.AsParallel().AsOrdered().WithDegreeOfParallelism(workers).WithCancellation(cancel)
            .Select(f => ProblemOf(storage, f) is { } problem ? new Damage(f.Name, problem) : null).OfType<Damage>());
        var (finished, root) = (storage.Exists($"{stage}/stage.json"), default(string));
        if (finished && Read($"{stage}/stage.json", () => StageFile.Read(storage, $"{stage}/stage.json"), damage) is { } file)
            root = RootOf(file, stage, parts, recorded, damage);
        else if (!finished && recorded.FirstOrDefault() is { Length: > 0 } gone)
            damage.Add(new Damage($"{stage}/stage.json", $"is missing, and a run recorded the root {RecordedFile.Short(gone)}"));
        return new Verification(stage, finished, root, parts.Count, files.Length, files.Sum(f => f.Bytes), damage);
    }

    /// <summary>The roots that takedowns and runs recorded, by folder of stage; an empty one is of a stage whose report a takedown removed.</summary>
    public static ILookup<string, string> Recorded(Ledger ledger, IStorage storage) =>
        Takedown.Roots(storage).Concat(ledger.FinishedStages(null, int.MaxValue).Select(s => (s.Folder, s.Root))).ToLookup(s => s.Item1, s => s.Item2);

    private static string? RootOf(StageFile file, string stage, Dictionary<string, Manifest> parts, IReadOnlyCollection<string> recorded, List<Damage> damage)
    {
        var name = $"{stage}/stage.json";
        if (file.Result.Where(k => !parts.ContainsKey(k)).ToArray() is [var first, ..] missing)
        {
            damage.Add(new Damage(name, $"names the part {first}{(missing.Length > 1 ? $" and {missing.Length - 1:N0} more" : "")}, which cannot be read or found"));
            return null;
        }
        Manifest[] result = [.. file.Result.Select(k => parts[k])];
        var root = Merkle.Root(result.Select(p => p.ContentDigest));
        if (root != file.Root)
            damage.Add(new Damage(name, $"has the root {RecordedFile.Short(file.Root)}, and that of its parts is {RecordedFile.Short(root)}"));
        else if (recorded.Count > 0 && !recorded.Contains(root))
            damage.Add(new Damage(name, $"has the root {RecordedFile.Short(root)}, which no run and no takedown recorded: they say {string.Join(", ", recorded.Distinct().Take(3).Select(RecordedFile.Short))}"));
        if (JsonSerializer.Serialize(Tally.Sum(result.Select(p => p.Tally)), Manifest.Json) != JsonSerializer.Serialize(file.Tally, Manifest.Json))
            damage.Add(new Damage(name, "has counts that are not the sum of its parts"));
        return root;
    }

    private static T? Read<T>(string name, Func<T> read, List<Damage> damage) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            damage.Add(new Damage(name, $"cannot be read: {(e as InputException)?.Problem ?? e.Message}"));
            return null;
        }
    }

    private static string? ProblemOf(IStorage storage, ManifestFile file)
    {
        try
        {
            return RecordedFile.Problem(storage, file.Name, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {e.Message}";
        }
    }

    private static bool IsManifest(string name) =>
        name[(name.LastIndexOf('/') + 1)..] is { Length: 42 } file && file.StartsWith("part-", StringComparison.Ordinal) && file.EndsWith(".json", StringComparison.Ordinal);
}

/// <summary>A file that is not as it was recorded.</summary>
/// <param name="File">Relative to the folder of the pipeline.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record Damage(string File, string Problem);
