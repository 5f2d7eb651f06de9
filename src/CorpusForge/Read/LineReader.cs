using System.Buffers;

namespace CorpusForge.Read;

/// <summary>Cuts a stream into lines without holding more than one of them.</summary>
/// <remarks>A line ends at a line feed or at the end of the stream; a carriage return before the feed belongs to no line.</remarks>
internal sealed class LineReader(Stream stream, int maxLineBytes, long offset = 0) : IDisposable
{
#if DEBUG
    private const int FirstBuffer = 16;
#else
    private const int FirstBuffer = 1 << 17;
#endif
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _next;
    private int _end;
    private int _lineStart;
    private int _lineLength;
    private bool _over;
    private long _position = offset;

    /// <summary>Where the line starts in the stream.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Counts from 0; blank lines count.</summary>
    public long Row { get; private set; } = -1;

    /// <summary>The length of the whole line, also where <see cref="Line"/> is cut.</summary>
    public long Length { get; private set; }

    public bool TooLong => Length > maxLineBytes;

    /// <summary>Valid until the next line is read; empty for a line that is too long.</summary>
    public ReadOnlySpan<byte> Line => TooLong ? [] : _buffer.AsSpan(_lineStart, _lineLength);

    /// <summary>The line without the byte order mark that a file may begin with.</summary>
    public ReadOnlySpan<byte> WithoutMark => Offset == 0 && Line.StartsWith("\uFEFF"u8) ? Line[3..] : Line;

    public bool IsBlank => !TooLong && WithoutMark.IndexOfAnyExcept(" \t\r"u8) < 0;

    public bool Next()
    {
        Offset = _position;
        Row++;
        var searched = 0;
        var dropped = 0L;
        while (true)
        {
            var found = _buffer.AsSpan(_next + searched, _end - _next - searched).IndexOf((byte)'\n');
            if (found >= 0)
                return Take(searched + found, 1, dropped);
            searched = _end - _next;
            // What is over the limit, and a carriage return after it, is counted and thrown away, but for the last byte: it may be that carriage return.
            if (searched > (long)maxLineBytes + 1)
            {
                dropped += searched - 1;
                _next = _end - 1;
                searched = 1;
            }
            if (!Fill())
                return searched + dropped > 0 && Take(searched, 0, dropped);
        }
    }

    private bool Take(int length, int feed, long dropped)
    {
        _position += dropped + length + feed;
        _lineStart = _next;
        _next += length + feed;
        _lineLength = feed == 1 && length > 0 && _buffer[_lineStart + length - 1] == '\r' ? length - 1 : length;
        Length = dropped + _lineLength;
        return true;
    }

    private bool Fill()
    {
        if (_over)
            return false;
        if (_next > 0)
        {
            _buffer.AsSpan(_next, _end - _next).CopyTo(_buffer);
            _end -= _next;
            _next = 0;
        }
        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _over = read == 0;
        return read > 0;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        stream.Dispose();
    }
}
