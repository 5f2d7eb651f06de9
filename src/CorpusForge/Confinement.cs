using System.Text.RegularExpressions;
using CorpusForge.Settings;

namespace CorpusForge;

/// <summary>What a pipeline that came from elsewhere may touch: declared folders, buckets, web addresses, variables and private hosts, and nothing else.</summary>
/// <remarks>
/// A local path is made absolute, its `..` resolved and every symbolic link on its way followed before it is compared; hard links and mounts look like
/// files of their folder. A variable is looked at before it is expanded, so that what is not declared is never read.
/// </remarks>
public sealed partial class Confinement
{
    private const int MaxLinks = 40;

    private readonly string[] _folders;
    private readonly Uri[] _addresses;
    private readonly HashSet<string> _variables;
    private readonly HashSet<string> _hosts;

    /// <param name="roots">Folders, `s3://bucket` or `s3://bucket/prefix`, `https://host/prefix`; everything below them may be read.</param>
    /// <param name="variables">Names of environment variables for `${env:NAME}`, and `file:/path` for `${file:/path}`.</param>
    /// <param name="privateHosts">Hosts in a private network that may be crawled.</param>
    /// <exception cref="PipelineException">A root is none of these.</exception>
    public Confinement(IReadOnlyList<string> roots, IReadOnlyList<string> variables, IReadOnlyList<string> privateHosts)
    {
        var problems = new List<string>();
        _folders = [.. roots.Where(r => !IsUrl(r)).Select(FolderOf).OfType<string>()];
        _addresses = [.. roots.Where(IsUrl).Select(AddressOf).OfType<Uri>()];
        _variables = new HashSet<string>(variables, StringComparer.Ordinal);
        _hosts = new HashSet<string>(privateHosts, StringComparer.OrdinalIgnoreCase);
        if (problems.Count > 0)
            throw new PipelineException(problems);

        string? FolderOf(string root)
        {
            if (root.Length > 0 && RealPath(root) is { } real)
                return real;
            problems.Add($"Roots: '{root}' is no folder");
            return null;
        }

        Uri? AddressOf(string root)
        {
            if (Address(root, "", out var problem) is { } address)
                return address;
            problems.Add($"Roots: '{root}' {problem}");
            return null;
        }
    }

    /// <summary>Why a setting may not have a value, or null when it may.</summary>
    internal string? Refuse(Reach what, string value) => what switch
    {
        Reach.Inputs => RefuseInput(value),
        Reach.PrivateHosts => _hosts.Contains(value) ? null : $"the host '{value}' is not among the private hosts that this service declares (PrivateHosts)",
        _ => "this is not for a pipeline that is submitted: it is set where the program runs",
    };

    /// <summary>Why `${env:name}` or `${file:name}` may not be read, or null when it may.</summary>
    internal string? RefuseVariable(string kind, string name) =>
        _variables.Contains(kind == "env" ? name : $"file:{name}") ? null : $"${{{kind}:{name}}} is not among the variables that this service declares (Variables)";

    /// <summary>Why an input may not be read, or null when it may.</summary>
    /// <param name="input">A path, a pattern or a URL.</param>
    public string? RefuseInput(string input)
    {
        if (input.Length == 0 || input != input.Trim() || input.Any(char.IsControl))
            return "a path must not be empty, begin or end with a space, or hold control characters";
        // A list of inputs; what stands in it is looked at when it is read.
        if (input[0] == '@' && input.Length > 1)
            return RefuseInput(input[1..]);
        if (IsUrl(input))
            return RefuseUrl(input);
        var (start, rest) = Cut(input.Replace('\\', '/'));
        // What a pattern fixes, and the whole, should a folder really be called so.
        return rest.Split('/').Contains("..") || RefusePath(start) is not null || RefusePath(input) is not null
            ? $"'{input}' is not in a folder that this service declares (Roots)"
            : null;
    }

    private string? RefuseUrl(string url)
    {
        if (Address(Cut(url).Start, Cut(url).Tail, out var problem) is not { } address)
            return $"'{url}' {problem}";
        return _addresses.Any(root => IsBelow(address, root)) ? null : $"'{url}' is not below an address that this service declares (Roots)";
    }

    private string? RefusePath(string path) =>
        RealPath(path) is { } real && _folders.Any(f => f == "/" || real == f || real.StartsWith(f + "/", StringComparison.Ordinal)) ? null : "outside";

    private static bool IsBelow(Uri address, Uri root) =>
        address.Scheme == root.Scheme && address.Authority == root.Authority
        && (address.AbsolutePath == root.AbsolutePath || address.AbsolutePath.StartsWith(root.AbsolutePath.TrimEnd('/') + "/", StringComparison.Ordinal));

    // s3:// and http(s):// only, and spelled so that every reader understands the same by it.
    private static Uri? Address(string start, string rest, out string? problem)
    {
        problem = null;
        if (!Uri.TryCreate(start, UriKind.Absolute, out var uri) || uri.Scheme is not ("s3" or "https" or "http"))
            problem = "is no path, s3://, or https:// address";
        else if (uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            problem = "must have a host or bucket, and neither user nor fragment";
        else if (Uri.UnescapeDataString(start + rest).Replace('\\', '/').Split('/').Skip(3).Any(s => s is ".." or "."))
            problem = "must not hold '..'";
        return problem is null ? uri : null;
    }

    private static bool IsUrl(string text) => Scheme().IsMatch(text);

    /// <summary>The longest folder without a wildcard, and what follows it.</summary>
    private static (string Start, string Tail) Cut(string pattern)
    {
        var wild = pattern.IndexOfAny(['*', '?', '[']);
        if (wild < 0)
            return (pattern, "");
        var cut = pattern.LastIndexOf('/', wild);
        return cut < 0 ? (".", pattern) : (pattern[..(cut + 1)], pattern[(cut + 1)..]);
    }

    /// <summary>The path with `~`, `..` and every symbolic link resolved, whether or not it exists; null for a loop of links.</summary>
    internal static string? RealPath(string path)
    {
        path = path.Replace('\\', '/');
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        var rest = new Stack<string>(Path.GetFullPath(path).Split('/').Reverse());
        var at = "/";
        for (var links = 0; rest.TryPop(out var name);)
        {
            if (name is "" or ".")
                continue;
            var next = name == ".." ? Path.GetDirectoryName(at) ?? "/" : Path.Combine(at, name);
            if (name != ".." && new FileInfo(next).LinkTarget is { } target)
            {
                if (++links > MaxLinks)
                    return null;
                at = target.StartsWith('/') ? "/" : at;
                foreach (var part in target.Split('/').Reverse())
                    rest.Push(part);
                continue;
            }
            at = next;
        }
        return at;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*:", RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();
}
