using System.Numerics;
using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

/// <summary>How much of a text its most frequent and its repeated n-grams of tokens cover, for n from 2 to 10.</summary>
/// <remarks>
/// <para>Refines instead of hashing every n-gram anew: an n-gram can repeat only where the (n-1)-grams at its place and at
/// the next place repeat, and the numbers of these two name it exactly. Each level looks only at the places that the level
/// before left, so prose, in which few 3-grams repeat, costs little more than one table look-up a token for all nine levels.
/// Before the first level, bits tell most of the pairs that occur once.</para>
/// <para>Pairs of tokens are told apart by 64 bits made of the tokens' hashes; nothing else is approximate.</para>
/// </remarks>
internal sealed class NGrams
{
    public const int Longest = 10;

    private readonly GramTable _table = new();
    private readonly List<int> _grams = [];
    private readonly List<int> _places = [];
    private readonly List<int> _counts = [];
    private readonly int[] _topChars = new int[Longest + 1];
    private readonly int[] _duplicateChars = new int[Longest + 1];
    private readonly int[] _coveredChars = new int[Longest + 1];
    private readonly (int Count, int Chars)[] _top = new (int, int)[Longest + 1];
    private ulong[] _once = [];
    private ulong[] _twice = [];

    /// <summary>Occurrences of the most frequent n-gram (of several the first) times its characters, joined by single spaces.</summary>
    public int TopChars(int n) => _topChars[n];

    /// <summary>Characters, without spaces, of the n-grams seen before, where a repeated n-gram is skipped as a whole.</summary>
    public int DuplicateChars(int n) => _duplicateChars[n];

    /// <summary>How often the most frequent n-gram occurs, and its characters without spaces; nothing where none repeats.</summary>
    public (int Count, int Chars) Top(int n) => _top[n];

    /// <summary>Characters, without spaces, of the tokens that are part of an n-gram that occurs more than once.</summary>
    public int CoveredChars(int n) => _coveredChars[n];

    public void Count(ReadOnlySpan<Token> tokens)
    {
        Array.Clear(_topChars);
        Array.Clear(_top);
        Array.Clear(_coveredChars);
        Array.Clear(_duplicateChars);
        // grams[i] numbers the n-gram at place i, or is -1 where it occurs once; the last place never has a follower.
        var grams = Sized(_grams, tokens.Length + 1);
        var places = Sized(_places, tokens.Length);
        var counts = Sized(_counts, tokens.Length);
        if (tokens.Length < 2)
            return;
        places = places[..Repeating(tokens, places)];
        grams.Fill(-1);
        _table.Clear(places.Length);
        foreach (var i in places)
            Enter(i, Pair(tokens, i), grams, counts);
        places = Repeated(places, grams, counts);
        Measure(tokens, 2, places, grams, counts);

        for (var n = 3; n <= Longest && n <= tokens.Length; n++)
        {
            _table.Clear(places.Length / 2);
            var left = 0;
            foreach (var i in places)
            {
                // In ascending order, grams[i + 1] still is the number of the level before.
                if (grams[i + 1] < 0)
                {
                    grams[i] = -1;
                    continue;
                }
                Enter(i, ((ulong)(uint)grams[i] << 32) | (uint)grams[i + 1], grams, counts);
                places[left++] = i;
            }
            places = places[..left];
            places = Repeated(places, grams, counts);
            Measure(tokens, n, places, grams, counts);
        }
    }

    /// <summary>Finds the places of pairs that may occur twice, since something falls where they fall among 16 to 32 bits a token.</summary>
    private int Repeating(ReadOnlySpan<Token> tokens, Span<int> places)
    {
        var bits = BitOperations.Log2((uint)tokens.Length) + 5;
        var words = 1 << (bits - 6);
        if (_once.Length < words)
            (_once, _twice) = (new ulong[words], new ulong[words]);
        Span<ulong> once = _once.AsSpan(0, words), twice = _twice.AsSpan(0, words);
        once.Clear();
        twice.Clear();
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            var at = Pair(tokens, i) >> (64 - bits);
            ref var word = ref once[(int)(at >> 6)];
            twice[(int)(at >> 6)] |= word & (1UL << (int)at);
            word |= 1UL << (int)at;
        }
        var count = 0;
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            var at = Pair(tokens, i) >> (64 - bits);
            places[count] = i;
            count += (int)(twice[(int)(at >> 6)] >> (int)at) & 1;
        }
        return count;
    }

    private static ulong Pair(ReadOnlySpan<Token> tokens, int i) => (tokens[i].Hash * 0x9E3779B97F4A7C15) + tokens[i + 1].Hash;

    private void Enter(int place, ulong key, Span<int> grams, Span<int> counts)
    {
        var known = _table.Count;
        var number = _table.Number(key);
        if (number == known)
            counts[number] = 0;
        counts[number]++;
        grams[place] = number;
    }

    /// <summary>Keeps the places whose n-gram occurs more than once.</summary>
    private static Span<int> Repeated(Span<int> places, Span<int> grams, ReadOnlySpan<int> counts)
    {
        var left = 0;
        foreach (var i in places)
            if (counts[grams[i]] > 1)
                places[left++] = i;
            else
                grams[i] = -1;
        return places[..left];
    }

    private void Measure(ReadOnlySpan<Token> tokens, int n, ReadOnlySpan<int> places, ReadOnlySpan<int> grams, Span<int> counts)
    {
        var (place, count) = Top(places, grams, counts);
        var chars = Chars(tokens.Slice(place, n));
        _topChars[n] = count * (chars + n - 1);
        _top[n] = count > 1 ? (count, chars) : default;
        _coveredChars[n] = Covered(tokens, n, places);
        _duplicateChars[n] = Duplicates(tokens, n, places, grams, counts);
    }

    private static int Covered(ReadOnlySpan<Token> tokens, int n, ReadOnlySpan<int> places)
    {
        var (chars, done) = (0, 0);
        foreach (var i in places)
        {
            for (var at = Math.Max(i, done); at < i + n; at++)
                chars += tokens[at].Length;
            done = i + n;
        }
        return chars;
    }

    private static (int Place, int Count) Top(ReadOnlySpan<int> places, ReadOnlySpan<int> grams, ReadOnlySpan<int> counts)
    {
        var (place, count) = (0, 1);
        foreach (var i in places)
            if (counts[grams[i]] > count)
                (place, count) = (i, counts[grams[i]]);
        return (place, count);
    }

    private static int Duplicates(ReadOnlySpan<Token> tokens, int n, ReadOnlySpan<int> places, ReadOnlySpan<int> grams, Span<int> counts)
    {
        var (chars, next) = (0, 0);
        foreach (var i in places)
        {
            if (i < next)
                continue;
            if (counts[grams[i]] > 0)
            {
                counts[grams[i]] = 0; // seen from here on
                continue;
            }
            chars += Chars(tokens.Slice(i, n));
            next = i + n;
        }
        return chars;
    }

    private static int Chars(ReadOnlySpan<Token> tokens)
    {
        var chars = 0;
        foreach (var token in tokens)
            chars += token.Length;
        return chars;
    }

    private static Span<int> Sized(List<int> list, int size)
    {
        CollectionsMarshal.SetCount(list, size);
        return CollectionsMarshal.AsSpan(list);
    }
}
