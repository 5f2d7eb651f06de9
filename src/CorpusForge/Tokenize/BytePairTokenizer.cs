using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>A byte-level BPE: cuts text into pieces, then merges each piece's bytes by rank; for one worker at a time.</summary>
/// <remarks>
/// Pieces of up to 16 UTF-16 units are looked up in a direct-mapped cache of fixed size, one cache line an entry; others are merged, short ones
/// by scanning for the lowest rank, long ones with a heap, so that no input costs more than n log n. Nothing is allocated for a document.
/// </remarks>
internal sealed class BytePairTokenizer<TSplitter>(string name, BytePairVocabulary vocabulary, TSplitter splitter, int endOfText, int vocabularySize, TextForm? form = null) : ITokenizer
    where TSplitter : IPieceSplitter
{
    // Measured best on multilingual text among 2^13 to 2^18 (docs/LOG.md).
    private const int CacheBits = 16;
    private const int CachedUnits = 16;
    private const int Scanned = 96;

    private readonly Entry[] _cache = new Entry[1 << CacheBits];

    public string Name => name;
    public string Sha256 => vocabulary.Sha256;
    public int VocabularySize => vocabularySize;
    public int EndOfText => endOfText;

    public void Encode(string text, List<int> ids)
    {
        var count = ids.Count;
        if (form is not null)
            text = form.Apply(text);
        splitter.Begin(text);
        for (var start = 0; start < text.Length;)
        {
            var end = splitter.End(text, start);
            // A piece has no more tokens than bytes, three for a unit.
            var room = count + (3 * (end - start));
            if (room > ids.Count)
                CollectionsMarshal.SetCount(ids, Math.Max(room, ids.Count + 4096));
            var into = CollectionsMarshal.AsSpan(ids)[count..];
            count += end - start <= CachedUnits ? Cached(text, start, end - start, into) : EncodePiece(text.AsSpan(start, end - start), into);
            start = end;
        }
        CollectionsMarshal.SetCount(ids, count);
    }

    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var id in ids)
        {
            if ((uint)id < (uint)vocabulary.Count)
                bytes.Write(vocabulary[id]);
        }
        var decoded = bytes.WrittenSpan;
        return Encoding.UTF8.GetString(form is { Prefix: true } && decoded.StartsWith(" "u8) ? decoded[1..] : decoded);
    }

    private int Cached(string text, int start, int length, Span<int> into)
    {
        var key = Key(text, start, length);
        var words = key.AsUInt64();
        var hash = (words[0] * 0x9E3779B97F4A7C15) ^ (words[1] * 0xC2B2AE3D27D4EB4F) ^ (words[2] * 0x165667B19E3779F9) ^ (words[3] * 0x27D4EB2F165667C5);
        hash ^= hash >> 32;
        ref var entry = ref _cache[(int)((hash * 0x9E3779B97F4A7C15) >> (64 - CacheBits))];
        if (entry.Length != length || entry.Key != key)
        {
            var count = EncodePiece(text.AsSpan(start, length), into);
            if (count > Entry.Ids)
                return count;
            (entry.Key, entry.Length, entry.Count) = (key, (byte)length, (byte)count);
            into[..count].CopyTo(entry.Tokens);
            return count;
        }
        into[0] = entry.Tokens[0];
        for (var i = 1; i < entry.Count; i++)
            into[i] = entry.Tokens[i];
        return entry.Count;
    }

    // The piece as 32 bytes, zero behind its end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Key(string text, int start, int length)
    {
        if (text.Length - start >= CachedUnits)
        {
            var units = Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in text.GetPinnableReference())), (nuint)start);
            return units & Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)length));
        }
        Span<ushort> tail = stackalloc ushort[CachedUnits];
        tail.Clear();
        MemoryMarshal.Cast<char, ushort>(text.AsSpan(start, length)).CopyTo(tail);
        return Vector256.Create<ushort>(tail);
    }

    // Encodes one piece; returns how many ids.
    private int EncodePiece(ReadOnlySpan<char> piece, Span<int> into)
    {
        byte[]? rented = null;
        var most = 3 * piece.Length;
        var bytes = most <= 1024 ? stackalloc byte[1024] : rented = ArrayPool<byte>.Shared.Rent(most);
        bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
        var whole = vocabulary.WholePieces ? vocabulary.Find(bytes) : -1;
        int count;
        if (whole >= 0)
            (into[0], count) = (whole, 1);
        else if (bytes.Length > Scanned)
            count = MergeByHeap(into[..Symbols(bytes, into)]);
        else
            count = MergeByScan(bytes, into);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return count;
    }

    // What merging begins with: bytes, or characters where they are tokens.
    private int Symbols(ReadOnlySpan<byte> bytes, Span<int> parts)
    {
        var count = 0;
        for (var i = 0; i < bytes.Length;)
        {
            var length = vocabulary.ByCharacter ? Length(bytes[i]) : 1;
            if (length == 1 && !vocabulary.ByCharacter)
                parts[count++] = vocabulary.ByteIds[bytes[i]];
            else
                count = Character(bytes.Slice(i, length), parts, count);
            i += length;
        }
        return count;
    }

    private int Character(ReadOnlySpan<byte> character, Span<int> parts, int count)
    {
        if (vocabulary.Find(character) is var id and >= 0)
        {
            parts[count++] = id;
            return count;
        }
        var known = true;
        foreach (var b in character)
            known &= vocabulary.ByteIds[b] >= 0;
        if (known)
        {
            foreach (var b in character)
                parts[count++] = vocabulary.ByteIds[b];
        }
        else if (vocabulary.Unknown >= 0 && !(vocabulary.FuseUnknown && count > 0 && parts[count - 1] == vocabulary.Unknown))
        {
            parts[count++] = vocabulary.Unknown;
        }
        return count;
    }

    private static int Length(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    // The definition: the lowest rank of all neighbours merges, the leftmost among equals, until none merge.
    private int MergeByScan(ReadOnlySpan<byte> bytes, Span<int> parts)
    {
        Span<int> ranks = stackalloc int[Scanned];
        var count = Symbols(bytes, parts);
        if (vocabulary.ByCharacter)
        {
            for (var i = 0; i + 1 < count; i++)
                ranks[i] = vocabulary.Merge(parts[i], parts[i + 1]);
        }
        else
        {
            for (var i = 0; i + 1 < count; i++)
                ranks[i] = vocabulary.Merge(bytes[i], bytes[i + 1]);
        }
        while (count > 1)
        {
            var (best, at) = (int.MaxValue, 0);
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] < best)
                    (best, at) = (ranks[i], i);
            }
            if (best == int.MaxValue)
                break;
            parts[at] = vocabulary.Product(best);
            parts[(at + 2)..count].CopyTo(parts[(at + 1)..]);
            count--;
            if (at + 1 < count)
            {
                ranks[(at + 2)..count].CopyTo(ranks[(at + 1)..]);
                ranks[at] = vocabulary.Merge(parts[at], parts[at + 1]);
            }
            if (at > 0)
                ranks[at - 1] = vocabulary.Merge(parts[at - 1], parts[at]);
        }
        return count;
    }

    private int MergeByHeap(Span<int> parts)
    {
        var length = parts.Length;
        var links = ArrayPool<int>.Shared.Rent(3 * length);
        var next = links.AsSpan(0, length);
        var previous = links.AsSpan(length, length);
        var rank = links.AsSpan(2 * length, length);
        var heap = new PriorityQueue<int, ulong>(length);
        for (var i = 0; i < length; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
            rank[i] = i + 1 < length ? vocabulary.Merge(parts[i], parts[i + 1]) : int.MaxValue;
            Offer(heap, rank[i], i);
        }
        while (heap.TryDequeue(out var at, out var key))
        {
            // An offer that has been overtaken: its left part is gone or has another neighbour by now.
            if (rank[at] != (int)(key >> 32))
                continue;
            var gone = next[at];
            (parts[at], next[at], rank[gone]) = (vocabulary.Product(rank[at]), next[gone], int.MaxValue);
            if (next[at] < length)
                previous[next[at]] = at;
            rank[at] = next[at] < length ? vocabulary.Merge(parts[at], parts[next[at]]) : int.MaxValue;
            Offer(heap, rank[at], at);
            if (previous[at] is var before and >= 0)
            {
                rank[before] = vocabulary.Merge(parts[before], parts[at]);
                Offer(heap, rank[before], before);
            }
        }
        var count = 0;
        for (var i = 0; i < length; i = next[i])
            parts[count++] = parts[i];
        ArrayPool<int>.Shared.Return(links);
        return count;
    }

    private static void Offer(PriorityQueue<int, ulong> heap, int rank, int at)
    {
        if (rank != int.MaxValue)
            heap.Enqueue(at, ((ulong)(uint)rank << 32) | (uint)at);
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Entry
    {
        public const int Ids = 7;

        public Vector256<ushort> Key;
        public TokenIds Tokens;
        public byte Length;
        public byte Count;
    }

    [InlineArray(Entry.Ids)]
    private struct TokenIds
    {
        private int _first;
    }
}
