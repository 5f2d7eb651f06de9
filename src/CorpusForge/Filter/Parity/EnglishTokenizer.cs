using System.Text;
using System.Text.RegularExpressions;
using static CorpusForge.Filter.Parity.Characters;

namespace CorpusForge.Filter.Parity;

/// <summary>A token of a text: where it stands.</summary>
internal readonly record struct Span(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>Cuts English text into tokens as spaCy's rules for English do, which datatrove counts words with.</summary>
/// <remarks>
/// <para>Pieces between white space lose prefixes and suffixes one by one (punctuation, quotes, currency, units after a digit, `'s`), unless what is left is in a
/// table (contractions, abbreviations, faces) or an address; the rest is cut at what stands between letters (hyphens, commas, ellipses, slashes). At last entries of
/// the table that were cut are put together again.</para>
/// </remarks>
internal sealed class EnglishTokenizer
{
    private static readonly string[] s_units =
        [.. ("km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa mbar mb MB kb KB gb GB tb TB T G M K % "
        + "км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ "
        + "тбكم كم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ غرام جرام جم كغ ملغ كوب اكواب").Split(' ').OrderByDescending(u => u.Length)];

    private static readonly string[] s_currencies = ["US$", "C$", "A$"];
    private static readonly string[] s_hyphens = ["-", "–", "—", "--", "---", "——", "~"];

    // Scheme, user, labels with a top level domain in lower case or four numbers, port, path.
    private static readonly Regex s_address = new(
        @"^(?:[\w+\-.]{2,}://)?(?:\S+@)?(?:"
        + @"(?<ip>(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.(?:1?\d{1,2}|2[0-4]\d|25[0-5])){2}\.(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4]))|"
        + @"(?:(?:[A-Za-z0-9\u00a1-\ud7ff\ue000-\uffff][A-Za-z0-9\u00a1-\ud7ff\ue000-\uffff_-]{0,62})?[A-Za-z0-9\u00a1-\ud7ff\ue000-\uffff]\.)+[" + Class(Flags.Lower) + "]{2,63}"
        + @")(?::\d{2,5})?(?:[/?#]\S*)?$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private static readonly Regex s_private = new(@"^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    // Last, since it cuts the table by all that is above.
    private static readonly Rejoiner s_rejoiner = new((entry, pieces) => new EnglishTokenizer { _table = false }.CutPieces(entry, pieces));

    private readonly Rejoiner.Scratch _scratch = new();
    private readonly List<Span> _suffixes = [];
    private bool _table = true;

    /// <summary>Appends the tokens of <paramref name="text"/>; white space is none.</summary>
    public void Cut(ReadOnlySpan<char> text, List<Span> tokens)
    {
        var first = tokens.Count;
        CutPieces(text, tokens);
        s_rejoiner.Join(text, tokens, first, _scratch);
    }

    private void CutPieces(ReadOnlySpan<char> text, List<Span> tokens)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            while (at < text.Length && !Is(text[at], Flags.Space))
                at++;
            if (at > start)
                CutPiece(text, start, at, tokens);
            at++;
        }
    }

    private void CutPiece(ReadOnlySpan<char> text, int start, int end, List<Span> tokens)
    {
        _suffixes.Clear();
        var known = TryTable(text, start, end, tokens);
        while (!known && start < end)
        {
            var piece = text[start..end];
            var prefix = PrefixLength(piece);
            if (prefix > 0 && prefix < piece.Length && IsKnown(piece[prefix..]))
            {
                tokens.Add(new Span(start, prefix));
                start += prefix;
                break;
            }
            var suffix = SuffixLength(piece[prefix..]);
            if (suffix > 0 && suffix < piece.Length && IsKnown(piece[..^suffix]))
            {
                _suffixes.Add(new Span(end - suffix, suffix));
                end -= suffix;
                break;
            }
            if (prefix == 0 && suffix == 0)
                break;
            if (prefix > 0)
                tokens.Add(new Span(start, prefix));
            if (suffix > 0)
                _suffixes.Add(new Span(end - suffix, suffix));
            start += prefix;
            end -= suffix;
            if (IsKnown(text[start..end]))
                break;
        }
        if (!known && start < end && !TryTable(text, start, end, tokens))
            CutInside(text, start, end, tokens);
        for (var i = _suffixes.Count - 1; i >= 0; i--)
            tokens.Add(_suffixes[i]);
    }

    // The length is looked at first, or a long piece would be hashed as often as it loses a character.
    private bool IsKnown(ReadOnlySpan<char> piece) => _table && piece.Length <= Contractions.Longest && Contractions.Lookup.ContainsKey(piece);

    private bool TryTable(ReadOnlySpan<char> text, int start, int end, List<Span> tokens)
    {
        if (!IsKnown(text[start..end]))
            return false;
        foreach (var length in Contractions.Lookup[text[start..end]])
        {
            tokens.Add(new Span(start, length));
            start += length;
        }
        return true;
    }

    private static void CutInside(ReadOnlySpan<char> text, int start, int end, List<Span> tokens)
    {
        var piece = text[start..end];
        if (IsAddress(piece))
        {
            tokens.Add(new Span(start, piece.Length));
            return;
        }
        var open = 0;
        for (var at = 0; at < piece.Length;)
        {
            var length = InfixLength(piece, at);
            if (length == 0)
            {
                at++;
                continue;
            }
            if (at > open)
                tokens.Add(new Span(start + open, at - open));
            if (at > 0)
            {
                tokens.Add(new Span(start + at, length));
                open = at + length;
            }
            at += length;
        }
        if (open < piece.Length)
            tokens.Add(new Span(start + open, piece.Length - open));
    }

    private static bool IsAddress(ReadOnlySpan<char> piece)
    {
        if (!piece.Contains('.') || !s_address.IsMatch(piece))
            return false;
        var number = s_address.Match(piece.ToString()).Groups["ip"];
        return !number.Success || !s_private.IsMatch(number.ValueSpan);
    }

    private static int PrefixLength(ReadOnlySpan<char> piece)
    {
        var first = piece[0];
        if (Is(first, Flags.Prefix))
            return 1;
        if (first == '.')
            return DotsAt(piece, 0);
        if (first == '+')
            return piece.Length > 1 && char.IsAsciiDigit(piece[1]) ? 0 : 1;
        if (char.IsHighSurrogate(first))
            return IconAt(piece, 0);
        foreach (var currency in s_currencies)
            if (piece.StartsWith(currency))
                return currency.Length;
        return 0;
    }

    /// <summary>The longest of the suffixes, since the leftmost match of an expression that is bound to the end is the longest.</summary>
    private static int SuffixLength(ReadOnlySpan<char> piece)
    {
        if (piece.IsEmpty)
            return 0;
        var last = piece[^1];
        if (last == '.')
            return StopLength(piece);
        if (piece.EndsWith("……"))
            return 2;
        if (last is 's' or 'S' && piece.Length > 1 && piece[^2] is '\'' or '’')
            return 2;
        if (Is(last, Flags.Suffix))
            return 1;
        if (char.IsLowSurrogate(last))
            return piece.Length > 1 ? IconAt(piece, piece.Length - 2) : 0;
        if (last == '+')
            return AfterDigit(piece, 1) ? 1 : 0;
        if (last == '$')
        {
            foreach (var currency in s_currencies)
                if (piece.EndsWith(currency) && AfterDigit(piece, currency.Length))
                    return currency.Length;
        }
        if (Is(last, Flags.Currency))
            return AfterDigit(piece, 1) ? 1 : 0;
        foreach (var unit in s_units)
            if (piece.EndsWith(unit) && AfterDigit(piece, unit.Length))
                return unit.Length;
        return 0;
    }

    private static int StopLength(ReadOnlySpan<char> piece)
    {
        var dots = piece.Length - piece.TrimEnd('.').Length;
        if (dots > 1)
            return dots;
        if (piece.Length < 2)
            return 0;
        var before = piece[^2];
        if (Is(before, Flags.BeforeStop))
            return 1;
        if (before is 'F' or 'C' or 'K' && piece.Length > 2 && piece[^3] == '°')
            return 1;
        return Is(before, Flags.Upper) && piece.Length > 2 && Is(piece[^3], Flags.Upper) ? 1 : 0;
    }

    private static int InfixLength(ReadOnlySpan<char> piece, int at)
    {
        var c = piece[at];
        if (Is(c, Flags.Alpha) && !Is(c, Flags.Icon))
            return 0;
        if (c == '…' || Is(c, Flags.Icon))
            return 1;
        if (char.IsHighSurrogate(c))
            return IconAt(piece, at);
        if (c == '.' && DotsAt(piece, at) is var dots and > 0)
            return dots;
        if (at == 0 || at + 1 >= piece.Length)
            return 0;
        var (before, after) = (piece[at - 1], piece[at + 1]);
        if (c is '+' or '-' or '*' or '^' && char.IsAsciiDigit(before) && (char.IsAsciiDigit(after) || after == '-'))
            return 1;
        if (c == '.')
            return Is(before, Flags.Lower | Flags.Quote) && Is(after, Flags.Upper | Flags.Quote) ? 1 : 0;
        if (c == ',')
            return Is(before, Flags.Alpha) && Is(after, Flags.Alpha) ? 1 : 0;
        if (!Is(before, Flags.Alpha) && !char.IsAsciiDigit(before))
            return 0;
        if (c is ':' or '<' or '>' or '=' or '/')
            return Is(after, Flags.Alpha) ? 1 : 0;
        foreach (var hyphen in s_hyphens)
            if (piece[at..].StartsWith(hyphen) && at + hyphen.Length < piece.Length && Is(piece[at + hyphen.Length], Flags.Alpha))
                return hyphen.Length;
        return 0;
    }

    private static int DotsAt(ReadOnlySpan<char> piece, int at)
    {
        var end = at;
        while (end < piece.Length && piece[end] == '.')
            end++;
        return end - at > 1 ? end - at : 0;
    }

    private static int IconAt(ReadOnlySpan<char> piece, int at) =>
        at + 1 < piece.Length && char.IsSurrogatePair(piece[at], piece[at + 1])
        && Is(new Rune(piece[at], piece[at + 1]), Flags.Icon)
            ? 2
            : 0;

    private static bool AfterDigit(ReadOnlySpan<char> piece, int suffix) => piece.Length > suffix && char.IsAsciiDigit(piece[^(suffix + 1)]);
}
