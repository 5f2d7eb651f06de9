using System.Collections.Frozen;
using PhoneNumbers;

namespace CorpusForge.Clean.Pii;

/// <summary>Telephone numbers: with a country's prefix, in a form that only telephone numbers have, or after a word such as `tel.`.</summary>
/// <remarks>libphonenumber's metadata decide what a country's numbers are. Numbers without a prefix are tried in the countries that the document may be from.</remarks>
internal static class Telephones
{
    private const int MaxGroups = 8;

    private static readonly PhoneNumberUtil s_numbers = PhoneNumberUtil.GetInstance();

    /// <summary>The countries whose numbers are known.</summary>
    public static IReadOnlySet<string> Regions { get; } = s_numbers.GetSupportedRegions().ToFrozenSet(StringComparer.Ordinal);

    private static readonly WordList s_words = new(
    [
        "tel", "telephone", "phone", "phones", "telefon", "telefono", "teléfono", "telefone", "téléphone", "telefoon", "telefonnummer", "telefonu", "telefonszám", "puhelin", "τηλ", "τηλέφωνο", "тел", "телефон", "телефону",
        "call", "calling", "dial", "ring", "text", "fax", "mobile", "mobil", "mobiel", "mob", "cell", "cellphone", "handy", "handynummer", "rückruf", "anrufen", "appeler", "appelez", "portable", "móvil", "celular", "llame", "llamar", "llámame", "ligue", "cellulare",
        "chiamare", "chiama", "zavolejte", "volejte", "hívjon", "hívja", "sunați", "sunaţi", "ringe", "soita", "bel me", "arayın", "gsm", "komórka", "zadzwoń", "pod numer", "numer telefonu", "whatsapp", "signal", "sms", "viber", "hotline", "helpline", "contact", "kontakt", "contacto", "contato", "contatto", "contatti", "संपर्क", "reach", "bel", "puh", "tfn", "tlf", "faks", "faxe", "rufnummer", "rufen", "ruf", "anruf", "telefonisch", "my number", "new number", "meine nummer", "nummer lautet", "mijn nummer", "mon numéro", "mi número", "mio numero", "meu número", "mitt nummer", "мой номер", "durchwahl", "erreichbar", "joindre",
        "致電", "拨打", "撥打", "tlm", "telemóvel", "telemóveis", "numero verde", "centralino", "centralita", "switchboard", "infolinia", "callcenter", "call center", "téléphonez", "téléphoner", "chiamateci", "telefonare", "chiami", "telefoneer", "bellen", "belt u", "ligar", "ligação", "discar", "llámanos", "llámenos", "marque", "dzwonić", "dzwoń", "komórkowy", "zavolat", "aramak", "numaram",
        "звоните", "звони", "звонить", "позвоните", "моб", "мобильный", "номер", "факс", "телефонуйте", "дзвоніть", "κινητό", "καλέστε", "mobilnummer", "mobiltelefon", "puhelinnumero", "フリーダイヤル", "直通", "内线", "热线", "客服", "お電話", "핸드폰", "hotlines", "service-nummer", "servicenummer",
        "电话", "電話", "手机", "手機", "致电", "联系", "传真", "携帯", "전화", "휴대폰", "연락처", "هاتف", "جوال", "फ़ोन", "फोन", "मोबाइल", "טלפון", "โทร", "điện thoại", "telepon", "hp", "sími", "gsm-sími", "tālr", "tālrunis", "hubungi", "trucar", "truqueu", "tawag", "sunați-ne", "teleponi", "تلفن", "همراه", "فون", "موبائل", "للتواصل", "اتصل", "ফোন", "মোবাইল", "ਫੋਨ", "தொலைபேசி", "మొబైల్", "ტელ", "հեռ", "מס' טלפון", "נייד", "มือถือ", "โทรศัพท์", "di động", "sđt", "hotline", "☎", "📞", "📱", "✆",
        "cel", "celu", "fono", "fon", "landline", "festnetz", "joignable", "appelle", "gsm-nummer", "bereikbaar", "telefonate", "recapito", "llamad", "llamen", "llama al", "chama ao", "chame", "truca", "deitu", "zap", "rufft", "skakel", "glao", "guthán", "ffoniwch", "ffôn", "ċempel", "ċemplu", "soittakaa", "soitto", "símanúmer", "síma", "hringdu", "hringið",
        "helista", "zvani", "zvanī", "skambink", "volej", "volat", "zavolej", "volaj", "zavolaj", "zadzwoni", "hívj", "hívd", "telefonon", "sună", "apelați", "nazovi", "zovi", "pozovi", "pokliči", "thirrni", "telefononi", "cep", "iletişim", "zəng", "qo'ng'iroq", "telp", "gọi", "zalo", "liên hệ", "tumawag", "piga simu", "simu",
        "обади", "звънн", "позови", "назови", "јавете", "јави се", "дзвони", "подзвон", "зателефон", "тэл", "тэлефан", "званіце", "қоңырау", "утас", "залга", "τηλεφων", "κιν", "სატელ", "დარეკ", "დამირეკ", "զանգ",
        "كلمني", "كلموني", "موبايل", "واتساب", "تليفون", "رقمي", "التواصل", "جوالي", "تماس", "موبایل", "رابطہ", "کال", "התקשרו", "להתקשר", "חייגו", "פלאפון", "कॉल", "কল", "যোগাযোগ", "அழைக்க", "அலைபேசி", "ఫోన్", "ફોન", "ಫೋನ್", "ഫോൺ", "เบอร์", "ケータイ", "号码", "號碼", "문의",
    ]);

