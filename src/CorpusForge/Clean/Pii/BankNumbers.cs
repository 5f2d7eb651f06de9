using System.Collections.Frozen;
using static CorpusForge.Clean.Pii.CheckDigits;

namespace CorpusForge.Clean.Pii;

/// <summary>Account numbers (IBAN, ISO 13616) and payment card numbers (ISO/IEC 7812), both with their check digits.</summary>
internal static class BankNumbers
{
    // The SWIFT registry, and countries that use the form without being in it: country and length.
    private static readonly FrozenDictionary<string, int> s_lengths =
        ("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 "
        + "HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 "
        + "SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 "
        + "AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28").Split(' ')
        .ToFrozenDictionary(c => c[..2], c => Modulo(c.AsSpan(2), 100), StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> s_lengthOf = s_lengths.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>An IBAN that begins with the token at <paramref name="start"/>.</summary>
    public static PiiSpan? FindIban(ReadOnlySpan<char> text, int start)
    {
        Span<char> country = [char.ToUpperInvariant(text[start]), char.ToUpperInvariant(text[start + 1])];
        if (!s_lengthOf.TryGetValue(country, out var length))
            return null;
        Span<char> compact = stackalloc char[34];
        var count = 0;
        var at = start;
        for (; at < text.Length && count < length; at++)
        {
            var c = text[at];
            if (char.IsAsciiLetterOrDigit(c))
                compact[count++] = c;
            else if (c is not (' ' or '\u00A0' or '\u202F' or '-' or '.') || at + 1 >= text.Length || !char.IsAsciiLetterOrDigit(text[at + 1]))
                return null;
        }
        if (count < length || at < text.Length && char.IsAsciiLetterOrDigit(text[at]) || Modulo(compact[..4], 97, Modulo(compact[4..count], 97)) != 1)
            return null;
        return new PiiSpan(PiiType.Iban, start, at - start);
    }

    /// <summary>Whether digits grouped like this are a card: all together, in fours, or as American Express and Diners Club have it.</summary>
    public static bool IsCard(ReadOnlySpan<char> form, ReadOnlySpan<char> digits) =>
        digits.Length is >= 13 and <= 19 && IsCardForm(form) && IsIssued(digits) && Luhn(digits);

    private static bool IsCardForm(ReadOnlySpan<char> form)
    {
        if (!form.ContainsAnyExcept('9'))
            return true;
        var separator = form[form.IndexOfAnyExcept('9')];
        if (separator is not (' ' or '-' or '.'))
            return false;
        Span<char> spaced = stackalloc char[form.Length];
        form.Replace(spaced, separator, ' ');
        return spaced is "9999 9999 9999 9999" or "9999 999999 99999" or "9999 999999 9999" or "9999 9999 9999 9999 999" or "9999 9999 9999 9" or "9999 9999 9999 999" or "999999 9999999999999";
    }

    // The ranges of the large networks and how long their numbers are.
    private static bool IsIssued(ReadOnlySpan<char> digits) => (Modulo(digits[..4], 10_000), digits.Length) switch
    {
        ( >= 4000 and <= 4999, 13 or 16 or 19) => true,
        ( >= 5100 and <= 5599 or >= 2221 and <= 2720 or >= 2200 and <= 2204, 16) => true,
        ( >= 3400 and <= 3499 or >= 3700 and <= 3799, 15) => true,
        (6011 or >= 6440 and <= 6599, >= 16) => true,
        ( >= 3528 and <= 3589, >= 16) => true,
        ( >= 3000 and <= 3059 or >= 3600 and <= 3699 or >= 3800 and <= 3999, 14) => true,
        ( >= 3000 and <= 3999, 16) => true,
        (2131 or 1800, 15) => true,
        ( >= 6200 and <= 6299 or >= 8100 and <= 8171, >= 16) => true,
        ( >= 5018 and <= 5020 or 5038 or 5893 or 6304 or 6759 or >= 6761 and <= 6763, >= 13) => true,
        ( >= 6060 and <= 6089 or 6521 or 6522 or 9792 or 5066 or 5067 or >= 5090 and <= 5099 or 6362 or 6363, 16) => true,
        _ => false,
    };
}
