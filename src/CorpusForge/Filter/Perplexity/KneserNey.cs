using System.Runtime.InteropServices;

namespace CorpusForge.Filter.Perplexity;

/// <summary>Trains an n-gram model with interpolated modified Kneser–Ney smoothing.</summary>
/// <remarks>
/// Chen and Goodman 1998, section 4.1.6, as lmplz of KenLM does it: below the highest order a word counts as often as different words stand before it, n-grams that begin a sentence as often as they occur; the
/// unigrams are interpolated with the uniform distribution over the vocabulary, the unknown word and the end included. Three discounts an order, estimated from how many n-grams occur once to four times; where there are too few,
/// 0.5, 1 and 1.5. All n-grams are in memory, about 60 bytes each.
/// </remarks>
public sealed class KneserNey
{
    private readonly int _order;
    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);
    private readonly Level[] _levels;
    private readonly List<int> _sentence = [];

    /// <param name="order">The longest n-gram, from 2 to 10.</param>
    public KneserNey(int order = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 10);
        _order = order;
        _levels = [.. Enumerable.Range(1, order).Select(n => new Level(n))];
        foreach (var word in (string[])[NGramModel.Unknown, NGramModel.Begin, NGramModel.End])
            _words.Add(word, _words.Count);
    }

    /// <summary>The n-grams of an order: their words one after the other, and how often they count.</summary>
    private sealed class Level(int order)
    {
        private readonly Dictionary<ulong, int> _places = [];

        public List<int> Words { get; } = [];
        public List<long> Counts { get; } = [];
        public List<double> Probabilities { get; } = [];
        public int Size => Counts.Count;

        public ReadOnlySpan<int> this[int place] => CollectionsMarshal.AsSpan(Words).Slice(place * order, order);

        public int Find(ReadOnlySpan<int> words) => _places.GetValueOrDefault(NGramModel.KeyOf(words), -1);

        public void Add(ReadOnlySpan<int> words)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, NGramModel.KeyOf(words), out var known);
            if (!known)
            {
                place = Counts.Count;
                Counts.Add(0);
                Words.AddRange(words);
            }
            Counts[place]++;
        }
    }

    /// <summary>What follows a history: how much in all, and how many n-grams count once, twice and more often.</summary>
    private record struct Follow(long Total, long Once, long Twice, long More);

    public void Add(IEnumerable<string> sentence)
    {
        _sentence.Clear();
        _sentence.Add(_words[NGramModel.Begin]);
        foreach (var word in sentence.Append(NGramModel.End))
        {
            if (!_words.TryGetValue(word, out var number))
                _words.Add(word, number = _words.Count);
            _sentence.Add(number);
            var length = Math.Min(_order, _sentence.Count);
            _levels[length - 1].Add(CollectionsMarshal.AsSpan(_sentence)[^length..]);
        }
    }

    /// <exception cref="InvalidOperationException">No sentence was added.</exception>
    public NGramModel Train()
    {
        if (_levels[^1].Size + _levels[^2].Size == 0)
            throw new InvalidOperationException("there is no sentence to train on");
        for (var n = _order; n > 1; n--)
            for (var i = 0; i < _levels[n - 1].Size; i++)
                _levels[n - 2].Add(_levels[n - 1][i][1..]);
        var entries = new Dictionary<ulong, NGramModel.Entry>[_order];
        var backOffs = new Dictionary<ulong, double>[_order + 1];
        for (var n = 1; n <= _order; n++)
            backOffs[n - 1] = Smooth(n);
        backOffs[_order] = [];
        for (var n = 1; n <= _order; n++)
            entries[n - 1] = Entries(n, backOffs[n]);
        return new NGramModel(_words, entries, "");
    }

    // The interpolation weights of the histories of this order; sets the probabilities.
    private Dictionary<ulong, double> Smooth(int n)
    {
        var level = _levels[n - 1];
        var discounts = Discounts(level);
        var follows = new Dictionary<ulong, Follow>();
        for (var i = 0; i < level.Size; i++)
        {
            ref var follow = ref CollectionsMarshal.GetValueRefOrAddDefault(follows, NGramModel.KeyOf(level[i][..^1]), out _);
            var count = level.Counts[i];
            follow = new Follow(follow.Total + count, follow.Once + (count == 1 ? 1 : 0), follow.Twice + (count == 2 ? 1 : 0), follow.More + (count > 2 ? 1 : 0));
        }
        var weights = follows.ToDictionary(
            f => f.Key, f => ((discounts[1] * f.Value.Once) + (discounts[2] * f.Value.Twice) + (discounts[3] * f.Value.More)) / f.Value.Total);
        var uniform = 1.0 / (_words.Count - 1); // all but the begin of a sentence
        for (var i = 0; i < level.Size; i++)
        {
            var words = level[i];
            var history = NGramModel.KeyOf(words[..^1]);
            var lower = n == 1 ? uniform : _levels[n - 2].Probabilities[_levels[n - 2].Find(words[1..])];
            level.Probabilities.Add(((level.Counts[i] - discounts[Math.Min(3, level.Counts[i])]) / follows[history].Total) + (weights[history] * lower));
        }
        return weights;
    }

    private Dictionary<ulong, NGramModel.Entry> Entries(int n, Dictionary<ulong, double> backOffs)
    {
        var level = _levels[n - 1];
        var entries = new Dictionary<ulong, NGramModel.Entry>(level.Size + 2);
        for (var i = 0; i < level.Size; i++)
            entries.Add(NGramModel.KeyOf(level[i]), Entry(level[i], Math.Log10(level.Probabilities[i])));
        if (n > 1)
            return entries;
        // The unknown word has what the uniform distribution gives it; the begin of a sentence is never predicted.
        var given = 1 - level.Probabilities.Sum();
        ReadOnlySpan<int> unknown = [_words[NGramModel.Unknown]], begin = [_words[NGramModel.Begin]];
        entries.TryAdd(NGramModel.KeyOf(unknown), Entry(unknown, Math.Log10(Math.Max(given, 1e-12))));
        entries.TryAdd(NGramModel.KeyOf(begin), Entry(begin, -99));
        return entries;

        NGramModel.Entry Entry(ReadOnlySpan<int> words, double log) =>
            new((float)log, backOffs.TryGetValue(NGramModel.KeyOf(words), out var weight) ? (float)Math.Log10(weight) : 0);
    }

    private static double[] Discounts(Level level)
    {
        var n = new double[5];
        foreach (var count in level.Counts)
            if (count <= 4)
                n[count]++;
        if (n[1] == 0 || n[2] == 0 || n[3] == 0 || n[4] == 0)
            return [0, 0.5, 1, 1.5];
        var y = n[1] / (n[1] + (2 * n[2]));
        double[] found = [0, 1 - (2 * y * n[2] / n[1]), 2 - (3 * y * n[3] / n[2]), 3 - (4 * y * n[4] / n[3])];
        return found[1] is > 0 and < 1 && found[2] is > 0 and < 2 && found[3] is > 0 and < 3 ? found : [0, 0.5, 1, 1.5];
    }
}
