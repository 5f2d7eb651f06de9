using System.Globalization;
using System.Text;
using System.Text.Json;
using CorpusForge.Audit;
using CorpusForge.Clean;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Deduplicate;

/// <summary>Takes documents out of a corpus: writes the shards that hold them anew and leaves every other shard as it is.</summary>
/// <remarks>
/// <para>What is taken is what the list names, in any part, kept or dropped; where that was dropped as a duplicate, the
/// survivor that it joined, since that has its text; and what was dropped as a duplicate of either. It goes from every stage of the folder, finished or
/// not, and from parts that later ones took the place of: documents, rejects and token shards.</para>
/// <para>A part keeps its key; its manifest and the `stage.json` get the new digests, and what was taken counts as dropped by
/// `takedown`. Working files that were made of such a part, as the index of deduplication is, and reports that name what was taken are removed; a later run makes them anew.
/// The sources themselves, crawled WARC files, stored images, exports and trained models are not changed.</para>
/// <para>What will be done is written before anything is done, so that a takedown that was stopped goes on with the next one, and ends the same.</para>
/// </remarks>
public sealed class Takedown(IStorage storage, ExclusionList list)
{
    public const string Step = "takedown";
    public const string SurvivorRule = "survivor-of-excluded";
    public const string DuplicateRule = "duplicate-of-excluded";

    private const string Folder = "takedowns";
    /// <summary>What a takedown is about to do; there only while it does it.</summary>
    public const string Begun = $"{Folder}/begun.json";

