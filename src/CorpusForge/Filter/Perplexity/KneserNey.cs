using CorpusForge.Deduplicate;

namespace CorpusForge.Filter.Perplexity;

/// <summary>Trains an n-gram model with interpolated modified Kneser–Ney smoothing.</summary>
/// <remarks>
/// <para>Chen and Goodman 1998, section 4.1.6, as lmplz of KenLM does it: below the highest order a word counts as often as different words stand before it, n-grams that begin a sentence as often as they occur; the
/// unigrams are interpolated with the uniform distribution over the vocabulary, the unknown word and the end included. Three discounts an order, estimated from how many n-grams occur once to four times; where there are too few,
/// 0.5, 1 and 1.5.</para>
/// <para>N-grams are sorted on disk within the memory given; only the words of the vocabulary are held beside it, and no more of them than are allowed: rarer ones are the unknown word. Neither that memory nor the order of the texts changes the model.</para>
/// </remarks>
public sealed class KneserNey : IDisposable
{
    public const int MaxOrder = 6;

    /// <summary>About a gigabyte of memory.</summary>
    public const int UsualMaxWords = 10_000_000;

    private readonly int _order;
    private readonly long _memoryBytes;
    private readonly Scratch _scratch;
    private readonly NGramCorpus _corpus;

    /// <param name="order">The longest n-gram, from 2 to <see cref="MaxOrder"/>.</param>
    /// <param name="memoryBytes">How much memory sorting may take.</param>
    /// <param name="folder">Where to put what does not fit; it is emptied first and removed afterwards.</param>
    /// <param name="maxWords">How many different words the model may know; of more, those that occur most often.</param>
    public KneserNey(int order, long memoryBytes, string folder, int maxWords = UsualMaxWords)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, MaxOrder);
        (_order, _memoryBytes) = (order, memoryBytes);
        _scratch = new Scratch(folder);
        _corpus = new NGramCorpus(_scratch, memoryBytes, maxWords);
    }

    /// <summary>How many sentences were added.</summary>
    public long Sentences => _corpus.Sentences;

    /// <summary>How often a word occurred at least that the model knows; 1 unless there were more words than there was room for.</summary>
    public long MinCount => _corpus.MinCount;

    public void AddWord(ReadOnlySpan<char> word) => _corpus.AddWord(word);

    public void EndSentence() => _corpus.EndSentence();

    /// <summary>Estimates the model and writes it; returns its words and how many n-grams of each order it has.</summary>
    /// <exception cref="InvalidOperationException">No sentence was added.</exception>
    public (int Words, long[] NGrams) Write(string path, CancellationToken cancel)
    {
        if (Sentences == 0)
            throw new InvalidOperationException("there is no sentence to train on");
        var vocabulary = _corpus.Vocabulary(cancel);
        if (vocabulary.Length > NGramPack.MaxWords(_order))
            throw new PipelineException($"{vocabulary.Length:N0} different words are too many for n-grams of {_order} words: train a lower order");
        var unfinished = _scratch.NewPath();
        var written = WriteTo(unfinished, vocabulary, cancel);
        File.Move(unfinished, path, overwrite: true);
        return (vocabulary.Length, written);
    }

    private long[] WriteTo(string path, string[] vocabulary, CancellationToken cancel)
    {
        var pack = new NGramPack(_order, vocabulary.Length);
        using var counts = Count(vocabulary, pack, cancel);
        var discounts = Enumerable.Range(0, _order + 1).Select(n => n == 0 ? [] : Discounts(counts.OfCounts(n))).ToArray();
        var weighted = Enumerable.Range(0, _order + 1).Select(_ => new ExternalSort<WeightedNGram>(_scratch, _memoryBytes / 2 / _order)).ToArray();
        var backOffs = Weigh(counts, discounts, pack, weighted, cancel);
        using var writer = new NGramWriter(path, vocabulary, _order);
        var written = new long[_order];
        var lower = Words(counts.Words, discounts[1]);
        written[0] = writer.Write(Enumerable.Range(1, vocabulary.Length)
            .Select(word => new NGramEntry(NGramModel.KeyOf([word - 1]), new((float)(word == Begin ? -99 : Math.Log10(lower[word])), (float)backOffs[word]))).Order());
        string? shorter = null;
        for (var n = 2; n <= _order; n++)
        {
            using var byKey = new ExternalSort<NGramEntry>(_scratch, _memoryBytes / 2 / _order);
            shorter = Interpolate(n, pack, weighted[n].Sorted(cancel), lower, shorter, byKey);
            weighted[n].Dispose();
            written[n - 1] = writer.Write(byKey.Sorted(cancel));
        }
        writer.Close();
        return written;
    }

    public void Dispose()
    {
        _corpus.Dispose();
        _scratch.Dispose();
    }

    // Numbers of words in an n-gram begin at 1.
    private const int Unknown = 1, Begin = 2, End = 3;

    private NGramCounts Count(string[] vocabulary, NGramPack pack, CancellationToken cancel)
    {
        using var windows = new ExternalSort<UInt128>(_scratch, _memoryBytes / 2);
        foreach (var sentence in _corpus.Read(vocabulary))
        {
            var window = pack.Push(0, Begin);
            foreach (var word in sentence)
                windows.Add(window = pack.Push(window, word));
            windows.Add(pack.Push(window, End));
        }
        var counts = new NGramCounts(_order, pack, vocabulary.Length, _scratch, _memoryBytes / 2);
        counts.Add(windows.Sorted(cancel));
        return counts;
    }

    /// <summary>What an n-gram has of its own, and what the shorter ones that end alike add.</summary>
    private readonly record struct WeightedNGram(UInt128 Key, float Own, float Weight, float BackOff) : IComparable<WeightedNGram>
    {
        public int CompareTo(WeightedNGram other) => Key.CompareTo(other.Key);
    }

    // From the longest n-grams down, each history at once; returns the back-offs of single words.
    private double[] Weigh(NGramCounts counts, double[][] discounts, NGramPack pack, ExternalSort<WeightedNGram>[] weighted, CancellationToken cancel)
    {
        var ofWords = new double[counts.Words.Length];
        string? longer = null;
        var group = new List<CountedNGram>();
        for (var n = _order; n > 1; n--)
        {
            using var backOffs = new Joined(longer);
            var path = _scratch.NewPath();
            using (var histories = new ValueWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0)))
            {
                foreach (var gram in counts.Sorted[n].Sorted(cancel))
                {
                    if (group.Count > 0 && pack.First(group[0].Key, n - 1) != pack.First(gram.Key, n - 1))
                        Close(histories);
                    group.Add(gram);
                }
                Close(histories);
            }
            counts.Sorted[n].Dispose();
            longer = path;

            void Close(ValueWriter histories)
            {
                // No sentence is so long.
                if (group.Count == 0)
                    return;
                var (weight, total) = Weight(group.Select(g => g.Count), discounts[n]);
                if (n > 2)
                    histories.Write((pack.First(group[0].Key, n - 1), Math.Log10(weight)));
                else
                    ofWords[pack[group[0].Key, 0]] = Math.Log10(weight);
                foreach (var (key, count) in group)
                    weighted[n].Add(new WeightedNGram(pack.Reverse(key, n), (float)((count - discounts[n][Math.Min(3, count)]) / total), (float)weight, (float)backOffs.Of(key)));
                group.Clear();
            }
        }
        return ofWords;
    }

    // The probabilities of single words by their numbers; the unknown word has what the uniform distribution gives it.
    private static double[] Words(long[] counts, double[] discounts)
    {
        var (weight, total) = Weight(counts.Where(c => c > 0), discounts);
        var uniform = 1.0 / (counts.Length - 2); // all but the begin of a sentence
        var probabilities = new double[counts.Length];
        for (var word = 1; word < counts.Length; word++)
        {
            if (counts[word] > 0)
                probabilities[word] = ((counts[word] - discounts[Math.Min(3, counts[word])]) / total) + (weight * uniform);
        }
        if (counts[Unknown] == 0)
            probabilities[Unknown] = Math.Max(1 - probabilities.Sum(), 1e-12);
        return probabilities;
    }

    private static (double Weight, double Total) Weight(IEnumerable<long> counts, double[] discounts)
    {
        var (total, once, twice, more) = (0L, 0L, 0L, 0L);
        foreach (var count in counts)
        {
            total += count;
            if (count == 1)
                once++;
            else if (count == 2)
                twice++;
            else
                more++;
        }
        return (((discounts[1] * once) + (discounts[2] * twice) + (discounts[3] * more)) / total, total);
    }

    // Adds the probability of what ends alike and is one word shorter; returns where those of this order are, for the next.
    private string Interpolate(int n, NGramPack pack, IEnumerable<WeightedNGram> sorted, double[] words, string? shorter, ExternalSort<NGramEntry> byKey)
    {
        using var lower = new Joined(shorter);
        var path = _scratch.NewPath();
        using var own = new ValueWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0));
        Span<int> numbers = stackalloc int[n];
        foreach (var gram in sorted)
        {
            var less = n == 2 ? words[pack[gram.Key, 0]] : lower.Of(pack.First(gram.Key, n - 1));
            var probability = gram.Own + (gram.Weight * less);
            if (n < _order)
                own.Write((gram.Key, probability));
            for (var place = 0; place < n; place++)
                numbers[n - 1 - place] = pack[gram.Key, place] - 1;
            byKey.Add(new NGramEntry(NGramModel.KeyOf(numbers), new((float)Math.Log10(probability), gram.BackOff)));
        }
        return path;
    }

    private static double[] Discounts(long[] n)
    {
        var y = n[1] / (n[1] + (2.0 * n[2]));
        double[] found = [0, 1 - (2 * y * n[2] / n[1]), 2 - (3 * y * n[3] / n[2]), 3 - (4 * y * n[4] / n[3])];
        // Where a count is 0, one of them is not between its bounds, or is no number.
        return found[1] is > 0 and < 1 && found[2] is > 0 and < 2 && found[3] is > 0 and < 3 ? found : [0, 0.5, 1, 1.5];
    }

    /// <summary>Values by n-gram in a file, sorted; asked for in the same order.</summary>
    private sealed class Joined(string? path) : IDisposable
    {
        private readonly BufferedStream? _stream = path is null ? null : new BufferedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0), 1 << 16);
        private readonly (UInt128 Key, double Value)[] _next = new (UInt128, double)[1];
        private bool _any;

        /// <summary>0 where there is none.</summary>
        public double Of(UInt128 key)
        {
            while (!_any || _next[0].Key < key)
            {
                var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(_next.AsSpan());
                if (_stream is null || _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                    _next[0] = (UInt128.MaxValue, 0);
                _any = true;
            }
            return _next[0].Key == key ? _next[0].Value : 0;
        }

        public void Dispose() => _stream?.Dispose();
    }
}
