using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Export;

/// <summary>Writes a finished stage for the rest of the world.</summary>
/// <remarks>JSON Lines and Parquet have a file a part and the rejects beside them; the other formats are what other programs read, without rejects.</remarks>
public static class StageExport
{
    public static IReadOnlyList<string> Formats { get; } = ["jsonl", "parquet", "huggingface", "mds", "webdataset", "megatron", "nanogpt", "llmc"];

    /// <param name="storage">What the folder lies in.</param>
    /// <param name="name">The name of a folder with a `stage.json`.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="to">The folder to write into; files of the same name are replaced, others of an earlier export refused.</param>
    /// <param name="progress">Called with the share done, 0 to 1.</param>
    /// <param name="cancel">Stops between parts.</param>
    /// <returns>Rows written: documents, rejects.</returns>
    /// <exception cref="PipelineException">The folder holds no finished stage of documents or tokens.</exception>
    public static async Task<(long Documents, long Rejects)> Write(IStorage storage, string name, string format, string to, Action<double> progress, CancellationToken cancel)
    {
        var parts = StageFolder.Open(storage, name).Parts;
        if (!parts.SelectMany(p => p.Files).Any(f => f.Role is Roles.Documents or Roles.Rejects or Roles.Tokens) && parts.Count > 0)
            throw new PipelineException($"{name}: there are neither documents nor tokens in this stage; export the folder of a stage that has them");
        if (format is not ("jsonl" or "parquet"))
        {
            using var files = new ExportFolder(to);
            var written = await WriteOther(storage, parts, format, name, files, progress, cancel);
            files.Publish();
            return (written, 0);
        }
        ExportFolder.RefuseOthers(to, [.. parts.SelectMany(p => new[] { NameOf(p, Roles.Documents), NameOf(p, Roles.Rejects) })]);
        var (documents, rejects) = (0L, 0L);
        for (var i = 0; i < parts.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var file in parts[i].Files)
            {
                if (RowsOf(storage, file) is not { } rows)
                    continue;
                var target = Path.Combine(to, NameOf(parts[i], file.Role));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                await WriteFile(target, format, ExportRow.Columns(file.Role), rows, cancel);
                if (file.Role == Roles.Rejects)
                    rejects += file.Rows;
                else
                    documents += file.Rows;
            }
            progress((i + 1.0) / parts.Count);
        }
        return (documents, rejects);

