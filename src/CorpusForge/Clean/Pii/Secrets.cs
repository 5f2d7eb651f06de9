using System.Buffers;
using System.Collections.Frozen;

namespace CorpusForge.Clean.Pii;

/// <summary>Keys, tokens and passwords: by the form that their issuer gave them, in PEM, in URLs, or where a program assigns one.</summary>
/// <remarks>What stands in an assignment counts only when it is no word, name or placeholder.</remarks>
internal static class Secrets
{
    private const int MaxLength = 4096;

    // So far before its first digit a key begins; a drawn one of sixty characters has none before once in a hundred thousand times.
    private const int MaxPrefix = 96;

    private static readonly SearchValues<char> s_word = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    private static readonly SearchValues<char> s_token = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    private static readonly SearchValues<char> s_dotted = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    private static readonly SearchValues<char> s_base64 = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-");
    private static readonly SearchValues<char> s_valueEnds = SearchValues.Create(" \t\r\n\"'`=:：");
    private static readonly SearchValues<char> s_spaces = SearchValues.Create(" \t\r\n,;<>\"'`，。；、）");
    private static readonly SearchValues<char> s_authorityEnds = SearchValues.Create("/ \n\t\"'<>()`?#|");
    private static readonly SearchValues<char> s_templates = SearchValues.Create("${}[]*");
    private static readonly SearchValues<char> s_clauses = SearchValues.Create("\n,;({[<&?@");
    // Nobody writes them into a name that stands for a password.
    private static readonly SearchValues<char> s_marks = SearchValues.Create("!@#&^");
    private static readonly SearchValues<char> s_brackets = SearchValues.Create(" \t\n()[]{}<>");
    private static readonly SearchValues<char> s_upper = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    private static readonly SearchValues<char> s_alphanumeric = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    private static readonly SearchValues<char> s_lower = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");
    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    /// <summary>What follows a prefix: of which characters, how many, and whether nothing may be left over.</summary>
    private sealed record Form(string Prefix, SearchValues<char> Of, int Min, int Max);

    private static readonly Form[] s_forms =
    [
        .. "AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA".Split(' ').Select(p => new Form(p, s_upper, 16, 16)),
        .. "ghp_ gho_ ghu_ ghs_ ghr_".Split(' ').Select(p => new Form(p, s_word, 36, 251)),
        new("github_pat_", s_word, 60, 93),
        .. "LTAI AKID AKLT".Split(' ').Select(p => new Form(p, s_alphanumeric, 16, 46)),
        .. "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glffct- glimt- glagent-".Split(' ').Select(p => new Form(p, s_dotted, 20, 60)),
        .. "xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xapp- xwfp-".Split(' ').Select(p => new Form(p, s_dotted, 20, 250)),
        .. "sk_live_ rk_live_ sk_test_ rk_test_ pk_live_ whsec_ sk_prod_".Split(' ').Select(p => new Form(p, s_word, 16, 250)),
        new("sk-", s_token, 20, 250),
        new("AIza", s_token, 35, 35),
        .. "pk.eyJ sk.eyJ".Split(' ').Select(p => new Form(p, s_dotted, 40, 250)),
        new("APA91b", s_token, 100, 250),
        new("ya29.", s_token, 20, 500),
        new("GOCSPX-", s_token, 28, 28),
        new("SG.", s_dotted, 60, 72),
        .. "key- pubkey-".Split(' ').Select(p => new Form(p, s_hex, 32, 32)),
        new("oy2", s_lower, 43, 43),
        .. "sqp_ sqa_ squ_".Split(' ').Select(p => new Form(p, s_hex, 40, 40)),
        .. "ATBB ATCTT3".Split(' ').Select(p => new Form(p, s_alphanumeric, 32, 64)),
        new("pat", s_dotted, 79, 80),
        .. "dp.pt. dp.st. dp.sa. dp.ct. dp.scim. dp.audit.".Split(' ').Select(p => new Form(p, s_dotted, 40, 64)),
        .. "AC SK".Split(' ').Select(p => new Form(p, s_hex, 32, 32)),
        new("npm_", s_word, 36, 36),
        new("pypi-AgE", s_token, 50, 1000),
        .. "hf_ api_org_".Split(' ').Select(p => new Form(p, s_word, 30, 40)),
        .. "dop_v1_ doo_v1_ dor_v1_".Split(' ').Select(p => new Form(p, s_hex, 64, 64)),
        .. "shpat_ shpca_ shppa_ shpss_".Split(' ').Select(p => new Form(p, s_word, 32, 32)),
        .. "sq0atp- sq0csp- EAAAE".Split(' ').Select(p => new Form(p, s_token, 22, 100)),
        // JSON web tokens are looked at apart.
        new("eyJ", s_token, int.MaxValue, int.MaxValue),
        .. ("glsa_ glc_ lin_api_ dckr_pat_ rubygems_ pul- figd_ PMAK- nvapi- gsk_ r8_ xai- secret_ ntn_ tskey- pscale_tkn_ pscale_pw_ fo1_ sntrys_ sbp_ AGE-SECRET-KEY-1 ATATT3xFf ATCTT3xFf NRAK- dapi hvs. hvb. dt0c01. CFPAT- FLWSECK- EAACEdEose0cBA "
            + "pplx- xkeysib- xsmtpsib- mlsn. CCIPAT_ CCIPRJ_ dckr_oat_ HRKU- NRII- NRJS- rdme_ pnu_ packagist_ shippo_live_ tfp_ duffel_live_ sntryu_ lsv2_pt_ tvly- pcsk_ csk- jina_ tgp_v1_ vcp_ nfp_ rnd_ bkua_ rzp_live_ figr_ napi_ polar_oat_ AKCp cmVmdGtu fm1_ fm2_ p8e- sb_secret_ ops_").Split(' ')
            .Select(p => new Form(p, s_dotted, p is "NRAK-" or "dckr_pat_" ? 27 : 32, 250)),
    ];

