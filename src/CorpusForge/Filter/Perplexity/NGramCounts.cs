using CorpusForge.Deduplicate;

namespace CorpusForge.Filter.Perplexity;

/// <summary>An n-gram and how often it counts.</summary>
internal readonly record struct CountedNGram(UInt128 Key, long Count) : IComparable<CountedNGram>
{
    public int CompareTo(CountedNGram other) => Key.CompareTo(other.Key);
}

/// <summary>How often every n-gram of every order counts, in one pass over what ends alike.</summary>
/// <remarks>
/// Of the longest n-grams and of those that begin a sentence that is how often they occur; of the others, how many different words stand before them. N-grams come
/// out by their first word first, sorted on disk.
/// </remarks>
internal sealed class NGramCounts : IDisposable
{
    private readonly int _order;
    private readonly NGramPack _pack;
    private readonly long[] _running;
    private readonly long[][] _ofCounts;
    private UInt128 _last;
    private int _lastLength;

    public NGramCounts(int order, NGramPack pack, int words, Scratch scratch, long memoryBytes)
    {
        (_order, _pack) = (order, pack);
        _running = new long[order + 1];
        _ofCounts = [.. Enumerable.Range(0, order + 1).Select(_ => new long[5])];
        Words = new long[words + 1];
        Sorted = [.. Enumerable.Range(0, order + 1).Select(_ => new ExternalSort<CountedNGram>(scratch, memoryBytes / order))];
    }

    /// <summary>The counts of single words.</summary>
    public long[] Words { get; }

    /// <summary>The n-grams of an order, from 2 on.</summary>
    public ExternalSort<CountedNGram>[] Sorted { get; }

    /// <summary>How many n-grams of an order count so often, up to four times.</summary>
    public long[] OfCounts(int order) => _ofCounts[order];

    /// <summary>Takes the windows that end at every word, by their last word first, sorted.</summary>
    public void Add(IEnumerable<UInt128> windows)
    {
        var (window, count) = (UInt128.Zero, 0L);
        foreach (var next in windows)
        {
            if (next != window && count > 0)
            {
                Add(window, count);
                count = 0;
            }
            window = next;
            count++;
        }
        if (count > 0)
            Add(window, count);
        Close(0);
    }

    private void Add(UInt128 window, long count)
    {
        var (length, common) = (_pack.Length(window), _lastLength == 0 ? 0 : _pack.Common(window, _last));
        Close(common);
        // One more word stands before what both end with.
        _running[common]++;
        for (var n = common + 1; n < length; n++)
            _running[n] = 1;
        _running[length] = count;
        (_last, _lastLength) = (window, length);
    }

    // The n-grams longer than what the next window ends with are complete.
    private void Close(int common)
    {
        for (var n = _lastLength; n > common; n--)
        {
            var count = _running[n];
            if (count <= 4)
                _ofCounts[n][count]++;
            if (n == 1)
                Words[_pack[_last, 0]] = count;
            else
                Sorted[n].Add(new CountedNGram(_pack.Reverse(_pack.First(_last, n), n), count));
        }
    }

    public void Dispose()
    {
        foreach (var sort in Sorted)
            sort.Dispose();
    }
}
