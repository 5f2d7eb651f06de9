namespace CorpusForge.Crawl;

/// <summary>The one spelling of a URL by which a crawl knows whether it has seen it.</summary>
/// <remarks>RFC 3986, section 6: no fragment, no user, no default port, dot segments resolved, host in lower case and ASCII.</remarks>
public static class CrawlUrl
{
    public const int MaxLength = 2048;

    /// <summary>Null unless <paramref name="reference"/> leads to an http or https URL.</summary>
    public static Uri? Resolve(Uri? page, string reference)
    {
        reference = reference.Trim(' ', '\t', '\r', '\n', '\f');
        if (reference.Length > MaxLength)
            return null;
        // On Unix a path is an absolute file URI: without a page only what names a scheme counts.
        Uri? uri;
        if (page is null ? !Uri.TryCreate(reference, UriKind.Absolute, out uri) : !Uri.TryCreate(page, reference, out uri))
            return null;
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("http" or "https") || uri.IdnHost.Length == 0)
            return null;
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        var host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost.ToLowerInvariant();
        var text = $"{uri.Scheme}://{host}{port}{uri.PathAndQuery}";
        return text.Length <= MaxLength && Uri.TryCreate(text, UriKind.Absolute, out var normal) ? normal : null;
    }
}
