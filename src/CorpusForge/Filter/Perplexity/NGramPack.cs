namespace CorpusForge.Filter.Perplexity;

/// <summary>The words of an n-gram in 128 bits, the first sort key in the highest; numbers of words begin at 1, and 0 fills what is left.</summary>
/// <remarks>Two orders: by the first word, so that n-grams of the same history lie together, or by the last, so that those that end alike do.</remarks>
internal readonly struct NGramPack(int order, int words)
{
    private readonly int _bits = 32 - int.LeadingZeroCount(words);

    /// <summary>The most words that n-grams of this order can tell apart.</summary>
    public static int MaxWords(int order) => (int)((1L << Math.Min(30, 128 / order)) - 1);

    /// <summary>The n-gram that ends with one more word, by its last word first.</summary>
    public UInt128 Push(UInt128 byLast, int word) => (byLast >> _bits) | ((UInt128)(uint)word << (_bits * (order - 1)));

    /// <summary>The word at a place in the order of sorting.</summary>
    public int this[UInt128 key, int place] => (int)(uint)(key >> (_bits * (order - 1 - place))) & ((1 << _bits) - 1);

    /// <summary>The first n words in the order of sorting.</summary>
    public UInt128 First(UInt128 key, int n) => n == order ? key : key >> (_bits * (order - n)) << (_bits * (order - n));

    /// <summary>The n words of a key in the other order.</summary>
    public UInt128 Reverse(UInt128 key, int n)
    {
        var reversed = UInt128.Zero;
        for (var place = 0; place < n; place++)
            reversed = Push(reversed, this[key, place]);
        return reversed;
    }

    /// <summary>How many words two different keys have in common at their beginning.</summary>
    public int Common(UInt128 one, UInt128 two) => ((int)UInt128.LeadingZeroCount(one ^ two) - (128 - (_bits * order))) / _bits;

    public int Length(UInt128 key)
    {
        var length = order;
        while (length > 0 && this[key, length - 1] == 0)
            length--;
        return length;
    }
}
