using System.Buffers;
using System.Text.RegularExpressions;

namespace CorpusForge.Clean.Pii;

/// <summary>Postal addresses that are written out: house number, street, and town with its postcode, in capitals or not.</summary>
/// <remarks>
/// English, French, German, Dutch, Nordic, Spanish, Italian, Portuguese, Polish, Russian and Japanese ways to write one; a street without its town stays, but in
/// Russian a house and a flat are enough. A match looks at no more than <see cref="Reach"/> characters.
/// </remarks>
internal static partial class PostalAddresses
{
    private const int Reach = 140;

    // The longest street before its number.
    private const int Street = 64;

    private static readonly SearchValues<char> s_before = SearchValues.Create(" \n\u00A0(:\"'>：は〒");

    /// <summary>An address whose house number is the token from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int start, int end, int from)
    {
        if (end - start > 6 || end + 8 >= text.Length || start > 0 && !s_before.Contains(text[start - 1]))
            return null;
        var rest = text[start..Math.Min(text.Length, start + Reach)];
        if (text[end] == '-' && end - start == 3)
            return Length(Japanese(), rest) is { } japanese ? new PiiSpan(PiiType.PostalAddress, start, japanese) : null;
        if (text[end] is not (' ' or ',' or '/'))
            return null;
        // A postcode, or a flat, is to come.
        if (!rest[(end - start)..].ContainsAnyInRange('0', '9'))
            return null;
        if (rest.ContainsAny(s_streetWords) && (Length(American(), rest) ?? Length(British(), rest) ?? Length(French(), rest)) is { } length)
            return new PiiSpan(PiiType.PostalAddress, start, length);
        // The street stands before its number.
        var window = Math.Max(from, start - Street);
        if (!text[window..start].ContainsAny(s_streetNames))
            return null;
        foreach (var (street, town) in s_streets)
        {
            var begins = -1;
            foreach (var match in street().EnumerateMatches(text[window..start]))
                begins = match.Index + match.Length == start - window ? window + match.Index : begins;
            if (begins >= 0 && Length(town(), rest) is { } behind)
                return new PiiSpan(PiiType.PostalAddress, begins, start + behind - begins);
        }
        return null;
    }

    private static int? Length(Regex regex, ReadOnlySpan<char> text)
    {
        foreach (var match in regex.EnumerateMatches(text))
            return match.Length;
        return null;
    }

    private static readonly (Func<Regex> Street, Func<Regex> Town)[] s_streets = [(GermanStreet, GermanTown), (RomanceStreet, RomanceTown), (PolishStreet, PolishTown), (RussianStreet, RussianTown)];

