using System.Buffers;

namespace CorpusForge.Runs;

/// <summary>Asks for a range of a remote file.</summary>
/// <param name="from">The first byte.</param>
/// <param name="length">How many; the answer is shorter where the file ends.</param>
/// <param name="version">Set when the file must still be the one that an earlier answer came from.</param>
/// <param name="cancel">Breaks it off, also while the body is read.</param>
internal delegate Task<RangeAnswer> RangeRequest(long from, long length, string? version, CancellationToken cancel);

/// <summary>The answer to a <see cref="RangeRequest"/>.</summary>
/// <param name="Body">The bytes of the range.</param>
/// <param name="Total">The length of the whole file.</param>
/// <param name="Version">Another when the content is another: an ETag.</param>
/// <param name="Owner">Disposed with the answer.</param>
internal record RangeAnswer(Stream Body, long Total, string Version, IDisposable Owner) : IDisposable
{
    public void Dispose() => Owner.Dispose();
}

/// <summary>A remote file as a stream that can seek: read in ranges, the next one asked for while one is used.</summary>
/// <remarks>
/// Ranges grow while reading goes straight on, from <see cref="FirstRange"/> to <see cref="MaxRange"/>, less where many streams are open. A range that breaks
/// off is continued where it did. A file that changes while it is read gives an <see cref="InputException"/>.
/// </remarks>
internal sealed class RangeStream : Stream
{
    private const int FirstRange = 256 << 10;
    private const int MaxRange = 4 << 20;

    // What the ranges of all streams may take; each has one in use and one that comes.
    private const int MemoryBytes = 256 << 20;

    private static int s_open;

    private readonly string _name;
    private readonly RangeRequest _request;
    private readonly Retries _retries;
    private Range _now;
    private (Task<Range> Range, CancellationTokenSource Stop)? _next;
    private long _position;
    private long _length = -1;
    private bool _disposed;

    private RangeStream(string name, RangeRequest request, Retries retries, long offset)
    {
        (_name, _request, _retries, _position) = (name, request, retries, offset);
        Interlocked.Increment(ref s_open);
    }

    /// <summary>Opens a file at <paramref name="offset"/>, reading its first range.</summary>
    public static RangeStream Open(string name, RangeRequest request, Retries retries, long offset)
    {
        var stream = new RangeStream(name, request, retries, offset);
        try
        {
            stream._now = Wait(stream.Fetch(offset, FirstRange, CancellationToken.None));
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Of the content that this stream reads.</summary>
    public string Version { get; private set; } = "";

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new IOException($"{_name}: there is no place before the start");
    }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_position >= _length || buffer.IsEmpty)
            return 0;
        if (!_now.Has(_position))
            Advance();
        var from = (int)(_position - _now.Start);
        var count = Math.Min(buffer.Length, _now.Length - from);
        _now.Bytes.AsSpan(from, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + (origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => _position, _ => _length });

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Interlocked.Decrement(ref s_open);
            Forget();
            _now.Return();
        }
        base.Dispose(disposing);
    }

    private void Advance()
    {
        var straight = _position == _now.End;
        var size = straight ? Math.Min(Math.Max(_now.Length, FirstRange / 2) * 2, MostNow()) : Math.Min(FirstRange, MostNow());
        _now.Return();
        _now = default;
        if (straight && _next is { } next)
        {
            _next = null;
            using (next.Stop)
                _now = Wait(next.Range);
        }
        else
        {
            Forget();
            _now = Wait(Fetch(_position, size, CancellationToken.None));
        }
        if (straight && _now.End < _length)
        {
            var stop = new CancellationTokenSource();
            _next = (Fetch(_now.End, size, stop.Token), stop);
        }
    }

    private static int MostNow() => Math.Clamp(MemoryBytes / 2 / Math.Max(1, Volatile.Read(ref s_open)), FirstRange / 4, MaxRange);

    private static Range Wait(Task<Range> task) => task.GetAwaiter().GetResult();

    // A range that is under way and not wanted gives its buffer back when it notices.
    private void Forget()
    {
        if (_next is not { } next)
            return;
        _next = null;
        next.Stop.Cancel();
        _ = Drop();

        async Task Drop()
        {
            using (next.Stop)
            {
                try
                {
                    (await next.Range).Return();
                }
                catch (Exception e) when (e is OperationCanceledException or IOException or PipelineException)
                {
                    // Nobody waits for it any more.
                }
            }
        }
    }

    private Task<Range> Fetch(long from, int size, CancellationToken stop)
    {
        var (bytes, got) = (ArrayPool<byte>.Shared.Rent(size), 0);
        return Task.Run(Whole, CancellationToken.None);

        async Task<Range> Whole()
        {
            try
            {
                return await _retries.Run(_name, Continue, stop);
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(bytes);
                throw;
            }
        }

        async Task<Range> Continue(Action progress, CancellationToken cancel)
        {
            using var answer = await _request(from + got, size - got, _length < 0 ? null : Version, cancel);
            if (_length < 0)
                (_length, Version) = (answer.Total, answer.Version);
            if (answer.Total != _length || answer.Version != Version)
                throw new InputException(_name, from + got, "the file was changed while it was read");
            var whole = (int)Math.Clamp(_length - from, 0, size);
            var before = got;
            while (got < whole)
            {
                var n = await answer.Body.ReadAsync(bytes.AsMemory(got, whole - got), cancel);
                if (n == 0)
                    throw new IOException($"the answer was cut off at byte {from + got:N0}");
                got += n;
                progress();
            }
            Metrics.Read(_name, whole - before);
            return new Range(from, bytes, whole);
        }
    }

    private readonly record struct Range(long Start, byte[] Bytes, int Length)
    {
        public long End => Start + Length;

        public bool Has(long position) => position >= Start && position < End;

        public void Return()
        {
            if (Bytes is not null)
                ArrayPool<byte>.Shared.Return(Bytes);
        }
    }
}