    /// <summary>Finds what is to be taken; changes nothing.</summary>
    /// <exception cref="PipelineException">No stage was begun in this folder.</exception>
    public TakedownReceipt Look(CancellationToken cancel)
    {
        string[] stages = [.. storage.Folders("").SelectMany(pipeline => storage.Folders(pipeline).Select(stage => $"{pipeline}/{stage}"))];
        var parts = stages.SelectMany(s => Parts(s, cancel)).ToList();
        if (parts.Count == 0)
            throw new PipelineException("there is no part of a stage in this folder");
        var taken = Find(parts, cancel);
        List<TakenFrom> changed = [];
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stage in parts.GroupBy(p => p.Stage, StringComparer.Ordinal))
        {
            List<TakenShard> shards = [];
            foreach (var part in stage)
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var file in part.Manifest.Files.Where(HoldsDocuments))
                {
                    if (CountOf(NameOf(stage.Key, file), file.Role, taken) is not (> 0 and var rows))
                        continue;
                    shards.Add(new TakenShard(NameOf(stage.Key, file), file.Sha256, file.Sha256, rows));
                    touched.Add(part.Manifest.Unit);
                }
            }
            if (shards.Count > 0 && RootOf(stage.Key) is var root)
                changed.Add(new TakenFrom(stage.Key, root, root, shards));
        }
        return new TakedownReceipt(TakedownReceipt.CurrentFormat, list.Digest, [.. taken.Select(t => new TakenDocument(t.Key, t.Value))], changed, [.. Stale(parts, touched, taken)]);
    }

    /// <summary>Takes it, and what an earlier takedown that was stopped had begun to take; null for the receipt where there is nothing to take.</summary>
    public (TakedownReceipt Receipt, string? Name) Run(CancellationToken cancel)
    {
        (TakedownReceipt Receipt, string? Name)? before = storage.Exists(Begun) ? Finish(TakedownReceipt.Read(storage, Begun), cancel) : null;
        var found = Look(cancel);
        if (found.Stages.Count == 0)
            return before ?? (found, null);
        RunContext.Publish(storage, Begun, found.ToBytes());
        return Finish(found, cancel);
    }

    /// <summary>The roots that takedowns left, by folder of stage; an empty one where they removed its report, so that it is not finished any more.</summary>
    internal static IEnumerable<(string Stage, string Root)> Roots(IStorage storage) => storage.List(Folder)
        .Where(f => f.Name.StartsWith($"{Folder}/takedown-", StringComparison.Ordinal))
        .Select(f => TakedownReceipt.Read(storage, f.Name))
        .SelectMany(r => r.Removed.Select(m => m.Split('/')).Where(m => m.Length == 3).Select(m => ($"{m[0]}/{m[1]}", "")).Concat(r.Stages.Select(s => (s.Stage, s.RootAfter))));

    private SortedDictionary<string, string> Find(IEnumerable<Part> parts, CancellationToken cancel)
    {
        var taken = new SortedDictionary<string, string>(StringComparer.Ordinal);
        List<(string Id, string Survivor)> joins = [];
        foreach (var part in parts)
        {
            foreach (var file in part.Manifest.Files.Where(f => HoldsDocuments(f) && f.Role != Roles.Tokens))
            {
                // One that was stopped leaves files that are not what their manifests say.
                var name = NameOf(part.Stage, file);
                using var stream = storage.Exists(Begun) ? storage.OpenRead(name) : RecordedFile.OpenRead(storage, name, file);
                foreach (var document in DocumentShard.Read(stream))
                {
                    cancel.ThrowIfCancellationRequested();
                    if (list.RuleFor(document) is { } rule)
                        taken.TryAdd(document.Id, rule);
                    if (file.Role == Roles.Rejects && document.Cluster is { } survivor && survivor != document.Id)
                        joins.Add((document.Id, survivor));
                }
            }
        }
        // A stage may deduplicate what an earlier one left: the survivor there may be a duplicate here.
        for (var found = true; found;)
        {
            found = false;
            foreach (var (id, survivor) in joins)
                found |= taken.ContainsKey(id) && taken.TryAdd(survivor, SurvivorRule);
        }
        // Without their survivor they would come back with the next run. What they are like elsewhere is another text.
        foreach (var id in joins.Where(j => taken.ContainsKey(j.Survivor)).Select(j => j.Id).ToList())
            taken.TryAdd(id, DuplicateRule);
        return taken;
    }

    private (TakedownReceipt Receipt, string? Name) Finish(TakedownReceipt begun, CancellationToken cancel)
    {
        var taken = new SortedDictionary<string, string>(begun.Documents.ToDictionary(d => d.Id, d => d.Rule), StringComparer.Ordinal);
        List<TakenFrom> done = [];
        foreach (var stage in begun.Stages)
        {
            var written = new Dictionary<string, string>(StringComparer.Ordinal);
            var shards = stage.Shards.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var part in Parts(stage.Stage, cancel))
            {
                Rewrite(part, taken, shards);
                foreach (var file in Manifest.Read(storage, part.Name).Files)
                    written[NameOf(stage.Stage, file)] = file.Sha256;
            }
            CloseStage(stage.Stage);
            done.Add(stage with { RootAfter = RootOf(stage.Stage), Shards = [.. stage.Shards.Select(s => s with { Sha256After = written[s.Name] })] });
        }
        foreach (var name in begun.Removed)
            Remove(name);
        var receipt = begun with { Stages = done };
        var number = 1;
        while (storage.Exists(ReceiptName(number)) && !TakedownReceipt.Read(storage, ReceiptName(number)).ToBytes().AsSpan().SequenceEqual(receipt.ToBytes()))
            number++;
        RunContext.Publish(storage, ReceiptName(number), receipt.ToBytes());
        storage.Delete(Begun);
        return (receipt, ReceiptName(number));
    }

    private static string ReceiptName(int number) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/takedown-{number:0000}.json");

    // The manifest goes first: as long as a file still holds what was taken, the rest is to be done.
    private void Rewrite(Part part, SortedDictionary<string, string> taken, HashSet<string> shards)
    {
        var manifest = part.Manifest;
        var files = manifest.Files.ToList();
        var tally = manifest.Tally with { Dropped = new SortedDictionary<string, long>(manifest.Tally.Dropped, StringComparer.Ordinal) };
        List<(string Temporary, string Name)> written = [];
        for (var i = 0; i < files.Count; i++)
        {
            var name = NameOf(part.Stage, files[i]);
            if (!shards.Contains(name) || CountOf(name, files[i].Role, taken) == 0)
                continue;
            var cut = name.LastIndexOf('/') + 1;
            written.Add(($"{name[..cut]}{IStorage.TemporaryPrefix}{name[cut..]}-takedown", name));
            files[i] = Write(written[^1].Temporary, name, files[i], taken, tally);
        }
        if (written.Count == 0)
            return;
        RunContext.Publish(storage, part.Name, (manifest with { Files = files, Tally = tally, ContentDigest = UnitRunner.ContentDigestOf(files) }).ToBytes());
        foreach (var (temporary, name) in written)
            storage.Publish(temporary, name);
    }

    private ManifestFile Write(string temporary, string name, ManifestFile file, SortedDictionary<string, string> taken, Tally tally)
    {
        using var output = new OutputFile(storage.Create(temporary));
        var counted = new Tally();
        counted.Add(tally);
        if (file.Role == Roles.Tokens)
            WriteTokens(name, output, taken, counted);
        else
            WriteDocuments(name, file.Role, output, taken, counted);
        output.Dispose();
        // Where the manifest says already how many are left, it has counted what goes, too.
        if (file.Rows != output.Rows)
        {
            (tally.Out, tally.BytesOut, tally.Tokens) = (counted.Out, counted.BytesOut, counted.Tokens);
            foreach (var (rule, count) in counted.Dropped)
                tally.Dropped[rule] = count;
        }
        return file with { Rows = output.Rows, Bytes = output.Bytes, Sha256 = output.Sha256 };
    }

    private void WriteDocuments(string name, string role, OutputFile output, SortedDictionary<string, string> taken, Tally tally)
    {
        using var stream = storage.OpenRead(name);
        var signals = DocumentShard.SignalsOf(stream);
        stream.Position = 0;
        using var writer = new DocumentWriter(output, role == Roles.Rejects, signals);
        foreach (var (_, document, reject) in DocumentShard.Find(stream, _ => true))
        {
            if (!taken.TryGetValue(document.Id, out var rule))
            {
                if (reject is null)
                    writer.Write(document);
                else
                    writer.Write(reject);
                continue;
            }
            // What waits for its image has been counted nowhere yet.
            if (role == ExtractPhase.Pending)
                continue;
            if (reject is null)
            {
                tally.Out--;
                tally.BytesOut -= Encoding.UTF8.GetByteCount(document.Text);
            }
            else if (tally.Dropped.TryGetValue($"{reject.Step}.{reject.Rule}", out var count))
            {
                tally.Dropped[$"{reject.Step}.{reject.Rule}"] = count - 1;
            }
            tally.Drop(Step, rule);
        }
    }

    private void WriteTokens(string name, OutputFile output, SortedDictionary<string, string> taken, Tally tally)
    {
        using var reader = TokenShardReader.Open(storage.LocalPath(name));
        using var writer = new TokenShardWriter(output, reader.Info);
        foreach (var batch in reader.Batches)
        {
            for (var row = 0; row < batch.Rows; row++)
            {
                var tokens = new long[batch.Length(row)];
                batch.CopyTo(row, 0, tokens);
                if (!taken.TryGetValue(batch.Id(row), out var rule))
                {
                    writer.Append(batch.Row(row), Array.ConvertAll(tokens, t => (int)t));
                    continue;
                }
                tally.Out--;
                tally.Tokens -= tokens.Length;
                tally.Drop(Step, rule);
            }
        }
        writer.Close();
        output.Rows = writer.Rows;
    }

    private long CountOf(string name, string role, SortedDictionary<string, string> taken)
    {
        if (role == Roles.Tokens)
        {
            using var reader = TokenShardReader.Open(storage.LocalPath(name));
            return reader.Batches.Sum(b => Enumerable.Range(0, b.Rows).LongCount(row => taken.ContainsKey(b.Id(row))));
        }
        using var stream = storage.OpenRead(name);
        return DocumentShard.Find(stream, taken.ContainsKey).LongCount();
    }

    // The sum and the root over the parts that are the result now.
    private void CloseStage(string stage)
    {
        if (!storage.Exists($"{stage}/stage.json"))
            return;
        var before = StageFile.Read(storage, $"{stage}/stage.json");
        var after = before with { Root = RootOf(stage), Tally = Tally.Sum(ResultOf(before, stage).Select(p => p.Tally)) };
        RunContext.Publish(storage, $"{stage}/stage.json", JsonSerializer.SerializeToUtf8Bytes(after, Manifest.Indented));
    }

    private string RootOf(string stage) => storage.Exists($"{stage}/stage.json")
        ? Merkle.Root(ResultOf(StageFile.Read(storage, $"{stage}/stage.json"), stage).Select(p => p.ContentDigest))
        : "";

    private IEnumerable<Manifest> ResultOf(StageFile file, string stage) => file.Result.Select(key => Manifest.Read(storage, $"{stage}/part-{key}.json"));

    /// <summary>The manifests of working files that were made of a touched part, directly or through others, and of reports that name what is taken.</summary>
    private IEnumerable<string> Stale(IReadOnlyList<Part> parts, HashSet<string> touched, SortedDictionary<string, string> taken)
    {
        var stale = new HashSet<string>(touched, StringComparer.Ordinal);
        for (var found = true; found;)
        {
            found = false;
            foreach (var part in parts.Where(p => p.IsWorking && p.Manifest.Inputs.Any(i => stale.Contains(i.Name))))
                found |= stale.Add(part.Manifest.Unit);
        }
        return parts.Where(p => p.IsWorking ? stale.Contains(p.Manifest.Unit) : p.Manifest.File(AuditStage.Figures) is { } figures && Names(NameOf(p.Stage, figures), taken)).Select(p => p.Name);
    }

    private bool Names(string report, SortedDictionary<string, string> taken)
    {
        using var stream = storage.OpenRead(report);
        using var json = JsonDocument.Parse(stream);
        return Any(json.RootElement);

        bool Any(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.String => Is(element.GetString()!),
            JsonValueKind.Array => element.EnumerateArray().Any(Any),
            JsonValueKind.Object => element.EnumerateObject().Any(p => Is(p.Name) || Any(p.Value)),
            _ => false,
        };

        bool Is(string text) => taken.ContainsKey(text) || list.Names(text);
    }

    // A stage without its report is not finished; the manifest goes before the files that it names.
    private void Remove(string name)
    {
        if (!storage.Exists(name))
            return;
        var manifest = Manifest.Read(storage, name);
        var stage = string.Join('/', name.Split('/').Take(2));
        if (storage.Exists($"{stage}/stage.json") && StageFile.Read(storage, $"{stage}/stage.json").Result.Contains(manifest.Unit))
            storage.Delete($"{stage}/stage.json");
        foreach (var file in manifest.Files)
            storage.Delete(NameOf(stage, file));
        storage.Delete(name);
    }

    private IEnumerable<Part> Parts(string stage, CancellationToken cancel)
    {
        foreach (var file in storage.List(stage).Where(f => Path.GetFileName(f.Name) is { } name && name.StartsWith("part-", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal) && name.Length == 42))
        {
            cancel.ThrowIfCancellationRequested();
            yield return new Part(stage, file.Name, Manifest.Read(storage, file.Name));
        }
    }

    private static bool HoldsDocuments(ManifestFile file) => file.Role is Roles.Documents or Roles.Rejects or Roles.Tokens or ExtractPhase.Pending;

    // Names in a manifest are relative to the folder of the pipeline.
    private static string NameOf(string stage, ManifestFile file) => $"{stage[..stage.IndexOf('/')]}/{file.Name}";

    private sealed record Part(string Stage, string Name, Manifest Manifest)
    {
        /// <summary>Made on the way to a result, from parts alone: in a folder of its phase.</summary>
        public bool IsWorking => Name.Count(c => c == '/') == 3 && !Manifest.Files.Any(f => HoldsDocuments(f) || f.Role == Roles.Images || f.Role.StartsWith(Roles.Warc, StringComparison.Ordinal));
    }
}

