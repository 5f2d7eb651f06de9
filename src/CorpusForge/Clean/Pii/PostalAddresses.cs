using System.Buffers;
using System.Text.RegularExpressions;

namespace CorpusForge.Clean.Pii;

/// <summary>Postal addresses that are written out: a street with its house number, and a town with its postcode, with nothing but parts of an address between them.</summary>
/// <remarks>
/// The street has a word such as `Street`, `-straße` or `ul.`, before or after its number; without one, a word for addresses stands before it, or its postcode is one
/// that nothing else looks like. Between street and town may stand floors, flats, buildings and quarters. A town with its postcode may also stand first. Streets of
/// China, Taiwan and Korea are found by their districts, those of Colombia by their two numbers, and in Russian a house and a flat are enough.
/// A match looks at no more than <see cref="Reach"/> characters.
/// </remarks>
internal static class PostalAddresses
{
    private const int Reach = 160;

    // The longest street before its number.
    private const int Street = 64;

    private static readonly SearchValues<char> s_before = SearchValues.Create(" \n\u00A0(:\"'>：は〒-#");

    private static readonly string[] s_labels =
    [
        "address", "visit us", "find us at", "ship to", "mail to", "adresse", "anschrift", "wohnhaft", "adres", "adresa", "adresu", "adrese", "adresas", "aadress", "adress", "osoite", "heimilisfang", "heimili", "sídlo", "sídlem", "siedziba", "siedzibą", "cím", "címünk", "székhely", "sediul",
        "dirección", "domicilio", "direcció", "endereço", "morada", "indirizzo", "sede", "siège", "zetel", "naslov", "sjedište", "адрес", "адреса", "адресу", "διεύθυνση", "δ/νση", "alamat", "địa chỉ", "כתובת", "العنوان", "نشانی", "آدرس", "पता", "ที่อยู่", "მისამართი", "հասցե", "ünvan",
    ];

    /// <summary>An address whose first number is the token from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <remarks><paramref name="street"/> is where the word for a street stands that was found last, and how far they were looked for, so that no place is searched twice; begin with -1 and 0.</remarks>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int start, int end, int from, ref (int At, int Searched) street)
    {
        if (end - start > 7 || end >= text.Length)
            return null;
        if (IsHan(text[end]) || text[end] == ' ' && end + 1 < text.Length && text[end + 1] is '号' or '號' || text[end] == '-' && start > 0 && IsHan(text[start - 1]))
            return EastAsian(text, start, from);
        if (start > 0 && !s_before.Contains(text[start - 1]))
            return null;
        var rest = text[start..Math.Min(text.Length, start + Reach)];
        if (text[end] == '-' && end - start == 3 && Length(s_japanese, rest) is { } japanese)
            return new PiiSpan(PiiType.PostalAddress, start, japanese);
        if (text[end] is not (' ' or ',' or '/' or '-' or '.' or '\n' or '#' or '번'))
            return null;
        if (rest.ContainsAnyInRange('\u0E01', '\u0E5B') && Length(s_thai, rest) is { } thai)
            return new PiiSpan(PiiType.PostalAddress, start, thai);
        var window = Math.Max(from, start - Street);
        var before = text[window..start];
        if (before is [.., >= '가' and <= '힣', ' '] && Ends(s_koreanStreet, before) is { } road)
            return new PiiSpan(PiiType.PostalAddress, window + road, start - window - road + (Length(s_koreanHouse, rest) ?? end - start));
        // A postcode, or a flat, is to come.
        if (!rest[(end - start)..].ContainsAnyInRange('0', '9'))
            return null;
        // No word is longer than sixteen letters.
        var (low, high) = (Math.Max(window, street.Searched - 16), start + rest.Length);
        if (street.At < window && low < high)
            street = text[low..high].IndexOfAny(s_streets) is >= 0 and var more ? (low + more, low + more + 16) : (-1, high);
        if (street.At >= window || rest.ContainsAny(s_words))
        {
            if (street.At >= window && street.At < start && Ends(s_streetBefore, before) is { } begins && (Length(s_houseAndTown, rest) ?? Length(s_flat, rest) ?? Length(s_colombianHouse, rest)) is { } behind)
                return new PiiSpan(PiiType.PostalAddress, window + begins, start - window - begins + behind);
            if (Ends(s_unitBefore, before) is { } unit && Length(s_unitStreetAndTown, rest) is { } all && (rest[..all].ContainsAny(s_streets) || rest[..all].ContainsAny(s_words)))
                return new PiiSpan(PiiType.PostalAddress, window + unit, start - window - unit + all);
            if ((Length(s_houseStreetAndTown, rest) ?? Length(s_townFirst, rest)) is { } length)
                return new PiiSpan(PiiType.PostalAddress, start, length);
        }
        if ((Length(s_vietnamese, rest) ?? Length(s_houseAndBritishTown, rest)) is { } british)
            return new PiiSpan(PiiType.PostalAddress, start, british);
        // A street without a word that says so.
        if (before.Length < 4 || !char.IsLetter(before[^2]) || !char.IsUpper(before[before[..^1].LastIndexOf(' ') + 1]) || Ends(s_namedBefore, before) is not { } name)
            return null;
        var labelled = new Nearby(text, window + name, start).HasLabel(s_labels);
        return Length(labelled ? s_houseAndTown : s_houseAndDistinctTown, rest) is { } found ? new PiiSpan(PiiType.PostalAddress, window + name, start - window - name + found) : null;
    }

