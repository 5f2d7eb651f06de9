using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CorpusForge.Filter;

/// <summary>What a linear model reads of a text: hashed character n-grams of words with their boundaries, and whole words.</summary>
/// <remarks>
/// <para>Bojanowski et al. 2017, arXiv:1607.04606: an n-gram may reach over the start or the end of a word, which are
/// characters of their own. A word is a run of letters, marks, apostrophes and middle dots, as long as it likes.</para>
/// <para>Units are lower-cased one by one, independent of locale. A lone surrogate separates words.</para>
/// </remarks>
public sealed record LinearModelFeatures
{
    /// <summary>The longest n-gram that can be read.</summary>
    public const int Longest = 8;

    /// <summary>The longest character n-gram; 0 reads none.</summary>
    public int MaxCharacters { get; init; } = 4;

    /// <summary>Whether whole words are read too.</summary>
    public bool Words { get; init; }
}

/// <summary>Reads the features of a text from its start to its end, a buffer at a time, as the rows of the model that are theirs.</summary>
/// <remarks>
/// Lane n of the state is a hash by rotation and addition of the last n + 1 units of the word. All lanes advance at once; their order is that of
/// the lengths, so that the lanes which a young word does not fill yet are the ones after those that count.
/// </remarks>
internal ref struct FeatureReader(ReadOnlySpan<char> text, LinearModelFeatures features, int bits)
{
    // A buffer has room for what one unit gives, and for the lanes that do not count.
    private const int Slack = 2 * LinearModelFeatures.Longest;
    private const uint Start = 0x9E3779B1, End = 0x85EBCA77, WordPrime = 0x2545F491;

    private static readonly uint[] s_units = [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => Spread(UnitOf((char)c)))];

    private readonly ReadOnlySpan<char> _text = text;
    private readonly int _longest = features.MaxCharacters, _shift = 32 - bits;
    private readonly bool _words = features.Words;
    private int _position, _read;
    private uint _word;
    private Vector256<uint> _grams;

    // Odd constants of MurmurHash3 and xxHash; the last is for whole words and n-grams of eight.
    private static Vector256<uint> Lanes => Vector256.Create(0x9E3779B1u, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, 0xD3A2646D, 0xFD7046C5, 0xB55A4F09);

    /// <summary>Writes the rows of the next features; returns how many, 0 at the end of the text.</summary>
    public int Read(scoped Span<int> rows)
    {
        var limit = rows.Length - Slack;
        ref var buffer = ref MemoryMarshal.GetReference(rows);
        ref var units = ref MemoryMarshal.GetArrayDataReference(s_units);
        var (position, read, word, grams, count) = (_position, _read, _word, _grams, 0);
        while (position < _text.Length && count < limit)
        {
            var unit = Unsafe.Add(ref units, (int)_text[position++]);
            if (unit != 0)
            {
                if (read == 0)
                    (grams, word, read) = (Vector256.CreateScalar(Start), 0, 1);
                grams = Push(grams, unit);
                word = (word + unit) * WordPrime;
                Rows(grams).StoreUnsafe(ref buffer, (nuint)count);
                count += Math.Min(++read, _longest);
            }
            else if (read > 0)
            {
                count += Close(ref buffer, count, grams, read, word);
                read = 0;
            }
        }
        if (position == _text.Length && read > 0 && count < limit)
        {
            count += Close(ref buffer, count, grams, read, word);
            read = 0;
        }
        (_position, _read, _word, _grams) = (position, read, word, grams);
        return count;
    }

    // The n-grams of two and more units that end with the end of the word, and the word.
    private readonly int Close(ref int buffer, int count, Vector256<uint> grams, int read, uint word)
    {
        Vector256.Shuffle(Rows(Push(grams, End)), Vector256.Create(1, 2, 3, 4, 5, 6, 7, 0)).StoreUnsafe(ref buffer, (nuint)count);
        var closed = Math.Max(Math.Min(read + 1, _longest) - 1, 0);
        if (!_words)
            return closed;
        Unsafe.Add(ref buffer, count + closed) = (int)((word ^ (word >> 15)) * Lanes[7] >> _shift);
        return closed + 1;
    }

    private static Vector256<uint> Push(Vector256<uint> grams, uint unit)
    {
        var shifted = Vector256.Shuffle(grams, Vector256.Create(0u, 0, 1, 2, 3, 4, 5, 6)) & Vector256.Create(0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u);
        return ((shifted << 5) | (shifted >>> 27)) + Vector256.Create(unit);
    }

    private readonly Vector256<int> Rows(Vector256<uint> grams) => (((grams ^ (grams >>> 15)) * Lanes) >>> _shift).AsInt32();

    // The finalizer of MurmurHash3: 0 stays 0, and no other unit becomes it.
    private static uint Spread(uint unit)
    {
        unit = (unit ^ (unit >> 16)) * 0x85EBCA6B;
        unit = (unit ^ (unit >> 13)) * 0xC2B2AE35;
        return unit ^ (unit >> 16);
    }

    private static char UnitOf(char c) => c switch
    {
        '\'' or '’' => '\'',
        '·' => '·',
        _ => CharUnicodeInfo.GetUnicodeCategory(c) is <= UnicodeCategory.EnclosingMark ? char.ToLowerInvariant(c) : '\0',
    };
}
