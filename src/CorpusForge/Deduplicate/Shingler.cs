using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace CorpusForge.Deduplicate;

/// <summary>What a shingle is made of.</summary>
public enum ShingleUnit
{
    Word,

    /// <summary>Finds more, and joins what merely shares a template: verify what it drops.</summary>
    Character,
}

/// <summary>Makes the set of shingles of a text: hashes of every run of n words, after what does not matter is levelled.</summary>
/// <remarks>
/// <para>Levelled as datatrove does it: lower case; a number, with decimals, is `0`; punctuation, symbols and controls are
/// spaces; canonical decomposition, and marks (Mn) are left out, as are format characters (soft hyphens, joiners). Han,
/// kana, Thai, Lao, Khmer and Burmese are written without spaces: each of their characters is a word.</para>
/// <para>A text of fewer than n words has one shingle, of all its words; a text without words has none. Shingles are
/// 32-bit hashes: two of them collide by chance, which moves the Jaccard similarity of sets of m shingles by about
/// m/2^32, less than it is rounded to up to m = 4000, and 2e-5 for a book of 100,000 words.</para>
/// <para>Owned by one worker; a result is valid until the next call.</para>
/// </remarks>
public sealed class Shingler(int ngram, ShingleUnit unit = ShingleUnit.Word)
{
    private const ulong Multiplier = WordWindow.Multiplier;

    private readonly ulong[] _last = new ulong[ngram];
    private readonly ulong _leaving = WordWindow.Power(Multiplier, ngram);
    private uint[] _shingles = new uint[16];
    private uint[] _scratch = new uint[16];
    private ulong _window;
    private int _words;
    private int _oldest;
    private ulong[]? _hashes;
    private (int Start, int End)[] _places = [];

    /// <summary>Where the words of the last call of <see cref="Words"/> stand in the text.</summary>
    internal ReadOnlySpan<(int Start, int End)> Places => _places.AsSpan(0, _words);

    /// <summary>The hashes of all words in order, 64 bits each.</summary>
    internal ReadOnlySpan<ulong> Words(ReadOnlySpan<char> text)
    {
        (_hashes, _places, _words) = (_hashes ?? new ulong[16], _places.Length == 0 ? new (int, int)[16] : _places, 0);
        Cut(text);
        return _hashes.AsSpan(0, _words);
    }

    /// <summary>The distinct shingles in ascending order.</summary>
    public ReadOnlySpan<uint> Shingle(ReadOnlySpan<char> text)
    {
        (_window, _words, _oldest) = (0, 0, 0);
        Array.Clear(_last);
        _hashes = null;
        Cut(text);
        if (_words == 0)
            return [];
        if (_words < ngram)
            _shingles[0] = Finish(_window);
        return Distinct(Sort(_shingles.AsSpan(0, Math.Max(1, _words - ngram + 1))));
    }

    private static Span<uint> Distinct(Span<uint> sorted)
    {
        var distinct = 1;
        for (var i = 1; i < sorted.Length; i++)
        {
            sorted[distinct] = sorted[i];
            distinct += sorted[i] != sorted[distinct - 1] ? 1 : 0;
        }
        return sorted[..distinct];
    }

    private void Cut(ReadOnlySpan<char> text)
    {
        var map = Levelled.Map;
        var (word, chunk, inWord, start) = (0UL, 0UL, false, 0);
        var i = 0;
        while (i < text.Length)
        {
            uint c = map[text[i]];
            if (Levelled.IsPlain(c) && unit == ShingleUnit.Word)
            {
                start = inWord ? start : i;
                do
                    Append(ref word, ref chunk, c);
                while (++i < text.Length && Levelled.IsPlain(c = map[text[i]]));
                inWord = true;
                continue;
            }
            var width = 1;
            if (c == Levelled.Surrogate)
                (c, width) = Levelled.Pair(text, i);
            if (c == Levelled.Digit)
                (c, width) = ('0', Levelled.NumberWidth(text, i));
            i += width;
            if (c == Levelled.Dropped)
                continue;
            var alone = unit == ShingleUnit.Character || Levelled.IsWord(c);
            if (inWord && (alone || c == Levelled.Space))
            {
                Push(word ^ chunk, start, i - width);
                (word, chunk, inWord) = (0, 0, false);
            }
            if (c == Levelled.Space)
                continue;
            start = inWord ? start : i - width;
            if (c == Levelled.Decomposed)
            {
                foreach (var part in Levelled.Decomposition(text[i - 1]))
                    Append(ref word, ref chunk, part);
            }
            else
            {
                if (c > char.MaxValue)
                    Append(ref word, ref chunk, 0xD800 | (c >> 16));
                Append(ref word, ref chunk, (ushort)c);
            }
            inWord = true;
            if (alone)
            {
                Push(word ^ chunk, start, i);
                (word, chunk, inWord) = (0, 0, false);
            }
        }
        if (inWord)
            Push(word ^ chunk, start, text.Length);
    }

    // Units are gathered four at a time, so that a word costs one multiplication for each four of its letters.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Append(ref ulong word, ref ulong chunk, uint unit)
    {
        if (chunk >> 48 != 0)
        {
            word = (word ^ chunk) * Multiplier;
            word ^= word >> 32;
            chunk = 0;
        }
        chunk = (chunk << 16) | unit;
    }

