using System.Buffers;
using System.Globalization;
using System.Text;
using CorpusForge.Filter;

namespace CorpusForge.Clean;

/// <summary>Guesses the charset of bytes that nothing labels: decodes them in every way that is likely and takes the one that reads best.</summary>
/// <remarks>
/// <para>How well a text reads is the probability that a small linear model gives it, which was trained on sentences decoded rightly and wrongly (docs/models.md).
/// It sees only the words with a character outside ASCII, and stand-ins for what no word has: symbols, controls, a capital after a small letter.</para>
/// <para>At most 64 KB and about 1,500 bytes outside ASCII are looked at, so that the time is bounded. At equal scores the order of the candidates decides: the common before the rare.</para>
/// </remarks>
internal static class CharsetGuess
{
    private const int MaxBytes = 64 << 10, MaxHigh = 1500, MaxUnits = 4096, WordBytes = 32;

    // Letters of a script that no candidate can write stand for what is no letter.
    private const char Symbol = '\uA4D0', Control = '\uA4D1', Capital = '\uA4D2', Broken = '\uA4D3';

    /// <summary>What is tried, the likely first.</summary>
    internal static string[] Names { get; } =
    [
        "windows-1252", "gb18030", "shift_jis", "windows-1251", "euc-kr", "big5", "euc-jp", "windows-1250", "windows-1256", "windows-1254", "windows-1253", "windows-874", "windows-1255", "windows-1258",
        "windows-1257", "koi8-r", "koi8-u", "iso-8859-2", "iso-8859-7", "iso-8859-15", "iso-8859-5", "iso-8859-8", "iso-8859-6", "iso-8859-13", "iso-8859-3", "cp866", "macintosh", "x-mac-cyrillic",
    ];

    private static readonly Lazy<LinearModel> s_model = new(() => LinearModel.Embedded("CorpusForge.Clean.Models.charset.clm"));
    private static readonly Lazy<Encoding[]> s_candidates = new(() => [.. Names.Select(Tolerant)]);
    private static readonly Lazy<Encoding[]> s_wide = new(() => [Encoding.Unicode, Encoding.BigEndianUnicode]);
    private static readonly SearchValues<char> s_breaks = SearchValues.Create(" \t\r\n<>\"");
    private static readonly SearchValues<byte> s_controls = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b).Where(b => b is < 9 or (> 13 and < 27) or > 27)]);
    private static readonly SearchValues<byte> s_high = SearchValues.Create([.. Enumerable.Range(128, 128).Select(b => (byte)b)]);

    /// <summary>The likeliest encoding of bytes that are not UTF-8 and have no label.</summary>
    public static Encoding Of(ReadOnlySpan<byte> bytes)
    {
        var (best, encoding) = (double.NegativeInfinity, s_candidates.Value[0]);
        var head = bytes[..(Math.Min(bytes.Length, MaxUnits) & ~1)];
        if (!HasZeros(head))
            Try(s_candidates.Value, Sample(bytes));
        if (MayBeWide(bytes))
            Try(s_wide.Value, head);
        return encoding;

        void Try(Encoding[] candidates, ReadOnlySpan<byte> from)
        {
            foreach (var candidate in candidates)
            {
                var score = Score(candidate, from);
                if (score > best)
                    (best, encoding) = (score, candidate);
            }
        }
    }

    /// <summary>UTF-16 outside Latin has control characters and zeros, or else other bytes at even places than at odd ones, and then many outside ASCII.</summary>
    /// <remarks>Printable ASCII is never UTF-16: four letters, a space and four letters would read as Chinese, and so would the tags of a page.</remarks>
    public static bool MayBeWide(ReadOnlySpan<byte> bytes)
    {
        var head = bytes[..(Math.Min(bytes.Length, MaxUnits) & ~1)];
        if (head.Length < 8 || (head.IndexOfAny(s_controls) < 0 && Ascii.IsValid(head)))
            return false;
        Span<int> surplus = stackalloc int[16];
        surplus.Clear();
        var (controls, high) = (0, 0);
        for (var i = 0; i < head.Length; i++)
        {
            high += head[i] >> 7;
            surplus[head[i] >> 4] += (i & 1) == 0 ? 1 : -1;
            controls += s_controls.Contains(head[i]) ? 1 : 0;
        }
        var difference = 0;
        foreach (var one in surplus)
            difference += Math.Abs(one);
        return controls * 10 >= head.Length || (difference * 4 >= head.Length && high * 16 >= head.Length);
    }

    private static bool HasZeros(ReadOnlySpan<byte> head) => head.Count((byte)0) * 32 > head.Length;

    private static Encoding Tolerant(string name) => Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD"));

    /// <summary>What the model reads of a text: the words that are not ASCII alone.</summary>
    internal static int Marked(ReadOnlySpan<char> text, Span<char> marked)
    {
        var (length, start) = (0, 0);
        while (start < text.Length && length < marked.Length)
        {
            var end = text[start..].IndexOfAny(s_breaks) is var at and >= 0 ? start + at : text.Length;
            var word = text[start..end];
            start = end + 1;
            if (!Ascii.IsValid(word))
                length += Mark(word, marked[length..]);
        }
        return length;
    }

    private static int Mark(ReadOnlySpan<char> word, Span<char> marked)
    {
        var (length, small) = (0, false);
        foreach (var c in word)
        {
            if (length + 3 > marked.Length)
                return length;
            if (c < 0x80)
            {
                marked[length++] = c;
                small = char.IsAsciiLetterLower(c);
                continue;
            }
            var category = CharUnicodeInfo.GetUnicodeCategory(c);
            if (category == UnicodeCategory.UppercaseLetter && small)
                marked[length++] = Capital;
            small = category == UnicodeCategory.LowercaseLetter;
            marked[length++] = category switch
            {
                <= UnicodeCategory.EnclosingMark => c,
                UnicodeCategory.Control or UnicodeCategory.Format => Control,
                UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate => Broken,
                _ => c == '\uFFFD' ? Broken : Symbol,
            };
        }
        marked[length++] = ' ';
        return length;
    }

    private static double Score(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        var chars = ArrayPool<char>.Shared.Rent(encoding.GetMaxCharCount(bytes.Length));
        try
        {
            var text = chars.AsSpan(0, encoding.GetChars(bytes, chars));
            Span<char> marked = stackalloc char[MaxUnits];
            Span<double> probabilities = stackalloc double[2];
            return s_model.Value.TryScore(marked[..Marked(text, marked)], probabilities) ? probabilities[0] : 0;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    // From the start of the first word outside ASCII to the end of the word that has the last high byte that is counted.
    private static ReadOnlySpan<byte> Sample(ReadOnlySpan<byte> bytes)
    {
        var first = Math.Max(0, bytes.IndexOfAny(s_high));
        var start = first;
        while (start > 0 && first - start < WordBytes && bytes[start - 1] > 32)
            start--;
        bytes = bytes[start..Math.Min(bytes.Length, start + MaxBytes)];
        var (end, high) = (0, 0);
        while (high < MaxHigh && bytes[end..].IndexOfAny(s_high) is var next and >= 0)
            (end, high) = (end + next + 1, high + 1);
        while (end < bytes.Length && bytes[end] > 32 && high < MaxHigh + WordBytes)
            (end, high) = (end + 1, high + 1);
        return bytes[..end];
    }
}
