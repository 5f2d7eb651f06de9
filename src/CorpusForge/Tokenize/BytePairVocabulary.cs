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
/// A token's id is its rank: of all neighbours that together are a token, those of the lowest rank merge first, the leftmost first
/// among equals (Sennrich et al. 2016 on bytes, with the ranks of tiktoken). Every single byte is a token, so nothing is unknown.
/// </remarks>
public sealed class BytePairVocabulary
{
    private const int None = -1;

    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly int[] _slots;
    private readonly ulong[] _pairKeys;
    private readonly int[] _pairIds;
    private readonly int[] _bytePairs = new int[256 * 256];

    /// <param name="ranks">Lines of base64 of a token's bytes, a space, and its rank, as tiktoken publishes them.</param>
    /// <param name="name">For errors.</param>
    /// <exception cref="InputException">A line is not of this form, a rank is missing or twice, or a byte is no token.</exception>
    public BytePairVocabulary(ReadOnlySpan<byte> ranks, string name)
    {
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(ranks));
        var tokens = Parse(ranks, name);
        _starts = new int[tokens.Length + 1];
        for (var id = 0; id < tokens.Length; id++)
            _starts[id + 1] = _starts[id] + tokens[id].Length;
        _bytes = new byte[_starts[^1]];
        _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)tokens.Length * 2 + 2)];
        Array.Fill(_slots, None);
        for (var id = 0; id < tokens.Length; id++)
        {
            tokens[id].CopyTo(_bytes, _starts[id]);
            if (Find(tokens[id]) != None)
                throw new InputException(name, 0, $"token {id} has the bytes of token {Find(tokens[id])}");
            Insert(id);
        }
        for (var b = 0; b < 256; b++)
        {
            ByteIds[b] = Find([(byte)b]);
            if (ByteIds[b] == None)
                throw new InputException(name, 0, $"byte {b:x2} is no token");
        }
        (_pairKeys, _pairIds) = Pairs();
        Array.Fill(_bytePairs, int.MaxValue);
        for (var left = 0; left < 256; left++)
        {
            for (var right = 0; right < 256; right++)
                _bytePairs[(left << 8) | right] = Find([(byte)left, (byte)right]) is var id and not None ? id : int.MaxValue;
        }
    }

    /// <summary>Of the ranks as they were read.</summary>
    public string Sha256 { get; }

    /// <summary>How many tokens there are; ids are 0 to one less.</summary>
    public int Count => _starts.Length - 1;

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

    /// <summary>The token that two bytes make, or <see cref="int.MaxValue"/>.</summary>
    internal int Merge(byte left, byte right) => _bytePairs[(left << 8) | right];

    /// <summary>The token that two tokens make, or <see cref="int.MaxValue"/>.</summary>
    internal int Merge(int left, int right)
    {
        var (key, mask) = (PairKey(left, right), _pairKeys.Length - 1);
        for (var slot = PairSlot(key, mask); ; slot = (slot + 1) & mask)
        {
            if (_pairKeys[slot] == key)
                return _pairIds[slot];
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

    // Every way to cut a token into two tokens: whatever neighbours meet, their merge is found without looking at bytes.
    private (ulong[] Keys, int[] Ids) Pairs()
    {
        var found = new List<(ulong Key, int Id)>();
        for (var id = 0; id < Count; id++)
        {
            var token = this[id];
            for (var cut = 1; cut < token.Length; cut++)
            {
                if (Find(token[..cut]) is var left and not None && Find(token[cut..]) is var right and not None)
                    found.Add((PairKey(left, right), id));
            }
        }
        var keys = new ulong[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)found.Count * 2 + 2)];
        var ids = new int[keys.Length];
        Array.Fill(keys, ulong.MaxValue);
        foreach (var (key, id) in found)
        {
            var slot = PairSlot(key, keys.Length - 1);
            while (keys[slot] != ulong.MaxValue)
                slot = (slot + 1) & (keys.Length - 1);
            (keys[slot], ids[slot]) = (key, id);
        }
        return (keys, ids);
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