    // What one of the expressions needs, so that most numbers ask none of them.
    private static readonly SearchValues<string> s_streetWords = SearchValues.Create([.. StreetWords.Split('|').Select(w => $" {w}"), " rue ", " av", " bd ", " boulevard ", " place ", " chemin ", " allée ", " impasse ", " quai ", " cours ", " route "], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> s_streetNames = SearchValues.Create(
    [
        "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ufer", "damm", "straat", "laan", "gracht", "plein", "kade", "gat", "vägen", "gränd", "torget", "gade", "vej", "gate", "vei", "katu", "tie ",
        "Am ", "An d", "Auf d", "Im ", "In d", "Unter den", "Zum ", "Zur ", "Hinter der", "calle ", "c/", "avenida ", "avda", "av.", "plaza ", "pza.", "paseo ", "carrer", "camino ", "ronda ", "travesía ", "via ", "viale ", "v.le", "piazza ", "p.za", "corso ", "largo ", "vicolo ",
        "rua ", "rue ", "chemin ", "quai ", "r.", "travessa ", "praça ", "alameda ", "estrada ", "rambla ", "ul.", "al.", "pl.", "os.", "улица ", "пр.", "пр-т", "просп", "пер.", "переулок", "наб.", "бульвар", "б-р", "ул.", "вул.",
    ], StringComparison.OrdinalIgnoreCase);

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    private const string StreetWords = "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Circle|Cir|Highway|Hwy|Trail|Close|Crescent|Gardens|Grove|Mews|Row|Hill|Walk|Park";

    // In small letters a comma stands before the state, many of which are words.
    [GeneratedRegex(@"^\d{1,6}[A-Z]? (?:[A-Z0-9][\w.'-]{0,20} ){1,4}(?:" + StreetWords + @")\b\.?(?: (?:N|S|E|W|NW|NE|SW|SE)\b)?(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Room|Rm|#)\.? ?#?\w{1,6})?(?:,\s?|\s)(?:[A-Z][\w.'-]{1,20}[ ,]{1,2}){1,4}(?:(?-i:(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]))|(?<=, )[a-z]{2}) \d{5}(?:-\d{4})?\b", Options)]
    private static partial Regex American();

    [GeneratedRegex(@"^\d{1,4}[A-Z]? (?:[A-Z][\w'-]{0,20} ){1,3}(?:" + StreetWords + @")\b(?:,? [A-Z][\w'-]{1,20}){1,6}(?: \d{1,2})?,? (?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|(?-i:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4}|(?-i:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT),? [A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]\d[\dW] [A-Z\d]{4})\b", Options)]
    private static partial Regex British();

    [GeneratedRegex(@"^\d{1,4}(?: (?:bis|ter))?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|cours|route) (?:[\w'’.-]{1,20} ){0,5}[\w'’.-]{1,20}(?:, ?| |\n)\d{5} [A-ZÉ][\w'’-]{1,24}", Options)]
    private static partial Regex French();

    [GeneratedRegex(@"\b(?:(?:(?:(?-i:\p{Lu})[\w.-]{0,20}[ -])?[\w-]{0,24}(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm|straat|laan|gracht|plein|kade|gat[ae]n?|vägen|gränd|torget|gade|vej|gate|vei|veien|katu|tie))|(?-i:(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Unter den|Zum|Zur|Hinter der) \p{Lu}[\w-]{1,20}(?: \p{Lu}[\w-]{1,20})?)) $", Options)]
    private static partial Regex GermanStreet();

    [GeneratedRegex(@"^\d{1,4}(?: ?[a-z](?: \d{1,3})?)?(?:, \d{1,2}\. (?:tv|th|mf|sal))?(?:, ?|\n| )(?:(?:D|A|CH|S|DK|FI)-)?(?:\d{4,5}(?: [A-Z]{2}\b)?|\d{3} \d{2}) \p{L}[\w.-]{0,23}\w(?: (?:am|an der|im|bei) \p{L}[\w-]{1,20})?", Options)]
    private static partial Regex GermanTown();

    [GeneratedRegex(@"(?<![\p{L}\d])(?:calle|c/|avenida|avda\.|av\.|plaza|pza\.|paseo|carrera|camino|ronda|travesía|via|viale|v\.le|piazza|p\.za|corso|largo|vicolo|rua|r\.|travessa|praça|alameda|estrada|carrer|rambla|rue|chemin|quai) ?(?:[\p{L}\d.'’ºª-]{1,20},? ){1,6}(?:n[.º°]{1,2} ?)?$", Options)]
    private static partial Regex RomanceStreet();

    // Brazil writes the town before its postcode, of five and three digits.
    [GeneratedRegex(@"^\d{1,5} ?[a-z]?(?:/\w{1,3})?(?:,? \d{1,2}\.?[ºª°]\w{0,4}(?: \w{1,4}\.?)?)?(?:,? ?- ?|,? |\n)(?:(?:(?:\d{5}|\d{4}-\d{3}) \p{L}|\d{4} (?-i:\p{Lu}))[\w'’-]{1,24}(?: (?:de|del|la|do|da|di|d[eo]s) \p{L}[\w-]{1,20})*|(?:[\p{L}'’.-]{1,20}[ ,/-]{1,3}){1,7}(?:CEP:? ?)?\d{5}-\d{3}\b)", Options)]
    private static partial Regex RomanceTown();

    [GeneratedRegex(@"(?<![\p{L}\d])(?:ul|al|pl|os)\. (?:[\p{L}\d.-]{1,20} ){1,4}$", Options)]
    private static partial Regex PolishStreet();

    [GeneratedRegex(@"^\d{1,4} ?[a-z]?(?:/\d{1,4}| m\. ?\d{1,4})?(?:, ?|\n| )\d{2}-\d{3} \p{L}[\p{L}-]{1,24}", Options)]
    private static partial Regex PolishTown();

    [GeneratedRegex(@"(?<![\p{L}\d])(?:\d{6},? (?:г\. ?)?\p{L}[\p{L}-]{1,24}, )?(?:ул\.|улица|пр\.|пр-т|просп\.|проспект|пер\.|переулок|наб\.|бульвар|б-р|вул\.) ?(?:[\p{L}\d.-]{1,20},? ){1,4}(?:д\.|дом|буд\.)? ?$", Options)]
    private static partial Regex RussianStreet();

    [GeneratedRegex(@"^\d{1,4}[а-я]?(?:/\d{1,3})?(?:,? (?:к|корп|стр)\. ?\d{1,3})?(?:,? кв\.? ?\d{1,4}(?:, \d{6},? (?:г\. ?)?\p{L}[\p{L}-]{1,24})?|, \d{6},? (?:г\. ?)?\p{L}[\p{L}-]{1,24})", Options)]
    private static partial Regex RussianTown();

    [GeneratedRegex(@"^\d{3}-\d{4}\s{0,2}(?:東京都|北海道|京都府|大阪府|[\p{IsCJKUnifiedIdeographs}]{2,3}県)[\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}ー]{1,24}\d{1,4}(?:(?:-|丁目|番地?の?|号)\d{1,4}){0,3}(?:号|番地)?", RegexOptions.CultureInvariant)]
    private static partial Regex Japanese();
}
