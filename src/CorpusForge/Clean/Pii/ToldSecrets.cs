using System.Buffers;

namespace CorpusForge.Clean.Pii;

/// <summary>Passwords and keys that a sentence tells, as in `the password for the cellar is …`.</summary>
/// <remarks>
/// A word for it stands before it in its sentence. What has a sign inside that no word has counts anywhere behind it, other characters only right behind the
/// word, a colon, or a word such as `is`. Versions, names of files and of algorithms, and words with a number at their end are none.
/// </remarks>
internal static class ToldSecrets
{
    // So far before it the word for it stands.
    private const int Reach = 64;
    private const int MaxLength = 64;

    // Those with a space have no ending.
    private static readonly string[] s_passwords =
    [
        "password", "passwd", "passwort", "kennwort", "passphrase", "passcode", "pwd ", "pw ", "pass ", "contraseña", "contrasenya", "contrasinal", "clave ", "mot de passe", "mdp ", "senha ", "palavra-passe", "wachtwoord", "wagwoord", "hasło", "hasła", "heslo", "parola", "parolă", "parole ", "parol ", "parool", "slaptažodis", "salasana", "salasõna", "lösenord", "adgangskode", "kodeord", "passord", "lykilorð",
        "jelszó", "jelszav", "lozinka", "zaporka", "geslo", "fjalëkalimi", "şifre", "şifrə", "pasahitz", "cyfrinair", "pasfhocal", "focal faire", "kata sandi", "kata laluan", "nenosiri", "mật khẩu", "пароль", "пароля", "парола", "лозинка", "құпиясөз", "нууц үг", "κωδικός", "κωδικο", "პაროლი", "գաղտնաբառ",
        "كلمة المرور", "كلمة السر", "رمز عبور", "پسورد", "باسورد", "باسوورد", "پاس ورڈ", "סיסמה", "סיסמת", "पासवर्ड", "পাসওয়ার্ড", "கடவுச்சொல்", "รหัสผ่าน", "密码", "密碼", "口令", "パスワード", "비밀번호", "비번",
    ];

    private static readonly string[] s_keys = ["token", "api key", "api-key", "apikey", "secret", "secret key", "access key", "auth key", "密钥", "令牌", "トークン"];

    private static readonly SearchValues<string> s_words = SearchValues.Create([.. s_passwords.Concat(s_keys).Select(w => w.TrimEnd(' '))], StringComparison.OrdinalIgnoreCase);

    // What joins the word and what it stands for.
    private static readonly string[] s_is =
    [
        "is", "was", "now", "literally", "still", "ist", "war", "lautet", "heißt", "jetzt", "est", "c'est", "c’est", "es", "era", "è", "é", "ficou", "será", "to", "jest", "je", "är", "er", "on", "este", "e", "a", "yra", "ir", "adalah", "yaitu", "là", "είναι", "це", "это", "е", "היא", "הוא", "है", "هو", "هي", "است", "คือ", "是", "为", "為", "は", "は、", "가", "는", "은",
    ];