    // The window is a polynomial in the words that it holds: the one that leaves is subtracted.
    private void Push(ulong word, int start, int end)
    {
        word = SplitMix64.Mix(word);
        if (_hashes is not null)
        {
            if (_words == _hashes.Length)
            {
                Array.Resize(ref _hashes, _words * 2);
                Array.Resize(ref _places, _words * 2);
            }
            (_hashes[_words], _places[_words]) = (word, (start, end));
            _words++;
            return;
        }
        _window = (_window * Multiplier) + word - (_last[_oldest] * _leaving);
        _last[_oldest] = word;
        _oldest = _oldest + 1 == ngram ? 0 : _oldest + 1;
        _words++;
        if (_words < ngram)
            return;
        if (_words - ngram == _shingles.Length)
            Array.Resize(ref _shingles, _shingles.Length * 2);
        _shingles[_words - ngram] = Finish(_window);
    }

    private static uint Finish(ulong window) => (uint)(SplitMix64.Mix(window) >> 32);

    // By the highest two bytes, three in a long text, least significant first; shingles are hashes, so hardly two agree in
    // those, and what is left to insertion is next to nothing. Should it be more, the text was made to be slow.
    private Span<uint> Sort(Span<uint> values)
    {
        if (values.Length < 128)
        {
            values.Sort();
            return values;
        }
        if (_scratch.Length < values.Length)
            _scratch = new uint[_shingles.Length];
        var from = values;
        var to = _scratch.AsSpan(0, values.Length);
        Span<int> starts = stackalloc int[256];
        for (var shift = values.Length < 1 << 16 ? 16 : 8; shift < 32; shift += 8)
        {
            starts.Clear();
            foreach (var value in from)
                starts[(byte)(value >> shift)]++;
            var sum = 0;
            foreach (ref var count in starts)
                (count, sum) = (sum, sum + count);
            foreach (var value in from)
                to[starts[(byte)(value >> shift)]++] = value;
            var swap = from;
            from = to;
            to = swap;
        }
        var moves = 8L * from.Length;
        for (var i = 1; i < from.Length; i++)
        {
            var value = from[i];
            var at = i;
            for (; at > 0 && from[at - 1] > value; at--)
                from[at] = from[at - 1];
            from[at] = value;
            moves -= i - at;
            if (moves < 0)
            {
                from.Sort();
                break;
            }
        }
        return from;
    }
}

/// <summary>What becomes of every character before shingles are made: the table of <see cref="Shingler"/>.</summary>
internal static class Levelled
{
    public const ushort Space = 0;
    public const ushort Dropped = 1;
    public const ushort Digit = 2;
    public const ushort Decomposed = 3;
    public const ushort Surrogate = 4;

    private static readonly string?[] s_decompositions = new string?[65536];

    /// <summary>For every UTF-16 unit one of the constants above, or the one character that it becomes.</summary>
    public static ushort[] Map { get; } = [.. Enumerable.Range(0, 65536).Select(c => MapOf((char)c))];

    /// <summary>The characters that a <see cref="Decomposed"/> one becomes, two or more.</summary>
    public static string Decomposition(char c) => s_decompositions[c]!;

    /// <summary>Whether it is a character that goes into a word as it is: the common case.</summary>
    public static bool IsPlain(uint c) => c - (Surrogate + 1) < 0x0E00 - (Surrogate + 1);

    /// <summary>Whether a character is a word by itself, being of a script that is written without spaces.</summary>
    public static bool IsWord(uint c) => c >= 0x0E00
        && (c <= 0x0EFF || c is (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3005 and <= 0x3007)
            or (>= 0x3040 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFF9F) or (>= 0x1B000 and <= 0x1B16F) or (>= 0x20000 and <= 0x3FFFF));

    /// <summary>What becomes of the character outside the basic plane that starts here, and how many units it takes.</summary>
    public static (uint Character, int Width) Pair(ReadOnlySpan<char> text, int i)
    {
        if (Rune.DecodeFromUtf16(text[i..], out var rune, out var width) != System.Buffers.OperationStatus.Done)
            return (Space, 1);
        rune = Rune.ToLowerInvariant(rune);
        return (ClassOf(Rune.GetUnicodeCategory(rune)) ?? (uint)rune.Value, width);
    }

    /// <summary>How long the number is that starts here: digits, and one decimal part.</summary>
    public static int NumberWidth(ReadOnlySpan<char> text, int start)
    {
        var end = Digits(text, start);
        if (end < text.Length && text[end] is '.' or ',' or '،' or '٫' or '⎖' or '⎗' or '⎘')
        {
            var decimals = Digits(text, end + 1);
            if (decimals > end + 1)
                end = decimals;
        }
        return end - start;
    }

    private static int Digits(ReadOnlySpan<char> text, int i)
    {
        while (i < text.Length)
        {
            var (c, width) = Map[text[i]] is Surrogate ? Pair(text, i) : (Map[text[i]], 1);
            if (c != Digit)
                break;
            i += width;
        }
        return i;
    }

    private static ushort? ClassOf(UnicodeCategory category) => category switch
    {
        UnicodeCategory.Surrogate => Surrogate,
        UnicodeCategory.DecimalDigitNumber => Digit,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.Format => Dropped,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.OtherNotAssigned => null,
        _ => Space,
    };

    private static ushort MapOf(char c)
    {
        if (ClassOf(char.GetUnicodeCategory(c)) is { } known)
            return known;
        // U+FFFE and U+FFFF are no characters, and normalisation refuses them.
        if (c >= 0xFFFE)
            return Space;
        var lower = char.ToLowerInvariant(c);
        var parts = string.Concat(lower.ToString().Normalize(NormalizationForm.FormD)
            .Where(p => char.GetUnicodeCategory(p) != UnicodeCategory.NonSpacingMark));
        if (parts.Length == 1)
            return parts[0];
        s_decompositions[c] = parts;
        return parts.Length == 0 ? Dropped : Decomposed;
    }
}
