using System.Collections.Frozen;
using static CorpusForge.Clean.Pii.CheckDigits;
using static CorpusForge.Clean.Pii.NationalChecks;

namespace CorpusForge.Clean.Pii;

/// <summary>National identity, tax and insurance numbers of people, by their written form and their check digits.</summary>
/// <remarks>
/// A form is what stands in the text with 9 for a digit and A for a capital. A form that other numbers have too counts only with one of the words of its
/// kind nearby. Numbers of companies are not meant, but Brazil's CNPJ, which people have who trade on their own.
/// </remarks>
internal static class NationalIds
{
    public const int MaxLength = 24;

    // What a form that counts alone needs where numbers are not written as in a sentence.
    private static readonly string[] s_words = ["ssn", "social security", "national id", "nationalid", "identity", "tax id", "cpf", "rut", "dni", "nie", "curp", "cuit", "cuil", "codice fiscale", "nino", "personnummer", "hetu", "snils", "nrn", "ahv", "nir", "nric", "rrn"];

    private delegate bool Check(ReadOnlySpan<char> id);

    private sealed record Rule(Check Check, string[]? Words);

    private static readonly Dictionary<string, List<Rule>> s_building = new(StringComparer.Ordinal);
    private static readonly FrozenDictionary<string, List<Rule>> s_rules = Build();
    private static readonly FrozenDictionary<string, List<Rule>>.AlternateLookup<ReadOnlySpan<char>> s_byForm = s_rules.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a number of this form and value is somebody's; <paramref name="around"/> asks for words nearby.</summary>
    public static bool Is(ReadOnlySpan<char> form, ReadOnlySpan<char> id, Nearby around, bool needsWord)
    {
        // In small letters a form is less of a sign: a long one, or one with a word.
        if (form.Contains('a'))
        {
            Span<char> capitals = stackalloc char[form.Length];
            Span<char> number = stackalloc char[id.Length];
            form.ToUpperInvariant(capitals);
            id.ToUpperInvariant(number);
            return Is(capitals, number, around, needsWord || form.Length < 11);
        }
        if (id.Length == 14 && Cnpj(id))
            return HasCnpjSigns(form) ? !needsWord || around.Has(s_cnpj) : form.Length == 14 && around.Has(s_cnpj);
        if (!s_byForm.TryGetValue(form, out var rules))
            return false;
        foreach (var rule in rules)
            if (rule.Check(id) && (rule.Words is { } words ? around.Has(words) : !needsWord || around.Has(s_words)))
                return true;
        return false;
    }

    /// <summary>Whether a word nearby names a number of this form, right or wrong.</summary>
    public static bool IsNamed(ReadOnlySpan<char> form, Nearby around)
    {
        if (s_byForm.TryGetValue(form, out var rules))
            foreach (var rule in rules)
                if (rule.Words is { } words && around.Has(words))
                    return true;
        return false;
    }

    /// <summary>Whether the value, as it is written, would be somebody's number with the right words nearby.</summary>
    public static bool IsAny(ReadOnlySpan<char> value)
    {
        Span<char> form = stackalloc char[value.Length];
        Span<char> id = stackalloc char[value.Length];
        var count = 0;
        for (var i = 0; i < value.Length; i++)
        {
            form[i] = char.IsAsciiDigit(value[i]) ? '9' : char.IsAsciiLetter(value[i]) ? 'A' : Numbers.Separator(value[i]) ?? value[i];
            if (char.IsAsciiLetterOrDigit(value[i]))
                id[count++] = char.ToUpperInvariant(value[i]);
        }
        if (count == 14 && Cnpj(id[..count]))
            return true;
        if (!s_byForm.TryGetValue(form, out var rules))
            return false;
        foreach (var rule in rules)
            if (rule.Check(id[..count]))
                return true;
        return false;
    }

    private static readonly string[] s_cnpj = ["cnpj"];

    /// <summary>The punctuation of `99.999.999/9999-99`; since 2026 all but the check digits may be letters.</summary>
    public static bool HasCnpjSigns(ReadOnlySpan<char> form) => form is [_, _, '.', _, _, _, '.', _, _, _, '/', _, _, _, _, '-', _, _];

    private static void Strong(string forms, Check check) => Add(forms, check, null);

    private static void Add(string forms, Check check, string[]? words)
    {
        foreach (var form in forms.Split('|'))
        {
            if (!s_building.TryGetValue(form, out var rules))
                s_building.Add(form, rules = []);
            rules.Add(new Rule(check, words));
        }
    }

