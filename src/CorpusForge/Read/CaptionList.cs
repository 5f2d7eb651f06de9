using System.Text;
using System.Text.Unicode;
using CorpusForge.Runs;

namespace CorpusForge.Read;

/// <summary>Reads the rows of a list of captioned images: JSON Lines, or CSV or TSV with a header, by extension, else JSON Lines when it begins with a brace.</summary>
/// <remarks>May be compressed. After each row <paramref name="columns"/> hold its values; rows count from 0, a header does not count.</remarks>
internal sealed class CaptionList(InputFile file, Columns columns)
{
    private const int MaxLineBytes = 4 << 20;

    // The byte order mark of UTF-8, one character a byte.
    private const string Mark = "\u00EF\u00BB\u00BF";

    /// <exception cref="InputException">The list is damaged.</exception>
    /// <exception cref="PipelineException">The header lacks a column.</exception>
    public IEnumerable<(long Row, Verdict Verdict)> Rows(IStorage storage) => Extension switch
    {
        ".jsonl" or ".ndjson" or ".json" => JsonRows(storage),
        ".csv" or ".tsv" => CsvRows(storage),
        _ => BeginsWithBrace(storage) ? JsonRows(storage) : CsvRows(storage),
    };

    private string Extension
    {
        get
        {
            var extension = Path.GetExtension(file.Name);
            return (extension is ".gz" or ".zst" ? Path.GetExtension(Path.GetFileNameWithoutExtension(file.Name)) : extension).ToLowerInvariant();
        }
    }

    private bool BeginsWithBrace(IStorage storage)
    {
        var (content, raw) = Compressed.Open(storage, file);
        using var text = new StreamReader(content);
        var first = Guard(raw, text.Read);
        while (first is ' ' or '\t' or '\r' or '\n')
            first = Guard(raw, text.Read);
        return first == '{';
    }

    private IEnumerable<(long Row, Verdict Verdict)> JsonRows(IStorage storage)
    {
        var (content, raw) = Compressed.Open(storage, file);
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
        var (content, raw) = Compressed.Open(storage, file);
        // One character a byte, so that a field that is not UTF-8 is seen and not patched.
        using var text = new StreamReader(content, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 1 << 16);
        var header = Guard(raw, text.ReadLine);
        while (header is "" or Mark)
            header = Guard(raw, text.ReadLine);
        header = header is not null && header.StartsWith(Mark, StringComparison.Ordinal) ? header[Mark.Length..] : header ?? "";
        var separator = header.Contains('\t') ? '\t' : ',';
        var names = (Guard(raw, new CsvReader(new StringReader(header), separator).Next) ?? []).ConvertAll(n => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(n)));
        var places = Array.ConvertAll(columns.Names, n => n is null ? -1 : names.IndexOf(n));
        if (names.Count > 0 && columns.Needed.FirstOrDefault(n => !names.Contains(n)) is { } missing)
            throw new PipelineException($"{file.Path} has no column '{missing}'; it has: {string.Join(", ", names)}");
        var records = new CsvReader(text, separator);
        for (var row = 0L; Guard(raw, records.Next) is { } fields; row++)
        {
            columns.Clear();
            var valid = true;
            for (var i = 0; i < places.Length; i++)
            {
                if (places[i] < 0 || places[i] >= fields.Count || fields[places[i]].Length == 0)
                    continue;
                var bytes = Encoding.Latin1.GetBytes(fields[places[i]]);
                valid &= Utf8.IsValid(bytes);
                columns.Values[i] = Encoding.UTF8.GetString(bytes);
                if (i == 0)
                    columns.TextBytes = bytes;
            }
            yield return (row, Verdict.Keep.Never("invalid-utf8", !valid).Never("no-text", columns.TextBytes is null));
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
