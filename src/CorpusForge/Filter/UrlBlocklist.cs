using System.Collections.Frozen;

namespace CorpusForge.Filter;

/// <summary>Drops documents from listed domains and all their subdomains.</summary>
/// <remarks>
/// The host of <see cref="Document.Url"/> is compared in lower case and in its ASCII form, label by label from the right. A document without URL
/// stays; one whose URL cannot be read breaks `url-malformed`, because nobody can say that it is not from a listed domain.
/// </remarks>
public sealed record UrlBlocklist : IFilter
{
    private readonly FrozenSet<string> _domains = FrozenSet<string>.Empty;

    /// <summary>Without scheme, as `example.com`.</summary>
    public IReadOnlyList<string> Domains
    {
        get;
        init
        {
            field = value;
            _domains = value.Select(Ascii).ToFrozenSet(StringComparer.Ordinal);
        }
    } = s_none;

    private static readonly IReadOnlyList<string> s_none = [];

    public Verdict Judge(TextView text)
    {
        var url = text.Document.Url;
        var host = url is not null && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IdnHost.Length > 0 ? Ascii(uri.IdnHost) : null;
        return text.Verdict
            .Never("url-malformed", url is not null && host is null)
            .Never("blocked-domain", host is not null && IsListed(_domains, host));
    }

    /// <summary>Whether the host or a domain above it is listed.</summary>
    internal static bool IsListed(FrozenSet<string> listed, string host)
    {
        var domains = listed.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.AsSpan(); !rest.IsEmpty;)
        {
            if (domains.Contains(rest))
                return true;
            var dot = rest.IndexOf('.');
            rest = dot < 0 ? [] : rest[(dot + 1)..];
        }
        return false;
    }

    internal static string Ascii(string domain)
    {
        var host = domain.Trim().Trim('.');
        return (Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var uri) ? uri.IdnHost : host).ToLowerInvariant();
    }
}
