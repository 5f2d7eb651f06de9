using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using CorpusForge.Clean.Pii;

namespace CorpusForge.Tests.Clean.Pii;

/// <summary>One sentence and what stands in it.</summary>
public sealed record PiiSentence(string Text, IReadOnlyList<(PiiType Type, string Value)> Planted, string? Language);

/// <summary>Makes sentences in several languages with made-up personal data: one half to develop on, the other, of other sentences and other forms, to report.</summary>
/// <remarks>Check digits are computed here anew, not by the code under test.</remarks>
public static class PiiSentences
{
    private static readonly string[] s_development =
    [
        "en|Please send the signed form to {email} before Friday.",
        "en|My number is {us-phone}, but I rarely pick up after 9 pm.",
        "en|Call the clinic on {gb-phone} and ask for room 214.",
        "en|The login came from {ip} at 03:12 on 12.05.2023.",
        "en|Transfer the deposit to {iban} and mention invoice 20231.",
        "en|She read the card out loud: {card}, expiring 08/27.",
        "en|Her social security number, {us-id}, was printed on page 3.",
        "en|NHS number {gb-id} belongs to a patient born in 1961.",
        "en|Donations in bitcoin go to {wallet}, thank you.",
        "en|I pasted api_key = \"{secret}\" into the public channel.",
        "en|Set the header to Authorization: Bearer {jwt} and try again.",
        "en|The token {vendor-key} was revoked in March 2022.",
        "en|Deliver it to {us-address} by noon.",
        "de|Schreiben Sie an {email} oder rufen Sie an: {de-phone}.",
        "de|Meine Handynummer lautet {de-phone}, am besten abends.",
        "de|Bitte überweisen Sie 120,50 EUR auf {iban}.",
        "de|Die Steuer-Identifikationsnummer {de-id} steht oben rechts.",
        "de|Der Zugriff kam von {ip} über Port 443.",
        "de|Wir wohnen in der {de-address}.",
        "fr|Écrivez-moi à {email} ou appelez le {fr-phone}.",
        "fr|Son numéro de sécurité sociale est {fr-id}.",
        "fr|Carte bancaire {card}, valable jusqu'en 2026.",
        "es|Mi DNI es {es-id} y mi correo {email}.",
        "es|Llámame al {es-phone} a partir de las 18:00.",
        "es|La cuenta {iban} está a nombre de mi hermana.",
        "it|Il codice fiscale è {it-id}, il telefono {it-phone}.",
        "nl|Mijn BSN is {nl-id} en mijn nummer is {nl-phone}.",
        "pl|Numer PESEL {pl-id} podano w umowie z 2019 roku.",
        "pt|O CPF {br-id} consta do contrato; telefone {br-phone}.",
        "sv|Personnummer {se-id}, e-post {email}.",
        "zh|请拨打电话{cn-phone}或者发邮件到{email}联系我们。",
        "zh|身份证号码是{cn-id},请核对。",
        "hi|मेरा आधार नंबर {in-id} है और ईमेल {email} है।",
        "ru|Пишите на {email} или звоните по телефону {ru-phone}.",
        "ja|お問い合わせは{jp-phone}または{email}まで。",
    ];

