using System.Text;
using CorpusForge.Runs;

namespace CorpusForge.Read;

/// <summary>Reads the rows of a list of captioned images: JSON Lines when it begins with a brace, else CSV or TSV with a header.</summary>
/// <remarks>
/// May be compressed. After each row <paramref name="columns"/> hold its values; rows count from 0, a header does not count.
/// Of a CSV file bytes that are not UTF-8 become replacement characters.
/// </remarks>
internal sealed class CaptionList(InputFile file, Columns columns)
{
    private const int MaxLineBytes = 4 << 20;

    /// <exception cref="InputException">The list is damaged.</exception>
    /// <exception cref="PipelineException">The header lacks a column.</exception>
    public IEnumerable<(long Row, Verdict Verdict)> Rows(IStorage storage)
    {
        var (content, raw) = Compressed.Open(storage, file.Path);
        using var text = new StreamReader(content);
        return Guard(raw, text.Peek) == '{' ? JsonRows(storage) : CsvRows(storage);
    }

    private IEnumerable<(long Row, Verdict Verdict)> JsonRows(IStorage storage)
    {
        var (content, raw) = Compressed.Open(storage, file.Path);
        using var lines = new LineReader(content, MaxLineBytes);
        while (Guard(raw, lines.Next))
        {
            if (lines.IsBlank)
                continue;
            var verdict = Verdict.Keep.AtMost("line-too-long", lines.Length, MaxLineBytes);
            yield return (lines.Row, verdict.Kept ? JsonLine.Read(lines.WithoutMark, columns) : verdict);
        }
    }

    private IEnumerable<(long Row, Verdict Verdict)> CsvRows(IStorage storage)
    {
        var (content, raw) = Compressed.Open(storage, file.Path);
        using var text = new StreamReader(content, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 1 << 16);
        var header = Guard(raw, text.ReadLine) ?? "";
        var separator = header.Contains('\t') ? '\t' : ',';
        var names = new CsvReader(new StringReader(header), separator).Next() ?? [];
        var places = Array.ConvertAll(columns.Names, n => n is null ? -1 : names.IndexOf(n));
        if (names.Count > 0 && columns.Needed.FirstOrDefault(n => !names.Contains(n)) is { } missing)
            throw new PipelineException($"{file.Path} has no column '{missing}'; it has: {string.Join(", ", names)}");
        var records = new CsvReader(text, separator);
        for (var row = 0L; Guard(raw, records.Next) is { } fields; row++)
        {
            columns.Clear();
            for (var i = 0; i < places.Length; i++)
                columns.Values[i] = places[i] >= 0 && places[i] < fields.Count && fields[places[i]].Length > 0 ? fields[places[i]] : null;
            if (columns.Values[0] is { } caption)
                columns.TextBytes = Encoding.UTF8.GetBytes(caption);
            yield return (row, Verdict.Keep.Never("no-text", columns.TextBytes is null));
        }
    }

    private T Guard<T>(Stream raw, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException)
        {
            throw new InputException(file.Name, raw.Position, e.Message, e);
        }
    }
}
