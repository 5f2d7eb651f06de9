using System.Buffers;

namespace CorpusForge.Clean.Pii;

/// <summary>Passwords and keys in URLs, or where a program, a file of settings or a sentence assigns one.</summary>
/// <remarks>What stands in an assignment counts only when it is no word, name or placeholder.</remarks>
internal static class Secrets
{
    private static readonly SearchValues<char> s_valueEnds = SearchValues.Create(" \t\r\n\"'`=:：");
    private static readonly SearchValues<char> s_spaces = SearchValues.Create(" \t\r\n,;<>\"'`，。；、）");
    private static readonly SearchValues<char> s_authorityEnds = SearchValues.Create("/ \n\t\"'<>()`?#|");
    private static readonly SearchValues<char> s_dotted = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    private static readonly SearchValues<char> s_templates = SearchValues.Create("${}[]*");
    private static readonly SearchValues<char> s_clauses = SearchValues.Create("\n,;({[<&?@");
    // Nobody writes them into a name that stands for a password.
    private static readonly SearchValues<char> s_marks = SearchValues.Create("!@#&^");
    private static readonly SearchValues<char> s_brackets = SearchValues.Create(" \t\n()[]{}<>");

    // Where a program, a file of settings or a sentence names what follows.
    private static readonly string[] s_passwords = ["password", "passwd", "passwort", "kennwort", "passphrase", "passcode", "pwd", "contraseña", "mot de passe", "senha", "wachtwoord", "hasło", "пароль", "密码", "パスワード", "密碼", "비밀번호", "şifre", "parola", "lösenord", "adgangskode", "passord", "salasana", "jelszó", "heslo", "лозинка", "κωδικός", "mật khẩu", "kata sandi", "รหัสผ่าน", "كلمة المرور", "סיסמה"];
    private static readonly string[] s_keys = ["secret", "token", "apikey", "api_key", "api-key", "api key", "access_key", "accesskey", "access-key", "access key", "private_key", "privatekey", "account_key", "accountkey", "auth_key", "bearer", "basic", "_auth", "sessionid", "sessid", "session_id"];

    /// <summary>The password in `scheme://user:password@host`, or the token in `scheme://token@host`, by its at sign.</summary>
    public static PiiSpan? InUrl(ReadOnlySpan<char> text, int at, int from)
    {
        var floor = Math.Max(from, at - 128);
        var start = floor + text[floor..at].LastIndexOfAny(s_authorityEnds) + 1;
        if (start < floor + 3 || !text[..start].EndsWith("://", StringComparison.Ordinal))
            return null;
        var colon = text[start..at].IndexOf(':');
        // A token in place of a user.
        if (colon < 0)
            return text[start..at] is { Length: >= 20 } user && user.ContainsAnyInRange('0', '9') && !user.ContainsAnyExcept(s_dotted) && Randomness.IsRandom(user, 3) ? Key(start, user.Length) : null;
        var password = text[(start + colon + 1)..at];
        return password.Length < 3 || IsPlaceholder(password) || password.ContainsAny(s_templates) ? null : Key(start + colon + 1, password.Length);
    }