    private static readonly string[] s_reported =
    [
        "en|You can reach me at {email}; the old address bounces.",
        "en|Fax: {us-phone} (attn. billing, ref 88213)",
        "en|If the alarm goes off, text {gb-phone} at once.",
        "en|Failed password for root from {ip} port 52144 ssh2",
        "en|Beneficiary account: {iban}, reference 5521.",
        "en|He tried to pay with {card} and it was declined twice.",
        "en|Applicant SSN: {us-id}, date of birth 04/12/1985.",
        "en|The patient's NHS no. is {gb-id}.",
        "en|Send exactly 0.25 ETH to {wallet} within 24 hours.",
        "en|DB_PASSWORD={secret} was left in the log.",
        "en|curl -H \"Authorization: Bearer {jwt}\" https://service.invalid/v1/items",
        "en|Somebody committed {vendor-key} to the repository last week.",
        "en|The parcel is addressed to {us-address}, second floor.",
        "de|Kontakt: {email}, Tel. {de-phone}",
        "de|Unter {de-phone} erreichen Sie uns werktags von 8 bis 17 Uhr.",
        "de|IBAN des Empfängers: {iban}, Verwendungszweck 4711.",
        "de|Ihre Steuer-ID ({de-id}) finden Sie auf dem Bescheid.",
        "de|Im Protokoll taucht mehrmals {ip} auf.",
        "de|Zuletzt gemeldet: {de-address}.",
        "fr|Vous pouvez me joindre au {fr-phone} ou par courriel : {email}.",
        "fr|NIR : {fr-id}, née à Lyon.",
        "fr|Le paiement avec la carte {card} a été refusé.",
        "es|Con DNI {es-id}, domiciliado en Sevilla.",
        "es|Teléfono de contacto: {es-phone}. Correo: {email}.",
        "es|Ingresar 300 € en {iban} antes del día 15.",
        "it|Per informazioni chiamare {it-phone}; C.F. {it-id}.",
        "nl|Burgerservicenummer: {nl-id}. Bel gerust naar {nl-phone}.",
        "pl|PESEL: {pl-id}, adres e-mail: {email}.",
        "pt|Contato: {br-phone} ou {email}. CPF: {br-id}.",
        "sv|Ring {se-phone} eller mejla {email}; pnr {se-id}.",
        "zh|我的手机号是{cn-phone},身份证{cn-id}。",
        "hi|संपर्क करें: {in-phone}, आधार {in-id}।",
        "ru|Тел.: {ru-phone}, эл. почта: {email}.",
        "ja|電話番号は{jp-phone}です。メールは{email}。",
        "tr|T.C. kimlik numaram {tr-id}, cep telefonum {tr-phone}.",
    ];

    public static IEnumerable<PiiSentence> Make(bool reported, int rounds, ulong seed)
    {
        var random = new Made(seed, reported);
        for (var round = 0; round < rounds; round++)
            foreach (var template in reported ? s_reported : s_development)
                yield return Fill(template[3..], template[..2], random);
    }

    private static PiiSentence Fill(string template, string language, Made random)
    {
        var text = new StringBuilder();
        var planted = new List<(PiiType, string)>();
        for (var at = 0; at < template.Length;)
        {
            var open = template.IndexOf('{', at);
            if (open < 0)
            {
                text.Append(template, at, template.Length - at);
                break;
            }
            var close = template.IndexOf('}', open);
            var (type, value) = random.Value(template[(open + 1)..close]);
            planted.Add((type, value));
            text.Append(template, at, open - at).Append(value);
            at = close + 1;
        }
        return new PiiSentence(text.ToString(), planted, language);
    }

    private sealed class Made(ulong seed, bool reported)
    {
        private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

        private SplitMix64 _random = new(seed);

        public (PiiType Type, string Value) Value(string slot) => slot switch
        {
            "email" => (PiiType.Email, Email()),
            "ip" => (PiiType.IpAddress, Ip()),
            "iban" => (PiiType.Iban, Iban()),
            "card" => (PiiType.Card, Card()),
            "wallet" => (PiiType.Wallet, Wallet()),
            "secret" => (PiiType.Key, Secret()),
            "jwt" => (PiiType.Key, $"eyJhbGciOiJIUzI1NiJ9.eyJ{Of(Alphanumeric, 30)}.{Of(Alphanumeric, 43)}"),
            "vendor-key" => (PiiType.Key, VendorKey()),
            "us-address" => (PiiType.PostalAddress, $"{Int(1, 9999)} {One("Maple", "Cedar Hill", "North Lake", "Franklin")} {One("Street", "Ave", "Road", "Blvd")}, {One("Dayton", "Salem", "Cedar Falls")}, {One("OH", "OR", "IA")} {Digits(5)}"),
            "de-address" => (PiiType.PostalAddress, $"{One("Lindenstraße", "Schillerplatz", "Bergweg", "Mozartstr.")} {Int(1, 180)}, {Int(10000, 99999)} {One("Bremen", "Kassel", "Jena")}"),
            _ when slot.EndsWith("-id", StringComparison.Ordinal) => (PiiType.NationalId, NationalId(slot[..2])),
            _ => (PiiType.Phone, Shape(PhoneShapes(slot[..2]))),
        };

        private int Int(int low, int high) => low + (int)_random.Next((ulong)(high - low + 1));

