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
        var schema = new ParquetSchema(columns.Select(c => c.Type == typeof(string) ? new DataField<string>(c.Name)
            : c.Type == typeof(int) ? new DataField<int?>(c.Name)
            : c.Type == typeof(int[]) ? (Field)new ListField(c.Name, new DataField<int>("element")) : new DataField<double?>(c.Name)));
        var fields = schema.GetDataFields();
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = System.IO.Compression.CompressionLevel.Fastest };
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, options, cancellationToken: cancel);
        var group = new List<ExportRow>();
        var chars = 0L;
        foreach (var row in rows)
        {
            group.Add(row);
            chars += row.Weight;
            if (group.Count < GroupRows && chars < GroupChars)
                continue;
            await WriteGroup(writer, fields, columns, group, cancel);
            group.Clear();
            chars = 0;
        }
        if (group.Count > 0)
            await WriteGroup(writer, fields, columns, group, cancel);
    }

    // A level says of each number that it is there, and of a list that it is there and empty; another that it goes on with the list before it.
    private static async Task WriteLists(ParquetRowGroupWriter group, DataField field, int[][] lists, CancellationToken cancel)
    {
        var (levels, repeated) = (new List<int>(), new List<int>());
        foreach (var list in lists)
        {
            levels.AddRange(Enumerable.Repeat(list.Length == 0 ? field.MaxDefinitionLevel - 1 : field.MaxDefinitionLevel, Math.Max(1, list.Length)));
            repeated.Add(0);
            repeated.AddRange(Enumerable.Repeat(1, Math.Max(0, list.Length - 1)));
        }
        await group.WriteAllPartsAsync<int>(field, lists.SelectMany(l => l).ToArray(), levels.ToArray(), repeated.ToArray(), cancel);
    }

    private static async Task WriteGroup(
        ParquetWriter writer, DataField[] fields, IReadOnlyList<ExportColumn> columns, List<ExportRow> rows, CancellationToken cancel)
    {
        using var group = writer.CreateRowGroup();
        for (var i = 0; i < fields.Length; i++)
        {
            var values = rows.Select(columns[i].Value);
            if (columns[i].Type == typeof(string))
                await group.WriteAsync(fields[i], (IReadOnlyCollection<string>)[.. values.Select(v => (string?)v!)]);
            else if (columns[i].Type == typeof(int[]))
                await WriteLists(group, fields[i], [.. values.Select(v => (int[])v!)], cancel);
            else if (columns[i].Type == typeof(int))
                await group.WriteAsync<int>(fields[i], (ReadOnlyMemory<int?>)values.Select(v => (int?)v).ToArray(), cancellationToken: cancel);
            else
                await group.WriteAsync<double>(fields[i], (ReadOnlyMemory<double?>)values.Select(v => (double?)v).ToArray(), cancellationToken: cancel);
        }
    }
}