    private static FrozenDictionary<string, List<Rule>> Build()
    {
        // The Americas.
        Strong("999-99-9999", Ssn);
        Add("999 99 9999|999999999|999.99.9999", Ssn, ["ssn", "social security", "soc sec", "itin", "taxpayer"]);
        Add("999-999-999|999 999 999|999999999", id => id[0] is not ('0' or '8') && Luhn(id), ["sin", "nas", "social insurance", "assurance sociale"]);
        Strong("999.999.999-99", Cpf);
        Add("99999999999", Cpf, ["cpf"]);
        Strong("AAAA999999AAAAAA99|AAAA999999AAAAAAA9", Curp);
        Strong("99.999.999-9|99.999.999-A|9.999.999-9|9.999.999-A", Rut);
        Add("99999999-9|99999999-A|9999999-9|9999999-A", Rut, ["rut", "run"]);
        Strong("99-99999999-9", Cuit);
        Add(string.Join('|', "999 99A 9A9 9AA A99 A9A AA9 AAA".Split(' ').Select(end => $"AAAA999999{end}")), id => IsDate(id[6..8], id[8..10]), ["rfc"]);
        Add("9999999999", id => Modulo(id[..2], 100) is >= 1 and <= 24 or 30 && Luhn(id), ["cédula", "cedula"]);
        Add("9.999.999.999|99.999.999", _ => true, ["cédula", "cedula", "c.c."]);
        Add("99999999999|999-9999999-9", Luhn, ["cédula", "cedula"]);
        Add("9.999.999-9|9999999-9|99999999|9 999 999-9", id => id.Length == 8 && (Sum(id, [2, 9, 8, 7, 6, 3, 4]) + Digit(id[7])) % 10 == 0, ["c.i", "ci", "cédula", "cedula"]);
        Add("9AA9-AA9-AA99|9AA9-A99-AA99|9A99-A99-AA99|9A99-AA9-AA99|9AA9AA9AA99|9A99A99AA99|9AA9A99AA99|9A99AA9AA99", id => id[0] != '0', ["medicare", "mbi", "beneficiary"]);
        // The United Kingdom and Ireland.
        Strong("AA 99 99 99 A", Nino);
        Add("AA999999A", Nino, ["ni", "nino", "national insurance", "insurance number"]);
        Add("999 999 9999|999-999-9999|9999999999", id => (11 - (Sum(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 == Digit(id[9]), ["nhs"]);
        Add("9999999A|9999999AA", Ppsn, ["pps", "ppsn", "upsp"]);
        // France, Belgium, the Netherlands, Germany, Austria, Switzerland.
        Strong("999999999999999|9 99 99 99 999 999 99|9 99 99 99 999 999-99|9 99 99 9A 999 999 99|999999A99999999", Nir);
        Strong("99.99.99-999.99", Nrn);
        Add("99999999999|999999-999.99|999999 999 99", Nrn, ["rijksregister", "registre national", "niss", "insz", "national number"]);
        Add("999999999|999.999.999|9999.99.999|9999 99 999|999 999 999", id => Weighted11(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) && id[..2] is not "00", ["bsn", "burgerservice", "burger service", "sofi"]);
        Add("99 999 999 999|99999999999", id => id[0] != '0' && Mod1110(id), ["steuer", "identifikationsnummer", "idnr", "id-nr", "steueridentifikation", "tax id", "oib"]);
        Add("9999 999999|9999999999|9999-999999", id => Sum(id, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == Digit(id[3]), ["svnr", "sv-nummer", "sv-nr", "sozialversicherung", "versicherungsnummer"]);
        Strong("999.9999.9999.99", Ahv);
        Add("9999999999999", Ahv, ["ahv", "avs"]);
        Add("99 999999 A 999|99999999A999|99 999999 A999", Rvnr, ["rentenversicherung", "sozialversicherung", "versicherungsnummer", "rvnr", "rv-nummer"]);
        Add("A999999999", Kvnr, ["krankenversicherung", "versichertennummer", "versicherten-nr", "kvnr", "krankenversichertennummer"]);
        Add("9999999999999", id => id[..2] is "18" or "19" or "20" && IsDate(id[4..6], id[6..8]) && Luhn(id[..12]), ["matricule"]);
        // Spain, Portugal, Italy, Greece.
        Strong("99999999A|99999999-A|99.999.999-A|99.999.999A", id => Dni(id[..8], id[8]));
        Add("99999999A|99999999-A", id => Dni(id[..8], id[8]), ["dni", "nif", "documento"]);
        Strong("A9999999A|A-9999999-A|A-9999999A|A9999999-A", id => Nie(id) || Nric(id));
        Add("999999999|999 999 999", id => Mod11To0(id, [9, 8, 7, 6, 5, 4, 3, 2]), ["nif", "contribuinte", "fiscal"]);
        Add("999999999999|99 99999999 99|99/99999999/99|99-99999999-99|99/999999999/9", id => Modulo(id[..10], 97) == Modulo(id[10..], 100) || Modulo(id[3..10], 97, Modulo(id[..2], 97)) == Modulo(id[10..], 100), ["nss", "seguridad social", "afiliación"]);
        Strong("AAAAAA99A99A999A", CodiceFiscale);
        Add("999999999", id => Sum(id, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == Digit(id[8]) && !IsSame(id), ["αφμ", "α.φ.μ", "afm"]);
        Add("99999999999", id => IsDate(id[2..4], id[..2]) && Luhn(id), ["amka", "αμκα"]);
        // The North.
        Strong("999999-9999|99999999-9999", Personnummer);
        Add("999999999999|9999999999|99999999 9999|999999 9999", Personnummer, ["personnummer", "personnr", "samordningsnummer"]);
        Add("999999-9999|9999999999|999999 9999", id => IsDate(id[2..4], id[..2]), ["cpr", "cpr-nummer", "personnummer"]);
        Strong("999999-999A|999999A999A|999999-9999", Hetu);
        Strong("999999 99999", Fodselsnummer);
        Add("99999999999", Fodselsnummer, ["fødselsnummer", "fodselsnummer", "fødselsnr", "personnummer", "personnr", "fnr", "f.nr"]);
        Add("999999-9999|9999999999", id => IsDate(id[2..4], id[..2]) && Digit(id[8]) == (11 - (Sum(id, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11, ["kennitala", "kt"]);
        // The East.
        Add("99999999999", id => IsPeselDate(id) && Sum(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0, ["pesel"]);
        Add("AAA999999|AAA 999999", id => ((Value(id[0]) * 7) + (Value(id[1]) * 3) + Value(id[2]) + Sum(id[3..], [9, 7, 3, 1, 7, 3])) % 10 == 0, ["dowód", "dowodu", "dowodem", "id card"]);
        Add("9999999999999", id => IsDate(id[2..4], id[..2]) && (11 - (Sum(id, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 % 10 == Digit(id[12]), ["jmbg", "emšo", "јмбг", "матични број", "матичен број", "embg", "ембг"]);
        Add("9999999999", id => Sum(id, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == Digit(id[9]) && id[0] == '8', ["adóazonosító"]);
        Strong("999999/9999", RodneCislo);
        Add("9999999999", RodneCislo, ["rodné číslo", "rodne cislo", "rodného čísla", "r. č.", "rč"]);
        Add("9999999999999", id => id[0] is >= '1' and <= '9' && IsDate(id[3..5], id[5..7]) && Sum(id, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 is var check && (check == 10 ? 1 : check) == Digit(id[12]), ["cnp", "cod numeric", "codul numeric"]);
        Add("9999999999", id => Sum(id, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == Digit(id[9]), ["егн", "egn"]);
        Add("999 999 999|999999999|999-999-999", id => Sum(id, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 == Digit(id[8]), ["taj"]);
        Add("99999999999", id => id[0] is >= '1' and <= '8' && IsDate(id[3..5], id[5..7]), ["isikukood", "asmens kod"]);
        Add("999999-99999", id => IsDate(id[2..4], id[..2]), ["personas kod"]);
        Strong("999-999-999 99|999-999-999-99", Snils);
        Add("99999999999", Snils, ["снилс", "snils"]);
        Add("999999999999", Inn, ["инн", "inn"]);
        Add("9999999999|99 99 999999|9999 999999", _ => true, ["паспорт", "паспорта", "паспортом"]);
        Add("9999999999", id => Sum(id, [10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10 == Digit(id[9]), ["рнокпп", "іпн", "ідентифікаційний"]);
        Add("999999999999", id => IsDate(id[2..4], id[4..6]) && id[6] is >= '1' and <= '6' && Iin(id), ["иин", "жсн", "iin"]);
        Add("99999999999", TcKimlik, ["kimlik", "tckn", "t.c", "tc"]);
        Add("A99999999A", id => id[0] is >= 'A' and <= 'T' && (IsDate(id[2..4], id[4..6]) || IsDate(id[2..4], id[4..6], monthOffset: 50)), ["nid", "numri personal", "numrin personal"]);
        Add("9999999999999", id => id[0] is '0' or '2' && Sum(id, [7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10 == Digit(id[12]), ["idnp"]);
        // Asia, Africa, Australia.
        Add("9999 9999 9999|9999-9999-9999|999999999999", id => id[0] >= '2' && Verhoeff(id), ["aadhaar", "aadhar", "adhaar", "uid", "uidai", "आधार"]);
        Add("AAAAA9999A", id => "PCHFATBLJG".Contains(id[3], StringComparison.Ordinal), ["pan", "permanent account"]);
        Strong("999999999999999999|99999999999999999A", ResidentId);
        Strong("999999-9999999", id => IsDate(id[2..4], id[4..6]) && id[6] is >= '1' and <= '8');
        Add("9999 9999 9999|9999-9999-9999|999999999999", MyNumber, ["マイナンバー", "個人番号", "my number"]);
        Add("A999999999", TaiwanId, ["身分證", "身份證", "national id", "id number", "統一編號"]);
        Strong("9-9999-99999-99-9", ThaiId);
        Add("9999999999999|9 9999 99999 99 9", ThaiId, ["บัตรประชาชน", "ประจำตัว", "thai id", "national id"]);
        Strong("999999-99-9999", id => IsDate(id[2..4], id[4..6]));
        Strong("99999-9999999-9", id => id[0] is >= '1' and <= '7');
        Add("9999999999999|999999 9999 999|999999 9999 99 9", id => IsDate(id[2..4], id[4..6]) && id[10] is '0' or '1' or '2' && Luhn(id), ["id", "identity", "rsa id"]);
        Add("999999999", Luhn, ["teudat", "תעודת", "ת.ז", "ת\"ז", "זהות"]);
        Add("999 999 999|999999999", id => Sum(id, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0, ["tfn", "tax file"]);
        Add("9999 99999 9|9999999999", id => id[0] is >= '2' and <= '6' && Sum(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 == Digit(id[8]), ["medicare"]);
        Add("99-999-999|99 999 999|99999999|999-999-999|999 999 999|999999999", Ird, ["ird"]);
        Add("9999999999|999-999999-9", id => !IsSame(id) && Sum(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 is var rest && (rest < 2 ? rest : 11 - rest) == Digit(id[9]), ["کد ملی", "کدملی", "شماره ملی"]);
        Add("999999999999", id => id[0] is '2' or '3' && IsDate(id[3..5], id[5..7]) && (11 - (Sum(id, [2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11)) % 11 == Digit(id[11]), ["civil id", "الرقم المدني"]);
        Add("999999999A", id => id[9] is 'V' or 'X', ["nic", "identity card"]);
        Strong("999-9999-9999999-9", id => id[..3] is "784" && Luhn(id));
        Add("9999999999", id => id[0] is '1' or '2' && Luhn(id), ["iqama", "إقامة", "الهوية"]);
        Add("99999999999999", id => id[0] is '2' or '3' && IsDate(id[3..5], id[5..7]), ["الرقم القومي", "national id"]);
        Add("999999999999", id => id[0] == '0', ["cccd", "căn cước"]);
        Add("A9999999|AA999999|AA9999999|A99999999|999999999|99AA99999", _ => true, ["passport", "passeport", "reisepass", "pasaporte", "passaporto", "passaporte", "paspoort", "paszport", "pasaport", "护照", "護照", "旅券", "여권"]);
        Add("9999999999999999", id => IsDate(id[8..10], id[6..8]) || IsDate(id[8..10], id[6..8], dayOffset: 40), ["nik", "ktp"]);
        return s_building.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Hong Kong's, of one or two capitals and six digits, whose check stands in brackets.</summary>
    public static bool IsHongKong(ReadOnlySpan<char> id, char check)
    {
        var letters = id.Length - 6;
        if (letters is not (1 or 2) || id[..letters].ContainsAnyExceptInRange('A', 'Z') || id[letters..].ContainsAnyExceptInRange('0', '9'))
            return false;
        // A place before a single letter counts as 36.
        var sum = letters == 1 ? 36 * 9 : (id[0] - 'A' + 10) * 9;
        sum += (id[letters - 1] - 'A' + 10) * 8;
        for (var i = 0; i < 6; i++)
            sum += Digit(id[letters + i]) * (7 - i);
        return (check == 'A' ? 10 : char.IsAsciiDigit(check) ? Digit(check) : 11) == (11 - (sum % 11)) % 11;
    }
}
