using System.Text.Json;
using System.Text.RegularExpressions;

namespace CorpusForge.Runs;

/// <summary>What of an output folder no kept run needs, and its removal.</summary>
/// <remarks>
/// Kept are the newest finished runs of every pipeline and all that did not finish. Needed is every part whose key one of their units
/// has, what those parts were made from, and what the `stage.json` of a folder with a needed part names. Only files that a unit writes
/// are ever touched, and only in stage folders, `images` and `runs` of pipelines that the ledger knows.
/// </remarks>
/// <param name="Kept">The runs that stay.</param>
/// <param name="Dropped">The runs that go.</param>
/// <param name="Files">What goes with them, relative to the output folder, in the order of removal.</param>
public sealed partial record Prune(IReadOnlyList<string> Kept, IReadOnlyList<string> Dropped, IReadOnlyList<PrunedFile> Files)
{
    /// <summary>Looks only.</summary>
    public static Prune Plan(OutputFolder output, int keep)
    {
        var runs = output.Ledger.Runs();
        var kept = runs.GroupBy(r => r.Pipeline).SelectMany(g => g.Where(r => r.State != States.Done).Concat(g.Where(r => r.State == States.Done).Take(keep)))
            .Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        var dropped = runs.Where(r => !kept.Contains(r.Id)).ToArray();
        var needed = new Needed(output, kept);
        var files = new List<PrunedFile>();
        foreach (var pipeline in runs.Select(r => r.Pipeline).Distinct().Order(StringComparer.Ordinal))
        {
            var own = new List<PrunedFile>();
            foreach (var folder in needed.FoldersOf(pipeline))
                own.AddRange(Unneeded(output, folder, needed));
            own.AddRange(FilesIn(output, $"{pipeline}/images").Where(f => ImagePattern().Match(Path.GetFileName(f.Name)) is { Success: true } m && !needed.Keys.Contains(m.Groups["key"].Value)));
            own.AddRange(dropped.Where(r => r.Pipeline == pipeline).SelectMany(r => FilesIn(output, $"{pipeline}/runs/{r.Id}")).Where(f => Path.GetFileName(f.Name) == "run.json"));
            files.AddRange(own.OrderBy(f => Order(f.Name)).ThenBy(f => f.Name, StringComparer.Ordinal));
        }
        return new Prune([.. runs.Where(r => kept.Contains(r.Id)).Select(r => r.Id)], [.. dropped.Select(r => r.Id)], files);
    }

    /// <summary>Forgets the dropped runs, then removes the files, then the folders that this left empty.</summary>
    /// <remarks>Interrupted anywhere, the next prune goes on: what no run names any more is unneeded.</remarks>
    public void Run(OutputFolder output, CancellationToken cancel)
    {
        if (Dropped.Count > 0)
            output.Ledger.Drop(Dropped);
        foreach (var file in Files)
        {
            cancel.ThrowIfCancellationRequested();
            output.Storage.Delete(file.Name);
        }
        if (output.Storage is not LocalStorage local)
            return;
        foreach (var folder in Files.Select(f => Path.GetDirectoryName(local.LocalPath(f.Name))!).Distinct())
            RemoveEmpty(folder, Path.TrimEndingDirectorySeparator(local.LocalPath("")));
    }

    private static IEnumerable<PrunedFile> Unneeded(OutputFolder output, string folder, Needed needed)
    {
        var used = false;
        var stage = new List<PrunedFile>();
        foreach (var file in FilesIn(output, folder))
        {
            var name = file.Name[(folder.Length + 1)..];
            if (name == "stage.json")
                stage.Add(file);
            else if (PartPattern().Match(name) is { Success: true } match)
            {
                if (needed.Keys.Contains(match.Groups["key"].Value))
                    used = true;
                else
                    yield return file;
            }
        }
        if (used || needed.Folders.Contains(folder))
            yield break;
        foreach (var file in stage)
            yield return file;
    }

    // What a link leads to is not ours: Folders has none, and List enters none.
    private static IEnumerable<PrunedFile> FilesIn(OutputFolder output, string folder)
    {
        var cut = folder.LastIndexOf('/');
        return output.Storage.Folders(folder[..cut]).Contains(folder[(cut + 1)..])
            ? output.Storage.List(folder).Select(f => new PrunedFile(f.Name, f.Bytes))
            : [];
    }