/// <summary>What a takedown did, for whoever asked for it.</summary>
/// <param name="Format">The version of this format.</param>
/// <param name="List">SHA-256 of the list that was applied.</param>
/// <param name="Documents">What was found, by id.</param>
/// <param name="Stages">Where something changed.</param>
/// <param name="Removed">The manifests of working files and reports that went, with their files.</param>
public sealed record TakedownReceipt(string Format, string List, IReadOnlyList<TakenDocument> Documents, IReadOnlyList<TakenFrom> Stages, IReadOnlyList<string> Removed)
{
    public const string CurrentFormat = "corpusforge.takedown/2";

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Manifest.Indented);

    internal static TakedownReceipt Read(IStorage storage, string name) => Manifest.Read<TakedownReceipt>(storage, name, "a receipt of a takedown");
}

/// <summary>A document that was taken, and by which rule of the list.</summary>
public sealed record TakenDocument(string Id, string Rule);

/// <summary>A stage that changed.</summary>
/// <param name="Stage">Its folder.</param>
/// <param name="RootBefore">The Merkle root over its parts; empty where the stage is not finished.</param>
/// <param name="RootAfter">The same once the documents were gone.</param>
/// <param name="Shards">The files that were written anew.</param>
public sealed record TakenFrom(string Stage, string RootBefore, string RootAfter, IReadOnlyList<TakenShard> Shards);

/// <summary>A file that was written anew.</summary>
/// <param name="Name">Relative to the output folder.</param>
/// <param name="Sha256Before">Of the whole file.</param>
/// <param name="Sha256After">The same without the documents.</param>
/// <param name="Rows">How many rows went.</param>
public sealed record TakenShard(string Name, string Sha256Before, string Sha256After, long Rows);