    private static bool IsHan(char c) => c is >= '\u3400' and <= '\u9FFF';

    // 88号: the house number of a road in a district; 2丁目14番6号 and 2-14-6 of a quarter in a prefecture.
    private static PiiSpan? EastAsian(ReadOnlySpan<char> text, int start, int from)
    {
        var window = Math.Max(from, start - 40);
        var around = text[window..Math.Min(text.Length, start + 40)];
        foreach (var regex in (ReadOnlySpan<WarmRegex>)[s_chineseStreet, s_japaneseStreet])
            foreach (var match in regex.Now.EnumerateMatches(around))
                if (window + match.Index <= start && window + match.Index + match.Length > start)
                    return new PiiSpan(PiiType.PostalAddress, window + match.Index, match.Length);
        return null;
    }

    private static int? Length(WarmRegex regex, ReadOnlySpan<char> text)
    {
        foreach (var match in regex.Now.EnumerateMatches(text))
            return match.Length;
        return null;
    }

    // Where a match begins that ends with the text; these expressions read from right to left.
    private static int? Ends(WarmRegex regex, ReadOnlySpan<char> text)
    {
        foreach (var match in regex.Now.EnumerateMatches(text))
            return match.Index;
        return null;
    }

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    // Words behind the name of a street.
    private const string Words = "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Tce|Way|Parkway|Pkwy|Circle|Cir|Highway|Hwy|Trail|Close|Crescent|Cres|Gardens|Grove|Mews|Row|Hill|Walk|Park|Parade|Pde|Quay|Broadway|Sector|Marg|Nagar|Layout|Colony";

    // What the name of a street ends with, joined or as a word of its own.
    private const string Endings = @"straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm|straat|laan|gracht|plein|kade|gata|gatan|vägen|gränd|torget|gade|vej|gate|vei|veien|katu|kuja|gatve|tie|vegur|stígur|braut| utca| u\.| út| útja| tér| körút| köz| sétány| cad\.| caddesi| sok\.| sokak| sk\.| bulvarı| cesta| ulica| ulice| třída| náměstí| nám\.| nábřeží| trg| gatvė| g\.| iela| prospekts| tänav| mnt| tee| pr\.| проспект| шоссе| переулок| набережная| бульвар| улица| площадь";

    // Words before the name of a street.
    private const string Firsts = @"calle |c/ ?|avenida |avda\.? ?|av\. ?|av |avenue |boulevard |bd |plaza |pza\. ?|paseo |carrer |carrera |pasaje |psje\. ?|passatge |jirón |jr\. ?|camino |ronda |travesía |via |viale |v\.le |piazza |p\.za |corso |largo |vicolo |rua |r\. ?|rue |chemin |allée |impasse |quai |cours |route |place |chaussée |faubourg |passage |sentier |esplanade |travessa |praça |alameda |estrada |rambla |ul\. ?|al\. ?|pl\. ?|os\. ?|str\. |strada |bd\. |bulevardul |calea |șos\. |šos\. |ulica |nám\. |улица |пр\. ?|пр-т ?|просп\. ?|проспект |пер\. ?|переулок |наб\. ?|бульвар |бул\. ?|б-р ?|ул\. ?|вул\. ?|вулиця |просп\. |пл\. ?|οδός |λεωφόρος |λεωφ\. ?|רחוב |רח' |שדרות |jl\. ?|jalan |jln\. ?|đường |phố |soi |ถนน |rruga |मकान नं\.? ?|फ्लैट नं\.? ?|प्लॉट नं\.? ?|गली नं\.? ?|বাড়ি ";

