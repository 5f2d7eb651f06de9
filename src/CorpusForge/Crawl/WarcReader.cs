namespace CorpusForge.Crawl;

/// <summary>Reads the records of a WARC or ARC file, plain or compressed, one after the other in bounded memory.</summary>
/// <remarks>
/// WARC 0.18, 1.0, 1.1 (ISO 28500) and ARC 1; gzip with one member a record, with one for all, or cut anywhere. A record is
/// yielded once it is known to be whole: its block is all there and a record or the end of the file follows. The first
/// that is not ends the reading with an <see cref="InputException"/> naming the file and where that record starts.
/// </remarks>
public static class WarcReader
{
    private const int MaxHeadBytes = 1 << 20;

    /// <summary>Reads the records that start in the given range of the file.</summary>
    /// <param name="open">Opens the file for reading from a place on.</param>
    /// <param name="file">What the file is called in errors.</param>
    /// <param name="start">The first byte of the range.</param>
    /// <param name="end">The byte after the range.</param>
    /// <param name="maxBlockBytes">How much of a block is kept; what is longer is read past.</param>
    /// <param name="cancel">Ends the reading between two records.</param>
    /// <remarks>
    /// In a compressed file a record belongs to the range that the first byte of its member is in. A plain file is not cut:
    /// the range that starts at 0 has it all.
    /// </remarks>
    public static IEnumerable<WarcRecord> Read(
        Func<long, Stream> open, string file, long start = 0, long end = long.MaxValue, int maxBlockBytes = 32 << 20,
        CancellationToken cancel = default)
    {
        var compressed = IsGzip(open);
        if (start > 0)
        {
            if (!compressed || WarcMembers.Find(open, start, end) is not { } first)
                yield break;
            start = first;
        }
        foreach (var record in From(open, file, start, compressed, end, maxBlockBytes, cancel))
            yield return record;
    }

    /// <summary>Reads the records of a damaged file one by one: what is whole, and once between two of them where and why reading stopped.</summary>
    /// <remarks>Behind damage the next record is looked for: by the start of its member, or in a plain file by its first line.</remarks>
    public static IEnumerable<(WarcRecord? Record, InputException? Damage)> Salvage(
        Func<long, Stream> open, string file, long start = 0, long end = long.MaxValue, int maxBlockBytes = 32 << 20, CancellationToken cancel = default)
    {
        var compressed = IsGzip(open);
        var between = false;
        for (long? at = start; at is { } from; at = compressed ? WarcMembers.Find(open, from + 1, end) : WarcCursor.Find(open, file, from + 1))
        {
            InputException? damage = null;
            using var records = (from == start ? Read(open, file, start, end, maxBlockBytes, cancel) : From(open, file, from, compressed, end, maxBlockBytes, cancel)).GetEnumerator();
            while (damage is null)
            {
                try
                {
                    if (!records.MoveNext())
                        yield break;
                }
                catch (InputException e)
                {
                    damage = e;
                    continue;
                }
                between = false;
                yield return (records.Current, null);
            }
            if (!between)
                yield return (null, damage);
            between = true;
            start = -1;
            at = Math.Max(from, damage!.Offset);
        }
    }

    private static IEnumerable<WarcRecord> From(Func<long, Stream> open, string file, long start, bool compressed, long end, int maxBlockBytes, CancellationToken cancel)
    {
        using var cursor = new WarcCursor(open(start), file, start, compressed);
        var stop = -1L;
        for (var ordinal = 0; cursor.SkipNewlines(); ordinal++)
        {
            cancel.ThrowIfCancellationRequested();
            var (offset, inner) = cursor.Place();
            if (compressed && offset >= end)
            {
                // The next range begins where its own search finds a member; what does not start with a record is still ours.
                stop = stop >= 0 ? stop : WarcMembers.Find(open, end, long.MaxValue) ?? long.MaxValue;
                if (offset == stop)
                    yield break;
                if (offset > stop)
                    throw new InputException(file, stop, "a compressed record inside another: the file cannot be read in pieces");
            }
            var arc = !cursor.StartsWith("WARC/"u8);
            if (arc && !cursor.StartsWithArc())
                throw new InputException(file, offset, "not the start of a record");
            var (head, problem) = WarcHead.Parse(cursor.ReadHead(arc, MaxHeadBytes, offset), arc);
            if (head is null)
                throw new InputException(file, offset, problem);
            var block = cursor.ReadBlock(head.Length, maxBlockBytes, offset);
            var damage = cursor.CheckNext(arc, offset, head.Length);
            yield return new WarcRecord
            {
                Version = head.Version,
                Offset = offset,
                Inner = inner,
                Ordinal = ordinal,
                Type = head.Type,
                TargetUri = head.TargetUri,
                ContentType = head.ContentType,
                Headers = head.Headers,
                Length = head.Length,
                Block = block,
            };
            if (damage is not null)
                throw damage;
        }
    }

