using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CorpusForge.Tokenize;

/// <summary>Cuts text by patterns, each within the pieces of the one before: a match is a piece, and so is what lies between two.</summary>
/// <remarks>
/// .NET matches UTF-16 units. Patterns therefore see, instead of a code point beyond U+FFFF, a rare character of its general category, so that
/// letters and digits of all planes are letters and digits.
/// </remarks>
internal sealed class RegexSplitter(IReadOnlyList<Regex> patterns) : IPieceSplitter
{
    private static readonly Dictionary<UnicodeCategory, char> s_shadows = new()
    {
        [UnicodeCategory.UppercaseLetter] = 'Ꙁ',
        [UnicodeCategory.LowercaseLetter] = 'ꙁ',
        [UnicodeCategory.ModifierLetter] = 'ꘌ',
        [UnicodeCategory.OtherLetter] = 'ꔀ',
        [UnicodeCategory.NonSpacingMark] = '\uA8E0',
        [UnicodeCategory.SpacingCombiningMark] = '\uA880',
        [UnicodeCategory.DecimalDigitNumber] = '\uA8D0',
        [UnicodeCategory.LetterNumber] = '\uA6E6',
        [UnicodeCategory.OtherNumber] = '\uA835',
        [UnicodeCategory.OtherPunctuation] = '\uA874',
        [UnicodeCategory.DashPunctuation] = '\uFE58',
        [UnicodeCategory.MathSymbol] = '\u2A1B',
        [UnicodeCategory.CurrencySymbol] = '\uA838',
        [UnicodeCategory.ModifierSymbol] = '\uA700',
        [UnicodeCategory.OtherSymbol] = '\uA490',
        [UnicodeCategory.Format] = '\u206A',
        [UnicodeCategory.PrivateUse] = '\uE000',
    };

    private readonly List<(int Start, int End)> _pieces = [];
    private readonly List<(int Start, int End)> _finer = [];
    private int _next;

    public void Begin(ReadOnlySpan<byte> text)
    {
        var (shadow, places) = Shadow(text);
        _pieces.Clear();
        _pieces.Add((0, shadow.Length));
        foreach (var pattern in patterns)
        {
            _finer.Clear();
            foreach (var (start, end) in _pieces)
                Cut(pattern, shadow, start, end);
            _pieces.Clear();
            _pieces.AddRange(_finer);
        }
        if (places is not null)
        {
            for (var i = 0; i < _pieces.Count; i++)
                _pieces[i] = (places[_pieces[i].Start], places[_pieces[i].End]);
        }
        _next = 0;
    }

    /// <summary>A text with one unit for every code point, and where each lies in the text; null where that is the same.</summary>
    public static (string Shadow, int[]? Places) Shadow(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return (text, null);
        var (shadow, places) = (new StringBuilder(text.Length), new int[text.Length + 1]);
        for (var at = 0; at < text.Length;)
        {
            places[shadow.Length] = at;
            Rune.DecodeFromUtf16(text.AsSpan(at), out var found, out var length);
            shadow.Append(ShadowOf(found));
            at += length;
        }
        places[shadow.Length] = text.Length;
        return (shadow.ToString(), places);
    }

    // Asked for in order, each once.
    public int End(ReadOnlySpan<byte> text, int start) => _pieces[_next++].End;

    private void Cut(Regex pattern, string text, int start, int end)
    {
        var at = start;
        foreach (var match in pattern.EnumerateMatches(text.AsSpan(start, end - start)))
        {
            if (match.Length == 0)
                continue;
            if (start + match.Index > at)
                _finer.Add((at, start + match.Index));
            at = start + match.Index + match.Length;
            _finer.Add((at - match.Length, at));
        }
        if (at < end)
            _finer.Add((at, end));
    }

    // The text with one unit for every code point, and where each lies in the text; null where that is the same.
    private static (string Shadow, int[]? Places) Shadow(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text))
            return (Encoding.ASCII.GetString(text), null);
        var (shadow, places) = (new char[text.Length], new int[text.Length + 1]);
        var count = 0;
        for (var at = 0; at < text.Length; count++)
        {
            places[count] = at;
            var whole = Rune.DecodeFromUtf8(text[at..], out var found, out _) == OperationStatus.Done;
            shadow[count] = whole ? ShadowOf(found) : '\uFFFD';
            at += whole ? found.Utf8SequenceLength : 1;
        }
        places[count] = text.Length;
        return (new string(shadow, 0, count), places);
    }

    private static char ShadowOf(Rune rune) => rune.IsBmp ? (char)rune.Value : s_shadows.GetValueOrDefault(Rune.GetUnicodeCategory(rune), '\uFFFE');
}
