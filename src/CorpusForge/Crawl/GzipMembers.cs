using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace CorpusForge.Crawl;

/// <summary>Inflates the members of a gzip file one after the other and knows where in the file each one starts.</summary>
/// <remarks>
/// RFC 1952. The inflater of the runtime reads ahead and does not say how far it got. A member ends with the CRC-32 and the
/// length of its data, which are known by then: looking for these eight bytes in the last piece that the inflater was
/// handed gives the exact end, and checks the data as well.
/// </remarks>
internal sealed class GzipMembers(Stream input, string file, long at) : IDisposable
{
    private const int TrailerBytes = 8;

    private readonly byte[] _buffer = new byte[128 << 10];
    private readonly Crc32 _crc = new();
    private long _base = at; // The place in the file of _buffer[0].
    private int _next;
    private int _end;
    private int _handed; // Where the last piece that the inflater got starts.
    private long _member; // The place in the file of the member that is open.
    private long _dataStart;
    private long _memberLength;
    private DeflateStream? _inflater;

    /// <summary>Bytes inflated so far, over all members.</summary>
    public long Total { get; private set; }

    /// <summary>The value of <see cref="Total"/> where the member that is read, or was the last to be tried, starts.</summary>
    public long MemberTotal { get; private set; }

    /// <summary>For each member opened: the value of <see cref="Total"/> at its start, and its place in the file.</summary>
    public Queue<(long At, long Offset)> Starts { get; } = new();

    public int Read(Span<byte> into)
    {
        while (_inflater is not null || OpenMember())
        {
            var n = Inflate(into);
            if (n == 0)
            {
                CloseMember();
                continue;
            }
            _crc.Append(into[..n]);
            _memberLength += n;
            Total += n;
            return n;
        }
        return 0;
    }

    public void Dispose()
    {
        _inflater?.Dispose();
        input.Dispose();
    }

    private int Inflate(Span<byte> into)
    {
        try
        {
            return _inflater!.Read(into);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private InputException Damaged(Exception? inner = null) =>
        new(file, _member, _next == _end && !Fill(_end) ? "the gzip member is truncated" : "the gzip member is corrupt", inner);

    private bool OpenMember()
    {
        _member = _base + _next;
        MemberTotal = Total;
        if (!Has(1))
            return false;
        if (!Has(10) || _buffer[_next] != 0x1F || _buffer[_next + 1] != 0x8B || _buffer[_next + 2] != 8)
            throw new InputException(file, _member, Has(10) ? "not the start of a gzip member" : "the gzip member is truncated");
        var flags = _buffer[_next + 3];
        _next += 10;
        if ((flags & 4) != 0)
            Skip(NextByte() | (NextByte() << 8));
        for (var strings = ((flags >> 3) & 1) + ((flags >> 4) & 1); strings > 0; strings--)
            while (NextByte() != 0)
                continue;
        if ((flags & 2) != 0)
            Skip(2);
        _dataStart = _base + _next;
        _handed = _next;
        _memberLength = 0;
        _crc.Reset();
        Starts.Enqueue((Total, _member));
        _inflater = new DeflateStream(new Feed(this), CompressionMode.Decompress);
        return true;
    }

    private void CloseMember()
    {
        _inflater!.Dispose();
        _inflater = null;
        var from = (int)Math.Max(Math.Max(_handed - TrailerBytes, 0), _dataStart - _base);
        for (var more = true; more && _end - _next < TrailerBytes + 2; from = 0)
            more = Fill(from);

        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)_memberLength);
        var window = _buffer.AsSpan(0, Math.Min(_end, _next + TrailerBytes));
        // The trailer of an empty member is zeros, and so may be the byte before it: prefer the place that a member or nothing follows.
        var found = -1;
        for (var i = IndexOf(window, trailer, from); i >= 0; i = IndexOf(window, trailer, i + 1))
        {
            var rest = _buffer.AsSpan(i + TrailerBytes, _end - i - TrailerBytes);
            if (found < 0)
                found = i;
            if (!rest.IsEmpty && !rest.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
                continue;
            found = i;
            break;
        }
        if (found < 0)
            throw new InputException(file, _member, _end - _next < TrailerBytes
                ? "the gzip member is truncated or fails its checksum" : "the gzip member fails its checksum");
        _next = found + TrailerBytes;
    }

    private static int IndexOf(ReadOnlySpan<byte> window, ReadOnlySpan<byte> wanted, int from)
    {
        var i = window[from..].IndexOf(wanted);
        return i < 0 ? -1 : from + i;
    }

    private int NextByte() => Has(1) ? _buffer[_next++] : throw new InputException(file, _member, "the gzip member is truncated");

    private void Skip(int bytes)
    {
        for (; bytes > 0; bytes--)
            NextByte();
    }

    private bool Has(int bytes)
    {
        while (_end - _next < bytes)
            if (!Fill(_next))
                return false;
        return true;
    }

    // Reads more behind what is there, keeping everything from index `keep` on.
    private bool Fill(int keep)
    {
        if (keep > 0)
        {
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            _base += keep;
            _next -= keep;
            _end -= keep;
            _handed -= keep;
        }
        var n = input.Read(_buffer, _end, _buffer.Length - _end);
        _end += n;
        return n > 0;
    }

    private int HandOver(Span<byte> into)
    {
        if (_next == _end && !Fill(Math.Max(0, _next - TrailerBytes)))
            return 0;
        var n = Math.Min(into.Length, _end - _next);
        _buffer.AsSpan(_next, n).CopyTo(into);
        _handed = _next;
        _next += n;
        return n;
    }

    private sealed class Feed(GzipMembers members) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => members.HandOver(buffer.AsSpan(offset, count));
        public override int Read(Span<byte> buffer) => members.HandOver(buffer);
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
