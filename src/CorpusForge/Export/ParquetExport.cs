using Parquet;
using Parquet.Schema;

namespace CorpusForge.Export;

/// <summary>Writes rows as Parquet: zstd, row groups of at most 10,000 rows or 64 MB of text.</summary>
internal static class ParquetExport
{
    private const int GroupRows = 10_000;
    private const long GroupChars = 32 << 20;

    public static async Task Write(Stream stream, IReadOnlyList<ExportColumn> columns, IEnumerable<ExportRow> rows, CancellationToken cancel)
    {
        DataField[] fields =
        [
            .. columns.Select(c => c.Type == typeof(string) ? new DataField<string>(c.Name)
                : c.Type == typeof(int) ? (DataField)new DataField<int?>(c.Name) : new DataField<double?>(c.Name)),
        ];
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = System.IO.Compression.CompressionLevel.Fastest };
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, options, cancellationToken: cancel);
        var group = new List<ExportRow>();
        var chars = 0L;
        foreach (var row in rows)
        {
            group.Add(row);
            chars += row.Document.Text.Length + (row.Tokens?.Length ?? 0);
            if (group.Count < GroupRows && chars < GroupChars)
                continue;
            await WriteGroup(writer, fields, columns, group);
            group.Clear();
            chars = 0;
        }
        if (group.Count > 0)
            await WriteGroup(writer, fields, columns, group);
    }

    private static async Task WriteGroup(ParquetWriter writer, DataField[] fields, IReadOnlyList<ExportColumn> columns, List<ExportRow> rows)
    {
        using var group = writer.CreateRowGroup();
        for (var i = 0; i < fields.Length; i++)
        {
            var values = rows.Select(columns[i].Value);
            if (columns[i].Type == typeof(string))
                await group.WriteAsync(fields[i], (IReadOnlyCollection<string>)[.. values.Select(v => (string?)v!)]);
            else if (columns[i].Type == typeof(int))
                await group.WriteAsync<int>(fields[i], (ReadOnlyMemory<int?>)values.Select(v => (int?)v).ToArray());
            else
                await group.WriteAsync<double>(fields[i], (ReadOnlyMemory<double?>)values.Select(v => (double?)v).ToArray());
        }
    }
}