    // Where a program, a file of settings or a sentence names what follows.
    private static readonly string[] s_passwords = ["password", "passwd", "passwort", "kennwort", "passphrase", "passcode", "pwd", "contraseña", "mot de passe", "senha", "wachtwoord", "hasło", "пароль", "密码", "パスワード", "密碼", "비밀번호", "şifre", "parola", "lösenord", "adgangskode", "passord", "salasana", "jelszó", "heslo", "лозинка", "κωδικός", "mật khẩu", "kata sandi", "รหัสผ่าน", "كلمة المرور", "סיסמה"];

    // Hugging Face draws letters alone, and one key of Amazon's in thirty has no digit.
    private static readonly Form[] s_lettersAlone = [new("hf_", s_word, 30, 40), new("AKIA", s_upper, 16, 16), new("ASIA", s_upper, 16, 16)];
    private static readonly string[] s_keys = ["secret", "token", "apikey", "api_key", "api-key", "api key", "access_key", "accesskey", "access-key", "access key", "private_key", "privatekey", "account_key", "accountkey", "auth_key", "bearer", "basic", "_auth", "sessionid", "sessid", "session_id"];

    private static readonly FrozenDictionary<char, Form[]> s_byFirst = s_forms.GroupBy(f => f.Prefix[0]).ToFrozenDictionary(g => g.Key, g => g.ToArray());

    private static bool Mixed(ReadOnlySpan<char> value) => value.ContainsAnyInRange('a', 'z') && value.ContainsAnyInRange('A', 'Z') && !value.Contains('_');

    /// <summary>Private keys in PEM, and keys without a digit.</summary>
    public static void ScanPem(ReadOnlySpan<char> text, ref List<PiiSpan>? found)
    {
        const string Begin = "-----BEGIN";
        for (var next = 0; text[next..].IndexOf(Begin, StringComparison.Ordinal) is >= 0 and var more;)
        {
            next += more;
            var pem = Pem(text, next);
            if (pem is { } span)
                (found ??= []).Add(span);
            next = Math.Max(next + Begin.Length, pem?.End ?? 0);
        }
        // One after the other, since a search for several strings at once takes ten times as long.
        foreach (var form in s_lettersAlone)
        {
            for (var next = 0; text[next..].IndexOf(form.Prefix, StringComparison.Ordinal) is >= 0 and var more; next += form.Prefix.Length)
            {
                next += more;
                if (LettersAlone(text, next, form) is { } key)
                    (found ??= []).Add(key);
            }
        }
    }

