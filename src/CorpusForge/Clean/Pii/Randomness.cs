namespace CorpusForge.Clean.Pii;

/// <summary>Tells characters that were drawn from those that were written.</summary>
internal static class Randomness
{
    /// <summary>Whether characters look drawn rather than written: many bits each, and few pronounceable stretches.</summary>
    public static bool IsRandom(ReadOnlySpan<char> value, double minBits) => Entropy(value) >= minBits && Pronounceable(value) * 3 < value.Length * 2;

    /// <summary>Shannon's, in bits a character.</summary>
    public static double Entropy(ReadOnlySpan<char> value)
    {
        Span<int> counts = stackalloc int[128];
        counts.Clear();
        foreach (var c in value)
            counts[c & 127]++;
        var bits = 0.0;
        foreach (var count in counts)
            if (count > 0)
                bits -= (double)count / value.Length * Math.Log2((double)count / value.Length);
        return bits;
    }

    /// <summary>Letters of stretches of four and more with vowels where words have them.</summary>
    public static int Pronounceable(ReadOnlySpan<char> value)
    {
        var (total, run, consonants) = (0, 0, 0);
        for (var i = 0; i <= value.Length; i++)
        {
            var letter = i < value.Length && char.IsAsciiLetter(value[i]) && !(run > 0 && char.IsAsciiLetterUpper(value[i]) && char.IsAsciiLetterLower(value[i - 1]));
            var vowel = letter && "aeiouyAEIOUY".Contains(value[i], StringComparison.Ordinal);
            consonants = vowel ? 0 : consonants + 1;
            if (letter && consonants <= 3)
            {
                run++;
                continue;
            }
            total += run >= 4 ? run : 0;
            (run, consonants) = (i < value.Length && char.IsAsciiLetter(value[i]) ? 1 : 0, vowel ? 0 : 1);
        }
        return total;
    }

    /// <summary>How many different characters.</summary>
    public static int Distinct(ReadOnlySpan<char> value)
    {
        var (low, high) = (0UL, 0UL);
        foreach (var c in value)
            _ = c < 64 ? low |= 1UL << c : high |= 1UL << c;
        return System.Numerics.BitOperations.PopCount(low) + System.Numerics.BitOperations.PopCount(high);
    }
}
