using System.Globalization;

namespace CorpusForge.Filter;

/// <summary>What a linear model reads of a text: hashed character n-grams of words with their boundaries, and whole words.</summary>
/// <remarks>
/// <para>Bojanowski et al. 2017, arXiv:1607.04606: an n-gram may reach over the start or the end of a word, which are
/// characters of their own. Text is read once, one UTF-16 unit at a time, with a polynomial hash for every length that is
/// being read, so there is no buffer and no limit on the length of a word.</para>
/// <para>Units are lower-cased one by one, independent of locale. A lone surrogate is a unit like any other.</para>
/// </remarks>
public sealed record LinearModelFeatures
{
    private const ulong Prime = 0x9E3779B97F4A7C15, WordPrime = 0xD6E8FEB86659FD93, PairPrime = 0xC2B2AE3D27D4EB4F;
    private const char Start = '\u0001', End = '\u0002';

    private static readonly Lazy<char[]> s_letters = new(() => Table(LetterOf));
    private static readonly Lazy<char[]> s_symbols = new(() => Table(SymbolOf));

    /// <summary>The longest character n-gram; 0 reads none.</summary>
    public int MaxCharacters { get; init; } = 4;

    /// <summary>0 reads no whole words, 1 words, 2 words and pairs of neighbours.</summary>
    public int MaxWords { get; init; }

    /// <summary>Whether digits and punctuation belong to words; otherwise letters, marks, apostrophe and middle dot only.</summary>
    public bool Symbols { get; init; }

    internal int Read<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : struct, IFeatureSink, allows ref struct
    {
        var units = (Symbols ? s_symbols : s_letters).Value;
        Span<ulong> grams = stackalloc ulong[MaxCharacters + 2];
        var (read, count) = (0, 0);
        ulong word = 0, previous = 0;
        foreach (var c in text)
        {
            var unit = units[c];
            if (unit != 0)
            {
                if (read == 0)
                    grams[1] = Start;
                read = Math.Max(read, 1);
                count += Push(grams, ref read, unit, ref sink);
                word = (word * WordPrime) + unit;
                if (MaxCharacters > 0)
                {
                    sink.Add(unit);
                    count++;
                }
            }
            else if (read > 0)
            {
                count += Close(grams, read, word, previous, ref sink);
                (previous, word, read) = (word, 0, 0);
            }
        }
        return read > 0 ? count + Close(grams, read, word, previous, ref sink) : count;
    }

    // The n-grams of two and more units that end with this one.
    private int Push<TSink>(scoped Span<ulong> grams, ref int read, char unit, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        var longest = Math.Min(read + 1, MaxCharacters);
        for (var n = longest; n >= 2; n--)
        {
            grams[n] = (grams[n - 1] * Prime) + unit;
            sink.Add(grams[n]);
        }
        grams[1] = unit;
        read = Math.Max(longest, 1);
        return Math.Max(longest - 1, 0);
    }

    private int Close<TSink>(scoped Span<ulong> grams, int read, ulong word, ulong previous, ref TSink sink)
        where TSink : struct, IFeatureSink, allows ref struct
    {
        var count = Push(grams, ref read, End, ref sink);
        if (MaxWords > 0)
            sink.Add((word * WordPrime) + End);
        if (MaxWords > 1)
            sink.Add((previous * PairPrime) + word);
        return count + MaxWords;
    }

    private static char[] Table(Func<char, char> unit)
    {
        var table = new char[char.MaxValue + 1];
        for (var c = 0; c < table.Length; c++)
            table[c] = unit((char)c);
        return table;
    }

    private static char LetterOf(char c) => c switch
    {
        '\'' or '’' => '\'',
        '·' => '·',
        _ => CharUnicodeInfo.GetUnicodeCategory(c) is <= UnicodeCategory.EnclosingMark ? char.ToLowerInvariant(c) : '\0',
    };

    private static char SymbolOf(char c) => char.IsWhiteSpace(c) || char.IsControl(c) ? '\0' : c == '’' ? '\'' : char.ToLowerInvariant(c);
}

/// <summary>Takes the features of a text one by one.</summary>
internal interface IFeatureSink
{
    void Add(ulong feature);
}
