using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;

namespace CorpusForge.Tokenize;

/// <summary>How a tokenizer is trained.</summary>
public sealed record BytePairTraining
{
    /// <summary>Tokens, with the 256 bytes and without the end of text.</summary>
    public int VocabularySize { get; init; } = 32_000;

    /// <summary>How text is cut before anything merges: as `cl100k_base`, `o200k_base` or `gpt2` cut it.</summary>
    public string Pattern { get; init; } = "cl100k_base";

    /// <summary>A pair seen less often never merges.</summary>
    public long MinCount { get; init; } = 2;

    /// <summary>A token has at most this many bytes.</summary>
    public int MaxTokenBytes { get; init; } = 64;

    /// <summary>How many threads count; the result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Learns the merges of a byte-level BPE: again and again the pair of neighbours that is most frequent within pieces.</summary>
/// <remarks>
/// Sennrich et al. 2016. Among pairs as frequent, the one of the lowest ids merges. Pieces are counted by all threads; merging is done by one, and
/// visits only pieces that hold the pair. Memory grows with the number of different pieces, not with the text.
/// </remarks>
public sealed class BytePairTrainer
{
    private readonly BytePairTraining _settings;
    private readonly List<byte[]> _tokens = [.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b })];

    // Pieces as tokens, one behind the other; those of a piece that merging freed lie unused behind its last.
    private int[] _symbols = [];
    private int[] _starts = [];
    private int[] _lengths = [];
    private long[] _counts = [];
    private readonly Dictionary<PairKey, Pair> _pairs = [];
    private readonly PriorityQueue<ulong, (long Count, ulong Key)> _queue = new(Comparer<(long Count, ulong Key)>.Create(
        (x, y) => x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Key.CompareTo(y.Key)));

    private BytePairTrainer(BytePairTraining settings) => _settings = settings;

    /// <summary>The tokens by rank: first the bytes, then what was merged, in order.</summary>
    /// <param name="texts">What to learn from; read once.</param>
    /// <param name="settings">See there.</param>
    /// <param name="report">Called with the number of tokens there are; may be called often.</param>
    /// <param name="cancel">Stops early.</param>
    /// <exception cref="PipelineException">A setting makes no sense.</exception>
    public static IReadOnlyList<byte[]> Train(IEnumerable<string> texts, BytePairTraining settings, Action<int>? report = null, CancellationToken cancel = default)
    {
        if (settings.VocabularySize is < 256 or > 1 << 20)
            throw new PipelineException($"a vocabulary has from 256 to {1 << 20:N0} tokens, not {settings.VocabularySize:N0}");
        var trainer = new BytePairTrainer(settings);
        trainer.Load(Count(texts, settings, cancel));
        trainer.Merge(report, cancel);
        return trainer._tokens;
    }

    /// <summary>How often each piece occurs.</summary>
    private static Dictionary<byte[], long> Count(IEnumerable<string> texts, BytePairTraining settings, CancellationToken cancel) => settings.Pattern switch
    {
        "cl100k_base" => Count(texts, new Cl100kSplitter(3), settings, cancel),
        "o200k_base" => Count(texts, new O200kSplitter(3, Contractions: true), settings, cancel),
        "gpt2" => Count(texts, new Gpt2Splitter(), settings, cancel),
        var other => throw new PipelineException($"there is no pattern '{other}'; there are: cl100k_base, o200k_base, gpt2"),
    };

    private static Dictionary<byte[], long> Count<TSplitter>(IEnumerable<string> texts, TSplitter splitter, BytePairTraining settings, CancellationToken cancel)
        where TSplitter : struct, IPieceSplitter
    {
        var counts = new Dictionary<byte[], long>(new SameBytes());
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, settings.Threads), CancellationToken = cancel };
        // Batches, so that neither taking a text nor finding a table costs much.
        try
        {
            Parallel.ForEach(
                Partitioner.Create(texts.Chunk(64), EnumerablePartitionerOptions.NoBuffering), parallel,
                () => new Dictionary<byte[], long>(new SameBytes()),
                (batch, _, own) =>
                {
                    var bytes = new byte[1024];
                    foreach (var text in batch)
                    {
                        if (bytes.Length < 3 * text.Length)
                            bytes = new byte[3 * text.Length];
                        var utf8 = bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes));
                        for (var start = 0; start < utf8.Length;)
                        {
                            var end = splitter.End(utf8, start);
                            // A single byte has no pair.
                            if (end - start > 1)
                                CollectionsMarshal.GetValueRefOrAddDefault(own.GetAlternateLookup<ReadOnlySpan<byte>>(), utf8[start..end], out var _)++;
                            start = end;
                        }
                    }
                    return own;
                },
                own =>
                {
                    lock (counts)
                    {
                        foreach (var (piece, count) in own)
                            CollectionsMarshal.GetValueRefOrAddDefault(counts, piece, out var _) += count;
                    }
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return counts;
    }

    private void Load(Dictionary<byte[], long> counted)
    {
        // In an order that no thread has a say in.
        var pieces = counted.ToArray();
        Array.Sort(pieces, (x, y) => x.Key.AsSpan().SequenceCompareTo(y.Key));
        _symbols = new int[pieces.Sum(p => (long)p.Key.Length)];
        (_starts, _lengths, _counts) = (new int[pieces.Length], new int[pieces.Length], new long[pieces.Length]);
        var at = 0;
        for (var i = 0; i < pieces.Length; i++)
        {
            var bytes = pieces[i].Key;
            (_starts[i], _lengths[i], _counts[i]) = (at, bytes.Length, pieces[i].Value);
            foreach (var b in bytes)
                _symbols[at++] = b;
            for (var j = at - bytes.Length; j + 1 < at; j++)
                Change(_symbols[j], _symbols[j + 1], _counts[i], i);
        }
        foreach (var (key, pair) in _pairs)
            _queue.Enqueue(key.Value, (pair.Count, key.Value));
    }

    private void Merge(Action<int>? report, CancellationToken cancel)
    {
        var fresh = new HashSet<PairKey>();
        while (_tokens.Count < _settings.VocabularySize && _queue.TryDequeue(out var key, out var offered))
        {
            cancel.ThrowIfCancellationRequested();
            var pair = _pairs[new(key)];
            // Counts only fall between an offer and its turn.
            if (pair.Count != offered.Count)
            {
                if (pair.Count >= _settings.MinCount)
                    _queue.Enqueue(key, (pair.Count, key));
                continue;
            }
            if (pair.Count < _settings.MinCount)
                break;
            var (left, right) = ((int)(key >> 32), (int)key);
            if (_tokens[left].Length + _tokens[right].Length > _settings.MaxTokenBytes)
                continue;
            _tokens.Add([.. _tokens[left], .. _tokens[right]]);
            fresh.Clear();
            foreach (var piece in pair.Pieces)
                MergeIn(piece, left, right, _tokens.Count - 1, fresh);
            _pairs.Remove(new(key));
            foreach (var made in fresh)
                _queue.Enqueue(made.Value, (_pairs[made].Count, made.Value));
            report?.Invoke(_tokens.Count);
        }
    }

    // A piece may be listed twice, or have lost the pair to another merge.
    private void MergeIn(int piece, int left, int right, int product, HashSet<PairKey> fresh)
    {
        var symbols = _symbols.AsSpan(_starts[piece], _lengths[piece]);
        var count = _counts[piece];
        var kept = 0;
        for (var i = 0; i < symbols.Length; i++)
        {
            if (i + 1 == symbols.Length || symbols[i] != left || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            if (kept > 0)
            {
                Change(symbols[kept - 1], left, -count, piece);
                fresh.Add(Change(symbols[kept - 1], product, count, piece));
            }
            if (i + 2 < symbols.Length)
            {
                // What follows may be merged itself; then its left neighbour is the product, and this is put right there.
                Change(right, symbols[i + 2], -count, piece);
                fresh.Add(Change(product, symbols[i + 2], count, piece));
            }
            symbols[kept++] = product;
            i++;
        }
        _lengths[piece] = kept;
    }

    private PairKey Change(int left, int right, long count, int piece)
    {
        var key = new PairKey(((ulong)(uint)left << 32) | (uint)right);
        ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out var _);
        pair ??= new Pair();
        pair.Count += count;
        if (count > 0 && (pair.Pieces.Count == 0 || pair.Pieces[^1] != piece))
            pair.Pieces.Add(piece);
        return key;
    }

    // The runtime's hash of such a number is the exclusive or of its halves, which is the same for many pairs.
    private readonly record struct PairKey(ulong Value)
    {
        public override int GetHashCode() => (int)((Value * 0x9E3779B97F4A7C15) >> 32);
    }

    private sealed class Pair
    {
        public long Count { get; set; }
        public List<int> Pieces { get; } = [];
    }

    /// <summary>Bytes are equal where they hold the same.</summary>
    private sealed class SameBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