    private static bool IsGzip(Func<long, Stream> open)
    {
        using var stream = open(0);
        return stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
    }
}

/// <summary>Finds the members of a compressed file that start with a record, from any place in the file.</summary>
internal static class WarcMembers
{
    /// <summary>The first such member that starts in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public static long? Find(Func<long, Stream> open, long from, long to)
    {
        using var stream = open(from);
        var buffer = new byte[128 << 10];
        var (at, count) = (from, 0);
        while (true)
        {
            var n = stream.ReadAtLeast(buffer.AsSpan(count), buffer.Length - count, throwOnEndOfStream: false);
            count += n;
            for (var i = 0; buffer.AsSpan(i, count - i).IndexOf((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]) is var found and >= 0; i++)
            {
                i += found;
                if (at + i >= to)
                    return null;
                if (StartsRecord(open, at + i))
                    return at + i;
            }
            if (n == 0 || at + count >= to)
                return null;
            var keep = Math.Min(2, count);
            buffer.AsSpan(count - keep, keep).CopyTo(buffer);
            at += count - keep;
            count = keep;
        }
    }

    private static bool StartsRecord(Func<long, Stream> open, long at)
    {
        try
        {
            using var cursor = new WarcCursor(open(at), "", at, compressed: true);
            return cursor.SkipNewlines() && cursor.Place().Offset == at && (cursor.StartsWith("WARC/"u8) || cursor.StartsWithArc());
        }
        catch (InputException)
        {
            return false; // Three bytes that only look like the start of a member.
        }
    }
}

/// <summary>A place in the inflated bytes of a file that remembers where the members start.</summary>
internal sealed class WarcCursor(Stream input, string file, long start, bool compressed) : IDisposable
{
    private const int MaxArcLine = 16 << 10;

    private readonly GzipMembers? _members = compressed ? new GzipMembers(input, file, start) : null;
    private byte[] _buffer = new byte[64 << 10];
    private byte[] _block = [];
    private int _next;
    private int _end;
    private long _position; // Of _buffer[_next], counted in inflated bytes.
    private (long At, long Offset) _member = (0, start);
    private long _memberOfRecord = -1;

    public void Dispose()
    {
        _members?.Dispose();
        input.Dispose();
    }

    /// <summary>Whether anything follows the newlines that were skipped.</summary>
    public bool SkipNewlines()
    {
        while (Has(1))
        {
            if (_buffer[_next] is not ((byte)'\r' or (byte)'\n'))
                return true;
            Advance(1);
        }
        return false;
    }

    /// <summary>The start of the first line of a plain file, behind a place, that looks like the first of a record.</summary>
    public static long? Find(Func<long, Stream> open, string file, long from)
    {
        using var cursor = new WarcCursor(open(from), file, from, compressed: false);
        while (cursor.Has(1))
        {
            var feed = cursor._buffer.AsSpan(cursor._next, cursor._end - cursor._next).IndexOf((byte)'\n');
            cursor.Advance(feed < 0 ? cursor._end - cursor._next : feed + 1);
            if (feed >= 0 && (cursor.StartsWith("WARC/1."u8) || cursor.StartsWith("WARC/0."u8) || cursor.StartsWithArc()))
                return from + cursor._position;
        }
        return null;
    }

    /// <summary>Where the record that starts here is: see <see cref="WarcRecord.Offset"/> and <see cref="WarcRecord.Inner"/>.</summary>
    public (long Offset, long Inner) Place()
    {
        if (_members is null)
            return (start + _position, 0);
        while (_members.Starts.TryPeek(out var member) && member.At <= _position)
            _member = _members.Starts.Dequeue();
        var first = _memberOfRecord != _member.Offset;
        _memberOfRecord = _member.Offset;
        return (_member.Offset, first ? 0 : _position - _member.At);
    }

