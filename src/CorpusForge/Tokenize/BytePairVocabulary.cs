using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CorpusForge.Tokenize;

/// <summary>The tokens of a byte-level BPE and which two of them merge into a third; immutable, shared by workers.</summary>
/// <remarks>
/// Of all neighbours that merge, those of the lowest rank merge first, the leftmost first among equals (Sennrich et al. 2016). In tiktoken's
/// files a token's id is its rank, and any two neighbours merge that together are a token; in `tokenizer.json` merges are listed in order.
/// </remarks>
public sealed class BytePairVocabulary
{
    private const int None = -1;
    private const int IdMask = (1 << PairTable.Bits) - 1;

    private readonly byte[] _bytes;
    private readonly int[] _starts;

    // Of open addressing: an id, and above it what is left of a token's hash, so that others are seldom looked at.
    private readonly uint[] _slots;
    private readonly PairTable _pairs;
    private readonly int[] _bytePairs = new int[256 * 256];
    private readonly int[]? _products;

    /// <param name="ranks">Lines of base64 of a token's bytes, a space, and its rank, as tiktoken publishes them.</param>
    /// <param name="name">For errors.</param>
    /// <exception cref="InputException">A line is not of this form, a rank is missing or twice, or a byte is no token.</exception>
    public BytePairVocabulary(ReadOnlySpan<byte> ranks, string name)
        : this(RankFile.Parse(ranks, name), Convert.ToHexStringLower(SHA256.HashData(ranks)))
    {
        WholePieces = true;
        for (var id = 0; id < Count; id++)
        {
            if (Find(this[id]) is var other && other != id)
                throw new InputException(name, 0, $"token {id} has the bytes of token {other}");
        }
        for (var b = 0; b < 256; b++)
        {
            ByteIds[b] = Find([(byte)b]);
            if (ByteIds[b] == None)
                throw new InputException(name, 0, $"byte {b:x2} is no token");
        }
        var pairs = CollectionsMarshal.AsSpan(Cuts());
        _pairs = new PairTable(Count, pairs);
        FillBytePairs();
        Characters = CharacterTokens.Of(this, pairs);
    }

    /// <summary>Tokens with their merges in order, as `tokenizer.json` has them.</summary>
    /// <param name="tokens">The bytes of each token by id.</param>
    /// <param name="findable">Whether text can be the token.</param>
    /// <param name="byteIds">The token of each byte, -1 where there is none.</param>
    /// <param name="merges">Which two tokens become which, first of all the first.</param>
    /// <param name="sha256">Of the file.</param>
    internal BytePairVocabulary(byte[][] tokens, bool[] findable, int[] byteIds, IReadOnlyList<(int Left, int Right, int Product)> merges, string sha256)
        : this(tokens, sha256, findable)
    {
        byteIds.CopyTo(ByteIds, 0);
        _products = [.. merges.Select(m => m.Product)];
        (int, int, int)[] pairs = [.. merges.Select((m, rank) => (m.Left, m.Right, rank))];
        _pairs = new PairTable(Count, pairs);
        FillBytePairs();
        Characters = CharacterTokens.Of(this, pairs);
    }

    private BytePairVocabulary(byte[][] tokens, string sha256, bool[]? findable = null)
    {
        Sha256 = sha256;
        _pairs = new PairTable(0, []);
        _starts = new int[tokens.Length + 1];
        for (var id = 0; id < tokens.Length; id++)
            _starts[id + 1] = _starts[id] + tokens[id].Length;
        _bytes = new byte[_starts[^1]];
        _slots = new uint[(int)BitOperations.RoundUpToPowerOf2((uint)tokens.Length * 2 + 2)];
        Array.Fill(_slots, uint.MaxValue);
        for (var id = 0; id < tokens.Length; id++)
        {
            tokens[id].CopyTo(_bytes, _starts[id]);
            if (findable?[id] != false && Find(tokens[id]) == None)
                Insert(id);
        }
    }