    private const string Postboxes = @"P\.?O\.? ?Box |Postfach |BP |apartado |casilla |postboks |postbus |caixa postal |skr\. poczt\. |а/я ";

    private const string Before = @"(?<![\p{L}\d])";

    // Number, or what stands before it: n. 12, nr 12, No: 12, д. 12.
    private const string NumberWord = @"(?:(?:n[.º°o]{0,2}|nr|nº|no|num|núm|č|č\.p|br|д|дом|буд|№)[.:]? ?)?";

    // House numbers, as 12, 12a, 12-14, 263-2, 8/3/14, 427/31, 14 B 22.
    private const string House = @"\d{1,5}(?: ?[a-zа-я](?![\p{L}'’.]))?(?: ?[/-] ?(?:\d{1,4}[a-z]?|[a-z](?!\p{L}))){0,2}(?: ?[a-z](?: \d{1,3})?(?![\p{L}\d'’]))?";

    // Floors, flats, doors and buildings.
    private const string UnitWords = @"floor|flat|fl|apt|apartment|suite|ste|unit|room|rm|level|lvl|block|blk|bldg|building|tower|wing|stock|etage|et|ét|étage|esc|escalera|bât|bât\. [a-z],? app|bat|appt|app|apto|ap|piso|puerta|pta|planta|local|oficina|of|int|interior|interno|scala|piano|andar|sala|bloco|conj|lote|bl|sc|boîte|bte|bus|box|lgh|em|emelet|ajtó|lok|kl|kat|daire|кв|квартира|оф|офис|корп|стр|подъезд|этаж|эт|ет|ап|вх|бл|під|όροφος|stan|sprat|RT|RW|No|BP|tầng|lt|lantai|c\.p|sector|sect|phase|plot|kav|shop|depto|dpto";

    private const string Unit = @"(?:#\s?[\w-]{1,8}|(?:" + UnitWords + @")\b[.:]? ?(?:n[or.º°]{1,2} ?)?[\w/-]{1,8}|(?:[mdкст]\.? ?\d{1,4})|\d{1,3}(?:[.º°ª]{1,2}|er|e|ème|st|nd|rd|th|-й)(?:[ -]?(?:tr|floor|fl|og|stock|etage|ét|étage|tv|th|mf|sal|piso|planta|andar|piano|em|patro|kat|sprat|emelet|этаж|ет|dto|esq|dcha|izq|izda|fte|\d?[a-z]\b|\d{1,2}ª)[.ºª]?){0,2}|st\.,? (?:tv|th|mf)\.?|\d{1,2} tr\b|[IVX]{1,4}\. em\.(?: \d{1,3})?|EG\b|OG\b|HH\b|VH\b|Hinterhaus|Vorderhaus)";

    private const string Separator = @"(?:\s?[,;•·|]\s{0,2}| [-–/] |\n| ?\()";

    // Quarters, buildings and counties: words up to the next sign, the first with a capital.
    private const string Part = @"(?:\d{1,3}(?:st|nd|rd|th|ª|º|a) )?(?-i:[\p{Lu}\p{Lo}])[\p{L}\p{M}'’.]{0,24}(?:[ -][\p{L}\p{M}\d'’./&-]{1,20}){0,4}\)?";

    private const string Between = @"(?:(?:" + Separator + "|[ /])" + Unit + @"(?=[\s,;.|)(/-])\.?\)?|" + Separator + Part + "){0,6}?";

    private const string TownRest = @"(?:[ -](?:(?:de|del|la|do|da|di|d[eo]s|les?|am|an der|im|bei|sur|en|upon|of|pod|nad|cedex)[ -])?(?-i:[\p{Lu}\p{Lo}])[\p{L}\p{M}'’]{0,24}){0,3}(?:/[\p{L}]{2,20})?(?: cedex)?(?: \d{1,2}(?!\d|[.,]\d))?";

