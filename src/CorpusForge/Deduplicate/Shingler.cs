using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
/// hashes of 64 bits, so that no two of a pair of texts are taken for one; signatures are made of their upper halves.</para>
/// <para>Owned by one worker; a result is valid until the next call.</para>
/// </remarks>
public sealed class Shingler(int ngram, ShingleUnit unit = ShingleUnit.Word)
{
    private const ulong Multiplier = WordWindow.Multiplier;

    /// <summary>How many characters are looked at at once.</summary>
    private const int Block = 32;

    private readonly ulong _leaving = WordWindow.Power(Multiplier, ngram);

    // In front are the last words of before, which leave the window one by one; zeros at the beginning.
    private ulong[] _hashes = new ulong[ngram + 1024];
    private (int Start, int End)[]? _places;
    private int _filled;
    private ulong[] _shingles = new ulong[1024];
    private ulong[] _scratch = [];
    private uint[] _halves = [];
    private int _distinct;
    private ulong _window;
    private int _words;

    /// <summary>Where the words of the last call of <see cref="Words"/> stand in the text.</summary>
    internal ReadOnlySpan<(int Start, int End)> Places => _places.AsSpan(ngram, _words);

    /// <summary>The hashes of all words in order, 64 bits each.</summary>
    internal ReadOnlySpan<ulong> Words(ReadOnlySpan<char> text)
    {
        _places ??= new (int, int)[_hashes.Length];
        _filled = ngram;
        Cut(text);
        _words = _filled - ngram;
        return _hashes.AsSpan(ngram, _words);
    }

    /// <summary>The distinct shingles in ascending order.</summary>
    public ReadOnlySpan<ulong> Shingle(ReadOnlySpan<char> text)
    {
        (_window, _words, _filled, _places, _distinct) = (0, 0, ngram, null, 0);
        _hashes.AsSpan(0, ngram).Clear();
        Cut(text);
        Roll();
        if (_words == 0)
            return [];
        if (_words < ngram)
            _shingles[0] = SplitMix64.Mix(_window);
        return Distinct(Sort(_shingles.AsSpan(0, Math.Max(1, _words - ngram + 1))));
    }

    /// <summary>The upper halves of the last shingles, for a signature.</summary>
    public ReadOnlySpan<uint> Halves => _halves.AsSpan(0, _distinct);

    private Span<ulong> Distinct(Span<ulong> sorted)
    {
        if (_halves.Length < sorted.Length)
            _halves = new uint[_shingles.Length];
        var halves = _halves.AsSpan(0, sorted.Length);
        var (last, distinct) = (sorted[0], 1);
        halves[0] = (uint)(last >> 32);
        foreach (var value in sorted[1..])
        {
            sorted[distinct] = value;
            halves[distinct] = (uint)(value >> 32);
            distinct += value != last ? 1 : 0;
            last = value;
        }
        _distinct = distinct;
        return sorted[..distinct];
    }

