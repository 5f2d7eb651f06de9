using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Apache.Arrow.Ipc;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Deduplicate;

/// <summary>Takes documents out of a finished corpus: writes the shards that hold them anew and leaves every other file as it is.</summary>
/// <remarks>
/// <para>What is taken is what the list names, in any stage, kept or dropped, and, where that was dropped as a duplicate, the
/// survivor that it joined, since that has its text. It goes from every finished stage of the folder: documents, rejects and token shards.</para>
/// <para>A part keeps its key; its manifest and the `stage.json` get the new digests, and what was taken counts as dropped by
/// `takedown`. The sources themselves, crawled WARC files, stored images, exports, reports and trained models are not changed.</para>
/// <para>Done twice, or after it was stopped half-way, it ends the same.</para>
/// </remarks>
public sealed class Takedown(IStorage storage, ExclusionList list)
{
    public const string Step = "takedown";
    public const string SurvivorRule = "survivor-of-excluded";

    /// <summary>The rule where an attempt that was stopped took a document and nobody knows by which.</summary>
    private const string UnknownRule = "excluded";

    /// <summary>Finds what is to be taken; with <paramref name="dryRun"/> changes nothing.</summary>
    public TakedownReceipt Run(bool dryRun, CancellationToken cancel)
    {
        string[] stages = [.. storage.Folders("").SelectMany(pipeline => storage.Folders(pipeline).Select(stage => $"{pipeline}/{stage}")).Where(s => storage.Exists($"{s}/stage.json"))];
        if (stages.Length == 0)
            throw new PipelineException("there is no finished stage in this folder");
        var taken = Find(stages, cancel);
        List<TakenFrom> changed = [];
        foreach (var stage in stages)
        {
            if (Rewrite(stage, taken, dryRun, cancel) is { } one)
                changed.Add(one);
        }
        return new TakedownReceipt(
            TakedownReceipt.CurrentFormat, list.Digest, [.. taken.Select(t => new TakenDocument(t.Key, t.Value))], changed);
    }

