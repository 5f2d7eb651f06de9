namespace CorpusForge.Clean.Pii;

/// <summary>Looks at every token with a digit for addresses of machines, accounts, cards, identity numbers, wallets and telephone numbers.</summary>
internal static class Numbers
{
    // A longer run of letters and digits is an encoded file, not a number.
    private const int MaxToken = 128;
    private const int MaxGroups = 7;

    private static readonly string[] s_solana = ["sol", "solana", "phantom", "wallet", "treasury", "donate", "donations", "airdrop", "portefeuille", "cartera", "carteira", "portafoglio", "portfel", "peněženk", "cüzdan", "кошел", "гаман", "dompet", "ví ", "محفظة", "ארנק", "钱包", "錢包", "ウォレット", "지갑"];

    /// <summary>What begins with the token around the digit at <paramref name="at"/>, not before <paramref name="from"/>; and where to look on. The word for a street that was seen last is passed along.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int at, int from, PiiScope scope, ref (int At, int Searched) street, out int next)
    {
        var start = at;
        while (start > from && at - start < MaxToken && char.IsAsciiLetterOrDigit(text[start - 1]))
            start--;
        var end = at + 1;
        while (end < text.Length && end - start < MaxToken && char.IsAsciiLetterOrDigit(text[end]))
            end++;
        if (end - start >= MaxToken)
        {
            while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
                end++;
            next = end;
            return null;
        }
        next = end;
        if (scope.Wants(PiiType.Wallet) && Ton(text, start, end, from) is { } ton)
        {
            next = ton.End;
            return ton;
        }
        if (IsPartOfName(text, start, end))
            return null;
        var found = InToken(text, start, end, from, scope)
            ?? (end - start <= NationalIds.MaxLength ? (HasCapitalsBefore(text, start, end, from) ? InGroups(text, start - 3, scope) : null) ?? CnpjAround(text, start, from, scope) ?? HongKong(text, start, end, scope) ?? InGroups(text, HasLetterBefore(text, start, end, from) ? start - 2 : start, scope) : null)
            ?? (scope.Wants(PiiType.Phone) && start == at ? Telephones.Find(text, start, from, scope) : null)
            ?? (scope.Wants(PiiType.PostalAddress) && start == at && !scope.Code ? PostalAddresses.Find(text, start, end, from, ref street) : null);
        if (found is { } span)
            next = Math.Max(next, span.End);
        return found;
    }