    // They say it less clearly: a number has to be a country's, or in groups.
    private static readonly WordList s_weak = new(
    [
        "number", "my cell", "reservations", "bookings", "enquiries", "inquiries", "work line", "número", "numero", "numéro", "nummer", "numer", "číslo", "čísle", "broj", "număr", "szám", "numri", "αριθμός", "رقم", "شماره", "نمبر", "מספר", "नंबर", "নম্বর", "எண்", "番号", "번호", "nomor", "nombor", "namba",
        "reservas", "reservaciones", "consultas", "informes", "citas", "marcações", "informações", "prenotazioni", "réservations", "réservation", "reservierungen", "reservierung", "anmeldung", "boekingen", "rezerwacje", "rezervace", "rezervacije", "rezervări", "rezervasyon", "bokning", "varaukset", "foglalás", "κρατήσεις", "επικοινωνία", "бронювання", "бронирование", "запись", "للحجز", "बुकिंग", "reserveren", "umów", "للاستفسار", "הזמנות", "לפרטים", "đặt bàn", "予約", "予約は", "预订", "預訂", "예약",
    ]);

    // A word here names another kind of number.
    private static readonly WordList s_others = new(
    [
        "isbn", "issn", "doi", "isrc", "ean", "upc", "gtin", "asin", "sku", "serial", "order", "invoice", "patent", "ticket", "tracking", "version", "model", "part no", "pmid", "arxiv", "oclc", "lccn", "account", "iban", "case no", "article", "vol", "pp", "rfc", "build",
        "bestellnummer", "bestellnr", "bestell-nr", "art.-nr", "artikelnr", "ref", "réf", "lotto", "artikel", "rechnung", "kundennummer", "commande", "facture", "pedido", "factura", "ordine", "fattura", "id", "zip", "population", "commit",
        "company number", "vat", "part number", "passport", "партии", "série", "serie", "catalogue", "konto", "zamówieni", "objednáv", "encomenda", "rendelés", "sipariş", "заказ", "замовлен", "παραγγελ", "הזמנה", "الطلب", "سفارش", "주문", "訂單", "订单", "注文",
    ]);