        string NameOf(Manifest part, string role) => Path.Combine(role == Roles.Rejects ? "rejects" : "", $"part-{part.Unit}.{format}");
    }

    private static async Task<long> WriteOther(
        IStorage storage, IReadOnlyList<Manifest> parts, string format, string name, ExportFolder folder, Action<double> progress, CancellationToken cancel)
    {
        var role = parts.SelectMany(p => p.Files).Any(f => f.Role == Roles.Tokens) ? Roles.Tokens : Roles.Documents;
        if (format is "megatron" or "nanogpt" or "llmc" && role != Roles.Tokens)
            throw new PipelineException($"{name}: the format {format} is of tokens; export the folder of a stage tokenize");
        if (format == "webdataset" && role == Roles.Tokens)
            throw new PipelineException($"{name}: the format webdataset is of documents; export the folder of the stage before tokenize");
        var files = parts.SelectMany(p => p.Files).Where(f => f.Role == role).ToArray();
        var tokens = new Dictionary<string, TokenFiles>(StringComparer.Ordinal);
        var mds = new Dictionary<string, MdsFiles>(StringComparer.Ordinal);
        using var tar = new WebDatasetFiles(folder);
        var huggingFace = new HuggingFaceFiles(folder, name, ExportRow.Columns(role), cancel);
        using var images = new ImageLookup(shard => storage.OpenRead($"images/{shard}"));
        var documents = 0L;
        for (var i = 0; i < files.Length; i++)
        {
            if (format == "huggingface" || role == Roles.Documents)
            {
                foreach (var row in RowsOf(storage, files[i])!)
                {
                    cancel.ThrowIfCancellationRequested();
                    documents++;
                    if (format == "huggingface")
                        await huggingFace.Add(row, row.Document.Metadata.GetValueOrDefault("validation") == "true" ? "validation" : "train");
                    else if (format == "mds")
                        Mds("train", "text").Add(row.Document.Id, System.Text.Encoding.UTF8.GetBytes(row.Document.Text));
                    else
                        tar.Add(row, ExportRow.Columns(role), row.Document.Image is { Shard: { } shard } image ? images.Find(shard, image.Row).Span : []);
                }
            }
            else
                documents += AddTokens(RecordedFile.LocalPath(storage, files[i].Name, files[i]));
            progress((i + 1.0) / files.Length);
        }
        foreach (var split in tokens.Values)
            split.Close();
        foreach (var split in mds.Values)
            split.Close();
        tar.Dispose();
        if (format == "huggingface")
            await huggingFace.Close();
        return documents;

        MdsFiles Mds(string split, string column) => mds.TryGetValue(split, out var known) ? known : mds[split] = new MdsFiles(folder, split, column);

        TokenFiles Tokens(string split, TokenShardInfo info) => tokens.TryGetValue(split, out var known) ? known : tokens[split] = format switch
        {
            "megatron" => new MegatronFiles(folder, info, split),
            "nanogpt" => new NanoGptFiles(folder, info, split),
            _ => new LlmcFiles(folder, info, split),
        };

        long AddTokens(string path)
        {
            using var reader = TokenShardReader.Open(path);
            foreach (var batch in reader.Batches)
            {
                for (var row = 0; row < batch.Rows; row++)
                {
                    cancel.ThrowIfCancellationRequested();
                    var ids = new long[batch.Length(row)];
                    batch.CopyTo(row, 0, ids);
                    var split = batch.Validation(row) ? "validation" : "train";
                    if (format == "mds")
                        Mds(split, "tokens").Add(batch.Id(row), System.Runtime.InteropServices.MemoryMarshal.AsBytes(ids.AsSpan()));
                    else
                        Tokens(split, reader.Info).Add(ids);
                }
            }
            return reader.Rows;
        }
    }

    private static IEnumerable<ExportRow>? RowsOf(IStorage storage, ManifestFile file) => file.Role switch
    {
        Roles.Documents => DocumentShard.Read(RecordedFile.OpenRead(storage, file.Name, file)).Select(d => new ExportRow(d, null, [])),
        Roles.Rejects => DocumentShard.ReadRejects(RecordedFile.OpenRead(storage, file.Name, file)).Select(r => new ExportRow(r.Document, r, [])),
        Roles.Tokens => ExportRow.OfTokens(storage, file),
        _ => null,
    };

    private static async Task WriteFile(string target, string format, IReadOnlyList<ExportColumn> columns, IEnumerable<ExportRow> rows, CancellationToken cancel)
    {
        var temporary = target + ".tmp";
        await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 16))
        {
            if (format == "parquet")
                await ParquetExport.Write(stream, columns, rows, cancel);
            else
                WriteLines(stream, columns, rows);
        }
        File.Move(temporary, target, overwrite: true);
    }

    private static void WriteLines(Stream stream, IReadOnlyList<ExportColumn> columns, IEnumerable<ExportRow> rows)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = Manifest.Json.Encoder, SkipValidation = true });
        foreach (var row in rows)
        {
            json.WriteStartObject();
            foreach (var column in columns)
            {
                json.WritePropertyName(column.Name);
                switch (column.Value(row))
                {
                    case string text when column.Name is "metadata" or "signals" or "validation": json.WriteRawValue(text); break;
                    case string text: json.WriteStringValue(text); break;
                    case int number: json.WriteNumberValue(number); break;
                    case int[] numbers: json.WriteRawValue($"[{string.Join(',', numbers)}]"); break;
                    case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
                    default: json.WriteNullValue(); break;
                }
            }
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            stream.WriteByte((byte)'\n');
        }
    }
}
