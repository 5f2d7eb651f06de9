using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>The tokens of a byte-level BPE and which two of them merge into a third; immutable, shared by workers.</summary>
/// <remarks>
/// Of all neighbours that merge, those of the lowest rank merge first, the leftmost first among equals (Sennrich et al. 2016). In tiktoken's
/// files a token's id is its rank, and any two neighbours merge that together are a token; in `tokenizer.json` merges are listed in order.
/// </remarks>
public sealed class BytePairVocabulary
{
    private const int None = -1;

    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly int[] _slots;
    private readonly ulong[] _pairKeys;
    private readonly int[] _pairRanks;
    private readonly int[] _bytePairs = new int[256 * 256];
    private readonly int[]? _products;

    /// <param name="ranks">Lines of base64 of a token's bytes, a space, and its rank, as tiktoken publishes them.</param>
    /// <param name="name">For errors.</param>
    /// <exception cref="InputException">A line is not of this form, a rank is missing or twice, or a byte is no token.</exception>
    public BytePairVocabulary(ReadOnlySpan<byte> ranks, string name)
        : this(Parse(ranks, name), Convert.ToHexStringLower(SHA256.HashData(ranks)))
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
        (_pairKeys, _pairRanks) = Table(Cuts());
        FillBytePairs();
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
        (_pairKeys, _pairRanks) = Table([.. merges.Select((m, rank) => (PairKey(m.Left, m.Right), rank))]);
        FillBytePairs();
    }

    private BytePairVocabulary(byte[][] tokens, string sha256, bool[]? findable = null)
    {
        Sha256 = sha256;
        (_pairKeys, _pairRanks) = ([], []);
        _starts = new int[tokens.Length + 1];
        for (var id = 0; id < tokens.Length; id++)
            _starts[id + 1] = _starts[id] + tokens[id].Length;
        _bytes = new byte[_starts[^1]];
        _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)tokens.Length * 2 + 2)];
        Array.Fill(_slots, None);
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

    /// <summary>The token of each single byte.</summary>
    internal int[] ByteIds { get; } = new int[256];

    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id].._starts[id + 1]);

    /// <summary>The token of exactly these bytes, or -1.</summary>
    internal int Find(ReadOnlySpan<byte> bytes)
    {
        var mask = _slots.Length - 1;
        for (var slot = (int)XxHash3.HashToUInt64(bytes) & mask; ; slot = (slot + 1) & mask)
        {
            var id = _slots[slot];
            if (id == None || this[id].SequenceEqual(bytes))
                return id;
        }
    }

    /// <summary>The rank at which two bytes merge, or <see cref="int.MaxValue"/>.</summary>
    internal int Merge(byte left, byte right) => _bytePairs[(left << 8) | right];

    /// <summary>The token that a merge of this rank makes.</summary>
    internal int Product(int rank) => _products is null ? rank : _products[rank];

    /// <summary>The rank at which two tokens merge, or <see cref="int.MaxValue"/>.</summary>
    internal int Merge(int left, int right)
    {
        var (key, mask) = (PairKey(left, right), _pairKeys.Length - 1);
        for (var slot = PairSlot(key, mask); ; slot = (slot + 1) & mask)
        {
            if (_pairKeys[slot] == key)
                return _pairRanks[slot];
            if (_pairKeys[slot] == ulong.MaxValue)
                return int.MaxValue;
        }
    }

    /// <summary>The ranks that a package of Microsoft.ML.Tokenizers carries, byte for byte as tiktoken publishes them.</summary>
    /// <remarks>The package has a line with the number of tokens, then the tokens in order of rank without saying it.</remarks>
    internal static byte[] OfPackage(string assembly)
    {
        var data = Assembly.Load(assembly);
        var name = data.GetManifestResourceNames().Single(n => n.EndsWith(".deflate", StringComparison.Ordinal));
        using var lines = new StreamReader(new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress), Encoding.ASCII);
        lines.ReadLine();
        var ranks = new StringBuilder();
        for (var rank = 0; lines.ReadLine() is { } token; rank++)
            ranks.Append(token).Append(' ').Append(rank).Append('\n');
        return Encoding.ASCII.GetBytes(ranks.ToString());
    }

    private static ulong PairKey(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private static int PairSlot(ulong key, int mask) => (int)((key * 0x9E3779B97F4A7C15) >> 33) & mask;

    private void Insert(int id)
    {
        var mask = _slots.Length - 1;
        var slot = (int)XxHash3.HashToUInt64(this[id]) & mask;
        while (_slots[slot] != None)
            slot = (slot + 1) & mask;
        _slots[slot] = id;
    }

    private void FillBytePairs()
    {
        for (var left = 0; left < 256; left++)
        {
            for (var right = 0; right < 256; right++)
                _bytePairs[(left << 8) | right] = ByteIds[left] == None || ByteIds[right] == None ? int.MaxValue : Merge(ByteIds[left], ByteIds[right]);
        }
    }

    // Every way to cut a token into two tokens: whatever neighbours meet, their merge is found without looking at bytes.
    private List<(ulong Key, int Rank)> Cuts()
    {
        var found = new List<(ulong Key, int Rank)>();
        for (var id = 0; id < Count; id++)
        {
            var token = this[id];
            for (var cut = 1; cut < token.Length; cut++)
            {
                if (Find(token[..cut]) is var left and not None && Find(token[cut..]) is var right and not None)
                    found.Add((PairKey(left, right), id));
            }
        }
        return found;
    }

    // Of a pair that is there twice, the last counts.
    private static (ulong[] Keys, int[] Ranks) Table(List<(ulong Key, int Rank)> pairs)
    {
        var keys = new ulong[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)pairs.Count * 2 + 2)];
        var ranks = new int[keys.Length];
        Array.Fill(keys, ulong.MaxValue);
        foreach (var (key, rank) in pairs)
        {
            var slot = PairSlot(key, keys.Length - 1);
            while (keys[slot] != ulong.MaxValue && keys[slot] != key)
                slot = (slot + 1) & (keys.Length - 1);
            (keys[slot], ranks[slot]) = (key, rank);
        }
        return (keys, ranks);
    }

    private static byte[][] Parse(ReadOnlySpan<byte> ranks, string name)
    {
        var tokens = new List<byte[]?>();
        var at = 0L;
        foreach (var range in ranks.Split((byte)'\n'))
        {
            var line = ranks[range].TrimEnd((byte)'\r');
            var space = line.IndexOf((byte)' ');
            if (line.IsEmpty)
                continue;
            if (space < 1 || !int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var rank) || rank > 1 << 24)
                throw new InputException(name, at + range.Start.Value, "expected a token in base64, a space and its rank");
            CollectionsMarshal.SetCount(tokens, Math.Max(tokens.Count, rank + 1));
            try
            {
                if (tokens[rank] is not null)
                    throw new InputException(name, at + range.Start.Value, $"rank {rank} is there twice");
                tokens[rank] = Convert.FromBase64String(Encoding.ASCII.GetString(line[..space]));
            }
            catch (FormatException e)
            {
                throw new InputException(name, at + range.Start.Value, "the token is not base64", e);
            }
        }
        var missing = tokens.IndexOf(null);
        if (missing >= 0 || tokens.Count == 0)
            throw new InputException(name, 0, $"rank {Math.Max(missing, 0)} is missing");
        return [.. tokens.Select(t => t!)];
    }
}
