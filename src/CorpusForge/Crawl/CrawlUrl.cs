using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace CorpusForge.Crawl;

/// <summary>The one spelling of a URL by which a crawl knows whether it has seen it.</summary>
/// <remarks>
/// The URL Standard of the WHATWG for what a browser would ask for (tabs and line feeds are nothing, backslashes are slashes, the host in lower case and
/// ASCII, dot segments resolved, no default port, no fragment, no user), RFC 3986 section 6 for letters that need no escape. Parameters that only
/// say where a visitor came from or who it is (tracking, session ids) are left out; the order of the others is kept.
/// </remarks>
public static partial class CrawlUrl
{
    public const int MaxLength = 2048;

    private static readonly FrozenSet<string> s_tracking = new[]
    {
        "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "yclid", "ysclid", "twclid", "ttclid", "li_fat_id", "igshid", "igsh", "mc_cid", "mc_eid", "_ga", "_gl",
        "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "mkt_tok", "oly_anon_id", "oly_enc_id", "vero_id", "vero_conv", "wickedid", "rb_clickid", "s_cid", "srsltid",
        "gad_source", "epik", "pk_campaign", "pk_kwd", "pk_source", "pk_medium", "mtm_campaign", "mtm_source", "mtm_medium", "mtm_keyword", "mtm_content", "piwik_campaign", "cmpid", "ncid",
        "_openstat", "spm", "scm", "share_token", "xtor", "at_medium", "at_campaign",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_sessions = new[]
    {
        "phpsessid", "jsessionid", "aspsessionid", "asp.net_sessionid", "cfid", "cftoken", "sessionid", "session_id", "session-id", "sess_id", "sessid", "osCsid", "zenid", "xtcsid",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Null unless <paramref name="reference"/> leads to an http or https URL.</summary>
    public static Uri? Resolve(Uri? page, string reference)
    {
        reference = Cleaned(reference);
        if (reference.Length > MaxLength)
            return null;
        // On Unix a path is an absolute file URI: without a page only what names a scheme counts.
        Uri? uri;
        if (page is null ? !Uri.TryCreate(reference, UriKind.Absolute, out uri) : !Uri.TryCreate(page, reference, out uri))
            return null;
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("http" or "https") || uri.IdnHost.Length == 0)
            return null;
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        var host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost.ToLowerInvariant().TrimEnd('.');
        var text = $"{uri.Scheme}://{host}{port}{SessionInPath().Replace(uri.AbsolutePath, "")}{Query(uri.Query)}";
        return text.Length <= MaxLength && Uri.TryCreate(text, UriKind.Absolute, out var normal) ? normal : null;
    }

    /// <summary>The key by which archives sort: the host from the right, then path and query, all in lower case.</summary>
    /// <remarks>The Sort-friendly URI Reordering Transform (SURT) as CDX indexes have it.</remarks>
    public static string SortKey(Uri uri)
    {
        var host = uri.HostNameType == UriHostNameType.Dns ? string.Join(',', uri.IdnHost.Split('.').Reverse()) : uri.IdnHost;
        return $"{host}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}){uri.PathAndQuery}".ToLowerInvariant();
    }

    private static string Cleaned(string reference)
    {
        reference = reference.Trim(s_blank);
        if (reference.AsSpan().IndexOfAny('\t', '\r', '\n') >= 0)
            reference = reference.Replace("\t", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        var query = reference.AsSpan().IndexOfAny('?', '#');
        var path = query < 0 ? reference : reference[..query];
        return path.Contains('\\', StringComparison.Ordinal) ? path.Replace('\\', '/') + (query < 0 ? "" : reference[query..]) : reference;
    }

    private static readonly char[] s_blank = [.. Enumerable.Range(0, 33).Select(c => (char)c)];

    private static string Query(string query)
    {
        if (query.Length < 2)
            return "";
        var kept = new StringBuilder(query.Length);
        foreach (var pair in query[1..].Split('&'))
        {
            var name = pair.AsSpan(0, pair.IndexOf('=', StringComparison.Ordinal) is var i and >= 0 ? i : pair.Length);
            if (name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ASPSESSIONID", StringComparison.OrdinalIgnoreCase)
                || Has(s_tracking, name) || Has(s_sessions, name) || (name.Equals("sid", StringComparison.OrdinalIgnoreCase) && LongHex().IsMatch(pair)))
                continue;
            kept.Append(kept.Length == 0 ? '?' : '&').Append(pair);
        }
        return kept.ToString();
    }

    private static bool Has(FrozenSet<string> names, ReadOnlySpan<char> name) => names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    [GeneratedRegex(@";(?:jsessionid|phpsessid|sid|cfid|cftoken)=[^;/?]*|(?<=/)\(S\([a-z0-9]{24}\)\)/", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SessionInPath();

    [GeneratedRegex("=[0-9a-f]{16,}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex LongHex();
}