    public bool StartsWith(ReadOnlySpan<byte> prefix) => Has(prefix.Length) && _buffer.AsSpan(_next).StartsWith(prefix);

    public bool StartsWithArc()
    {
        var length = LineLength(MaxArcLine);
        return length > 0 && WarcHead.LooksLikeArc(_buffer.AsSpan(_next, length));
    }

    /// <summary>The lines of a head without the empty line that ends it; for ARC the one line.</summary>
    public ReadOnlySpan<byte> ReadHead(bool arc, int maxBytes, long offset)
    {
        for (var length = 0; ;)
        {
            var line = LineLength(maxBytes, length);
            if (line < 0)
                throw new InputException(file, offset, Has(maxBytes) ? "the head of the record is too long" : "the file ends inside the head of a record");
            var empty = _buffer.AsSpan(_next + length, line).Trim((byte)'\r').IsEmpty;
            length += line + 1;
            if (!arc && !empty)
                continue;
            var head = _buffer.AsSpan(_next, length - 1);
            Advance(length);
            return head;
        }
    }

    /// <summary>Reads <paramref name="length"/> bytes and keeps the first <paramref name="maxBytes"/>.</summary>
    public ReadOnlyMemory<byte> ReadBlock(long length, int maxBytes, long offset)
    {
        var keep = (int)Math.Min(length, maxBytes);
        var kept = 0;
        while (kept < keep)
        {
            // Grown as bytes arrive: a length that lies must not take memory.
            if (kept == _block.Length)
                Array.Resize(ref _block, (int)Math.Min(keep, Math.Max(256 << 10, 2L * kept)));
            var n = Take(_block.AsSpan(kept, Math.Min(keep, _block.Length) - kept));
            if (n == 0)
                throw Truncated();
            kept += n;
        }
        for (var left = length - keep; left > 0;)
        {
            if (!Has(1))
                throw Truncated();
            var n = (int)Math.Min(left, _end - _next);
            Advance(n);
            left -= n;
        }
        return _block.AsMemory(0, kept);

        InputException Truncated() => new(file, offset, $"the file ends inside a record of {length:N0} bytes");
    }

    /// <summary>Throws unless a record or nothing follows; damage that starts behind this record is returned.</summary>
    public InputException? CheckNext(bool arc, long offset, long length)
    {
        var behind = _position;
        try
        {
            if (!SkipNewlines() || StartsWith("WARC/"u8) || (arc && StartsWithArc()))
                return null;
        }
        catch (InputException e) when (_members?.MemberTotal >= behind)
        {
            return e;
        }
        // Where the record ends with its member, the damage is in the next one.
        foreach (var member in _members?.Starts ?? new())
            if (member.At == _position && member.At >= behind)
                return new InputException(file, member.Offset, "the gzip member does not start with a record");
        throw new InputException(file, offset, $"no record follows the {length:N0} bytes of this one: its length is wrong");
    }

    private int Take(Span<byte> into)
    {
        if (_next < _end)
        {
            var n = Math.Min(into.Length, _end - _next);
            _buffer.AsSpan(_next, n).CopyTo(into);
            Advance(n);
            return n;
        }
        var read = Inflate(into);
        _position += read;
        return read;
    }

    // The length of the line that starts `skip` bytes on, without its line feed; -1 when none ends within the limit.
    private int LineLength(int maxBytes, int skip = 0)
    {
        for (var seen = skip; ;)
        {
            var i = _buffer.AsSpan(_next + seen, _end - _next - seen).IndexOf((byte)'\n');
            if (i >= 0)
                return seen + i - skip;
            seen = _end - _next;
            if (seen >= maxBytes || !Has(seen + 1))
                return -1;
        }
    }

    private void Advance(int bytes)
    {
        _next += bytes;
        _position += bytes;
    }

    private bool Has(int bytes)
    {
        while (_end - _next < bytes)
        {
            if (_next > 0)
            {
                _buffer.AsSpan(_next, _end - _next).CopyTo(_buffer);
                (_next, _end) = (0, _end - _next);
            }
            if (_end == _buffer.Length)
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            var n = Inflate(_buffer.AsSpan(_end));
            if (n == 0)
                return false;
            _end += n;
        }
        return true;
    }

    private int Inflate(Span<byte> into) => _members is null ? input.Read(into) : _members.Read(into);
}