    private const string Town = @"(?:(?:St|Ste|Sta|Mt|Ft|S|Kr)\. ?)?(?-i:[\p{Lu}\p{Lo}])[\p{L}\p{M}'’]{1,24}" + TownRest;

    // One after which anything is a town, and one that may be a year or an amount.
    private const string CodeFirst = @"(?:(?:(?-i:[A-Z]{1,3})[- ])?(?:C\.?P\.?|CEP|PLZ)?:? ?(?:\d{5,7}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}|(?-i:[A-Z])\d{4}(?-i:[A-Z]{3})|\d{4}(?: (?-i:[A-Z]{2}))?|\d{3}(?= \p{L}{2,12}(?:vík|vogur|fjörður|eyri|bær|nes|foss)\b)),? (?:(?:г|м)\. ?)?" + Town + ")";

    private const string State = @"(?:(?-i:A[BKLRZ]|BC|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ABDEINOST]|N[BCDEHJLMSTUVY]|O[HKNR]|P[AE]|QC|RI|S[CDK]|T[NX]|UT|V[AT]|W[AIVY]|YT|NSW|VIC|QLD|SA|TAS|ACT)|(?<=, )[a-z]{2}|\(?(?-i:\p{Lu})[\p{L}.]{1,20}(?: (?-i:\p{Lu})[\p{L}]{1,20}){0,2}\)?)";

    // Towns before their postcode; four digits that look like a year are one.
    private const string CodeLast = @"(?:(?:г\. ?|м\. ?)?" + Town + @"(?:,? ?[ (/-] ?" + State + @"){0,2}(?:[ ,]{1,2}| ?[-–] ?|, CEP:? ?| - CEP:? ?)(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]\d[\dW] [A-Z\d]{4}|\d{5}-\d{3,4}|(?:\d{5,7}|\d{3} \d{3}|(?!1[5-9]|20[0-4])\d{4})(?! (?-i:\p{Lu}))|LV-\d{4}|(?:(?-i:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4}))(?![\p{L}\d]|[.,-]\d))";

    private const string TownBehind = Between + "(?:(?:" + Separator + @"|\s)" + CodeFirst + "|(?:" + Separator + @"|\s)" + CodeLast + @"|(?:, ?|\n)(?:\d{5}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}) \p{L}[\p{L}'’-]{1,24}" + TownRest + ")";

    private static readonly WarmRegex s_streetBefore = new(@"(?:" + Before + "(?:" + Firsts + "|" + Postboxes + @")(?:[\p{L}\p{M}\d.'’ºª°„“”""«»-]{1,24},? ){0,6}|\b(?:(?-i:\p{Lu})[\w.'-]{0,20}[ -]){0,3}[\p{L}\p{M}.-]{0,24}(?<=" + Endings + "),? |(?-i:" + Before + @"(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Unter den|Zum|Zur|Hinter der) \p{Lu}[\w-]{1,20}(?: \p{Lu}[\w-]{1,20})?) )" + NumberWord + @"\z", Options | RegexOptions.RightToLeft);

    private static readonly WarmRegex s_houseAndTown = new("^" + House + TownBehind, Options);

    private static readonly WarmRegex s_houseStreetAndTown = new(@"^\d{1,6}[A-Z]?(?:[/-]\d{1,4}[A-Z]?)?(?: (?:bis|ter))?,? (?:(?:[A-Z0-9][\p{L}\d.'’-]{0,20} ){1,4}(?:" + Words + @")\b\.?(?: (?:N|S|E|W|NW|NE|SW|SE)\b| \d{1,3}(?=,))?|(?:" + Firsts + @")(?:[\p{L}\p{M}\d'’./-]{1,20} ){0,5}?[\p{L}\p{M}\d'’./-]{1,20})(?:" + TownBehind + @"|(?:,\s?|\s)(?:[A-Z][\w.'-]{1,20}[ ,]{1,2}){1,6}(?:" + State + @" \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b)", Options);

    // 18 Castlegate, Lancaster LA1 1YN; 3rd Floor, 18 Castlegate, Lancaster LA1 1YN
    private static readonly WarmRegex s_houseAndBritishTown = new(@"^(?:\d{1,2}(?:st|nd|rd|th) floor, )?\d{1,4}[A-Z]? (?-i:\p{Lu})[\p{L}'’-]{1,24}(?: (?-i:\p{Lu})[\p{L}'’-]{0,24}){0,3}(?:, " + Part + "){0,3}?, " + Town + @",? (?-i:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})(?!\w)", Options);