    /// <summary>A password or key that is assigned, with the digit at <paramref name="at"/>, which is its first, not before <paramref name="from"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int at, int from, bool code)
    {
        var floor = Math.Max(from, at - IssuedKeys.MaxPrefix);
        var start = floor + text[floor..at].LastIndexOfAny(s_valueEnds) + 1;
        if (start == floor || floor + 4 > start)
            return null;
        var quote = text[start - 1] is '"' or '\'' or '`' ? text[start - 1] : '\0';
        var before = text[floor..(quote == '\0' ? start : start - 1)];
        // mysql -pX, mysqldump -p'X'
        var option = quote == '\0' ? text[start..].StartsWith("-p", StringComparison.Ordinal) && at > start + 1 ? start + 2 : 0 : before.EndsWith(" -p", StringComparison.Ordinal) ? start : 0;
        if (option > 0 && text[floor..start].LastIndexOf("mysql", StringComparison.Ordinal) is >= 0 and var command && !text[(floor + command)..start].Contains('\n')
            && text[option..Math.Min(text.Length, option + 64)] is var given && given.IndexOfAny(s_spaces) is var stop && given[..(stop < 0 ? given.Length : stop)] is var own && IsSecret(own, password: true, quoted: true, code))
            return Key(option, own.Length);
        // define('NAME', 'X') of PHP.
        if (quote != '\0' && before.TrimEnd(' ') is [.., '"' or '\'', ','] and var defined && defined.LastIndexOf('(') is > 5 and var call && defined[..call].EndsWith("define", StringComparison.Ordinal))
            before = $"{defined[..^1]}=";
        // Laravel writes how its key is written.
        if (before.EndsWith("=base64:", StringComparison.Ordinal))
            before = before[..^7];
        if (NameOf(before) is not { } password)
            return null;
        var rest = text[start..Math.Min(text.Length, start + 260)];
        var end = quote != '\0' ? rest.IndexOf(quote) : rest.IndexOfAny(s_spaces);
        if (end < 0)
            end = rest.Length < 260 && quote == '\0' ? rest.Length : 0;
        var value = rest[..end];
        if (quote == '\0')
            value = (password || value.IndexOf('&') is not (> 0 and var next) ? value : value[..next]).TrimEnd(".)。");
        // Django draws from all signs.
        else if (value.Length >= 40 && !value.ContainsAnyExceptInRange('!', '~') && before.TrimEnd(" =").EndsWith("SECRET_KEY", StringComparison.Ordinal) && Randomness.IsRandom(value, 3.5))
            return Key(start, value.Length);
        return IsSecret(value, password, quoted: quote != '\0', code) ? Key(start, value.Length) : null;
    }