    private static PiiSpan? LettersAlone(ReadOnlySpan<char> text, int start, Form form) =>
        (start == 0 || !s_token.Contains(text[start - 1]))
        && Run(text[(start + form.Prefix.Length)..], form.Of, form.Min, form.Max) is { } length && text.Slice(start + form.Prefix.Length, length) is var drawn
        && Entropy(drawn) >= 3 && (form.Of == s_upper || Mixed(drawn))
            ? Key(start, form.Prefix.Length + length)
            : null;

    /// <summary>A key, token or password with the digit at <paramref name="at"/>, which is its first, not before <paramref name="from"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int at, int from, bool code) => Issued(text, at, from) ?? Assigned(text, at, from, code);

    private static PiiSpan? Issued(ReadOnlySpan<char> text, int at, int from)
    {
        var floor = Math.Max(from, at - MaxPrefix);
        var before = text[floor..at];
        var start = floor + before.LastIndexOfAnyExcept(s_token) + 1;
        if (start == floor && floor > from)
            return null;
        if (((start == at ? Telegram(text, start) : null) ?? Crypt(text, start) ?? IssuedAt(text, start)) is { } key)
            return key;
        if (start == floor || text[start - 1] is not ('.' or '/'))
            return null;
        foreach (var hooks in (ReadOnlySpan<string>)["hooks.slack.com/services/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/"])
            if (text[..start].EndsWith(hooks, StringComparison.Ordinal))
                return Run(text[start..], s_base64, 30, 120) is { } hook ? Key(start, hook) : null;
        // The digit is in a later part of `eyJ….eyJ…` or `SG.…`.
        start = floor + before.LastIndexOfAnyExcept(s_dotted) + 1;
        return start == floor && floor > from ? null : IssuedAt(text, start);
    }

    private static PiiSpan? IssuedAt(ReadOnlySpan<char> text, int start)
    {
        if (text[start] is 'M' or 'N' or 'O' && Discord(text[start..]) is { } discord)
            return Key(start, discord);
        if (!s_byFirst.TryGetValue(text[start], out var forms) || start > 0 && text[start - 1] is '+' or '/')
            return null;
        var rest = text[start..];
        if (text[start] == 'e' && rest.StartsWith("eyJ", StringComparison.Ordinal))
            return Jwt(rest) is { } jwt ? Key(start, jwt) : null;
        foreach (var form in forms)
            if (rest.StartsWith(form.Prefix, StringComparison.Ordinal) && Run(rest[form.Prefix.Length..], form.Of, form.Min, form.Max) is { } length && (form.Min == form.Max || IsIssued(rest.Slice(form.Prefix.Length, length))))
                return Key(start, form.Prefix.Length + length);
        return null;
    }

    // What was drawn has a digit somewhere and is no row of words.
    private static bool IsIssued(ReadOnlySpan<char> value) => value.ContainsAnyInRange('0', '9') && Entropy(value) >= 3 && Pronounceable(value) * 4 < value.Length * 3;

    private static PiiSpan Key(int start, int length) => new(PiiType.Key, start, length);

    private static int? Run(ReadOnlySpan<char> text, SearchValues<char> of, int min, int max)
    {
        var window = text[..Math.Min(text.Length, max + 1)];
        var length = window.IndexOfAnyExcept(of);
        length = length < 0 ? window.Length : length;
        while (length > 0 && window[length - 1] is '.' or '-')
            length--;
        return length >= min && length <= max ? length : null;
    }

    // The number of a bot, and what was drawn for it.
    private static PiiSpan? Telegram(ReadOnlySpan<char> text, int start)
    {
        var digits = text[start..Math.Min(text.Length, start + 11)].IndexOfAnyExceptInRange('0', '9');
        return digits is >= 8 and <= 10 && text[(start + digits)..] is [':', 'A', 'A', ..] && Run(text[(start + digits + 1)..], s_token, 34, 36) is { } length && IsIssued(text.Slice(start + digits + 1, length))
            ? Key(start, digits + 1 + length)
            : null;
    }