    // 218 Lê Lợi, phường Bến Thành, quận 1
    private static readonly WarmRegex s_vietnamese = new(@"^\d{1,4}(?:/\d{1,3}){0,3} (?:đường |phố )?(?-i:\p{Lu})\p{L}{0,12}(?: (?-i:\p{Lu})\p{L}{0,12}){0,4}(?:, (?:phường|p\.|quận|q\.|huyện|xã|thị trấn|thành phố|tp\.?|tỉnh) ?[\p{L}\d]{1,12}(?: (?-i:\p{Lu})\p{L}{0,12}){0,3}){1,4}(?:, (?-i:\p{Lu})\p{L}{1,8} (?-i:\p{Lu})\p{L}{1,8})?", Options);

    private static readonly WarmRegex s_unitBefore = new(Before + "(?:" + UnitWords + @")[.:]? ?(?:(?-i:[A-Z])-)?\z|" + Before + @"(?-i:[A-Z])-\z", Options | RegexOptions.RightToLeft);

    private static readonly WarmRegex s_unitStreetAndTown = new(@"^\w{1,5}" + Between + "(?:" + Separator + @"|\s)" + CodeLast, Options);

    private static readonly WarmRegex s_namedBefore = new(@"(?<![\p{L}\d.'’-])(?-i:\p{Lu})[\p{Ll}'’.]{1,24}(?:[ -](?-i:\p{Lu})[\p{Ll}'’.]{1,24}){0,2} \z", Options | RegexOptions.RightToLeft);

    // 427/31, 602 00 Brno; 14-3, LT-01103 Vilnius; 263, 1016 GV Amsterdam
    private static readonly WarmRegex s_houseAndDistinctTown = new("^" + House + @"(?:, ?|\n)(?:(?-i:[A-Z]{1,2})-\d{4,5}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{4} (?-i:[A-Z]{2})|\d{5}(?! \p{L}+ (?!(?:am|an|im|bei|de|del|la|nad|sur) )(?-i:\p{Ll}))) (?-i:\p{Lu})[\p{Ll}'’]{1,24}" + TownRest, Options);

    // 1075 Budapest, Kazinczy utca 14; 125009, г. Москва, ул. Тверская, д. 14
    private static readonly WarmRegex s_townFirst = new(@"^(?:\d{4,6}|\d{3} \d{2}|\d{2}-\d{3}),? (?:(?:г|м)\. ?)?" + Town + "(?:" + Separator + Part + "){0,2}?" + Separator + "(?:(?:" + Firsts + @")(?:[\p{L}\p{M}\d.'’-]{1,24},? ){1,5}|(?:[\p{L}\p{M}.'-]{1,24}[ -]){0,3}[\p{L}\p{M}.-]{0,24}(?<=" + Endings + "),? )" + NumberWord + House + @"\.?(?:(?:" + Separator + "| )" + Unit + @"(?![\p{L}\d])){0,4}", Options);

    // A house and a flat, where that is enough: in Russia, Romania and Latin America.
    private static readonly WarmRegex s_flat = new(@"^\d{1,4}[а-яa-z]?(?:/\d{1,3})?(?:(?:,? (?:к|корп|стр)\. ?\d{1,3})?,? кв\.? ?\d{1,4}|,? bl\.? ?\w{1,5},? (?:sc\.? ?\w{1,3},? )?(?:et\.? ?\w{1,3},? )?ap\.? ?\d{1,4}|,? (?:depto|dpto|departamento|oficina|of|piso|apto)\.? ?\d{1,4}\b)(?:, \d{6},? (?:г\. ?)?\p{L}[\p{L}-]{1,24})?", Options);

    private static readonly WarmRegex s_colombianHouse = new(@"^\d{1,3}[a-z]?(?: ?(?:bis|sur|norte|este))? ?(?:#|no\.|n[º°]) ?\d{1,3}[a-z]? ?[-–] ?\d{1,3}(?:(?:, ?| )" + Unit + @"(?![\p{L}\d]))?(?:, ?(?-i:\p{Lu})\p{L}{2,20})?", Options);