    // Behind the word for a password, these name something else.
    private static readonly SearchValues<string> s_others = SearchValues.Create(["user", "login", "ssid", "benutzer", "usuario", "usuário", "utilisateur", "utente", "gebruiker", "käyttäjä", "użytkownik", "public", "hash", "algorithm", "encod"], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<string> s_methods = SearchValues.Create(["sha1", "sha2", "sha3", "sha5", "sha-", "md5", "crypt", "base64", "oauth", "utf8", "utf-", "aes1", "aes2", "aes-", "rsa-", "rsa2", "rsa4", "x509", "pkcs", "http", "wpa2", "wpa3", "wpa-", "pbkdf", "argon2", "ntlm", "ascii", "windows", "-bit"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> s_signs = SearchValues.Create("!#$&?^");
    private static readonly SearchValues<char> s_ends = SearchValues.Create(" \t\r\n\"'`()[]{}<>=:;,|\\/");
    private static readonly SearchValues<char> s_breaks = SearchValues.Create(" :：–—-→,");
    private static readonly SearchValues<char> s_joints = SearchValues.Create("-#$.");
    private static readonly SearchValues<char> s_code = SearchValues.Create("=|\\/<>[]{}");

    /// <summary>What is told, with the digit at <paramref name="at"/>, which is its first, not before <paramref name="from"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int at, int from)
    {
        var (start, end) = (at, at + 1);
        while (start > from && at - start < MaxLength && !Ends(text[start - 1]))
            start--;
        while (end < text.Length && end - start <= MaxLength && !Ends(text[end]))
            end++;
        if (end - start is < 6 or > MaxLength || !char.IsLetterOrDigit(text[start]) || start == from || s_code.Contains(text[start - 1]) || end < text.Length && (s_code.Contains(text[end]) || text[end] == '('))
            return null;
        var value = text[start..end].TrimEnd(".");
        var core = value.TrimEnd("!?*.");
        var signed = HasSign(core) && !IsPair(core);
        if (value.Length < (signed ? 6 : 8) || !IsMade(core, signed))
            return null;
        // All words at once take a twentieth of one after the other.
        var reach = text[Math.Max(from, start - Reach)..start];
        if (!reach.ContainsAny(s_words))
            return null;
        var before = Sentence(reach);
        if (End(before, s_passwords) is { } password)
            return !before[password..].ContainsAny(s_others) && (signed || Introduces(before, password) && (!IsNumbered(core) || value.Length > core.Length)) ? new PiiSpan(PiiType.Key, start, value.Length) : null;
        return core.Length >= 20 && End(before, s_keys) is { } key && !before.ContainsAny(s_others) && Introduces(before, key) && Secrets.IsKey(core) ? new PiiSpan(PiiType.Key, start, core.Length) : null;
    }

    // Beside the signs of writing, letters that are not Latin.
    private static bool Ends(char c) => c >= '\u0250' || s_ends.Contains(c) || c is '«' or '»' or '\u00A0';

    // The sentence and line so far, without what sets the value apart.
    private static ReadOnlySpan<char> Sentence(ReadOnlySpan<char> before)
    {
        before = before[(before.LastIndexOf('\n') + 1)..].TrimEnd(" \t\u00A0\"'`„“”‚‘’«»‹›([（「『【");
        foreach (var stop in (ReadOnlySpan<string>)[". ", "! ", "? ", "; ", "。"])
            before = before[(before.LastIndexOf(stop, StringComparison.Ordinal) is >= 0 and var at ? at + stop.Length : 0)..];
        return before;
    }

    // Where the last of the words ends, which begins where a word does; null where there is none.
    private static int? End(ReadOnlySpan<char> before, string[] words)
    {
        var end = -1;
        foreach (var word in words)
        {
            var plain = word.AsSpan().TrimEnd(' ');
            if (before.LastIndexOf(plain, StringComparison.OrdinalIgnoreCase) is >= 0 and var at && (at == 0 || !char.IsLetter(before[at - 1]) || word[0] >= 0x0E00 || before[at - 1] is >= '\u0590' and <= '\u06FF')
                && (plain.Length == word.Length || at + plain.Length == before.Length || !char.IsLetter(before[at + plain.Length])))
                end = Math.Max(end, at + plain.Length);
        }
        return end < 0 ? null : end;
    }

    // The word itself, with an ending, or a sign or word that joins.
    private static bool Introduces(ReadOnlySpan<char> before, int word)
    {
        var rest = before[word..];
        var ending = rest.IndexOfAny(s_breaks);
        // The verb to pass names what is passed.
        if (before[..word].EndsWith("pass", StringComparison.OrdinalIgnoreCase) && (ending < 0 || rest.EndsWith(" to", StringComparison.Ordinal)))
            return false;
        if (ending < 0)
            return rest.Length <= 4;
        if (rest[^1] is ':' or '：' or '→' or '–' or '—' || rest.EndsWith(" -", StringComparison.Ordinal))
            return true;
        var last = rest[(rest.LastIndexOf(' ') + 1)..];
        foreach (var joins in s_is)
            if (joins[0] >= 0x0E00 ? last.EndsWith(joins, StringComparison.Ordinal) : last.Equals(joins, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    // A sign that no word has; behind an at sign a name of a host begins small, and before an underscore a name in a program does.
    private static bool HasSign(ReadOnlySpan<char> core) =>
        core.ContainsAny(s_signs) || char.IsUpper(core[0]) && core.IndexOf('_') is > 2 and var joint && char.IsLower(core[1]) && char.IsAsciiDigit(core[joint + 1 < core.Length ? joint + 1 : 0]) || core.IndexOf('@') is > 0 and var at && at + 1 < core.Length && !char.IsLower(core[at + 1]);

    // Letters and digits, and neither a version, a file, an address, a placeholder nor two words of which one is a number.
    private static bool IsMade(ReadOnlySpan<char> core, bool signed)
    {
        var (lower, letters, digits) = (false, 0, 0);
        for (var i = 0; i < core.Length; i++)
        {
            lower |= char.IsLower(core[i]);
            letters += char.IsLetter(core[i]) ? 1 : 0;
            digits += char.IsAsciiDigit(core[i]) ? 1 : 0;
            if (core[i] == '.' && i > 0 && i + 1 < core.Length && char.IsAsciiDigit(core[i - 1]) && char.IsAsciiDigit(core[i + 1]))
                return false;
        }
        if (letters < 2 || digits == 0 || !lower && !signed || Randomness.Distinct(core) < 5 || Secrets.IsPlaceholder(core) || core.ContainsAny(s_methods))
            return false;
        var dot = core.LastIndexOf('.');
        if (dot > 0 && core.Length - dot is > 1 and <= 6 && !core[(dot + 1)..].ContainsAnyInRange('0', '9'))
            return false;
        // Debian-12, 2-factor
        return !core.ContainsAny('-', '.') || !IsPair(core);
    }

    // A word and a number with a sign between them, as bug#4471, or a number and words.
    private static bool IsPair(ReadOnlySpan<char> core) =>
        core.IndexOfAny(s_joints) is > 0 and var sign && (core[sign] != '.' && IsAll(core[..sign], letters: true) && IsAll(core[(sign + 1)..], letters: false) || IsAll(core[..sign], letters: false) && IsAll(core[(sign + 1)..], letters: true));

    private static bool IsAll(ReadOnlySpan<char> part, bool letters)
    {
        foreach (var c in part)
            if (letters ? !char.IsLetter(c) && c is not '-' : !char.IsAsciiDigit(c))
                return false;
        return true;
    }

    // A name and one or two digits, as of a version.
    private static bool IsNumbered(ReadOnlySpan<char> core) =>
        core.IndexOfAnyInRange('0', '9') is var digit && core.Length - digit <= 2 && !core.Contains('-') && IsAll(core[..digit], letters: true) && IsAll(core[digit..], letters: false);
}
