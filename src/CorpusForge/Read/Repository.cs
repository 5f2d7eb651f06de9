using System.Text.RegularExpressions;

namespace CorpusForge.Read;

/// <summary>Where a working copy of git came from and which commit is checked out, read from its files without running git.</summary>
/// <param name="Remote">The URL of `origin` without credentials; null where it is none or a path of this machine.</param>
/// <param name="Commit">What HEAD points at; files may have been changed since.</param>
internal sealed partial record Repository(string? Remote, string? Commit)
{
    private const string Mark = ".git";

    /// <summary>The repository whose root is <paramref name="folder"/>, or null.</summary>
    public static Repository? Open(string folder, bool metadata)
    {
        var git = Path.Combine(folder, Mark);
        if (Directory.Exists(git))
            return metadata ? Read(git) : new Repository(null, null);
        if (!File.Exists(git))
            return null;
        var link = FirstLine(git);
        var target = link is not null && link.StartsWith("gitdir: ", StringComparison.Ordinal) ? Path.GetFullPath(link["gitdir: ".Length..], folder) : null;
        return metadata && Directory.Exists(target) ? Read(target) : new Repository(null, null);
    }

    /// <summary>Whether a folder above lies at the root of a repository.</summary>
    public static bool Surrounds(string folder)
    {
        for (var above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            if (Path.Exists(Path.Combine(above, Mark)))
                return true;
        }
        return false;
    }

    // An input of the unit like any other file, so that a new commit is a new unit. Its name carries what was read: reading
    // it once more while the unit works could give something else.
    public InputFile ToInput(string folder, string name)
    {
        var full = $"{name} {Commit ?? "-"} {Remote ?? "-"}";
        return new InputFile(Path.Combine(folder, Mark), full, 0, Digests.Of(full));
    }

    public static bool Is(InputFile file) => Path.GetFileName(file.Path) == Mark;

    public static Repository Parse(InputFile file)
    {
        var parts = file.Name.Split(' ');
        return new Repository(parts[^1] == "-" ? null : parts[^1], parts[^2] == "-" ? null : parts[^2]);
    }

    private static Repository Read(string git)
    {
        // A worktree keeps HEAD of its own and shares the rest.
        var shared = FirstLine(Path.Combine(git, "commondir")) is { } common ? Path.GetFullPath(common, git) : git;
        return new Repository(RemoteOf(Path.Combine(shared, "config")), CommitOf(git, shared));
    }

    private static string? CommitOf(string git, string shared)
    {
        var head = FirstLine(Path.Combine(git, "HEAD"));
        for (var hops = 0; hops < 5 && head is not null && head.StartsWith("ref: ", StringComparison.Ordinal); hops++)
        {
            var name = head["ref: ".Length..].Trim();
            if (!name.StartsWith("refs/", StringComparison.Ordinal) || name.Contains("..", StringComparison.Ordinal))
                return null;
            head = FirstLine(Path.Combine(git, name)) ?? FirstLine(Path.Combine(shared, name)) ?? Packed(shared, name);
        }
        return head is not null && ObjectId().IsMatch(head) ? head : null;
    }

    private static string? Packed(string shared, string name)
    {
        var path = Path.Combine(shared, "packed-refs");
        return new FileInfo(path) is not { Exists: true, Length: > 0 } ? null
            : File.ReadLines(path).Where(l => l.EndsWith(" " + name, StringComparison.Ordinal)).Select(l => l.Split(' ')[0]).FirstOrDefault();
    }

    private static string? RemoteOf(string config)
    {
        if (new FileInfo(config) is not { Exists: true, Length: > 0 })
            return null;
        var inOrigin = false;
        foreach (var line in File.ReadLines(config).Select(l => l.Trim()))
        {
            if (line.StartsWith('['))
                inOrigin = line == "[remote \"origin\"]";
            else if (inOrigin && UrlSetting().Match(line) is { Success: true } url)
                return WithoutCredentials(url.Groups["url"].Value);
        }
        return null;
    }

    internal static string? WithoutCredentials(string url)
    {
        var match = RemoteUrl().Match(url);
        // Behind a password with a slash in it there is still an @.
        return match.Success && !match.Groups["rest"].Value.Contains('@') ? match.Groups["scheme"].Value + match.Groups["rest"].Value : null;
    }

    private static string? FirstLine(string path) => new FileInfo(path) is { Exists: true, Length: > 0 } ? File.ReadLines(path).FirstOrDefault()?.Trim() : null;

    [GeneratedRegex("^([0-9a-f]{40}|[0-9a-f]{64})$", RegexOptions.ExplicitCapture)]
    private static partial Regex ObjectId();

    [GeneratedRegex(@"^url\s*=\s*""?(?<url>[^\s""]+)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex UrlSetting();

    // With a scheme, or host:path as ssh writes it; a query may hold a token.
    [GeneratedRegex(@"^(?!file:)(?<scheme>[a-z][a-z0-9+.\-]*://)?([^/]*@)?(?<rest>(?(scheme)[^?#\s]+|[A-Za-z0-9.\-]{2,}:(?!//)[^?#\s\\]+))",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex RemoteUrl();
}