    private static readonly FrozenSet<string> s_northAmerican = FrozenSet.Create(StringComparer.Ordinal, "999-999-9999", "(999) 999-9999", "(999)999-9999", "999.999.9999", "999 999 9999", "999 999-9999", "(999) 999 9999", "(999) 999.9999", "(999)-999-9999",
        "9-999-999-9999", "9 999 999 9999", "9 999-999-9999", "9 (999) 999-9999", "9-(999)-999-9999", "9.999.999.9999", "9 (999) 999 9999");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_isNorthAmerican = s_northAmerican.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string> s_dates = FrozenSet.Create(StringComparer.Ordinal, "9999-99-99", "99-99-9999", "99.99.9999", "9999.99.99", "99/99/9999", "9999/99/99", "9-99-9999", "9.99.9999", "99.9.9999", "9999-9999", "9999-99-99 99",
        "99.99.9999-99.99.9999", "99.99.9999 - 99.99.9999", "99.99.99", "999/9999", "99/99/99", "99-99-99", "9/99/9999", "99/9/9999", "9/9/9999", "9.9.9999", "9999/9999", "9999 - 9999", "9999 / 9999", "99 - 99 999", "999 - 999", "9999.9999", "9999 9999", "999-9999");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_isDate = s_dates.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A number whose first digit is at <paramref name="digit"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int digit, int from, PiiScope scope)
    {
        var start = digit;
        if (start > from && text[start - 1] == '(')
            start--;
        if (start > from && text[start - 1] == '+')
            start--;
        if (start > from + 1 && text[start] == '+' && text[start - 1] == '(' && text[digit..].IndexOf(')') is > 0 and <= 4)
            start--;
        if (start > 0 && !Begins(text, start))
            return null;
        Span<char> form = stackalloc char[40];
        Span<(int Form, int End, int Digits)> groups = stackalloc (int, int, int)[MaxGroups];
        var count = Cut(text, start, form, groups);
        var plus = text[start] == '+' || text[start] == '(' && text[start + 1] == '+' || text[start] == '0' && count > 0 && text[start..].StartsWith("00", StringComparison.Ordinal) && groups[0].Digits > 2;
        var all = count;
        while (count > 0)
        {
            var (length, end, digits) = groups[--count];
            // Single digits in a row are a table.
            if (digits < 7 || digits * 2 < (count + 1) * 3)
                continue;
            // A part of a longer row of digits is a number of its own after a word only, and never of a card's.
            if (!plus && count + 1 < all && (groups[all - 1].Digits > 15 || !new Nearby(text, start, end).HasLabel(s_words)))
                continue;
            if (digits <= 17 && Ends(text, end) && IsNumber(text, start, end, form[..length], digits, count + 1, plus, scope))
                return new PiiSpan(PiiType.Phone, start, WithExtension(text, end) - start);
            if (count > 0 && text[end - 1] != ')' && !plus && !form[..length].Contains(' '))
                return null;
        }
        return null;
    }

    // Groups of digits with up to two signs between them, as `) ` and ` (`.
    private static int Cut(ReadOnlySpan<char> text, int start, Span<char> form, Span<(int Form, int End, int Digits)> groups)
    {
        var (written, count, digits, open) = (0, 0, 0, false);
        for (var at = start; at < text.Length && written < form.Length; at++)
        {
            var c = text[at];
            if (char.IsAsciiDigit(c))
            {
                if (++digits > 17)
                    return count;
                form[written++] = '9';
                var ends = at + 1 >= text.Length || !char.IsAsciiDigit(text[at + 1]);
                if (ends && !open)
                {
                    if (count == groups.Length)
                        return count;
                    groups[count++] = (written, at + 1, digits);
                }
                continue;
            }
            // Behind a whole number another one.
            if (c == '/' && digits >= 9)
                return count;
            if (c == '(' && !open && digits < 6 && !form[..written].Contains('/'))
                open = true;
            else if (c == ')' && open)
                open = false;
            else if (c == '+' && digits == 0)
                c = '+';
            else if (Numbers.Separator(c) is { } separator && !(open && separator != ' ') && Follows(separator, form[..written]))
                c = separator;
            else
                return count;
            form[written++] = c;
            if (at + 1 >= text.Length || !(char.IsAsciiDigit(text[at + 1]) || text[at + 1] is ' ' or '(' or '-' or '\u00A0' || c == ' ' && text[at + 1] is '/' or '–' || text[at + 1] == ')' && open))
                return count;
        }
        return count;
    }

    // One sign, or ` / ` and ` - `.
    private static bool Follows(char separator, ReadOnlySpan<char> form) => form switch
    {
        [] or [.., '9' or ')'] => true,
        [.., '9' or ')', ' '] => separator is '/' or '-',
        [.., ' ', '/' or '-'] => separator == ' ',
        _ => false,
    };

    private static bool IsNumber(ReadOnlySpan<char> text, int start, int end, ReadOnlySpan<char> form, int digits, int groups, bool plus, PiiScope scope)
    {
        var around = new Nearby(text, start, end);
        var number = text[start..end];
        if (plus && number[0] == '0' && around.HasLabel(s_others, 24))
            return false;
        if (plus)
            return (!scope.Code || digits >= 9 && form[^2] == '9') && IsValid(number, "ZZ", possible: groups > 1 || digits >= 10 && !scope.Code || around.HasLabel(s_words));
        if (scope.Code || s_isDate.Contains(form) || number.StartsWith("978", StringComparison.Ordinal) || number.StartsWith("979", StringComparison.Ordinal))
            return !scope.Code && form is "999-9999" or "9999 9999" or "9999-9999" && !(IsYear(number[..4]) && IsYear(number[5..])) && around.HasLabel(s_words, reach: 24);
        // MA 02110-1301 is a place.
        if (form is "99999-9999" && start > 2 && text[start - 1] == ' ' && char.IsAsciiLetterUpper(text[start - 2]) && char.IsAsciiLetterUpper(text[start - 3]))
            return false;
        // The nearer word says what it is.
        var other = around.HasLabel(s_others, 24) && !(start > 0 && text[start - 1] is ' ' or ':' && around.HasLabel(s_words, 10));
        if (!other && s_isNorthAmerican.Contains(form) && (digits == 10 || number[0] == '1') && (form.ContainsAny('(', '-') || form.Contains('.') && IsNorthAmerican(number)))
            return true;
        if (around.HasLabel(s_words) && !other)
            return digits <= 13 && ((groups > 1 || digits >= 8) && !IsAmount(text, end) || IsValidIn(number, scope.Regions));
        if (!other && (groups > 1 || number[0] == '0' && digits is 9 or 10) && digits is >= 8 and <= 12 && !IsThousands(form) && !form.Contains('/') && !NationalIds.IsNamed(form, around) && (form.Contains(' ') || scope.Regions.Count < 10) && around.HasLabel(s_weak, 32))
            return IsValidIn(number, scope.Regions);
        // Without a word: a leading zero or an area code in brackets, and groups.
        if (number[0] == '(' && number.Contains(')'))
            groups++;
        if (other || digits is < 9 or > 12)
            return false;
        // Before a word: 5034417729 call or text. A solid number of the only country that it may be from, which begins as its mobiles do.
        if (groups < 2)
            return digits is 10 or 11 && (IsAsked(text, end) || scope.Regions.Count == 1 && BeginsMobile(number[0], scope.Regions[0]) && IsMobileIn(number, scope.Regions[0])) && IsValidIn(number, scope.Regions);
        if (form is "999 999 9999" && number[0] != '0')
            return !NationalIds.IsNamed(form, around) && IsNorthAmerican(number) && scope.Regions.Contains("US") && IsValid(number, "US", possible: false);
        if (form is "99.99.99.99.99" && number[0] == '0' && number[1] is >= '1' and <= '9')
            return IsValidIn(number, scope.Regions);
        if (number[0] is '0' && number[1] != '0' && !form.StartsWith("9-", StringComparison.Ordinal) && !form.StartsWith("9.", StringComparison.Ordinal) && form.ContainsAny(' ', '-', '/') || number[0] == '(' || form.StartsWith("9 (", StringComparison.Ordinal))
            return IsValidIn(number, scope.Regions);
        if (groups == 2)
            return scope.Regions.Count == 1 && form[3] is ' ' or '-' && IsMobileIn(number, scope.Regions[0]);
        return (!IsThousands(form) || form.Contains('-')) && scope.Regions.Count <= 2 && IsValidIn(number, scope.Regions);
    }

    private static bool IsYear(ReadOnlySpan<char> digits) => digits is ['1', '5' or '6' or '7' or '8' or '9', _, _] or ['2', '0' or '1', _, _];

    private static bool IsThousands(ReadOnlySpan<char> form)
    {
        var first = form.IndexOfAnyExcept('9');
        return first is > 0 and <= 3 && (form.Length - first) % 4 == 0 && form[(first + 1)..].Count('9') * 4 == (form.Length - first) * 3;
    }

    private static bool IsAmount(ReadOnlySpan<char> text, int end) => end < text.Length && (text[end] is '%' or '€' or '$' || end + 1 < text.Length && text[end] == ' ' && text[end + 1] is '%' or '€' or '$');

    private static bool IsNorthAmerican(ReadOnlySpan<char> number)
    {
        Span<char> digits = stackalloc char[11];
        var count = 0;
        foreach (var c in number)
            if (char.IsAsciiDigit(c))
                digits[count++] = c;
        var national = digits[(count - 10)..count];
        return national[0] >= '2' && national[3] >= '2' && (count == 10 || digits[0] == '1');
    }

    private static bool IsValidIn(ReadOnlySpan<char> number, IReadOnlyList<string> regions)
    {
        foreach (var region in regions)
            if (IsValid(number, region, possible: false))
                return true;
        return false;
    }

    // A word right behind it asks to ring it.
    private static bool IsAsked(ReadOnlySpan<char> text, int end)
    {
        var after = text[end..Math.Min(text.Length, end + 24)].TrimStart(" (-–,;");
        foreach (var word in (ReadOnlySpan<string>)["call", "text me", "text or", "whatsapp", "anrufen", "appeler", "llamar", "ligar", "chiamare", "sms"])
            if (after.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    // What is dialled before a national number; China dials nothing before its mobiles, which begin with 1.
    private static bool BeginsMobile(char first, string region) => first == region switch
    {
        "RU" or "KZ" or "BY" => '8',
        "CN" => '1',
        _ => '0',
    };

    private static bool IsMobileIn(ReadOnlySpan<char> number, string region)
    {
        try
        {
            return s_numbers.Parse(number.ToString(), region) is var parsed && s_numbers.IsValidNumberForRegion(parsed, region) && s_numbers.GetNumberType(parsed) == PhoneNumberType.MOBILE;
        }
        catch (NumberParseException)
        {
            return false;
        }
    }

    private static bool IsValid(ReadOnlySpan<char> number, string region, bool possible)
    {
        try
        {
            var text = number.StartsWith("00", StringComparison.Ordinal) ? $"+{number[2..]}" : number.ToString();
            var parsed = s_numbers.Parse(text, region);
            return s_numbers.IsValidNumber(parsed) || possible && s_numbers.IsPossibleNumber(parsed);
        }
        catch (NumberParseException)
        {
            return false;
        }
    }

    private static bool Begins(ReadOnlySpan<char> text, int start)
    {
        var before = text[start - 1];
        if (char.IsLetterOrDigit(before))
            return before >= 0x2E80;
        if (before == '(')
            return true;
        if (before == '=')
            return text[start] == '+';
        if (before is '_' or '&' or '%' or '#' or '$' or '€' or '£' or '@' or '+' or '\\' or '~' or '^' or '<')
            return false;
        if (before == ' ' && start > 1 && char.IsAsciiDigit(text[start - 2]))
            return text[start] is '+' or '(';
        return before is not ('/' or '-' or '.' or ',' or ':') || start < 2 || !char.IsAsciiDigit(text[start - 2]) && (before is not ('/' or '-') || text[start] == '+' || !char.IsLetter(text[start - 2]));
    }

    private static bool Ends(ReadOnlySpan<char> text, int end)
    {
        if (end >= text.Length)
            return true;
        var after = text[end];
        if (char.IsLetterOrDigit(after))
            return after >= 0x2E80 || after is 'x' && end + 1 < text.Length && char.IsAsciiDigit(text[end + 1]);
        return after is not ('_' or '=' or '&' or '%' or '@') && (after is not ('.' or ',' or '-' or '/' or ':') || end + 1 >= text.Length || !char.IsAsciiLetterOrDigit(text[end + 1]));
    }

    private static int WithExtension(ReadOnlySpan<char> text, int end)
    {
        var rest = text[end..Math.Min(text.Length, end + 16)];
        var trimmed = rest.TrimStart(" ,");
        foreach (var word in (ReadOnlySpan<string>)["extension", "ext.", "ext", "x"])
        {
            if (!trimmed.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                continue;
            var digits = trimmed[word.Length..].TrimStart(" .:");
            var length = digits.IndexOfAnyExceptInRange('0', '9');
            length = length < 0 ? digits.Length : length;
            return length is >= 1 and <= 6 ? end + rest.Length - digits.Length + length : end;
        }
        return end;
    }
}
