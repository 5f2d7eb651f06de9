using System.Collections.Frozen;
using System.Net;

namespace CorpusForge.Crawl;

/// <summary>The part of a host's name that one owner registered, so that a thousand subdomains share one budget.</summary>
/// <remarks>
/// An approximation of the Public Suffix List by its regular part: below a country's domain the usual second levels (`co.uk`, `com.au`) are suffixes, and
/// so are the domains of large hosters that give every customer a subdomain. A suffix that is missing here makes a budget smaller, never larger.
/// </remarks>
public static class RegistrableDomain
{
    private static readonly FrozenSet<string> s_secondLevels = new[]
    {
        "ac", "asn", "co", "com", "edu", "ed", "gob", "gouv", "gov", "govt", "go", "gv", "id", "info", "ltd", "me", "mil", "ne", "net", "nic", "nom", "nhs", "or", "org", "plc", "police", "pro", "sch", "school", "web",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_hosters = new[]
    {
        "appspot.com", "azurewebsites.net", "blogspot.com", "cloudfront.net", "fly.dev", "firebaseapp.com", "github.io", "gitlab.io", "herokuapp.com", "netlify.app", "neocities.org",
        "pages.dev", "readthedocs.io", "repl.co", "substack.com", "tumblr.com", "vercel.app", "web.app", "weebly.com", "wixsite.com", "wordpress.com", "workers.dev",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Of a host in lower case and ASCII; an address is its own domain.</summary>
    public static string Of(string host)
    {
        var labels = host.Split('.');
        if (labels.Length <= 2 || host.Contains(':', StringComparison.Ordinal) || IPAddress.TryParse(host, out _))
            return host;
        var suffix = labels[^1].Length == 2 && s_secondLevels.Contains(labels[^2]) || s_hosters.Contains($"{labels[^2]}.{labels[^1]}") ? 2 : 1;
        return string.Join('.', labels[^(suffix + 1)..]);
    }
}