    // Whether what stands before a value names a password (true) or a key (false): `name =`, `"name": `, `name is `, `Bearer `.
    private static bool? NameOf(ReadOnlySpan<char> before)
    {
        var trimmed = before.TrimEnd(" \t");
        if (trimmed.IsEmpty || before.Length - trimmed.Length > 4)
            return null;
        var name = trimmed.TrimEnd("=>:：").TrimEnd(" \t");
        if (name.Length == trimmed.Length)
        {
            // Without a sign there is a word.
            if (before.Length == trimmed.Length)
                return null;
            if (name.EndsWith(" is", StringComparison.OrdinalIgnoreCase) || name.EndsWith(" ist", StringComparison.OrdinalIgnoreCase) || name.EndsWith(" est", StringComparison.OrdinalIgnoreCase))
            {
                // The password itself, not its manager.
                name = name[..name.LastIndexOf(' ')];
                if (!EndsWith(name, s_passwords) && !EndsWith(name, s_keys))
                    return null;
            }
            else if (IsCommand(name))
            {
                return true;
            }
            else if (!IsSetting(name) && !name.EndsWith("bearer", StringComparison.OrdinalIgnoreCase) && !name.EndsWith("Authorization: Basic", StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }
        else if (name.LastIndexOf(' ') is > 3 and var user && trimmed[name.Length..] is ":" && IsUserOption(name[..user]))
        {
            return true;
        }
        name = name.TrimEnd("\"'`]");
        name = name[Math.Max(0, name.Length - 28)..];
        name = name[(name.LastIndexOfAny(s_clauses) + 1)..];
        // A type in a namespace, whose digest may follow; and what a key is called by.
        if (name.Contains("::", StringComparison.Ordinal) || name.EndsWith("key_id", StringComparison.OrdinalIgnoreCase) || name.EndsWith("keyid", StringComparison.OrdinalIgnoreCase))
            return null;
        if (name.EndsWith("_pass", StringComparison.OrdinalIgnoreCase) || name[(name.LastIndexOfAny(" .:-") + 1)..] is "psk" or "pass" or "pw")
            return true;
        // Of a URL, whose parameters say less than settings do.
        var parameter = trimmed.Length - name.Length is > 1 and var asks && trimmed[asks - 2] is '?' or '&';
        if (name.EndsWith("_KEY", StringComparison.Ordinal) || parameter && name is "key" or "sig" or "appid" or "signature")
            return name.Contains("PUBLIC", StringComparison.Ordinal) ? null : false;
        return Names(name, s_passwords) ? true : Names(name, s_keys) && !name.Contains("public", StringComparison.OrdinalIgnoreCase) ? false : null;
    }

    // Where a password stands without a sign before it: `--password X`, `sshpass -p X`, `login ann password X` of .netrc.
    private static bool IsCommand(ReadOnlySpan<char> before)
    {
        if (before.EndsWith(" --password", StringComparison.Ordinal) || before.EndsWith("sshpass -p", StringComparison.Ordinal) || before.EndsWith("wpa-psk", StringComparison.Ordinal))
            return true;
        if (!before.EndsWith("password", StringComparison.Ordinal) || before.Length < 16 || !char.IsWhiteSpace(before[^9]))
            return false;
        var login = before[..^8].TrimEnd();
        return login.LastIndexOfAny(" \t\n") is > 4 and var user && login[..user].TrimEnd().EndsWith("login", StringComparison.Ordinal);
    }

    // `ENV NAME X` of a Dockerfile.
    private static bool IsSetting(ReadOnlySpan<char> before) => before[(before.LastIndexOf('\n') + 1)..].StartsWith("ENV ", StringComparison.Ordinal);

    // `-u ann:X` of curl.
    private static bool IsUserOption(ReadOnlySpan<char> before) => before.EndsWith(" -u", StringComparison.Ordinal) || before.EndsWith(" --user", StringComparison.Ordinal);

    private static bool EndsWith(ReadOnlySpan<char> name, string[] words)
    {
        foreach (var word in words)
            if (name.EndsWith(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static bool Names(ReadOnlySpan<char> name, string[] words)
    {
        foreach (var word in words)
            if (name.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static bool IsSecret(ReadOnlySpan<char> value, bool password, bool quoted, bool code)
    {
        if (value.Length < (password ? 6 : 16) || value.Length > 256 || value.ContainsAny(s_brackets) || value.ContainsAnyExceptInRange('!', '~') || IsPlaceholder(value))
            return false;
        if (!value.ContainsAnyInRange('0', '9') || !value.ContainsAnyInRange('a', 'z') && !value.ContainsAnyInRange('A', 'Z'))
            return false;
        if (value[0] is '$' or '%' or '@' or '.' or '/' || value.Contains("://", StringComparison.Ordinal) || value.Contains("${", StringComparison.Ordinal))
            return false;
        if (code && !quoted && value.Contains('.'))
            return false;
        if (!password)
            return !value.Contains("key", StringComparison.OrdinalIgnoreCase) && value.Count('.') < 3 && !(value.Contains('.') && value.Contains('/')) && Randomness.IsRandom(value, 3) && (Digits(value) > 2 || value.ContainsAnyInRange('a', 'z') && value.ContainsAnyInRange('A', 'Z')) && !value.ContainsAnyExcept(s_base64Dot);
        return quoted || !code ? Randomness.Distinct(value) >= 5 && !IsName(value) : value.Length >= 8 && Randomness.IsRandom(value, 2.8);
    }

    /// <summary>Whether characters look like a drawn key.</summary>
    internal static bool IsKey(ReadOnlySpan<char> value) => IsSecret(value, password: false, quoted: true, code: false);

    private static readonly SearchValues<char> s_base64Dot = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-.~%");

    internal static bool IsPlaceholder(ReadOnlySpan<char> value)
    {
        foreach (var word in (ReadOnlySpan<string>)["example", "password", "passwd", "changeme", "your", "secret", "xxx", "***", "...", "placeholder", "dummy", "test", "sample", "insert", "token", "foo", "user", "redacted", "todo", "null", "undefined", "process.env", "environ"])
            if (value.Contains(word, StringComparison.OrdinalIgnoreCase) && value.Length < word.Length + 12 && !value.ContainsAny(s_marks))
                return true;
        return Randomness.Distinct(value) < 4;
    }

    // Small letters with a version at the end, or words joined by signs: an identifier.
    private static bool IsName(ReadOnlySpan<char> value) =>
        value.IndexOfAnyInRange('0', '9') is > 3 and var digit && !value[..digit].ContainsAnyExcept(s_namePart) && value.Length - digit <= 1 && value.ContainsAny('_', '.', '-');

    private static readonly SearchValues<char> s_namePart = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_.-");

    private static int Digits(ReadOnlySpan<char> value)
    {
        var digits = 0;
        foreach (var c in value)
            digits += char.IsAsciiDigit(c) ? 1 : 0;
        return digits;
    }

    private static PiiSpan Key(int start, int length) => new(PiiType.Key, start, length);
}
