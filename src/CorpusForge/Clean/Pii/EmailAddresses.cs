using System.Buffers;
using System.Text;

namespace CorpusForge.Clean.Pii;

/// <summary>E-mail addresses, found by their at sign, or by what people write instead of it.</summary>
/// <remarks>RFC 5321 and 6531. Hosts of `git@host:path` and image names such as `icon@2x.png` are none.</remarks>
internal static class EmailAddresses
{
    // Letters of the scripts that are written with spaces, so that the words around an address never join it.
    private static readonly char[] s_letters = [.. Enumerable.Range(0xC0, 0x530 - 0xC0).Select(i => (char)i).Where(char.IsLetter)];
    private static readonly SearchValues<char> s_ascii = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    private static readonly SearchValues<char> s_top = SearchValues.Create([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", .. s_letters]);
    private static readonly SearchValues<char> s_local = SearchValues.Create([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'!#$&*/=?^`{|}~", .. s_letters]);
    private static readonly SearchValues<char> s_domain = SearchValues.Create([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", .. s_letters]);

    private static readonly SearchValues<char> s_plain = SearchValues.Create([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-", .. s_letters]);
    private static readonly SearchValues<char> s_label = SearchValues.Create([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", .. s_letters]);
    private static readonly SearchValues<char> s_closing = SearchValues.Create(")]}");
    private static readonly string[] s_spelledForms = ["[at]", "(at)", "{at}", "[AT]", "(AT)", "{AT}", "[ at ]", "( at )", "{ at }", "[At]", "(At)", " AT ", "[arobase]", "(arobase)", "(chiocciola)", "[chiocciola]", "(arroba)", "[arroba]", "(małpa)", "[małpa]", "(собака)", "[собака]", "[ät]", "(ät)",
        " arroba ", " arobase ", " chiocciola ", " małpa ", " собака "];

    // Vectors find strings of ASCII only, and of longer words their ends: " are" and " many" begin as some of them do. The others are looked for by a letter.
    private static readonly SearchValues<string> s_spelled = SearchValues.Create([.. s_spelledForms.Where(f => Ascii.IsValid(f)).Select(f => f.Length > 6 ? f[^6..^1] : f).Distinct()], StringComparison.Ordinal);

    // Two words of a sentence: what they stand for is said by a dot in words behind them, or an address before them.
    private static readonly SearchValues<string> s_spelledDot = SearchValues.Create([" dot "], StringComparison.Ordinal);
    private static readonly string[] s_mail = ["mail", "email", "e-mail", "address", "contact", "write to", "reach"];
    private static readonly string[] s_dots = ["[dot]", "(dot)", "{dot}", "[ dot ]", "( dot )", "{ dot }", "[.]", "(.)", "[point]", "(point)", "[punto]", "(punto)", "[ponto]", "(ponto)", "[punkt]", "(punkt)", "(kropka)", "[kropka]", "(точка)", "[точка]"];
    private static readonly string[] s_bareDots = [" DOT ", " punto ", " ponto ", " point ", " kropka ", " точка ", "."];

    // Signs that RFC 5321 allows in a local part but that nobody has there, who is not also using them to set the address apart.
    private static readonly SearchValues<char> s_rare = SearchValues.Create("'!#$&*/=?^`{|}~");

    public static PiiSpan? Find(ReadOnlySpan<char> text, int at, int from)
    {
        // 64 characters before the sign, 255 after it.
        var before = text[Math.Max(from, at - 65)..at];
        if (before is [.., '"'])
            return Quoted(text, at, from);
        var local = before[(before.LastIndexOfAnyExcept(s_local) + 1)..];
        var rare = local.LastIndexOfAny(s_rare);
        // As in o'neil.
        if (rare > 0 && local[rare] == '\'' && local[rare - 1] is 'o' or 'O' && (rare == 1 || !char.IsLetterOrDigit(local[rare - 2])))
            rare = local[..rare].LastIndexOfAny(s_rare);
        local = local[(rare + 1)..].TrimStart(".-%+");
        if (local.IsEmpty || local.Length > 64 || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal))
            return null;
        var after = text[(at + 1)..Math.Min(text.Length, at + 256)];
        // An address of a machine in brackets, which is no other's.
        if (after.StartsWith('[') && after.IndexOf(']') is > 7 and < 48 and var closing && System.Net.IPAddress.TryParse(after[1..closing], out _))
            return new PiiSpan(PiiType.Email, at - local.Length, local.Length + 2 + closing);
        var end = after.IndexOfAnyExcept(s_domain);
        var domain = (end < 0 ? after : after[..end]).TrimEnd(".-");
        if (domain.IsEmpty || domain[0] is '.' or '-')
            return null;
        if (domain.IndexOf("..", StringComparison.Ordinal) is > 0 and var dots)
            domain = domain[..dots].TrimEnd('-');
        var top = Top(ref domain);
        if (top.Length is < 2 or > 24 || IsFileName(top))
            return null;
        end = at + 1 + domain.Length;
        if (local is "git" && end < text.Length && text[end] is ':' or '/')
            return null;
        if (local is "email" && domain is "example.com")
            return null;
        return new PiiSpan(PiiType.Email, at - local.Length, local.Length + 1 + domain.Length);
    }

    // "ann lee"@mill.com: the domain decides, and the quotes belong to it.
    private static PiiSpan? Quoted(ReadOnlySpan<char> text, int at, int from)
    {
        var floor = Math.Max(from, at - 65);
        var open = text[floor..(at - 1)].LastIndexOf('"');
        return open >= 0 && open < at - 2 - floor && !text[(floor + open)..at].Contains('\n') && Find($"a{text[at..Math.Min(text.Length, at + 256)]}", 1, 0) is { } rest
            ? new PiiSpan(PiiType.Email, floor + open, at - floor - open + rest.Length - 1)
            : null;
    }

    /// <summary>Where a full stop between words of an address is written out next, as in `ann at mill dot com`; -1 where there is none.</summary>
    public static int NextSpelledDot(ReadOnlySpan<char> text) => text.IndexOfAny(s_spelledDot);

    /// <summary>An address all in words of small letters with a dot at <paramref name="dot"/>: `ann dot lee at mill dot com`.</summary>
    /// <remarks>Either a dot stands on both sides of the ` at `, or a word for mail before it: one looks at mill dot com, too.</remarks>
    public static PiiSpan? FindSpoken(ReadOnlySpan<char> text, int dot, int from)
    {
        var floor = Math.Max(from, dot - 96);
        var end = Words(text, dot);
        if (text[dot..end].IndexOf(" at ", StringComparison.Ordinal) is >= 0 and var at)
        {
            at += dot;
            if (at < dot + 5 || text[at..end].IndexOf(" dot ", StringComparison.Ordinal) < 5)
                return null;
            dot = at + text[at..end].IndexOf(" dot ", StringComparison.Ordinal);
        }
        else
        {
            at = text[floor..dot].LastIndexOf(" at ", StringComparison.Ordinal) + floor;
            if (at < floor || text[(at + 4)..dot].ContainsAnyExcept(s_label) || at + 4 == dot)
                return null;
        }
        var start = at;
        while (true)
        {
            var label = text[floor..start];
            var length = label.Length - 1 - label.LastIndexOfAnyExcept(s_plain);
            if (length == 0)
                return null;
            start -= length;
            if (!text[floor..start].EndsWith(" dot ", StringComparison.Ordinal))
                break;
            start -= 5;
        }
        if (!text[start..at].Contains(" dot ", StringComparison.Ordinal) && !new Nearby(text, start, end).HasLabel(s_mail))
            return null;
        var top = text[(text[..end].LastIndexOf(" dot ", StringComparison.Ordinal) + 5)..end];
        return top.Length is >= 2 and <= 6 && !top.ContainsAnyExcept(s_ascii) ? new PiiSpan(PiiType.Email, start, end - start) : null;
    }

    // How far words go that are joined by ` dot ` and one ` at `.
    private static int Words(ReadOnlySpan<char> text, int dot)
    {
        var reach = Math.Min(text.Length, dot + 160);
        var joined = dot;
        var seen = false;
        while (true)
        {
            var word = joined + (text[joined..reach].StartsWith(" dot ", StringComparison.Ordinal) ? 5 : 4);
            if (word > reach)
                return joined;
            var length = text[word..reach].IndexOfAnyExcept(s_label);
            length = length < 0 ? reach - word : length;
            if (length == 0)
                return joined;
            joined = word + length;
            var next = text[joined..reach];
            if (!next.StartsWith(" dot ", StringComparison.Ordinal) && (seen || !next.StartsWith(" at ", StringComparison.Ordinal)))
                return joined;
            seen |= next.StartsWith(" at ", StringComparison.Ordinal);
        }
    }

    /// <summary>Where an at sign is written out next, in ASCII or not: `[at]` with any bracket, ` AT ` in capitals, or its name in another language; -1 where there is none.</summary>
    public static int NextSpelled(ReadOnlySpan<char> text, bool ascii)
    {
        for (var from = 0; (ascii ? text[from..].IndexOfAny(s_spelled) : text[from..].IndexOfAny('ł', 'б', 'ä')) is >= 0 and var more;)
        {
            var start = from += more;
            while (start > 0 && from - start < 6 && char.IsLetter(text[start]))
                start--;
            foreach (var form in s_spelledForms)
                if (text[start..].StartsWith(form, StringComparison.Ordinal))
                    return start;
            from++;
        }
        return -1;
    }

    /// <summary>An address with its at sign written out at <paramref name="at"/>: `ann [at] mill [dot] com`, `ann(at)mill.com`, `ann AT mill DOT com`.</summary>
    public static PiiSpan? FindSpelled(ReadOnlySpan<char> text, int at, int from)
    {
        var bare = text[at] == ' ';
        var end = at + (bare ? text[(at + 1)..].IndexOf(' ') + 2 : text[at..].IndexOfAny(s_closing) + 1);
        var before = text[Math.Max(from, at - 65)..at];
        if (!bare && before.EndsWith(' '))
            before = before[..^1];
        var local = before[(before.LastIndexOfAnyExcept(s_plain) + 1)..].TrimStart(".-%+");
        var start = at - (at - Math.Max(from, at - 65) - before.Length) - local.Length;
        if (local.Length is 0 or > 64 || !char.IsLetterOrDigit(local[^1]) || !char.IsLetterOrDigit(local[0]))
            return null;
        if (!bare && end < text.Length && text[end] == ' ')
            end++;
        for (var labels = 0; ; labels++)
        {
            var label = text[end..Math.Min(text.Length, end + 64)];
            var length = label.IndexOfAnyExcept(s_label);
            length = length < 0 ? label.Length : length;
            var dot = Dot(text[(end + length)..], bare);
            if (length == 0 || length == 64 || label[0] == '-')
                return null;
            if (dot == 0 || labels == 8)
                return labels > 0 && length is >= 2 and <= 24 && !label[..length].ContainsAnyExcept(s_top) ? new PiiSpan(PiiType.Email, start, end + length - start) : null;
            end += length + dot;
        }
    }

    // The length of what stands for a full stop between two labels; 0 where the address ends.
    private static int Dot(ReadOnlySpan<char> text, bool bare)
    {
        if (bare)
        {
            foreach (var word in s_bareDots)
                if (text.StartsWith(word, StringComparison.Ordinal) && text.Length > word.Length && s_label.Contains(text[word.Length]))
                    return word.Length;
            return 0;
        }
        if (text is ['.', var next, ..] && s_label.Contains(next))
            return 1;
        if (text.StartsWith(" dot ", StringComparison.OrdinalIgnoreCase))
            return 5;
        var space = text.StartsWith(' ') ? 1 : 0;
        foreach (var dot in s_dots)
            if (text[space..].StartsWith(dot, StringComparison.OrdinalIgnoreCase))
                return space + dot.Length + (space + dot.Length < text.Length && text[space + dot.Length] == ' ' ? 1 : 0);
        return 0;
    }

    // What follows the sentence's full stop without a space, as in `ann@mill.com.Then`, is no part of the domain; nor is a top-level domain with digits.
    private static ReadOnlySpan<char> Top(ref ReadOnlySpan<char> domain)
    {
        var dot = domain.LastIndexOf('.');
        if (dot <= 0)
            return default;
        var top = domain[(dot + 1)..];
        if (domain[..dot].LastIndexOf('.') is > 0 and var earlier && IsWord(top) && !domain[(earlier + 1)..dot].ContainsAnyExcept(s_ascii))
        {
            domain = domain[..dot];
            top = domain[(earlier + 1)..];
        }
        var letters = top.IndexOfAnyExcept(s_top);
        if (letters == 0 || letters > 0 && !top[letters..].StartsWith('-') && !top.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
            return default;
        return top;
    }

    // A capital and small letters after a domain in small letters begin the next sentence.
    private static bool IsWord(ReadOnlySpan<char> top) => top.Length > 1 && char.IsUpper(top[0]) && char.IsLower(top[1]);

    private static bool IsFileName(ReadOnlySpan<char> top) => top is "png" or "jpg" or "jpeg" or "gif" or "svg" or "webp" or "avif" or "ico" or "js" or "css" or "html";
}
