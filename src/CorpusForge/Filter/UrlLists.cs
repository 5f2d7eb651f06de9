using System.Buffers;
using System.Collections.Frozen;
using System.Security.Cryptography;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Drops documents by their address, after lists in files: domains, addresses, words and parts of words.</summary>
/// <remarks>
/// <para>As RefinedWeb and FineWeb did (Penedo et al. 2023, arXiv:2306.01116, appendix G.1). A file has one entry a line; empty lines and what follows `#` at the start of a line do not count. A folder stands for its files `domains` and
/// `urls`, as in the lists of the University of Toulouse (UT1).</para>
/// <para>Hosts are compared in lower case and ASCII form, label by label; addresses without scheme, `www.`, query and closing slash; words are what stands between other characters than letters and digits. Parts of words are searched for
/// in the address without its hyphens, dots and underscores, all at once (Aho–Corasick). A document without an address stays.</para>
/// </remarks>
public sealed record UrlLists : IOpenable
{
    /// <summary>Files of domains, or folders in UT1's form.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Files of addresses, or folders in UT1's form.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>Files of words of which one is enough.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Files of parts of words of which one is enough.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Substrings { get; init; } = [];

    /// <summary>Files of words of which several are needed.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> SoftWords { get; init; } = [];

    /// <summary>So many soft words may stand in an address.</summary>
    public int MaxSoftWords { get; init; } = 1;

    public string ModelDigest => Digests.Of(string.Join('\n', Files().Select(f => $"{f.What} {DigestOf(f.Path)}")));

    public IStep Open() => new Opened(
        MaxSoftWords,
        Entries("domains").Select(UrlBlocklist.Ascii).ToFrozenSet(StringComparer.Ordinal),
        Entries("urls").Select(Plain).ToFrozenSet(StringComparer.Ordinal),
        Entries("words").ToFrozenSet(StringComparer.Ordinal),
        Entries("softWords").ToFrozenSet(StringComparer.Ordinal),
        Entries("substrings").ToArray() is { Length: > 0 } parts ? SearchValues.Create(parts, StringComparison.Ordinal) : null);

    private IEnumerable<(string What, string Path)> Files()
    {
        (string What, IReadOnlyList<string> Paths)[] lists = [("domains", Domains), ("urls", Urls), ("words", Words), ("substrings", Substrings), ("softWords", SoftWords)];
        return lists.SelectMany(l => l.Paths.Select(p => (l.What, Directory.Exists(p) ? Path.Combine(p, l.What) : p)));
    }

    private IEnumerable<string> Entries(string what)
    {
        foreach (var (_, path) in Files().Where(f => f.What == what))
        {
            foreach (var line in Read(path, File.ReadAllLines))
                if (line.Trim().ToLowerInvariant() is { Length: > 0 } entry && entry[0] != '#')
                    yield return entry;
        }
    }

    private static string DigestOf(string path) => Convert.ToHexStringLower(SHA256.HashData(Read(path, File.ReadAllBytes)));

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException($"url-lists: '{path}' cannot be read: {e.Message}");
        }
    }

    private static string Plain(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var rest = scheme < 0 ? url.AsSpan() : url.AsSpan(scheme + 3);
        var query = rest.IndexOfAny('?', '#');
        rest = (query < 0 ? rest : rest[..query]).TrimEnd('/');
        return (rest.StartsWith("www.") ? rest["www.".Length..] : rest).ToString();
    }

    private sealed class Opened(
        int maxSoftWords, FrozenSet<string> domains, FrozenSet<string> urls, FrozenSet<string> words, FrozenSet<string> softWords, SearchValues<string>? substrings) : IFilter
    {
        public Verdict Judge(TextView text)
        {
            var url = text.Document.Url?.ToLowerInvariant();
            var host = url is not null && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IdnHost.Length > 0 ? UrlBlocklist.Ascii(uri.IdnHost) : null;
            var (hard, soft) = WordsOf(url);
            return text.Verdict
                .Never("url-malformed", url is not null && host is null)
                .Never("blocked-domain", host is not null && UrlBlocklist.IsListed(domains, host))
                .Never("blocked-url", url is not null && urls.Contains(Plain(url)))
                .Never("blocked-word", hard)
                .Never("blocked-substring", url is not null && substrings is not null && Joined(url).AsSpan().ContainsAny(substrings))
                .AtMost("too-many-soft-words", soft, maxSoftWords);
        }

        private (bool Hard, int Soft) WordsOf(ReadOnlySpan<char> url)
        {
            var (hardWords, softLookup) = (words.GetAlternateLookup<ReadOnlySpan<char>>(), softWords.GetAlternateLookup<ReadOnlySpan<char>>());
            var (hard, soft, start) = (false, 0, 0);
            for (var at = 0; at <= url.Length; at++)
            {
                if (at < url.Length && char.IsLetterOrDigit(url[at]))
                    continue;
                if (at > start)
                {
                    hard |= hardWords.Contains(url[start..at]);
                    soft += softLookup.Contains(url[start..at]) ? 1 : 0;
                }
                start = at + 1;
            }
            return (hard, soft);
        }

        private static string Joined(string url) => url.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
    }
}
