using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CorpusForge.Tokenize;

/// <summary>Remembers the tokens of short pieces: a direct-mapped table of fixed size, one cache line an entry; for one worker at a time.</summary>
internal sealed unsafe class PieceCache
{
    /// <summary>The longest piece, in bytes.</summary>
    public const int MaxBytes = 32;

    /// <summary>The most tokens of a piece.</summary>
    public const int MaxTokens = 7;

    private const int Line = 64;

    private readonly byte[] _memory;
    private readonly Entry* _entries;
    private readonly int _shift;

    public PieceCache(int bits)
    {
        _memory = GC.AllocateArray<byte>((1 << bits) * Line + Line, pinned: true);
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _entries = (Entry*)((start + Line - 1) & ~(nint)(Line - 1));
        _shift = 64 - bits;
    }

    /// <summary>The place of the piece of <paramref name="length"/> bytes at <paramref name="start"/>, on its way from memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Place(ReadOnlySpan<byte> text, int start, int length)
    {
        var words = Key(text, start, length).AsUInt64();
        var hash = (words[0] * 0x9E3779B97F4A7C15) ^ (words[1] * 0xC2B2AE3D27D4EB4F) ^ (words[2] * 0x165667B19E3779F9) ^ (words[3] * 0x27D4EB2F165667C5);
        hash ^= hash >> 32;
        var place = (int)((hash * 0x9E3779B97F4A7C15) >> _shift);
        if (Sse.IsSupported)
            Sse.Prefetch0(_entries + place);
        return place;
    }

    /// <summary>The tokens of a piece; empty where they are not known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Find(int place, ReadOnlySpan<byte> text, int start, int length)
    {
        var entry = _entries + place;
        return entry->Length == length && entry->Key == Key(text, start, length) ? new ReadOnlySpan<int>(entry->Tokens, entry->Count) : default;
    }

    /// <summary>Takes the place of what was there.</summary>
    public void Keep(int place, ReadOnlySpan<byte> text, int start, int length, ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > MaxTokens)
            return;
        var entry = _entries + place;
        (entry->Key, entry->Length, entry->Count) = (Key(text, start, length), (byte)length, (byte)tokens.Length);
        tokens.CopyTo(new Span<int>(entry->Tokens, MaxTokens));
    }

    // The piece as 32 bytes, zero behind its end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Key(ReadOnlySpan<byte> text, int start, int length) =>
        text.Length - start >= MaxBytes
            ? Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)start) & Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)length))
            : Tail(text.Slice(start, length));

    private static Vector256<byte> Tail(ReadOnlySpan<byte> piece)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        bytes.Clear();
        piece.CopyTo(bytes);
        return Vector256.Create<byte>(bytes);
    }

    [StructLayout(LayoutKind.Sequential, Size = Line)]
    private struct Entry
    {
        public Vector256<byte> Key;
        public fixed int Tokens[MaxTokens];
        public byte Length;
        public byte Count;
    }
}