    // Hyphens and underscores are digits of Base64url.
    private static PiiSpan? Ton(ReadOnlySpan<char> text, int start, int end, int from)
    {
        const int Length = 48;
        while (start > from && end - start <= Length && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '-' or '_'))
            start--;
        while (end < text.Length && end - start <= Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '_'))
            end++;
        return Wallets.IsTon(text[start..end]) ? new PiiSpan(PiiType.Wallet, start, Length) : null;
    }

    // Two capitals and two digits, as `AB 12 34 56 C` begins.
    private static bool HasCapitalsBefore(ReadOnlySpan<char> text, int start, int end, int from) =>
        end - start == 2 && start - 3 >= from && text[start - 1] == ' ' && char.IsAsciiLetterUpper(text[start - 2]) && char.IsAsciiLetterUpper(text[start - 3])
        && (start == 3 || !char.IsLetterOrDigit(text[start - 4]));

    // Spain's X-1234567-L.
    private static bool HasLetterBefore(ReadOnlySpan<char> text, int start, int end, int from) =>
        end - start == 7 && start - 2 >= from && text[start - 1] == '-' && text[start - 2] is 'X' or 'Y' or 'Z' && (start == 2 || !char.IsLetterOrDigit(text[start - 3]));

    // A123456(3)
    private static PiiSpan? HongKong(ReadOnlySpan<char> text, int start, int end, PiiScope scope) =>
        scope.Wants(PiiType.NationalId) && !scope.Code && end - start is 7 or 8 && end + 2 < text.Length && text[end] == '(' && text[end + 2] == ')' && NationalIds.IsHongKong(text[start..end], text[end + 1])
            ? new PiiSpan(PiiType.NationalId, start, end + 3 - start)
            : null;

    // The groups before the first with a digit have letters alone.
    private static PiiSpan? CnpjAround(ReadOnlySpan<char> text, int start, int from, PiiScope scope)
    {
        if (start == from || text[start - 1] is not ('.' or '/'))
            return null;
        foreach (var back in (ReadOnlySpan<int>)[3, 7, 11])
            if (start - back >= from && start - back + 18 <= text.Length && NationalIds.HasCnpjSigns(text.Slice(start - back, 18)))
                return InGroups(text, start - back, scope);
        return null;
    }

    // Letters of other alphabets that are written with spaces, and the underscore of identifiers.
    private static bool IsPartOfName(ReadOnlySpan<char> text, int start, int end) =>
        start > 0 && Joins(text[start - 1]) || end < text.Length && Joins(text[end]);

    private static bool Joins(char c) => c == '_' || c is > (char)0xBF and < (char)0x2000 && char.IsLetterOrDigit(c);

    private static PiiSpan? InToken(ReadOnlySpan<char> text, int start, int end, int from, PiiScope scope)
    {
        var token = text[start..end];
        if (scope.Wants(PiiType.IpAddress) && end < text.Length)
        {
            if (text[end] == '.' && token.Length <= 3 && IpAddresses.Find4(text, start) is { } four)
                return four;
            if (token.Length <= 4 && (text[end] == ':' || start > from && text[start - 1] == ':') && IpAddresses.Find6(text, start, from) is { } six)
                return six;
        }
        if (scope.Wants(PiiType.Iban) && token.Length >= 4 && char.IsAsciiLetter(token[0]) && char.IsAsciiLetter(token[1]) && char.IsAsciiDigit(token[2]) && char.IsAsciiDigit(token[3])
            && BankNumbers.FindIban(text, start) is { } iban)
            return iban;
        if (token.Length < 26 || !scope.Wants(PiiType.Wallet) && !scope.Wants(PiiType.Key))
            return null;
        var type = Wallets.IsPrivate(token) ? PiiType.Key : PiiType.Wallet;
        return scope.Wants(type) && (Wallets.Is(token) || Wallets.IsSolana(token) && new Nearby(text, start, end).Has(s_solana)) ? new PiiSpan(type, start, token.Length) : null;
    }

    // Cards and identity numbers: groups of digits and capitals with one sign between them, the most groups that are something.
    private static PiiSpan? InGroups(ReadOnlySpan<char> text, int start, PiiScope scope)
    {
        if (!scope.Wants(PiiType.NationalId) && !scope.Wants(PiiType.Card) || start > 1 && text[start - 1] is '.' or ',' or '-' or '/' or '+' && char.IsAsciiDigit(text[start - 2]))
            return null;
        Span<char> form = stackalloc char[NationalIds.MaxLength];
        Span<char> id = stackalloc char[NationalIds.MaxLength];
        Span<(int Form, int Id, int End)> groups = stackalloc (int, int, int)[MaxGroups];
        var (written, count, groupCount, digits) = (0, 0, 0, 0);
        var at = start;
        while (true)
        {
            while (at < text.Length && written < form.Length && char.IsAsciiLetterOrDigit(text[at]))
            {
                var digit = char.IsAsciiDigit(text[at]);
                digits += digit ? 1 : 0;
                form[written++] = digit ? '9' : char.IsAsciiLetterUpper(text[at]) ? 'A' : 'a';
                id[count++] = text[at++];
            }
            if (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
                break;
            if (digits >= 4)
                groups[groupCount++] = (written, count, at);
            if (groupCount == MaxGroups || written >= form.Length - 1 || at + 1 >= text.Length || Separator(text[at]) is not { } separator || !char.IsAsciiLetterOrDigit(text[at + 1]))
                break;
            form[written++] = separator;
            at++;
        }
        while (groupCount > 0)
        {
            var group = groups[--groupCount];
            if (Ends(text, group.End) && Classify(text, start, group.End, form[..group.Form], id[..group.Id], scope) is { } found)
                return found;
        }
        return null;
    }

    // Thirteen digits alone are an article number rather than a card of former times.
    private static PiiSpan? Classify(ReadOnlySpan<char> text, int start, int end, ReadOnlySpan<char> form, ReadOnlySpan<char> id, PiiScope scope)
    {
        var around = new Nearby(text, start, end);
        if (scope.Wants(PiiType.Card) && BankNumbers.IsCard(form, id) && (form.ContainsAnyExcept('9') || !scope.Code && !InAddress(text, start, end) && id.Length > 13 || around.Has(["card", "cc", "visa", "pan"])))
            return new PiiSpan(PiiType.Card, start, end - start);
        if (scope.Wants(PiiType.NationalId) && (!scope.Code || form.ContainsAnyExcept('9')) && NationalIds.Is(form, id, around, scope.Code || InAddress(text, start, end)))
            return new PiiSpan(PiiType.NationalId, start, end - start);
        return null;
    }

    // Numbers of pages and things in URLs and paths.
    private static bool InAddress(ReadOnlySpan<char> text, int start, int end) =>
        start > 0 && text[start - 1] is '/' or '=' or '&' or '%' or '#' or '-' or '.' or '?' or '@' || end < text.Length && text[end] is '/' or '=' or '&' or '%' or '#' or '@' or '-';

    // A number that goes on is another number.
    private static bool Ends(ReadOnlySpan<char> text, int end) =>
        end + 1 >= text.Length || text[end] is not ('.' or ',' or '-' or '/' or ':') || !char.IsAsciiDigit(text[end + 1]);

    public static char? Separator(char c) => c switch
    {
        ' ' or '\u00A0' or '\u2009' or '\u202F' => ' ',
        '-' or '\u2010' or '\u2011' or '\u2012' or '\u2013' => '-',
        '.' or '/' => c,
        _ => null,
    };
}
