using System.Collections.Immutable;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace CorpusForge.Runs;

/// <summary>How documents lie on disk between stages: Arrow IPC files, zstd, see `schemas/documents.arrow.json`.</summary>
/// <remarks>
/// Rejects have the same columns and, behind them, the verdict: step, stepVersion, rule, measured, limit. Signal columns
/// (`step.rule`, float64) come last, and only where a stage says `signals: all`.
/// </remarks>
public static class DocumentShard
{
    public const string Format = "corpusforge.documents/1";
    public const int CompressionLevel = 1;

    /// <summary>A batch is written once it holds so much text (UTF-16 bytes) or so many rows.</summary>
    internal const int BatchBytes = 16 << 20;
    internal const int BatchRows = 16_384;

    /// <summary>The columns of every shard, in order.</summary>
    public static IReadOnlyList<Field> Columns { get; } =
    [
        Text("id", nullable: false), Text("sourceId"), Text("kind", nullable: false), Text("text"), Text("url"),
        Text("source", nullable: false), Text("locator", nullable: false), Text("title"), Text("language"), Real("languageScore"),
        Real("toxicity"), Text("license"), Text("licenseEvidence"), Text("consent"), Text("imageSha256"), Text("imageMediaType"),
        Whole("imageWidth"), Whole("imageHeight"), Text("imageShard"), Whole("imageRow"), Text("cluster"), Whole("clusterSize"),
        Text("metadata"),
    ];

    /// <summary>The columns that rejects have besides.</summary>
    public static IReadOnlyList<Field> VerdictColumns { get; } =
    [
        Text("step", nullable: false), new Field("stepVersion", Int32Type.Default, nullable: false), Text("rule", nullable: false),
        new Field("measured", DoubleType.Default, nullable: false), new Field("limit", DoubleType.Default, nullable: false),
    ];

    public static Schema SchemaOf(bool rejects, IEnumerable<string> signals)
    {
        IEnumerable<Field> fields = rejects ? [.. Columns, .. VerdictColumns] : Columns;
        return new Schema(
            [.. fields, .. signals.Select(s => Real(s))],
            new Dictionary<string, string> { ["corpusforge.format"] = rejects ? "corpusforge.rejects/1" : Format });
    }

    /// <summary>Streams the documents of a shard, one batch in memory at a time.</summary>
    public static IEnumerable<Document> Read(Stream stream) => ReadRows(stream).Select(r => r.Document);

    /// <summary>Streams the documents of a shard without text and metadata, each with its text as UTF-8, which is there until the next is asked for.</summary>
    public static IEnumerable<(Document Document, ReadOnlyMemory<byte> Text)> ReadUtf8(Stream stream)
    {
        using var reader = Open(stream);
        while (Next(reader, stream) is { } batch)
        {
            using (batch)
            {
                var columns = ColumnsOf(batch);
                var text = (StringArray)columns["text"];
                var bytes = text.ValueBuffer.Memory;
                columns.Remove("text");
                columns.Remove("metadata");
                for (var i = 0; i < batch.Length; i++)
                    yield return (DocumentOf(new Row(columns, i), [], []), bytes.Slice(text.ValueOffsets[i], text.GetValueLength(i)));
            }
        }
    }

    /// <summary>Streams the rejects of a shard with the verdict that each got.</summary>
    public static IEnumerable<Reject> ReadRejects(Stream stream) => ReadRows(stream).Select(r => RejectOf(r.Document, r.Row));

    /// <summary>Streams what was measured of the documents or rejects of a shard; their text is not decoded.</summary>
    /// <param name="stream">The shard.</param>
    /// <param name="signals">The columns, `step.rule`; one that the shard does not have is null in all rows.</param>
    public static IEnumerable<MeasuredRow> ReadSignals(Stream stream, IReadOnlyList<string> signals)
    {
        using var reader = Open(stream);
        while (Next(reader, stream) is { } batch)
        {
            using (batch)
            {
                var columns = ColumnsOf(batch);
                var measured = signals.Select(s => columns.GetValueOrDefault(s) as DoubleArray).ToArray();
                var text = (StringArray)columns["text"];
                for (var i = 0; i < batch.Length; i++)
                {
                    var row = new Row(columns, i);
                    var rule = row.Text("rule") is { } name ? $"{row.Text("step")}.{name}" : null;
                    yield return new MeasuredRow(row.Text("id")!, KindOf(row.Text("kind")!), text.IsNull(i) ? 0 : text.GetValueLength(i), rule, [.. measured.Select(m => m?.GetValue(i))]);
                }
            }
        }
    }

    /// <summary>The names of the signal columns of a shard; the stream stays open.</summary>
    public static string[] SignalsOf(Stream stream)
    {
        using var reader = Open(stream, leaveOpen: true);
        return [.. reader.Schema.FieldsList.Select(f => f.Name).Where(n => n.Contains('.'))];
    }

    /// <summary>The same of the documents of a part.</summary>
    internal static string[] SignalsOf(UnitWork work, Manifest part)
    {
        using var stream = work.OpenRead(part.Documents!);
        return SignalsOf(stream);
    }

    /// <summary>The rows whose id is asked for, each with its place in the shard and, in rejects, its verdict; other rows cost no more than their id.</summary>
    /// <param name="stream">The shard.</param>
    /// <param name="id">Which ids are asked for.</param>
    /// <param name="column">Asks about this column of text instead; a row that has nothing there is not asked about.</param>
    public static IEnumerable<(long Row, Document Document, Reject? Reject)> Find(Stream stream, Func<string, bool> id, string column = "id") =>
        ReadRows(stream, id, column).Select(r => (r.Ordinal, r.Document, r.Row.Text("rule") is null ? null : RejectOf(r.Document, r.Row)));

