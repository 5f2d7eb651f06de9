using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CorpusForge.Tokenize;

/// <summary>Merges the bytes of a piece by rank; for one worker at a time.</summary>
/// <remarks>Short pieces by scanning for the lowest rank, long ones with a heap, so that no piece costs more than n log n.</remarks>
internal sealed class BytePairMerger(BytePairVocabulary vocabulary)
{
    private const int Scanned = 128;

    // Vectors may read and write this much behind the last.
    private const int Slack = 8;

    private readonly MergeHeap _heap = new();
    private int[] _parts = new int[1024];
    private int[] _ranks = new int[1024];
    private int[] _next = [];
    private int[] _previous = [];
    private ulong[] _offers = [];

    /// <summary>The tokens of a piece, until the next is merged.</summary>
    public ReadOnlySpan<int> Tokens(ReadOnlySpan<byte> piece)
    {
        if (vocabulary.WholePieces && vocabulary.Find(piece) is var whole and >= 0)
        {
            _parts[0] = whole;
            return _parts.AsSpan(0, 1);
        }
        if (_parts.Length < piece.Length + Slack)
            (_parts, _ranks) = (new int[piece.Length + (piece.Length / 2) + Slack], new int[piece.Length + (piece.Length / 2) + Slack]);
        var count = vocabulary.ByCharacter ? Characters(piece) : Symbols(piece);
        return _parts.AsSpan(0, count > Scanned ? MergeByHeap(count) : MergeByScan(count));
    }

    /// <summary>Gives back what a very long piece took.</summary>
    public void Trim()
    {
        const int most = 1 << 20;
        if (_parts.Length > most)
        {
            (_parts, _ranks, _next, _previous, _offers) = (new int[1024], new int[1024], [], [], []);
            _heap.Trim();
        }
    }