    // The number of a bot in Base64, a time and a signature.
    private static int? Discord(ReadOnlySpan<char> rest)
    {
        Span<byte> number = stackalloc byte[24];
        var dot = rest[..Math.Min(rest.Length, 30)].IndexOf('.');
        if (dot is not (24 or 26) || !Convert.TryFromBase64Chars(dot == 24 ? rest[..24] : $"{rest[..26]}==", number, out var written) || number[..written].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return null;
        return rest.Length > dot + 33 && rest[dot + 7] == '.' && Run(rest[(dot + 1)..], s_dotted, 34, 46) is { } length ? dot + 1 + length : null;
    }

    // crypt(5): $id$…$…, from its dollar sign.
    private static PiiSpan? Crypt(ReadOnlySpan<char> text, int start)
    {
        // Yescrypt's first digit is in its second part.
        if (text[..start].EndsWith("$y$", StringComparison.Ordinal))
            start -= 2;
        if (start == 0 || text[start - 1] != '$' || start > 1 && char.IsLetterOrDigit(text[start - 2]))
            return null;
        var rest = text[start..Math.Min(text.Length, start + 200)];
        foreach (var method in s_crypts)
        {
            if (!rest.StartsWith(method, StringComparison.Ordinal))
                continue;
            var length = rest.IndexOfAnyExcept(s_crypt);
            length = length < 0 ? rest.Length : length;
            return length - rest[..length].LastIndexOf('$') > 20 && length > method.Length + 24 ? Key(start - 1, length + 1) : null;
        }
        return null;
    }

    private static readonly string[] s_crypts = ["y$", "1$", "2a$", "2b$", "2x$", "2y$", "5$", "6$", "7$", "apr1$", "argon2i$", "argon2d$", "argon2id$"];
    private static readonly SearchValues<char> s_crypt = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./$=,+-");

    // RFC 7519: a header and a payload that begin with `{"`, and a signature.
    private static int? Jwt(ReadOnlySpan<char> rest)
    {
        var window = rest[..Math.Min(rest.Length, MaxLength)];
        var length = window.IndexOfAnyExcept(s_dotted);
        var token = length < 0 ? window : window[..length];
        var dot = token.IndexOf('.');
        return dot >= 12 && token.Length - dot > 12 && token[(dot + 1)..].StartsWith("eyJ", StringComparison.Ordinal) ? token.TrimEnd('.').Length : null;
    }

    // RFC 7468: what stands between the lines of a private key.
    private static PiiSpan? Pem(ReadOnlySpan<char> text, int at)
    {
        var label = text[at..Math.Min(text.Length, at + 80)];
        if (label[10..].IndexOf("-----", StringComparison.Ordinal) is not (>= 0 and var length) || !label[..(10 + length)].Contains("PRIVATE KEY", StringComparison.Ordinal))
            return null;
        var start = at + 10 + length + 5;
        var body = text[start..Math.Min(text.Length, start + (4 * MaxLength))];
        var end = body.IndexOf("-----", StringComparison.Ordinal);
        if (end < 0)
            end = body.IndexOfAnyExcept(s_pem) is >= 0 and var stop ? stop : body.Length;
        var trimmed = body[..end].Trim(" \t\r\n\\\"'+");
        return trimmed.Length < 40 || trimmed.Contains("...", StringComparison.Ordinal) ? null : Key(start + body.IndexOf(trimmed, StringComparison.Ordinal), trimmed.Length);
    }

    private static readonly SearchValues<char> s_pem = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/= \r\n\t\\\"':,-");

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
            return text[start..at] is { Length: >= 20 } user && user.ContainsAnyInRange('0', '9') && !user.ContainsAnyExcept(s_dotted) && IsRandom(user, 3) ? Key(start, user.Length) : null;
        var password = text[(start + colon + 1)..at];
        return password.Length < 3 || IsPlaceholder(password) || password.ContainsAny(s_templates) ? null : Key(start + colon + 1, password.Length);
    }

    private static PiiSpan? Assigned(ReadOnlySpan<char> text, int at, int from, bool code)
    {
        var floor = Math.Max(from, at - MaxPrefix);
        var start = floor + text[floor..at].LastIndexOfAny(s_valueEnds) + 1;
        if (start == floor || floor + 4 > start)
            return null;
        // mysql -pX
        if (text[start..].StartsWith("-p", StringComparison.Ordinal) && at > start + 1 && text[floor..start].LastIndexOf("mysql", StringComparison.Ordinal) is >= 0 and var command && !text[(floor + command)..start].Contains('\n')
            && text[(start + 2)..Math.Min(text.Length, start + 66)] is var option && option.IndexOfAny(s_spaces) is var stop && option[..(stop < 0 ? option.Length : stop)] is var own && IsSecret(own, password: true, quoted: true, code))
            return Key(start + 2, own.Length);
        var quote = text[start - 1] is '"' or '\'' or '`' ? text[start - 1] : '\0';
        var before = text[floor..(quote == '\0' ? start : start - 1)];
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
        else if (value.Length >= 40 && !value.ContainsAnyExceptInRange('!', '~') && before.TrimEnd(" =").EndsWith("SECRET_KEY", StringComparison.Ordinal) && IsRandom(value, 3.5))
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
                name = name[..name.LastIndexOf(' ')];
            else if (IsCommand(name))
                return true;
            else if (!IsSetting(name) && !name.EndsWith("bearer", StringComparison.OrdinalIgnoreCase) && !name.EndsWith("Authorization: Basic", StringComparison.OrdinalIgnoreCase))
                return null;
        }
        else if (name.LastIndexOf(' ') is > 3 and var user && trimmed[name.Length..] is ":" && IsUserOption(name[..user]))
        {
            return true;
        }
        name = name.TrimEnd("\"'`]");
        name = name[Math.Max(0, name.Length - 28)..];
        name = name[(name.LastIndexOfAny(s_clauses) + 1)..];
        // A type in a namespace, whose digest may follow.
        if (name.Contains("::", StringComparison.Ordinal))
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
            return !value.Contains("key", StringComparison.OrdinalIgnoreCase) && value.Count('.') < 3 && !(value.Contains('.') && value.Contains('/')) && IsRandom(value, 3) && (Digits(value) > 2 || value.ContainsAnyInRange('a', 'z') && value.ContainsAnyInRange('A', 'Z')) && !value.ContainsAnyExcept(s_base64Dot);
        return quoted || !code ? Distinct(value) >= 5 && !IsName(value) : value.Length >= 8 && IsRandom(value, 2.8);
    }

    private static readonly SearchValues<char> s_base64Dot = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-.~%");

    private static bool IsPlaceholder(ReadOnlySpan<char> value)
    {
        foreach (var word in (ReadOnlySpan<string>)["example", "password", "passwd", "changeme", "your", "secret", "xxx", "***", "...", "placeholder", "dummy", "test", "sample", "insert", "token", "foo", "user", "redacted", "todo", "null", "undefined", "process.env", "environ"])
            if (value.Contains(word, StringComparison.OrdinalIgnoreCase) && value.Length < word.Length + 12 && !value.ContainsAny(s_marks))
                return true;
        return Distinct(value) < 4;
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

    private static int Distinct(ReadOnlySpan<char> value)
    {
        var (low, high) = (0UL, 0UL);
        foreach (var c in value)
            _ = c < 64 ? low |= 1UL << c : high |= 1UL << c;
        return System.Numerics.BitOperations.PopCount(low) + System.Numerics.BitOperations.PopCount(high);
    }

    /// <summary>Whether characters look drawn rather than written: many bits each, and few pronounceable stretches.</summary>
    private static bool IsRandom(ReadOnlySpan<char> value, double minBits) => Entropy(value) >= minBits && Pronounceable(value) * 3 < value.Length * 2;

    /// <summary>Shannon's, in bits a character.</summary>
    private static double Entropy(ReadOnlySpan<char> value)
    {
        Span<int> counts = stackalloc int[128];
        counts.Clear();
        foreach (var c in value)
            counts[c & 127]++;
        var bits = 0.0;
        foreach (var count in counts)
            if (count > 0)
                bits -= (double)count / value.Length * Math.Log2((double)count / value.Length);
        return bits;
    }

    // Letters of stretches of four and more with vowels where words have them.
    private static int Pronounceable(ReadOnlySpan<char> value)
    {
        var (total, run, consonants) = (0, 0, 0);
        for (var i = 0; i <= value.Length; i++)
        {
            var letter = i < value.Length && char.IsAsciiLetter(value[i]) && !(run > 0 && char.IsAsciiLetterUpper(value[i]) && char.IsAsciiLetterLower(value[i - 1]));
            var vowel = letter && "aeiouyAEIOUY".Contains(value[i], StringComparison.Ordinal);
            consonants = vowel ? 0 : consonants + 1;
            if (letter && consonants <= 3)
            {
                run++;
                continue;
            }
            total += run >= 4 ? run : 0;
            (run, consonants) = (i < value.Length && char.IsAsciiLetter(value[i]) ? 1 : 0, vowel ? 0 : 1);
        }
        return total;
    }
}