    private void Cut(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (unit == ShingleUnit.Word)
                i = PlainWords(text, i);
            i = OtherWords(text, i);
        }
    }

    /// <summary>Takes whole words of ASCII letters, as far as only such stand; the first word may not be one.</summary>
    private int PlainWords(ReadOnlySpan<char> text, int i)
    {
        // A word is loaded eight characters at a time, also the last one of a block.
        while (i <= text.Length - Block - 8)
        {
            ref var start = ref Unsafe.As<char, ushort>(ref Unsafe.AsRef(in text[i]));
            var block = Vector512.LoadUnsafe(ref start);
            var letters = (uint)Vector512.LessThan((block | Vector512.Create((ushort)0x20)) - Vector512.Create((ushort)'a'), Vector512.Create((ushort)26)).ExtractMostSignificantBits();
            var others = (uint)(Vector512.GreaterThan(block, Vector512.Create((ushort)0x7F)) | Vector512.LessThan(block - Vector512.Create((ushort)'0'), Vector512.Create((ushort)10))).ExtractMostSignificantBits();
            // All of the block where there are none.
            var plain = BitOperations.TrailingZeroCount(others);
            if (_hashes.Length - _filled < Block)
                MakeRoom();
            var hashes = _hashes.AsSpan(_filled);
            var places = _places is null ? default : _places.AsSpan(_filled);
            var (at, count) = (0, 0);
            var left = (ulong)letters;
            while (left != 0)
            {
                at = BitOperations.TrailingZeroCount(left);
                var end = at + BitOperations.TrailingZeroCount(~(left >> at));
                if (end >= plain)
                    break;
                if (!places.IsEmpty)
                    places[count] = (i + at, i + end);
                hashes[count++] = SplitMix64.Mix(Plain(ref Unsafe.Add(ref start, at), end - at));
                left &= ulong.MaxValue << end;
            }
            _filled += count;
            if (plain < Block)
                return i + (left == 0 ? plain : Math.Min(at, plain));
            if (left != 0 && at == 0)
                return i;
            i += left == 0 ? Block : at;
        }
        return i;
    }

    // As by Append, without a branch for the many words of eight letters at most.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Plain(ref ushort first, int length)
    {
        ref var at = ref Unsafe.As<ushort, byte>(ref first);
        var word = 0UL;
        for (; length > 8; length -= 4)
        {
            word = (word ^ Four(ref at)) * Multiplier;
            word ^= word >> 32;
            at = ref Unsafe.Add(ref at, 8);
        }
        var one = word ^ (Four(ref at) >> (16 * Math.Max(0, 4 - length)));
        var two = one * Multiplier;
        two ^= two >> 32;
        two ^= Four(ref Unsafe.Add(ref at, 8)) >> (16 * (8 - length));
        return length > 4 ? two : one;
    }

    // Four letters in lower case, the first in the highest 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Four(ref byte at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(ref at) | 0x0020_0020_0020_0020) >> 8;

    /// <summary>Takes one word of any kind, and more as far as no word begins with an ASCII letter.</summary>
    private int OtherWords(ReadOnlySpan<char> text, int i)
    {
        var map = Levelled.Map;
        var (word, chunk, inWord, start, begin) = (0UL, 0UL, false, 0, i);
        while (i < text.Length)
        {
            uint c = map[text[i]];
            if (Levelled.IsPlain(c) && unit == ShingleUnit.Word)
            {
                if (!inWord)
                {
                    if (i > begin && char.IsAsciiLetter(text[i]))
                        return i;
                    start = i;
                }
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
                Add(word ^ chunk, start, i - width);
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
                Add(word ^ chunk, start, i);
                (word, chunk, inWord) = (0, 0, false);
            }
        }
        if (inWord)
            Add(word ^ chunk, start, text.Length);
        return i;
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

    private void Add(ulong word, int start, int end)
    {
        if (_filled == _hashes.Length)
            MakeRoom();
        if (_places is not null)
            _places[_filled] = (start, end);
        _hashes[_filled++] = SplitMix64.Mix(word);
    }

    private void MakeRoom()
    {
        if (_places is null)
        {
            Roll();
            return;
        }
        Array.Resize(ref _hashes, _hashes.Length * 2);
        Array.Resize(ref _places, _hashes.Length);
    }

    /// <summary>Makes shingles of the words that are waiting.</summary>
    /// <remarks>The window is a polynomial in the words that it holds: the one that leaves is subtracted.</remarks>
    private void Roll()
    {
        var words = _hashes.AsSpan(0, _filled);
        var count = words.Length - ngram;
        if (_shingles.Length < _words + count)
            Array.Resize(ref _shingles, Math.Max(_shingles.Length * 2, _words + count));
        var window = _window;
        var first = Math.Min(Math.Max(0, ngram - 1 - _words), count);
        for (var i = 0; i < first; i++)
            window = (window * Multiplier) + words[ngram + i];
        var shingles = _shingles.AsSpan(Math.Max(0, _words - ngram + 1), count - first);
        var entering = words[(ngram + first)..];
        var leaving = words[first..];
        for (var i = 0; i < shingles.Length; i++)
        {
            window = (window * Multiplier) + entering[i] - (leaving[i] * _leaving);
            shingles[i] = SplitMix64.Mix(window);
        }
        _window = window;
        _words += count;
        words[count..].CopyTo(words);
        _filled = ngram;
    }

    // By the highest two bytes, three in a long text, least significant first; shingles are hashes, so hardly two agree in
    // those, and what is left to insertion is next to nothing. Should it be more, the text was made to be slow.
    private Span<ulong> Sort(Span<ulong> values)
    {
        if (values.Length < 128)
        {
            values.Sort();
            return values;
        }
        if (_scratch.Length < values.Length)
            _scratch = new ulong[_shingles.Length];
        var from = values;
        var to = _scratch.AsSpan(0, values.Length);
        Span<int> starts = stackalloc int[3 * 256];
        starts.Clear();
        foreach (var value in from)
        {
            starts[(int)(value >> 40) & 0xFF]++;
            starts[256 + ((int)(value >> 48) & 0xFF)]++;
            starts[512 + (int)(value >> 56)]++;
        }
        for (var shift = values.Length < 1 << 16 ? 48 : 40; shift < 64; shift += 8)
        {
            var digit = starts.Slice((shift - 40) * 32, 256);
            var sum = 0;
            foreach (ref var count in digit)
                (count, sum) = (sum, sum + count);
            foreach (var value in from)
                to[digit[(int)(value >> shift) & 0xFF]++] = value;
            var swap = from;
            from = to;
            to = swap;
        }
        var moves = 8L * from.Length;
        var before = from[0];
        for (var i = 1; i < from.Length; i++)
        {
            var value = from[i];
            if (value >= before)
            {
                before = value;
                continue;
            }
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
