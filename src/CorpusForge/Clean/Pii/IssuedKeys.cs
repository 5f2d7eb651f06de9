using System.Buffers;
using System.Collections.Frozen;

namespace CorpusForge.Clean.Pii;

/// <summary>Keys and tokens by the form that their issuer gave them, and private keys in PEM.</summary>
internal static class IssuedKeys
{
    private const int MaxLength = 4096;

    /// <summary>So far before its first digit a key begins; a drawn one of sixty characters has none before once in a hundred thousand times.</summary>
    internal const int MaxPrefix = 96;

    private static readonly SearchValues<char> s_word = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    private static readonly SearchValues<char> s_token = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    private static readonly SearchValues<char> s_dotted = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    private static readonly SearchValues<char> s_base64 = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-");
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

    // Hugging Face draws letters alone, and one key of Amazon's in thirty has no digit.
    private static readonly Form[] s_lettersAlone = [new("hf_", s_word, 30, 40), new("AKIA", s_upper, 16, 16), new("ASIA", s_upper, 16, 16)];

    private static readonly FrozenDictionary<char, Form[]> s_byFirst = s_forms.GroupBy(f => f.Prefix[0]).ToFrozenDictionary(g => g.Key, g => g.ToArray());

    /// <summary>Private keys in PEM, and keys without a digit.</summary>
    public static void Scan(ReadOnlySpan<char> text, ref List<PiiSpan>? found)
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
        && Randomness.Entropy(drawn) >= 3 && (form.Of == s_upper || Mixed(drawn))
            ? Key(start, form.Prefix.Length + length)
            : null;

    /// <summary>A key with the digit at <paramref name="at"/>, which is its first, not before <paramref name="from"/>.</summary>
    public static PiiSpan? Find(ReadOnlySpan<char> text, int at, int from)
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
    private static bool IsIssued(ReadOnlySpan<char> value) => value.ContainsAnyInRange('0', '9') && Randomness.Entropy(value) >= 3 && Randomness.Pronounceable(value) * 4 < value.Length * 3;

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

    private static bool Mixed(ReadOnlySpan<char> value) => value.ContainsAnyInRange('a', 'z') && value.ContainsAnyInRange('A', 'Z') && !value.Contains('_');
}