    // A part ends with its manifest, so that none is ever there without its files; a stage.json before the parts that it names.
    private static int Order(string name) => name.EndsWith("/stage.json", StringComparison.Ordinal) ? 0 : ManifestPattern().IsMatch(name) ? 1 : 2;

    private static void RemoveEmpty(string folder, string root)
    {
        for (var path = folder; path.Length > root.Length && !Directory.EnumerateFileSystemEntries(path).Any(); path = Path.GetDirectoryName(path)!)
            Directory.Delete(path);
    }

    [GeneratedRegex(@"^(?:[^/.][^/]*/){0,2}(?:part-(?<key>[0-9a-f]{32})\.[^/]+|\.work-(?<key>[0-9a-f]{32})(?:-[^/]*)?/.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex PartPattern();

    [GeneratedRegex(@"^(?<key>[0-9a-f]{32})\.[^/]+$", RegexOptions.CultureInvariant)]
    private static partial Regex ImagePattern();

    [GeneratedRegex(@"/part-(?<key>[0-9a-f]{32})\.json$", RegexOptions.CultureInvariant)]
    private static partial Regex ManifestPattern();

    [GeneratedRegex("-[0-9a-f]{16}$", RegexOptions.CultureInvariant)]
    private static partial Regex StagePattern();

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();

    /// <summary>The keys that kept runs need, directly or through what their parts were made from.</summary>
    private sealed class Needed
    {
        private readonly OutputFolder _output;
        private readonly Dictionary<string, List<string>> _manifests = new(StringComparer.Ordinal);
        private readonly Queue<string> _open = new();

        public Needed(OutputFolder output, IReadOnlySet<string> kept)
        {
            _output = output;
            foreach (var pipeline in output.Ledger.Runs().Select(r => r.Pipeline).Distinct())
            {
                foreach (var name in FoldersOf(pipeline).SelectMany(f => FilesIn(output, f)).Select(f => f.Name))
                {
                    if (ManifestPattern().Match(name) is { Success: true } match)
                        (_manifests.TryGetValue(match.Groups["key"].Value, out var names) ? names : _manifests[match.Groups["key"].Value] = []).Add(name);
                }
            }
            foreach (var run in kept)
            {
                foreach (var stage in output.Ledger.Stages(run))
                    Enter(stage.Folder);
                foreach (var unit in output.Ledger.Units(run))
                {
                    Add(unit.Key);
                    AddInputs(JsonSerializer.Deserialize<UnitInput[]>(unit.Inputs, Manifest.Json)!);
                }
            }
            while (_open.TryDequeue(out var key))
            {
                foreach (var name in _manifests.GetValueOrDefault(key) ?? [])
                {
                    AddInputs(Manifest.Read(output.Storage, name).Inputs);
                    Enter(string.Join('/', name.Split('/').Take(2)));
                }
            }
        }

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        /// <summary>Stage folders that a kept run uses.</summary>
        public HashSet<string> Folders { get; } = new(StringComparer.Ordinal);

        public IEnumerable<string> FoldersOf(string pipeline) =>
            _output.Storage.Folders(pipeline).Where(d => StagePattern().IsMatch(d)).Select(d => $"{pipeline}/{d}");

        private void Add(string key)
        {
            if (Keys.Add(key))
                _open.Enqueue(key);
        }

        // An input is named by its key, or is a file whose name has the key in it (a WARC file of a crawl).
        private void AddInputs(IEnumerable<UnitInput> inputs)
        {
            foreach (var match in inputs.SelectMany(i => KeyPattern().Matches(i.Name)))
                Add(match.Value);
        }

        // A run that began at a later stage has no units in this one: its stage.json names the parts of all phases.
        private void Enter(string folder)
        {
            if (!Folders.Add(folder) || !_output.Storage.Exists($"{folder}/stage.json"))
                return;
            foreach (var key in StageFile.Read(_output.Storage, $"{folder}/stage.json").Phases.Values.SelectMany(k => k))
                Add(key);
        }
    }
}

/// <summary>A file that goes.</summary>
/// <param name="Name">Relative to the output folder.</param>
/// <param name="Bytes">Its length.</param>
public sealed record PrunedFile(string Name, long Bytes);
