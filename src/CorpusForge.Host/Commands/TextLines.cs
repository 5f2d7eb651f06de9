using System.Text;
using System.Text.Json;

namespace CorpusForge.Host.Commands;

/// <summary>Reads lines of UTF-8 from a stream, each as bytes that are there until the next is asked for.</summary>
internal sealed class TextLines(Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end; false where there is none.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        for (var searched = _start; ;)
        {
            if (_buffer.AsSpan(searched.._end).IndexOf((byte)'\n') is var found and >= 0)
            {
                line = Line(searched + found);
                _start = searched + found + 1;
                return true;
            }
            if (_ended)
            {
                line = Line(_end);
                var any = _start < _end;
                _start = _end;
                return any;
            }
            searched = _end - _start;
            Fill();
        }
    }

    private ReadOnlySpan<byte> Line(int end)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start..end);
        if (++Number == 1 && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    // What there is of the next line moves to the front.
    private void Fill()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, Array.MaxLength));
        if (_end == _buffer.Length)
            throw new PipelineException($"line {Number + 1} is longer than {Array.MaxLength:N0} bytes");
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        (_end, _ended) = (_end + read, read == 0);
    }
}

/// <summary>The text of lines such as {"text": "…"}, as UTF-8; half of a surrogate pair is U+FFFD.</summary>
internal sealed class JsonText
{
    private byte[] _unescaped = [];

    /// <summary>The text of a line, until the next is read; null says that it is no such line.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line, out bool found)
    {
        ReadOnlySpan<byte> text = default;
        found = false;
        var json = new Utf8JsonReader(line);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return default;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var asked = json.ValueTextEquals("text"u8);
                json.Read();
                if (asked)
                {
                    found = json.TokenType == JsonTokenType.String;
                    text = !found ? default : json.ValueIsEscaped ? Unescape(json.ValueSpan) : json.ValueSpan;
                }
                json.Skip();
            }
            // Nothing behind the object either.
            found &= !json.Read();
        }
        catch (JsonException)
        {
            found = false;
        }
        return text;
    }

    // The reader has seen that every escape is well formed.
    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> text)
    {
        if (_unescaped.Length < text.Length)
            _unescaped = new byte[text.Length + (text.Length / 2)];
        var count = 0;
        while (text.IndexOf((byte)'\\') is var at and >= 0)
        {
            text[..at].CopyTo(_unescaped.AsSpan(count));
            count += at;
            var escape = text[at + 1];
            var rune = new Rune(escape switch { (byte)'n' => '\n', (byte)'t' => '\t', (byte)'r' => '\r', (byte)'b' => '\b', (byte)'f' => '\f', _ => (char)escape });
            text = text[(at + 2)..];
            if (escape == 'u')
                rune = Unit(ref text);
            count += rune.EncodeToUtf8(_unescaped.AsSpan(count));
        }
        text.CopyTo(_unescaped.AsSpan(count));
        return _unescaped.AsSpan(0, count + text.Length);
    }

    private static Rune Unit(ref ReadOnlySpan<byte> text)
    {
        var unit = Hex(text);
        text = text[4..];
        if (!char.IsSurrogate(unit))
            return new Rune(unit);
        if (char.IsHighSurrogate(unit) && text.StartsWith("\\u"u8) && Hex(text[2..]) is var low && char.IsLowSurrogate(low))
        {
            text = text[6..];
            return new Rune(unit, low);
        }
        return Rune.ReplacementChar;
    }

    private static char Hex(ReadOnlySpan<byte> digits) => (char)ushort.Parse(digits[..4], System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
}
