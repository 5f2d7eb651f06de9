using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using CorpusForge.Runs;
using CorpusForge.Settings;
using Parquet;
using Parquet.Schema;

namespace CorpusForge.Read;

/// <summary>Parquet files, one document a row.</summary>
/// <remarks>
/// A slice is a run of row groups of <see cref="Slice.TargetBytes"/> compressed, at least one; one row group at a time is in memory. The locator
/// counts rows of the file from 0. The text must be a string column; other columns may also be numbers or booleans. Invalid UTF-8 arrives
/// with replacement characters, because that is how the reader decodes it. Dropped rows: `no-text`.
/// </remarks>
public sealed record ParquetSource : ISource
{
    // The length of the footer and the magic.
    private const int TailBytes = 8;
    private static readonly ParquetSource s_default = new();

    // 2: every id of the SPDX licence list is known.
    public int Version => 2;

    public string? Id { get; init; }

    /// <summary>Files, folders or glob patterns.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>The column that holds the text; a row where it is null is dropped as `no-text`.</summary>
    public string Text { get; init; } = "text";

    /// <summary>The column of the id that the input brings; the default may be missing.</summary>
    public string SourceId { get; init; } = "id";

    /// <summary>The default may be missing.</summary>
    public string Url { get; init; } = "url";

    public string? Title { get; init; }
    public string? Language { get; init; }

    /// <summary>The column of the licence, an SPDX expression; any other value is kept as evidence only.</summary>
    public string? License { get; init; }

    /// <summary>Further columns to carry along.</summary>
    public IReadOnlyList<string> Metadata { get; init; } = [];

    /// <summary>What the documents are.</summary>
    public Kind Kind { get; init; } = Kind.Text;

    /// <summary>What the text column holds; `text/html` sends it through the HTML extractor.</summary>
    public string MediaType { get; init; } = "text/plain";

    public string? Problem => Kind == Kind.Text ? FileMediaType.Problem(MediaType) : null;
    public bool BringsLanguage => Language is not null;

    public IEnumerable<Slice> Plan(Inputs inputs) => inputs.Glob(Paths).SelectMany(file => Cut(file, inputs.Storage));

