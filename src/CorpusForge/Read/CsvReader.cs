using System.Text;

namespace CorpusForge.Read;

/// <summary>Reads records of separated values one at a time.</summary>
/// <remarks>
/// RFC 4180, with any line end, and a quote inside an unquoted field taken as it is. A record longer than
/// <see cref="MaxRecordChars"/>, or a quote that is never closed, throws <see cref="InvalidDataException"/>.
/// </remarks>
internal sealed class CsvReader(TextReader text, char separator = ',')
{
    public const int MaxRecordChars = 4 << 20;

    private readonly StringBuilder _field = new();

    /// <summary>The fields of the next record, or null at the end. Blank lines are no records.</summary>
    public List<string>? Next()
    {
        while (text.Peek() is '\r' or '\n')
            text.Read();
        if (text.Peek() < 0)
            return null;
        var fields = new List<string>();
        var length = 0;
        do
        {
            fields.Add(ReadField(ref length));
        }
        while (text.Peek() == separator && text.Read() >= 0);
        return fields;
    }

    private string ReadField(ref int length)
    {
        _field.Clear();
        var quoted = text.Peek() == '"';
        if (quoted)
            text.Read();
        while (true)
        {
            if (++length > MaxRecordChars)
                throw new InvalidDataException($"a record has more than {MaxRecordChars:N0} characters; is a quote never closed?");
            var next = text.Peek();
            if (next < 0 && quoted)
                throw new InvalidDataException("a quote is never closed");
            if (next < 0 || (!quoted && (next == separator || next is '\r' or '\n')))
                return _field.ToString();
            text.Read();
            if (!quoted || next != '"')
                _field.Append((char)next);
            else if (text.Peek() == '"')
                _field.Append((char)text.Read());
            else
                quoted = false;
        }
    }
}