    /// <summary>Of the file as it was read.</summary>
    public string Sha256 { get; }

    /// <summary>How many tokens there are; ids are 0 to one less.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Whether a piece that is a token is not merged but taken whole; ranks imply it.</summary>
    internal bool WholePieces { get; init; }

    /// <summary>Whether merging begins with characters, and with bytes only where a character is no token (SentencePiece's byte fallback).</summary>
    internal bool ByCharacter { get; init; }

    /// <summary>What stands for a character that neither is a token nor has bytes that are; -1 where there is none.</summary>
    internal int Unknown { get; init; } = None;

    /// <summary>Whether neighbours that are unknown are one token.</summary>
    internal bool FuseUnknown { get; init; }

    /// <summary>The tokens that merging may begin with in place of a character's bytes, by code point of the basic plane; -1 for others.</summary>
    internal int[] Characters { get; } = [];

    /// <summary>The token of each single byte.</summary>
    internal int[] ByteIds { get; } = new int[256];

    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id].._starts[id + 1]);

    /// <summary>The token of exactly these bytes, or -1.</summary>
    internal int Find(ReadOnlySpan<byte> bytes)
    {
        var (hash, mask) = (Hash(bytes), _slots.Length - 1);
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var found = _slots[slot];
            if (found == uint.MaxValue)
                return None;
            if (found >> PairTable.Bits == Rest(hash) && this[(int)found & IdMask].SequenceEqual(bytes))
                return (int)found & IdMask;
        }
    }

    /// <summary>The rank at which two bytes merge, or <see cref="int.MaxValue"/>.</summary>
    internal int Merge(byte left, byte right) => _bytePairs[(left << 8) | right];

    /// <summary>The token that a merge of this rank makes.</summary>
    internal int Product(int rank) => _products is null ? rank : _products[rank];

    /// <summary>The rank at which two tokens merge, or <see cref="int.MaxValue"/>.</summary>
    internal int Merge(int left, int right) => _pairs[left, right];

    private void Insert(int id)
    {
        var (hash, mask) = (Hash(this[id]), _slots.Length - 1);
        var slot = (int)hash & mask;
        while (_slots[slot] != uint.MaxValue)
            slot = (slot + 1) & mask;
        _slots[slot] = (Rest(hash) << PairTable.Bits) | (uint)id;
    }

    // Eight bytes at a time; the last eight may overlap those before.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length * 0x9E3779B97F4A7C15;
        if (bytes.Length >= 8)
        {
            for (var i = 0; i + 8 < bytes.Length; i += 8)
                hash = Mixed(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
            return Mixed(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]));
        }
        var word = 0UL;
        foreach (var b in bytes)
            word = (word << 8) | b;
        return Mixed(hash ^ word);
    }

    private static ulong Mixed(ulong word)
    {
        word *= 0xBF58476D1CE4E5B9;
        return word ^ (word >> 32);
    }

    // What fits beside an id; never all ones, which is an empty slot.
    private static uint Rest(ulong hash) => (uint)(hash >> 54) & 0x3FF;

    private void FillBytePairs()
    {
        for (var left = 0; left < 256; left++)
        {
            for (var right = 0; right < 256; right++)
                _bytePairs[(left << 8) | right] = ByteIds[left] == None || ByteIds[right] == None ? int.MaxValue : Merge(ByteIds[left], ByteIds[right]);
        }
    }

    // Every way to cut a token into two tokens: whatever neighbours meet, their merge is found without looking at bytes.
    private List<(int Left, int Right, int Rank)> Cuts()
    {
        var found = new List<(int Left, int Right, int Rank)>(4 * Count);
        for (var id = 0; id < Count; id++)
        {
            var token = this[id];
            for (var cut = 1; cut < token.Length; cut++)
            {
                if (Find(token[..cut]) is var left and not None && Find(token[cut..]) is var right and not None)
                    found.Add((left, right, id));
            }
        }
        return found;
    }
}