    // Merging begins with bytes, and with characters where that comes to the same; the ranks of neighbours go along.
    private int Symbols(ReadOnlySpan<byte> piece)
    {
        var (parts, ranks, characters) = (_parts, _ranks, vocabulary.Characters);
        var (count, before) = (0, -1);
        for (var i = 0; i < piece.Length;)
        {
            int first = piece[i];
            if (first < 0x80 || Character(piece[i..], characters, out var length) is not (>= 0 and var token))
            {
                parts[count] = vocabulary.ByteIds[first];
                if (count > 0)
                    ranks[count - 1] = before >= 0 ? vocabulary.Merge((byte)before, (byte)first) : vocabulary.Merge(parts[count - 1], parts[count]);
                (before, i) = (first, i + 1);
            }
            else
            {
                parts[count] = token;
                if (count > 0)
                    ranks[count - 1] = vocabulary.Merge(parts[count - 1], token);
                (before, i) = (-1, i + length);
            }
            count++;
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Character(ReadOnlySpan<byte> text, int[] characters, out int length)
    {
        length = 0;
        if (characters.Length == 0 || text.Length < 2 || (text[1] & 0xC0) != 0x80)
            return -1;
        if (text[0] is >= 0xC2 and < 0xE0)
        {
            length = 2;
            return characters[((text[0] & 0x1F) << 6) | (text[1] & 0x3F)];
        }
        if (text[0] is < 0xE0 or >= 0xF0 || text.Length < 3 || (text[2] & 0xC0) != 0x80)
            return -1;
        length = 3;
        var found = ((text[0] & 0xF) << 12) | ((text[1] & 0x3F) << 6) | (text[2] & 0x3F);
        return found < 0x800 ? -1 : characters[found];
    }

    // Of a SentencePiece vocabulary: characters, and bytes where a character is no token.
    private int Characters(ReadOnlySpan<byte> piece)
    {
        var count = 0;
        for (var i = 0; i < piece.Length;)
        {
            var length = CharClass.Length(piece[i..]);
            count = Fallback(piece.Slice(i, length), count);
            i += length;
        }
        for (var i = 0; i + 1 < count; i++)
            _ranks[i] = vocabulary.Merge(_parts[i], _parts[i + 1]);
        return count;
    }

    private int Fallback(ReadOnlySpan<byte> character, int count)
    {
        if (vocabulary.Find(character) is var id and >= 0)
        {
            _parts[count++] = id;
            return count;
        }
        var known = true;
        foreach (var b in character)
            known &= vocabulary.ByteIds[b] >= 0;
        if (known)
        {
            foreach (var b in character)
                _parts[count++] = vocabulary.ByteIds[b];
        }
        else if (vocabulary.Unknown >= 0 && !(vocabulary.FuseUnknown && count > 0 && _parts[count - 1] == vocabulary.Unknown))
        {
            _parts[count++] = vocabulary.Unknown;
        }
        return count;
    }

    // The definition: the lowest rank of all neighbours merges, the leftmost among equals, until none merge.
    private int MergeByScan(int count)
    {
        ref var parts = ref MemoryMarshal.GetArrayDataReference(_parts);
        ref var ranks = ref MemoryMarshal.GetArrayDataReference(_ranks);
        while (count > 1)
        {
            var (best, at) = (Unsafe.Add(ref ranks, 0), 0);
            for (var i = 1; i + 1 < count; i++)
            {
                var rank = Unsafe.Add(ref ranks, i);
                if (rank < best)
                    (best, at) = (rank, i);
            }
            if (best == int.MaxValue)
                break;
            var product = vocabulary.Product(best);
            Unsafe.Add(ref parts, at) = product;
            count--;
            for (var i = at + 1; i < count; i += Slack)
            {
                Vector256.LoadUnsafe(ref parts, (nuint)i + 1).StoreUnsafe(ref parts, (nuint)i);
                Vector256.LoadUnsafe(ref ranks, (nuint)i + 1).StoreUnsafe(ref ranks, (nuint)i);
            }
            if (at + 1 < count)
                Unsafe.Add(ref ranks, at) = vocabulary.Merge(product, Unsafe.Add(ref parts, at + 1));
            if (at > 0)
                Unsafe.Add(ref ranks, at - 1) = vocabulary.Merge(Unsafe.Add(ref parts, at - 1), product);
        }
        return count;
    }

    private int MergeByHeap(int length)
    {
        if (_next.Length < length)
            (_next, _previous, _offers) = (new int[_parts.Length], new int[_parts.Length], new ulong[_parts.Length]);
        var (parts, rank, next, previous) = (_parts, _ranks, _next, _previous);
        rank[length - 1] = int.MaxValue;
        var offers = 0;
        for (var i = 0; i < length; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
            if (rank[i] != int.MaxValue)
                _offers[offers++] = Key(rank[i], i);
        }
        _heap.Fill(_offers.AsSpan(0, offers));
        while (_heap.TryTake(out var key))
        {
            // An offer that has been overtaken: its left part is gone or has another neighbour by now.
            var at = (int)(uint)key;
            if (rank[at] != (int)(key >> 32))
                continue;
            var gone = next[at];
            (parts[at], next[at], rank[gone]) = (vocabulary.Product(rank[at]), next[gone], int.MaxValue);
            if (next[at] < length)
                previous[next[at]] = at;
            rank[at] = next[at] < length ? vocabulary.Merge(parts[at], parts[next[at]]) : int.MaxValue;
            Offer(rank[at], at);
            if (previous[at] is var before and >= 0)
            {
                rank[before] = vocabulary.Merge(parts[before], parts[at]);
                Offer(rank[before], before);
            }
        }
        var count = 0;
        for (var i = 0; i < length; i = next[i])
            parts[count++] = parts[i];
        return count;
    }

    private void Offer(int rank, int at)
    {
        if (rank != int.MaxValue)
            _heap.Add(Key(rank, at));
    }

    private static ulong Key(int rank, int at) => ((ulong)(uint)rank << 32) | (uint)at;
}