        private string One(params ReadOnlySpan<string> of) => of[(int)_random.Next((ulong)of.Length)];

        private string Of(string alphabet, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => alphabet[(int)_random.Next((ulong)alphabet.Length)]));

        private string Digits(int length) => Of("0123456789", length);

        // # is any digit, N is 2 to 9.
        private string Shape(string[] shapes) => string.Concat(One(shapes).Select(c => c == '#' ? (char)('0' + Int(0, 9)) : c == 'N' ? (char)('0' + Int(2, 9)) : c));

        private string[] PhoneShapes(string country) => (country, reported) switch
        {
            ("us", false) => ["(415) N##-####", "212-N##-####", "+1 312 N## ####", "617.N##.####"],
            ("us", true) => ["1-800-N##-####", "+1 (206) N##-####", "303 N## ####", "(713)N##-####", "+1404N######"],
            ("gb", false) => ["020 7946 0###", "07700 900###", "+44 161 496 0###"],
            ("gb", true) => ["0131 496 0###", "+44 (0)20 7946 0###", "+447700900###", "07911 12####"],
            ("de", false) => ["030 901820##", "+49 89 2180 ####", "0151 234567##"],
            ("de", true) => ["0221/4710##", "+49 (0)40 428 28-####", "0049 711 2160", "0176-555123##"],
            ("fr", false) => ["01 45 67 8# ##", "+33 6 12 34 5# ##", "06.12.34.5#.##"],
            ("fr", true) => ["04 78 12 3# ##", "+33 (0)1 44 55 6# ##", "0612345###", "07-61-23-4#-##"],
            ("es", false) => ["91 123 4# ##", "+34 612 34 5# ##", "612 345 6##"],
            ("es", true) => ["+34 93 456 7# ##", "6123456##", "956-12-3#-##"],
            ("it", false) => ["06 698#1234", "+39 347 123 45##", "02 1234 56##"],
            ("it", true) => ["347 12345##", "+39 055 123 4###", "0554 1234##"],
            ("nl", false) => ["020 123 45##", "06 123456##", "+31 6 1234 56##"],
            ("nl", true) => ["010-12345##", "+31 (0)30 123 45##", "06-123456##"],
            ("br", false) => ["(11) 98765-4###", "+55 21 2345-6###"],
            ("br", true) => ["(31) 3456-7###", "+55 (11) 91234-5###", "11 98765-4###"],
            ("se", _) => ["08-123 45 ##", "070-123 45 ##", "+46 70 123 45 ##"],
            ("cn", false) => ["138####5678", "+86 139 1234 5###"],
            ("cn", true) => ["186####1234", "010-6552 9###", "137-1234-5###"],
            ("jp", false) => ["03-1234-5###", "090-1234-5###"],
            ("jp", true) => ["06-6123-4###", "+81 3 1234 5###", "080-1234-5###"],
            ("ru", false) => ["+7 495 123-45-##", "8 (916) 123-45-##"],
            ("ru", true) => ["+7 (921) 123-45-##", "8-800-555-3#-##", "8 495 123 45 ##"],
            ("in", _) => ["+91 98765 43###", "98765 43###", "09876543###"],
            _ => ["0532 123 45 ##", "+90 212 123 45 ##"],
        };

        private string Email()
        {
            var name = One("jane.doe", "k_ito", "marta-99", "t.o.brien", "li.wei88", "pavel+news", "info.desk");
            var host = One("mailbox.org", "acme-tools.co.uk", "uni-jena.de", "post.fr", "example.com", "correo.es");
            return reported ? $"{One("sales", "Anna.Schmidt", "x123", "o'neil", "dev-ops", "contact.us")}{Int(1, 99)}@{One("north.example.org", "startup.io", "poczta.pl", "Firma.DE", "sub.city.gov")}" : $"{name}@{host}";
        }

        private string Ip() => Int(0, 3) > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{(reported ? Int(129, 160) : Int(62, 95))}.{Int(1, 250)}.{Int(10, 250)}.{Int(1, 250)}")
            : $"2a0{Int(1, 9)}:{Of("0123456789abcdef", 3)}1::{(reported ? "1:" : "")}{Of("123456789abcdef", 3)}";