    private static Reject RejectOf(Document document, Row row) => new(
        document, row.Text("step")!, (int)row.Whole("stepVersion")!, row.Text("rule")!, row.Real("measured")!.Value, row.Real("limit")!.Value);

    private static IEnumerable<(Document Document, Row Row, long Ordinal)> ReadRows(Stream stream, Func<string, bool>? id = null, string column = "id")
    {
        var before = 0L;
        using var reader = Open(stream);
        while (Next(reader, stream) is { } batch)
        {
            using (batch)
            {
                var columns = ColumnsOf(batch);
                string[] names = [.. columns.Keys.Where(k => k.Contains('.'))];
                DoubleArray[] signals = [.. names.Select(n => (DoubleArray)columns[n])];
                for (var i = 0; i < batch.Length; i++)
                {
                    var row = new Row(columns, i);
                    if (id is null || (row.Text(column) is { } asked && id(asked)))
                        yield return (DocumentOf(row, names, signals), row, before + i);
                }
                before += batch.Length;
            }
        }
    }

    /// <exception cref="InputException">The stream holds no whole Arrow file.</exception>
    private static ArrowFileReader Open(Stream stream, bool leaveOpen = false)
    {
        var reader = new ArrowFileReader(stream, allocator: null, new CompressionCodecFactory(), leaveOpen);
        try
        {
            _ = reader.Schema;
            return reader;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            reader.Dispose();
            throw new InputException((stream as FileStream)?.Name ?? "a shard", 0, "this is no whole Arrow file: it was cut off, or is something else", e);
        }
    }

    // Arrow reports damage with whatever its parser or codec ran into.
    private static RecordBatch? Next(ArrowFileReader reader, Stream stream)
    {
        try
        {
            return reader.ReadNextRecordBatch();
        }
        catch (Exception e) when (e is not (IOException or OutOfMemoryException))
        {
            throw new InputException((stream as FileStream)?.Name ?? "a shard", 0, "this Arrow file is damaged", e);
        }
    }

    private static Dictionary<string, IArrowArray> ColumnsOf(RecordBatch batch)
    {
        var columns = new Dictionary<string, IArrowArray>(StringComparer.Ordinal);
        for (var i = 0; i < batch.ColumnCount; i++)
            columns[batch.Schema.GetFieldByIndex(i).Name] = batch.Column(i);
        return columns;
    }

    private static Document DocumentOf(Row row, string[] names, DoubleArray[] signals) => new()
    {
        Id = row.Text("id")!,
        SourceId = row.Text("sourceId"),
        Kind = KindOf(row.Text("kind")!),
        Text = row.Text("text") ?? "",
        Url = row.Text("url"),
        Source = row.Text("source")!,
        Locator = row.Text("locator")!,
        Title = row.Text("title"),
        Language = row.Text("language"),
        LanguageScore = row.Real("languageScore"),
        Toxicity = row.Real("toxicity"),
        License = row.Text("license"),
        LicenseEvidence = row.Text("licenseEvidence"),
        Consent = row.Text("consent"),
        Image = row.Text("imageSha256") is not { } sha ? null : new Image
        {
            Sha256 = sha,
            MediaType = row.Text("imageMediaType")!,
            Width = (int)row.Whole("imageWidth")!,
            Height = (int)row.Whole("imageHeight")!,
            Shard = row.Text("imageShard"),
            Row = (int)(row.Whole("imageRow") ?? 0),
        },
        Cluster = row.Text("cluster"),
        ClusterSize = (int?)row.Whole("clusterSize"),
        Metadata = row.Text("metadata") is not { } json
            ? Document.NoMetadata
            : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Signals = names.Length == 0 ? SignalValues.None : new SignalValues(names, [.. signals.Select(s => s.GetValue(row.Index))]),
    };

    public static string NameOf(Kind kind) => kind switch { Kind.Text => "text", Kind.Code => "code", _ => "caption" };

    public static Kind KindOf(string name) =>
        name switch { "text" => Kind.Text, "code" => Kind.Code, "caption" => Kind.Caption, _ => throw new InvalidDataException($"no kind '{name}'") };

    private static Field Text(string name, bool nullable = true) => new(name, StringType.Default, nullable);

    private static Field Real(string name) => new(name, DoubleType.Default, nullable: true);

    private static Field Whole(string name) => new(name, Int32Type.Default, nullable: true);

    private readonly record struct Row(Dictionary<string, IArrowArray> Columns, int Index)
    {
        public string? Text(string name) => Columns.TryGetValue(name, out var c) ? ((StringArray)c).GetString(Index) : null;

        public double? Real(string name) => Columns.TryGetValue(name, out var c) ? ((DoubleArray)c).GetValue(Index) : null;

        public long? Whole(string name) => Columns.TryGetValue(name, out var c) ? ((Int32Array)c).GetValue(Index) : null;
    }
}

/// <summary>What a stage measured of one document, and how it decided.</summary>
/// <param name="Id">Of the document.</param>
/// <param name="Kind">Of the document.</param>
/// <param name="Bytes">Of its text in UTF-8.</param>
/// <param name="Rule">The rule that dropped it, `step.rule`; null where it was kept.</param>
/// <param name="Values">Of the signals that were asked for, in their order.</param>
public sealed record MeasuredRow(string Id, Kind Kind, long Bytes, string? Rule, IReadOnlyList<double?> Values);

/// <summary>A dropped document and why: the step and its version, the rule, what was measured and the limit.</summary>
public sealed record Reject(Document Document, string Step, int StepVersion, string Rule, double Measured, double Limit);