    private List<Slice> Cut(InputFile file, IStorage storage)
    {
        using var stream = file.OpenRead(storage);
        var parquet = Open(file, stream);
        _ = FieldsOf(parquet.Schema, file, NewColumns());
        var slices = new List<Slice>();
        var (start, bytes) = (0, 0L);
        for (var group = 0; group < parquet.RowGroupCount; group++)
        {
            using var reader = parquet.OpenRowGroupReader(group);
            bytes += reader.RowGroup.TotalCompressedSize ?? reader.RowGroup.TotalByteSize;
            if (bytes < Slice.TargetBytes && group < parquet.RowGroupCount - 1)
                continue;
            slices.Add(new Slice([file], start, group + 1));
            (start, bytes) = (group + 1, 0);
        }
        if (slices.Count == 0)
            slices.Add(new Slice([file], 0, 0));
        return slices;
    }

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader)
    {
        var file = slice.Files[0];
        using var stream = file.OpenRead(reader.Storage);
        var parquet = Open(file, stream);
        var columns = NewColumns();
        var fields = FieldsOf(parquet.Schema, file, columns);
        var row = 0L;
        for (var group = 0; group < slice.End; group++)
        {
            reader.Cancel.ThrowIfCancellationRequested();
            using var rows = parquet.OpenRowGroupReader(group);
            if (group < slice.Start)
            {
                row += rows.RowCount;
                continue;
            }
            var values = Guard(file, stream, () => Array.ConvertAll(fields, f => f is null ? null : ReadColumn(rows, f)));
            for (var i = 0; i < rows.RowCount; i++)
                yield return Row(values, i, columns, new RawDocument { Kind = Kind, Source = reader.Source, Locator = $"{file.Name}@{row++}" });
        }
    }

    private RawDocument Row(string?[]?[] values, int row, Columns columns, RawDocument raw)
    {
        columns.Clear();
        if (values[0]![row] is not { } text)
            return raw with { Verdict = Verdict.Drop("no-text") };
        columns.TextBytes = Encoding.UTF8.GetBytes(text);
        for (var i = 1; i < values.Length; i++)
            columns.Values[i] = values[i]?[row];
        return columns.Fill(raw with { MediaType = MediaType });
    }

    private Columns NewColumns() => new("parquet", Text, SourceId, Url, Title, Language, License, Metadata);

    private static DataField?[] FieldsOf(ParquetSchema schema, InputFile file, Columns columns)
    {
        var known = schema.DataFields;
        return Array.ConvertAll(columns.Names, name =>
        {
            if (name is null)
                return null;
            var field = known.FirstOrDefault(f => f.Path.ToString() == name);
            if (field is null && (name == s_default.SourceId || name == s_default.Url))
                return null;
            if (field is null)
                throw new PipelineException($"{file.Path} has no column '{name}'; it has: {string.Join(", ", known.Select(f => f.Path.ToString()))}");
            var text = name == columns.Names[0];
            if (field.MaxRepetitionLevel > 0 || !(IsString(field) || (!text && IsScalar(field.ClrType))))
                throw new PipelineException($"{file.Path}: column '{name}' is {(field.MaxRepetitionLevel > 0 ? "a list of " : "")}{field.ClrType.Name}; "
                    + (text ? "the text must be a string column" : "expected a column of strings, numbers or booleans"));
            return field;
        });
    }

    private static bool IsString(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private static bool IsScalar(Type type) =>
        type == typeof(int) || type == typeof(long) || type == typeof(float) || type == typeof(double) || type == typeof(bool);

    private static string?[] ReadColumn(ParquetRowGroupReader rows, DataField field)
    {
        if (IsString(field))
        {
            var strings = new string?[rows.RowCount];
            Wait(rows.ReadAsync(field, strings.AsMemory()));
            return strings;
        }
        return field.ClrType == typeof(int) ? Format<int>(rows, field)
            : field.ClrType == typeof(long) ? Format<long>(rows, field)
            : field.ClrType == typeof(float) ? Format<float>(rows, field)
            : field.ClrType == typeof(double) ? Format<double>(rows, field)
            : Format<bool>(rows, field);
    }

    private static string?[] Format<T>(ParquetRowGroupReader rows, DataField field) where T : struct, IConvertible
    {
        var values = new T?[rows.RowCount];
        if (field.IsNullable)
        {
            Wait(rows.ReadAsync(field, values.AsMemory()));
        }
        else
        {
            var plain = new T[rows.RowCount];
            Wait(rows.ReadAsync<T>(field, plain.AsMemory()));
            values = Array.ConvertAll(plain, v => (T?)v);
        }
        return Array.ConvertAll(values, v => v is bool b ? (b ? "true" : "false") : v?.ToString(CultureInfo.InvariantCulture));
    }

    private static ParquetReader Open(InputFile file, Stream stream) => Guard(file, stream, () =>
    {
        // The reader asks for as much memory as the file says that its footer takes.
        Span<byte> tail = stackalloc byte[TailBytes];
        stream.Position = Math.Max(0, stream.Length - TailBytes);
        stream.ReadAtLeast(tail, TailBytes, throwOnEndOfStream: false);
        var footer = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (stream.Length >= TailBytes && footer > stream.Length - TailBytes)
            throw new InvalidDataException(tail.EndsWith("PAR1"u8) ? $"the footer would have {footer:N0} bytes, more than the file" : "the file does not end as Parquet");
        stream.Position = 0;
        return Wait(ParquetReader.CreateAsync(stream));
    });

    // The reader throws whatever comes up (index, null, format) on damaged files, so all of it means damage here.
    private static T Guard<T>(InputFile file, Stream stream, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OperationCanceledException and not PipelineException and not OutOfMemoryException)
        {
            throw new InputException(file.Name, stream.CanSeek ? stream.Position : 0, $"this cannot be read as Parquet: {e.Message}", e);
        }
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