        private string Iban()
        {
            var (country, account) = (Int(0, 4) + (reported ? 1 : 0)) switch
            {
                0 => ("DE", Digits(18)),
                1 => ("FR", Digits(23)),
                2 => ("GB", $"NWBK{Digits(14)}"),
                3 => ("ES", Digits(20)),
                4 => ("NL", $"INGB{Digits(10)}"),
                _ => ("PL", Digits(24)),
            };
            var numeric = string.Concat($"{account}{country}00".Select(c => char.IsDigit(c) ? c.ToString() : (c - 'A' + 10).ToString(CultureInfo.InvariantCulture)));
            var iban = $"{country}{98 - (int)(BigInteger.Parse(numeric, CultureInfo.InvariantCulture) % 97):00}{account}";
            return Int(0, 1) == 0 ? iban : string.Join(' ', iban.Chunk(4).Select(c => new string(c)));
        }

        private string Card()
        {
            var body = reported ? One("4916", "5412", "3714", "6011") : One("4539", "5105", "3782", "2223");
            body += Digits((body[0] == '3' ? 14 : 15) - body.Length);
            var card = Enumerable.Range(0, 10).Select(d => $"{body}{d}").Single(c => c.Reverse().Select((d, i) => (i & 1) == 0 ? d - '0' : "0246813579"[d - '0'] - '0').Sum() % 10 == 0);
            return Int(0, 2) switch
            {
                0 => card,
                1 when card.Length == 15 => $"{card[..4]} {card[4..10]} {card[10..]}",
                var way => string.Join(way == 1 ? ' ' : '-', card.Chunk(4).Select(c => new string(c))) is var grouped && card.Length == 15 ? card : grouped,
            };
        }

        private string Wallet()
        {
            if (Int(0, 1) == 0)
                return $"0x{Of("0123456789abcdef", 40)}";
            var payload = new byte[25];
            payload[0] = (byte)(reported ? 5 : 0);
            for (var i = 1; i < 21; i++)
                payload[i] = (byte)Int(1, 255);
            SHA256.HashData(SHA256.HashData(payload.AsSpan(0, 21))).AsSpan(0, 4).CopyTo(payload.AsSpan(21));
            var number = new BigInteger(payload, isUnsigned: true, isBigEndian: true);
            var address = "";
            for (; number > 0; number /= 58)
                address = Base58[(int)(number % 58)] + address;
            return payload[0] == 0 ? $"1{address}" : address;
        }

        private string Secret() => reported ? $"{Of(Alphanumeric, Int(10, 14))}{Int(10, 99)}" : $"{Of(Alphanumeric, 24)}{Int(10, 99)}xQ";

        private string VendorKey() => reported
            ? One($"github_pat_{Of(Alphanumeric, 22)}_{Of(Alphanumeric, 59)}", $"AIza{Of(Alphanumeric, 35)}", $"glpat-{Of(Alphanumeric, 20)}", $"xoxb-{Digits(12)}-{Of(Alphanumeric, 24)}")
            : One($"ghp_{Of(Alphanumeric, 36)}", $"AKIA{Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}", $"sk_live_{Of(Alphanumeric, 24)}", $"hf_{Of(Alphanumeric, 34)}");

