using System.Buffers;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CorpusForge.Tokenize;

/// <summary>A byte-level BPE: cuts text into pieces, then merges each piece's bytes by rank; for one worker at a time.</summary>
/// <remarks>
/// Pieces of up to 32 bytes are looked up in a cache first. Pieces are cut some at a time, so that what the cache knows of them arrives from memory
/// while others are cut. Nothing is allocated for a document.
/// </remarks>
internal sealed class BytePairTokenizer<TSplitter>(string name, BytePairVocabulary vocabulary, TSplitter splitter, int endOfText, int vocabularySize, ITextForm? form = null) : ITokenizer
    where TSplitter : IPieceSplitter
{
    // Measured best on multilingual text (docs/LOG.md).
    private const int CacheBits = 17;
    private const int Ahead = 32;

    private readonly PieceCache _cache = new(CacheBits);
    private readonly BytePairMerger _merger = new(vocabulary);
    private byte[] _formed = [];

    public string Name => name;
    public string Sha256 => vocabulary.Sha256;
    public int VocabularySize => vocabularySize;
    public int EndOfText => endOfText;
    public IReadOnlyDictionary<string, int> SpecialTokens { get; init; } = FrozenDictionary<string, int>.Empty;

    // No more tokens than bytes.
    public int MostTokens(int bytes) => form is null ? bytes : form.MostBytes(bytes);

    public int Encode(ReadOnlySpan<byte> text, Span<uint> ids) => Encode<uint>(text, ids);

    public int Encode(ReadOnlySpan<byte> text, Span<ushort> ids)
    {
        if (vocabularySize > 1 << 16)
            throw new InvalidOperationException($"{name} has {vocabularySize} ids, too many for two bytes each");
        return Encode<ushort>(text, ids);
    }

    public void Decode(IEnumerable<int> ids, IBufferWriter<byte> text)
    {
        var first = form is { Prefix: true };
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)vocabulary.Count)
                continue;
            var bytes = vocabulary[id];
            text.Write(first && bytes.StartsWith(" "u8) ? bytes[1..] : bytes);
            first &= bytes.IsEmpty;
        }
    }

    private int Encode<TId>(ReadOnlySpan<byte> text, Span<TId> ids)
        where TId : unmanaged
    {
        if (form is not null)
            text = form.Apply(text, ref _formed);
        if (ids.Length < text.Length)
            throw new ArgumentException("no room for as many ids as the text may have", nameof(ids));
        splitter.Begin(text);
        Span<int> ends = stackalloc int[Ahead], places = stackalloc int[Ahead];
        var count = 0;
        for (var start = 0; start < text.Length;)
        {
            var pieces = 0;
            for (var at = start; pieces < Ahead && at < text.Length; pieces++)
            {
                var end = splitter.End(text, at);
                if (end - at <= PieceCache.MaxBytes)
                    places[pieces] = _cache.Place(text, at, end - at);
                ends[pieces] = at = end;
            }
            for (var i = 0; i < pieces; i++)
            {
                count += Write(Piece(text, start, ends[i] - start, places[i]), ids[count..]);
                start = ends[i];
            }
        }
        _merger.Trim();
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<int> Piece(ReadOnlySpan<byte> text, int start, int length, int place)
    {
        if (length > PieceCache.MaxBytes)
            return _merger.Tokens(text.Slice(start, length));
        var known = _cache.Find(place, text, start, length);
        return known.IsEmpty ? Fresh(text, start, length, place) : known;
    }

    private ReadOnlySpan<int> Fresh(ReadOnlySpan<byte> text, int start, int length, int place)
    {
        var tokens = _merger.Tokens(text.Slice(start, length));
        _cache.Keep(place, text, start, length, tokens);
        return tokens;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Write<TId>(ReadOnlySpan<int> tokens, Span<TId> ids)
        where TId : unmanaged
    {
        if (typeof(TId) == typeof(ushort))
        {
            var narrow = MemoryMarshal.Cast<TId, ushort>(ids);
            for (var i = 0; i < tokens.Length; i++)
                narrow[i] = (ushort)tokens[i];
        }
        else
        {
            var wide = MemoryMarshal.Cast<TId, int>(ids);
            for (var i = 0; i < tokens.Length; i++)
                wide[i] = tokens[i];
        }
        return tokens.Length;
    }
}