    private SortedDictionary<string, string> Find(IEnumerable<string> stages, CancellationToken cancel)
    {
        var taken = new SortedDictionary<string, string>(StringComparer.Ordinal);
        List<(string Id, string Survivor)> joins = [];
        foreach (var (stage, part) in stages.SelectMany(s => Parts(s).Select(p => (s, p))))
        {
            foreach (var file in part.Files.Where(f => f.Role is Roles.Documents or Roles.Rejects))
            {
                cancel.ThrowIfCancellationRequested();
                using var stream = storage.OpenRead(NameOf(stage, file));
                foreach (var document in DocumentShard.Read(stream))
                {
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
        return taken;
    }

    private TakenFrom? Rewrite(string stage, SortedDictionary<string, string> taken, bool dryRun, CancellationToken cancel)
    {
        var before = StageFile.Read(storage, $"{stage}/stage.json");
        List<TakenShard> shards = [];
        foreach (var part in Parts(stage))
        {
            cancel.ThrowIfCancellationRequested();
            var files = part.Files.ToList();
            var tally = part.Tally with { Dropped = new SortedDictionary<string, long>(part.Tally.Dropped, StringComparer.Ordinal) };
            for (var i = 0; i < files.Count; i++)
            {
                var file = files[i];
                if (file.Role is not (Roles.Documents or Roles.Rejects or Roles.Tokens))
                    continue;
                var name = NameOf(stage, file);
                // A file that another attempt wrote anew before it was stopped is not what its manifest says.
                if (!Holds(name, file.Role, taken) && storage.Length(name) == file.Bytes)
                    continue;
                var (written, rows) = dryRun ? (file, CountOf(name, file.Role, taken)) : Write(name, file, taken, tally);
                shards.Add(new TakenShard(name, file.Sha256, written.Sha256, rows));
                files[i] = written;
            }
            if (files.SequenceEqual(part.Files))
                continue;
            var manifest = part with { Files = files, Tally = tally, ContentDigest = ContentDigestOf(files) };
            RunContext.Publish(storage, $"{stage}/part-{part.Unit}.json", manifest.ToBytes());
        }
        var root = Merkle.Root(Parts(stage).Select(p => p.ContentDigest));
        if (shards.Count == 0 && root == before.Root)
            return null;
        if (!dryRun)
        {
            var after = before with { Root = root, Tally = Tally.Sum(Parts(stage).Select(p => p.Tally)) };
            RunContext.Publish(storage, $"{stage}/stage.json", JsonSerializer.SerializeToUtf8Bytes(after, Manifest.Indented));
        }
        return new TakenFrom(stage, before.Root, root, shards);
    }

    private (ManifestFile File, long Rows) Write(string name, ManifestFile file, SortedDictionary<string, string> taken, Tally tally)
    {
        var cut = name.LastIndexOf('/') + 1;
        var temporary = $"{name[..cut]}{IStorage.TemporaryPrefix}{name[cut..]}-takedown";
        using var output = new OutputFile(storage.Create(temporary));
        var gone = file.Role switch
        {
            Roles.Tokens => WriteTokens(name, output, taken, tally),
            _ => WriteDocuments(name, file.Role == Roles.Rejects, output, taken, tally),
        };
        output.Dispose();
        var lost = file.Rows - gone - output.Rows;
        if (lost > 0 && file.Role != Roles.Rejects)
        {
            tally.Out -= lost;
            tally.Dropped[$"{Step}.{UnknownRule}"] = tally.Dropped.GetValueOrDefault($"{Step}.{UnknownRule}") + lost;
        }
        storage.Publish(temporary, name);
        return (file with { Rows = output.Rows, Bytes = output.Bytes, Sha256 = output.Sha256 }, gone);
    }

    private long WriteDocuments(string name, bool rejects, OutputFile output, SortedDictionary<string, string> taken, Tally tally)
    {
        using var columns = storage.OpenRead(name);
        using var reader = new ArrowFileReader(columns);
        string[] signals = [.. reader.Schema.FieldsList.Select(f => f.Name).Where(n => n.Contains('.'))];
        using var stream = storage.OpenRead(name);
        using var writer = new DocumentWriter(output, rejects, signals);
        var gone = 0L;
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
            gone++;
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
        return gone;
    }

    private long WriteTokens(string name, OutputFile output, SortedDictionary<string, string> taken, Tally tally)
    {
        using var reader = TokenShardReader.Open(storage.LocalPath(name));
        using var writer = new TokenShardWriter(output, reader.Info);
        var gone = 0L;
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
                gone++;
                tally.Out--;
                tally.Tokens -= tokens.Length;
                tally.Drop(Step, rule);
            }
        }
        writer.Close();
        output.Rows = writer.Rows;
        return gone;
    }

    private bool Holds(string name, string role, SortedDictionary<string, string> taken) => CountOf(name, role, taken) > 0;

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

    private IEnumerable<Manifest> Parts(string stage) =>
        StageFile.Read(storage, $"{stage}/stage.json").Result.Select(key => Manifest.Read(storage, $"{stage}/part-{key}.json"));

    // Names in a manifest are relative to the folder of the pipeline.
    private static string NameOf(string stage, ManifestFile file) => $"{stage[..stage.IndexOf('/')]}/{file.Name}";

    private static string ContentDigestOf(IEnumerable<ManifestFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(f => $"{f.Role} {f.Sha256}\n")))));
}

/// <summary>What a takedown did, for whoever asked for it.</summary>
/// <param name="Format">The version of this format.</param>
/// <param name="List">SHA-256 of the list that was applied.</param>
/// <param name="Documents">What was found, by id.</param>
/// <param name="Stages">Where something changed.</param>
public sealed record TakedownReceipt(string Format, string List, IReadOnlyList<TakenDocument> Documents, IReadOnlyList<TakenFrom> Stages)
{
    public const string CurrentFormat = "corpusforge.takedown/1";
}

/// <summary>A document that was taken, and by which rule of the list.</summary>
public sealed record TakenDocument(string Id, string Rule);

/// <summary>A stage that changed.</summary>
/// <param name="Stage">Its folder.</param>
/// <param name="RootBefore">The Merkle root over its parts.</param>
/// <param name="RootAfter">The same once the documents were gone.</param>
/// <param name="Shards">The files that were written anew.</param>
public sealed record TakenFrom(string Stage, string RootBefore, string RootAfter, IReadOnlyList<TakenShard> Shards);

/// <summary>A file that was written anew.</summary>
/// <param name="Name">Relative to the output folder.</param>
/// <param name="Sha256Before">Of the whole file.</param>
/// <param name="Sha256After">The same without the documents.</param>
/// <param name="Rows">How many rows went.</param>
public sealed record TakenShard(string Name, string Sha256Before, string Sha256After, long Rows);