        private string NationalId(string country)
        {
            while (true)
            {
                var date = new DateOnly(1940, 1, 1).AddDays(Int(0, 23_000));
                var short6 = date.ToString("yyMMdd", CultureInfo.InvariantCulture);
                var id = country switch
                {
                    "us" => $"{Int(100, 599)}-{Int(10, 99)}-{Int(1000, 9999)}",
                    "gb" => Checked(Digits(9), d => (11 - (Weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11)) % 11 is var c && c < 10 ? $"{c}" : null),
                    "de" => Checked($"{Int(1, 9)}{Digits(9)}", d => d.Aggregate(10, (p, c) => ((c - '0' + p) % 10 is var s && s == 0 ? 10 : (c - '0' + p) % 10) * 2 % 11) is var p ? $"{(11 - p) % 10}" : null),
                    "fr" => Checked($"{Int(1, 2)}{short6[..4]}{Int(10, 89)}{Digits(6)}", d => $"{97 - (long.Parse(d, CultureInfo.InvariantCulture) % 97):00}"),
                    "es" => Checked(Digits(8), d => $"{"TRWAGMYFPDXBNJZSQVHLCKE"[int.Parse(d, CultureInfo.InvariantCulture) % 23]}"),
                    "it" => ItalianId(date),
                    "nl" => Checked($"{Int(1, 9)}{Digits(7)}", d => Weighted(d, 9, 8, 7, 6, 5, 4, 3, 2) % 11 is var c && c < 10 ? $"{c}" : null),
                    "pl" => Checked($"{short6}{Digits(4)}", d => $"{(10 - (Weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3) % 10)) % 10}"),
                    "br" => Cpf(),
                    "se" => Checked($"{short6}{Digits(3)}", d => $"{(10 - (d.Select((c, i) => (i & 1) == 0 ? "0246813579"[c - '0'] - '0' : c - '0').Sum() % 10)) % 10}").Insert(6, "-"),
                    "cn" => Checked($"{One("110105", "310104", "440305")}{date:yyyyMMdd}{Digits(3)}", d => $"{"10X98765432"[Weighted(d, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2) % 11]}"),
                    "tr" => Checked(Checked($"{Int(1, 9)}{Digits(8)}", d => $"{((Weighted(d, 7, 0, 7, 0, 7, 0, 7, 0, 7) - Weighted(d, 0, 1, 0, 1, 0, 1, 0, 1, 0)) % 10 + 10) % 10}"), d => $"{d.Sum(c => c - '0') % 10}"),
                    _ => Aadhaar(),
                };
                if (id.Contains('?', StringComparison.Ordinal))
                    continue;
                return (country, Int(0, 1)) switch
                {
                    ("gb", _) => $"{id[..3]} {id[3..6]} {id[6..]}",
                    ("de", 1) => $"{id[..2]} {id[2..5]} {id[5..8]} {id[8..]}",
                    ("fr", 1) => $"{id[..1]} {id[1..3]} {id[3..5]} {id[5..7]} {id[7..10]} {id[10..13]} {id[13..]}",
                    ("es", 1) => $"{id[..8]}-{id[8]}",
                    ("br", 1) => $"{id[..3]}.{id[3..6]}.{id[6..9]}-{id[9..]}",
                    ("in", 1) => $"{id[..4]} {id[4..8]} {id[8..]}",
                    _ => id,
                };
            }
        }

        private static int Weighted(string digits, params ReadOnlySpan<int> weights)
        {
            var sum = 0;
            for (var i = 0; i < digits.Length; i++)
                sum += (digits[i] - '0') * weights[i];
            return sum;
        }

        private static string Checked(string digits, Func<string, string?> check) => $"{digits}{check(digits) ?? "?"}";

        private string Cpf()
        {
            static string Next(string d) => $"{(d.Select((c, i) => (c - '0') * (d.Length + 1 - i)).Sum() * 10 % 11) % 10}";
            return Checked(Checked(Digits(9), Next), Next);
        }

        private string ItalianId(DateOnly date)
        {
            const string odd = "BAKPLCQDREVOSFTGUHMINJWZYX";
            var id = $"{Of("BCDFGLMNPRSTV", 6)}{date:yy}{"ABCDEHLMPRST"[date.Month - 1]}{date.Day + (Int(0, 1) * 40):00}{One("H501", "F205", "L219")}";
            var sum = id.Select((c, i) => (i & 1) == 0 ? odd.IndexOf((char)('A' + (char.IsDigit(c) ? c - '0' : c - 'A')), StringComparison.Ordinal) : char.IsDigit(c) ? c - '0' : c - 'A').Sum();
            return $"{id}{(char)('A' + (sum % 26))}";
        }

        // The check digit is the one that no transposition of neighbours keeps; found by trying, from the tables of Verhoeff's paper.
        private string Aadhaar()
        {
            string[] multiplied = ["0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"];
            string[] permuted = ["0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"];
            var body = $"{Int(2, 9)}{Digits(10)}";
            return Enumerable.Range(0, 10).Select(d => $"{body}{d}").Single(id =>
                id.Reverse().Select((c, i) => (c, i)).Aggregate(0, (check, x) => multiplied[check][permuted[x.i % 8][x.c - '0'] - '0'] - '0') == 0);
        }
    }
}
