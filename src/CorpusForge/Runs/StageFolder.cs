using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CorpusForge.Tokenize;

namespace CorpusForge.Runs;

/// <summary>The result of a stage on disk, found by its folder: the documents that it kept and dropped, and those that it read.</summary>
/// <remarks>It needs neither ledger nor pipeline: manifests name their inputs, and those lie beside the folder.</remarks>
public sealed partial class StageFolder
{
    private readonly IStorage _storage;
    private readonly string _above;
    private readonly Lazy<IReadOnlyList<string>> _folders;
    private readonly Lazy<IReadOnlyList<Manifest>> _parts;
    private readonly IReadOnlyList<string> _keys;
    private readonly Dictionary<string, ITokenizer> _tokenizers = new(StringComparer.Ordinal);

    private StageFolder(IStorage storage, string above, string name, IEnumerable<string> keys, Func<IReadOnlyList<string>> folders)
    {
        (_storage, _above, Name) = (storage, above, name);
        _keys = [.. keys];
        _folders = new Lazy<IReadOnlyList<string>>(folders);
        _parts = new Lazy<IReadOnlyList<Manifest>>(() => [.. Each()]);
    }

    /// <summary>The folder's own name.</summary>
    public string Name { get; }

    /// <summary>The parts that are the stage's result.</summary>
    public IReadOnlyList<Manifest> Parts => _parts.Value;

    /// <summary>Whether it holds documents, kept or dropped, or token shards; a crawl, a model or a report does not.</summary>
    public bool HoldsDocuments => Parts.Count == 0 || Parts.Any(p => p.Files.Any(f => f.Role is Roles.Documents or Roles.Rejects or Roles.Tokens));

    /// <summary>Whether the folder says that a stage was finished in it.</summary>
    public static bool Is(string path) => File.Exists(Path.Combine(path, "stage.json"));

    /// <summary>The stage as it was finished last.</summary>
    /// <exception cref="PipelineException">No stage was finished in this folder.</exception>
    public static StageFolder Open(string path)
    {
        if (!Is(path))
            throw new PipelineException($"{path}: this is no folder of a finished stage (it has no stage.json)");
        return Of(path, StageFile.Read(new LocalStorage(path), "stage.json").Result);
    }

    /// <summary>The stage as it was finished last, in a folder directly in a storage.</summary>
    /// <exception cref="PipelineException">No stage was finished in this folder.</exception>
    public static StageFolder Open(IStorage storage, string name) => storage.Exists($"{name}/stage.json")
        ? new StageFolder(storage, "", name, StageFile.Read(storage, $"{name}/stage.json").Result, () => [.. storage.Folders("")])
        : throw new PipelineException($"{name}: this is no folder of a finished stage (it has no stage.json)");

