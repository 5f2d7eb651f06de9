using System.Text.RegularExpressions;

namespace CorpusForge.Clean.Pii;

/// <summary>Postal addresses that are written out: house number, street, and town with its postcode.</summary>
/// <remarks>English, German and French ways to write one; a street without its town stays. A match looks at no more than <see cref="Reach"/> characters.</remarks>
internal static partial class PostalAddresses
{
    private const int Reach = 140;

    /// <summary>An address whose house number is the token from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int start, int end, int from)
    {
        if (end - start > 6 || end + 12 >= text.Length || text[end] is not (' ' or ',') || start > 0 && text[start - 1] is not (' ' or '\n' or '(' or ':' or '"' or '>'))
            return null;
        var rest = text[start..Math.Min(text.Length, start + Reach)];
        var length = text[end] == ' ' && char.IsUpper(text[end + 1]) ? Length(American(), rest) ?? Length(British(), rest) : Length(French(), rest);
        if (length is { } l)
            return new PiiSpan(PiiType.PostalAddress, start, l);
        // The street stands before its number.
        var window = Math.Max(from, start - 40);
        foreach (var street in GermanStreet().EnumerateMatches(text[window..start]))
            if (street.Index + street.Length == start - window && Length(GermanTown(), rest) is { } town)
                return new PiiSpan(PiiType.PostalAddress, window + street.Index, start + town - window - street.Index);
        return null;
    }

    private static int? Length(Regex regex, ReadOnlySpan<char> text)
    {
        foreach (var match in regex.EnumerateMatches(text))
            return match.Length;
        return null;
    }

    private const string StreetWords = "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Circle|Cir|Highway|Hwy|Trail|Close|Crescent|Gardens|Grove|Mews|Row|Hill|Walk|Park";

    [GeneratedRegex(@"^\d{1,6}[A-Z]? (?:[A-Z0-9][\w.'-]{0,20} ){1,4}(?:" + StreetWords + @")\b\.?(?: (?:N|S|E|W|NW|NE|SW|SE)\b)?(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Room|Rm|#)\.? ?#?\w{1,6})?(?:,\s?|\s)(?:[A-Z][\w.'-]{1,20}[ ,]{1,2}){1,4}(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?\b", RegexOptions.CultureInvariant)]
    private static partial Regex American();

    [GeneratedRegex(@"^\d{1,4}[A-Za-z]? (?:[A-Z][\w'-]{0,20} ){1,3}(?:" + StreetWords + @")\b(?:,? [A-Z][\w'-]{1,20}){1,6},? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", RegexOptions.CultureInvariant)]
    private static partial Regex British();

    [GeneratedRegex(@"^\d{1,4}(?: (?:bis|ter))?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai|cours|route) (?:[\w'’.-]{1,20} ){0,5}[\w'’.-]{1,20}(?:, ?| |\n)\d{5} [A-ZÉ][\w'’-]{1,24}", RegexOptions.CultureInvariant)]
    private static partial Regex French();

    [GeneratedRegex(@"\b(?:\p{Lu}[\w.-]{0,20}[ -])?\p{Lu}?[\w-]{0,24}(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm|Straße|Str\.|Weg|Platz|Allee|straat|laan|gracht|plein) $", RegexOptions.CultureInvariant)]
    private static partial Regex GermanStreet();

    [GeneratedRegex(@"^\d{1,4} ?[a-z]?(?:, ?|\n| )(?:D-|A-|CH-)?\d{4,5}(?: [A-Z]{2})? \p{Lu}[\w.-]{1,24}(?: (?:am|an der|im|bei) \p{Lu}[\w-]{1,20})?", RegexOptions.CultureInvariant)]
    private static partial Regex GermanTown();
}