    private static readonly WarmRegex s_japanese = new(@"^\d{3}-\d{4}\s{0,2}(?:東京都|北海道|京都府|大阪府|[\p{IsCJKUnifiedIdeographs}]{2,3}県)[\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}ー]{1,24}\d{1,4}(?:(?:-|丁目|番地?の?|号)\d{1,4}){0,3}(?:号|番地)?", RegexOptions.CultureInvariant);

    private static readonly WarmRegex s_chineseStreet = new(@"(?:(?<!\d)\d{3,6} ?)?(?:(?:[\p{IsCJKUnifiedIdeographs}]{2,8}?[省市县縣区區州鎮镇鄉乡]){1,4}|(?:香港|九龍|九龙|新界)[\p{IsCJKUnifiedIdeographs}]{0,6}?)[\p{IsCJKUnifiedIdeographs}]{1,12}?[路街道巷弄村里段](?:[\p{IsCJKUnifiedIdeographs}\d]{1,4}[段巷弄]){0,3} ?\d{1,5}(?:[-之]\d{1,3})? ?[号號](?:[\p{IsCJKUnifiedIdeographs}A-Za-z\d ]{0,16}\d{1,5} ?(?:室|楼|樓|层|層|座|单元|之\d{1,3})(?:之\d{1,3})?(?: ?[A-Z] ?室)?)?", RegexOptions.CultureInvariant);

    // 東京都世田谷区北沢2丁目14番6号 メゾン305
    private static readonly WarmRegex s_japaneseStreet = new(@"(?:東京都|北海道|京都府|大阪府|[\p{IsCJKUnifiedIdeographs}]{2,3}県)[\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}]{1,8}[市区町村郡][\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}]{1,16}\d{1,4}(?:(?:-|丁目|番地?の?|号)\d{1,4}){1,3}(?:号室?|番地?)?(?:[ 　]?[\p{IsCJKUnifiedIdeographs}\p{IsKatakana}A-Za-z]{2,16}\d{2,4}(?:号室)?)?", RegexOptions.CultureInvariant);

    // 88/12 หมู่ 4 ต.สุเทพ อ.เมือง จ.เชียงใหม่ 50200
    private static readonly WarmRegex s_thai = new(@"^\d{1,4}(?:[/-]\d{1,4}){0,2} (?:(?:หมู่บ้าน|หมู่ที่|หมู่|ม\.|ซอย|ซ\.|ถนน|ถ\.|ตำบล|ต\.|แขวง|เขต|อำเภอ|อ\.|จังหวัด|จ\.|กรุงเทพ) ?[\u0E01-\u0E5B\d/.]{0,30} ?){2,8}\d{5}(?!\d)", RegexOptions.CultureInvariant);

    private static readonly WarmRegex s_koreanStreet = new(@"(?:[가-힣]{1,8}(?:시|도) )?[가-힣]{1,6}(?:시|군|구) (?:[가-힣]{1,6}(?:구|읍|면|동) )?[가-힣]{1,10}\d{0,3}(?:번?길|로) \z", RegexOptions.CultureInvariant | RegexOptions.RightToLeft);

    private static readonly WarmRegex s_koreanHouse = new(@"^\d{1,4}(?:번길 \d{1,4})?(?:-\d{1,3})?(?:,? ?(?:지하 ?)?\d{1,4}(?:층|호|동)){0,3}(?: ?\([가-힣\d, ]{2,20}\))?(?:,? \d{5}(?!\d))?", RegexOptions.CultureInvariant);

    // What an address needs, so that most numbers ask none of the expressions.
    private static readonly SearchValues<string> s_words = SearchValues.Create([.. Words.Split('|').SelectMany(w => new[] { $" {w} ", $" {w},", $" {w}.", $" {w}\n" })], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<string> s_streets = SearchValues.Create([.. Plain(Endings), .. Plain(Firsts), .. Plain(Postboxes), "Box ", "Am ", "An d", "Auf d", "Im ", "In d", "Unter den", "Zum ", "Zur ", "Hinter der"], StringComparison.OrdinalIgnoreCase);

    // The words of a list without the signs of an expression.
    private static string[] Plain(string words) => words.Replace(" ?", "", StringComparison.Ordinal).Replace("\\.?", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal).Split('|');
}