    /// <summary>The parts of these keys; those that are not in the folder itself, because they are no result, are left out.</summary>
    public static StageFolder Of(string path, IEnumerable<string> keys)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var above = Path.GetDirectoryName(full)!;
        return new StageFolder(
            new LocalStorage(above), "", Path.GetFileName(full), keys,
            () => [.. Directory.EnumerateDirectories(above).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>The parts of these keys in any storage.</summary>
    /// <param name="storage">The output.</param>
    /// <param name="folder">PIPELINE/STAGE-DIGEST.</param>
    /// <param name="keys">Of units; those without a part in the folder itself are left out.</param>
    /// <param name="folders">Where the parts that these were made of may lie, named as <paramref name="folder"/>.</param>
    public static StageFolder Of(IStorage storage, string folder, IEnumerable<string> keys, IEnumerable<string> folders)
    {
        var cut = folder.LastIndexOf('/') + 1;
        return new StageFolder(storage, folder[..cut], folder[cut..], keys, () => [.. folders.Select(f => f[cut..])]);
    }

    /// <summary>Streams what the stage kept and dropped, in order of part and row; with <paramref name="id"/> only those documents.</summary>
    public IEnumerable<StageDocument> Documents(bool kept = true, bool dropped = true, Func<string, bool>? id = null)
    {
        foreach (var part in _parts.IsValueCreated ? Parts : Each())
        {
            foreach (var file in part.Files)
            {
                var rows = file.Role switch
                {
                    Roles.Documents when kept => Rows(part, file, id),
                    Roles.Rejects when dropped => Rows(part, file, id),
                    Roles.Tokens when kept => TokenRows(part, file, id),
                    _ => [],
                };
                foreach (var row in rows)
                    yield return row;
            }
        }
    }

    /// <summary>Streams the documents that went because they duplicate this one.</summary>
    public IEnumerable<StageDocument> DroppedInto(string survivor)
    {
        foreach (var part in _parts.IsValueCreated ? Parts : Each())
        {
            if (part.Rejects is not { } file)
                continue;
            using var stream = OpenRead(file);
            foreach (var (row, document, reject) in DocumentShard.Find(stream, cluster => cluster == survivor, "cluster"))
                yield return new StageDocument(document, reject, part, file, row, null, false);
        }
    }

    /// <summary>The same documents as the stage before had them, by id: those that the parts which the given ones came from hold.</summary>
    public IReadOnlyDictionary<string, Document> Before(IReadOnlyCollection<StageDocument> documents)
    {
        var before = new Dictionary<string, Document>(StringComparer.Ordinal);
        foreach (var part in documents.GroupBy(d => d.Part.Unit))
        {
            var ids = part.Select(d => d.Document.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var key in part.First().Part.Inputs.Select(i => i.Name).Where(n => KeyPattern().IsMatch(n)))
            {
                var folder = _folders.Value.FirstOrDefault(f => f != Name && _storage.Exists(PartName(f, key)));
                if (folder is null || Manifest.Read(_storage, PartName(folder, key)).Documents is not { } file)
                    continue;
                using var stream = OpenRead(file);
                foreach (var (_, document, _) in DocumentShard.Find(stream, ids.Contains))
                    before.TryAdd(document.Id, document);
            }
        }
        return before;
    }

    /// <summary>The stages of a run that made it, up to this one, as its `run.json` has them; null where none is beside it.</summary>
    public JsonArray? RanWith()
    {
        var digest = Name[(Name.LastIndexOf('-') + 1)..];
        foreach (var file in _storage.List($"{_above}runs").Where(f => f.Name.EndsWith("/run.json", StringComparison.Ordinal)))
        {
            var stages = (Manifest.Read<JsonObject>(_storage, file.Name, "the record of a run")["pipeline"] as JsonObject)?["stages"] as JsonArray;
            if (stages?.FirstOrDefault(s => s is JsonObject o && o["settings"] is JsonObject && o["digest"] is JsonValue v && v.TryGetValue<string>(out var d) && d.StartsWith(digest, StringComparison.Ordinal)) is { } own)
                return [.. stages.Take(stages.IndexOf(own) + 1).Select(s => s?.DeepClone())];
        }
        return null;
    }

    /// <summary>Opens a file of a part.</summary>
    /// <exception cref="InputException">It is damaged.</exception>
    public Stream OpenRead(ManifestFile file) => RecordedFile.OpenRead(_storage, $"{_above}{file.Name}", file);

    private string PartName(string folder, string key) => $"{_above}{folder}/part-{key}.json";

    private IEnumerable<Manifest> Each() =>
        _keys.Select(key => PartName(Name, key)).Where(name => _storage.Exists(name)).Select(name => Manifest.Read(_storage, name));

    private IEnumerable<StageDocument> Rows(Manifest part, ManifestFile file, Func<string, bool>? id)
    {
        using var stream = OpenRead(file);
        foreach (var (row, document, reject) in DocumentShard.Find(stream, id ?? (_ => true)))
            yield return new StageDocument(document, reject, part, file, row, null, false);
    }

    private IEnumerable<StageDocument> TokenRows(Manifest part, ManifestFile file, Func<string, bool>? id)
    {
        using var reader = TokenShardReader.Open(RecordedFile.LocalPath(_storage, $"{_above}{file.Name}", file));
        var first = 0L;
        foreach (var batch in reader.Batches)
        {
            for (var i = 0; i < batch.Rows; i++)
            {
                if (id is null || id(batch.Id(i)))
                    yield return Decoded(part, file, reader.Info, batch, i, first + i);
            }
            first += batch.Rows;
        }
    }

    private StageDocument Decoded(Manifest part, ManifestFile file, TokenShardInfo info, TokenBatch batch, int row, long ordinal)
    {
        if (!_tokenizers.TryGetValue(info.Tokenizer, out var tokenizer))
            _tokenizers.Add(info.Tokenizer, tokenizer = Tokenizers.Of(info, _storage, $"{_above}{file.Name}"));
        var about = batch.Row(row);
        var ids = new long[batch.Length(row)];
        batch.CopyTo(row, 0, ids);
        var document = new Document
        {
            Id = about.Id,
            Kind = about.Kind,
            Text = tokenizer.Decode(ids.Select(t => (int)t)),
            Url = about.Url,
            Source = about.Source,
            Locator = "",
            Language = about.Language,
            License = about.License,
        };
        return new StageDocument(document, null, part, file, ordinal, ids.Length, about.Validation);
    }

    [GeneratedRegex("^[0-9a-f]{32}$", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}

/// <summary>One document as a stage left it, and where it lies.</summary>
/// <param name="Document">In a token shard without what tokens do not carry; its text is decoded.</param>
/// <param name="Reject">The verdict, when it was dropped.</param>
/// <param name="Part">The part that holds it.</param>
/// <param name="File">The file of the part.</param>
/// <param name="Row">The row in the file, from 0.</param>
/// <param name="Tokens">How many tokens it has, in a token shard.</param>
/// <param name="Validation">Whether it is held out from training, in a token shard.</param>
public sealed record StageDocument(Document Document, Reject? Reject, Manifest Part, ManifestFile File, long Row, int? Tokens, bool Validation);
