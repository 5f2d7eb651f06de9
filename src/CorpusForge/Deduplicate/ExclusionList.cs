using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace CorpusForge.Deduplicate;

/// <summary>What people asked to be left out: documents by id, URL, domain or content, from a file that grows.</summary>
/// <remarks>
/// One entry a line: `id:` and 64 hexadecimal digits, `url:` and a URL, `domain:` and a host, which stands for all below it,
/// `sha256:` and the SHA-256 of the text in UTF-8. What stands behind white space and `#` is a comment.
/// </remarks>
public sealed class ExclusionList
{
    public const string IdRule = "excluded-id";
    public const string UrlRule = "excluded-url";
    public const string DomainRule = "excluded-domain";
    public const string ContentRule = "excluded-content";

    private readonly FrozenSet<string> _ids;
    private readonly FrozenSet<string> _urls;
    private readonly FrozenSet<string> _domains;
    private readonly FrozenSet<string> _contents;

    private ExclusionList(string digest, IEnumerable<string> ids, IEnumerable<string> urls, IEnumerable<string> domains, IEnumerable<string> contents)
    {
        Digest = digest;
        (_ids, _urls) = (ids.ToFrozenSet(StringComparer.Ordinal), urls.ToFrozenSet(StringComparer.Ordinal));
        (_domains, _contents) = (domains.ToFrozenSet(StringComparer.Ordinal), contents.ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>SHA-256 of the file.</summary>
    public string Digest { get; }

    public int Count => _ids.Count + _urls.Count + _domains.Count + _contents.Count;

    /// <exception cref="PipelineException">It cannot be read, or lines of it are no entries: all of them are named.</exception>
    public static ExclusionList Open(string file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PipelineException($"the list of exclusions '{file}' cannot be read: {e.Message}");
        }
        if (!Utf8.IsValid(bytes))
            throw new PipelineException($"the list of exclusions '{file}' is no UTF-8: what it names would not be found");
        var (ids, urls, domains, contents) = (new List<string>(), new List<string>(), new List<string>(), new List<string>());
        List<string> problems = [];
        foreach (var (number, line) in Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split('\n').Index())
        {
            var entry = WithoutComment(line).Trim();
            var colon = entry.IndexOf(':');
            var (kind, value) = colon < 0 ? ("", entry) : (entry[..colon], entry[(colon + 1)..].Trim());
            if (entry.Length == 0)
                continue;
            if (kind is "id" or "sha256" && value.Length == 64 && value.All(char.IsAsciiHexDigit))
                (kind == "id" ? ids : contents).Add(value.ToLowerInvariant());
            else if (kind == "url" && value.Length > 0)
                urls.Add(Canonical(value));
            else if (kind == "domain" && Ascii(value) is { } domain)
                domains.Add(domain);
            else if (problems.Count < 100)
                problems.Add($"{file}:{number + 1}: '{(entry.Length > 100 ? $"{entry[..100]}…" : entry)}' is no entry; expected id:HEX, url:URL, domain:HOST or sha256:HEX");
        }
        return problems.Count > 0 ? throw new PipelineException(problems) : new ExclusionList(Convert.ToHexStringLower(SHA256.HashData(bytes)), ids, urls, domains, contents);
    }

    /// <summary>The rule by which the document is left out, or null. The URLs that a survivor keeps for its duplicates count like its own.</summary>
    public string? RuleFor(Document document)
    {
        if (_ids.Contains(document.Id))
            return IdRule;
        if (_urls.Count + _domains.Count > 0)
        {
            if (document.Url is not null && RuleForUrl(document.Url) is { } rule)
                return rule;
            if (document.Metadata.TryGetValue(DuplicateUrls.Key, out var json)
                && DuplicateUrls.Parse(json).Select(u => u is null ? null : RuleForUrl(u)).FirstOrDefault(r => r is not null) is { } joined)
                return joined;
        }
        return _contents.Count > 0 && _contents.Contains(ContentHash(document.Text)) ? ContentRule : null;
    }

    /// <summary>Whether this is an id, a URL or a host that the list names.</summary>
    internal bool Names(string text) => _ids.Contains(text) || RuleForUrl(text) is not null || _domains.Count > 0 && Ascii(text) is { } host && RuleForUrl($"http://{host}/") == DomainRule;

    /// <summary>SHA-256 of the text in UTF-8, as the file writes it.</summary>
    public static string ContentHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A URL as it is compared: scheme and host in lower case and ASCII, without the host's last dot, user, fragment and default port; what is no URL as it is.</summary>
    internal static string Canonical(string url)
    {
        if (!Uri.TryCreate(url.Trim(), UriKind.Absolute, out var uri) || uri.IdnHost.Length == 0)
            return url;
        var port = uri.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{uri.Port}");
        return $"{uri.Scheme}://{HostOf(uri)}{port}{uri.GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped)}";
    }

    private static string HostOf(Uri uri)
    {
        var host = uri.IdnHost.ToLowerInvariant().TrimEnd('.');
        return host.Contains(':') && host[0] != '[' ? $"[{host}]" : host;
    }

    private string? RuleForUrl(string url)
    {
        if (_urls.Contains(Canonical(url)))
            return UrlRule;
        if (_domains.Count == 0 || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return null;
        var domains = _domains.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = HostOf(uri).AsSpan(); !rest.IsEmpty;)
        {
            if (domains.Contains(rest))
                return DomainRule;
            var dot = rest.IndexOf('.');
            rest = dot < 0 ? [] : rest[(dot + 1)..];
        }
        return null;
    }

    private static string? Ascii(string domain) =>
        domain.Length > 0 && Uri.TryCreate($"http://{domain.Trim('.')}/", UriKind.Absolute, out var uri) && uri.IdnHost.Length > 0 && uri.AbsolutePath == "/"
            ? HostOf(uri)
            : null;

    // A URL may hold the sign itself.
    private static string WithoutComment(string line)
    {
        for (var at = line.IndexOf('#'); at >= 0; at = line.IndexOf('#', at + 1))
        {
            if (at == 0 || char.IsWhiteSpace(line[at - 1]))
                return line[..at];
        }
        return line;
    }
}
