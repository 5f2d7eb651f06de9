using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;

namespace CorpusForge.Runs;

/// <summary>A path pattern: the fixed folder that it starts from, and what may follow.</summary>
public sealed class GlobPattern
{
    private readonly Regex _match;
    private readonly bool _deep;

    private GlobPattern(string root, string rest)
    {
        Root = root;
        _deep = rest.Contains('/');
        _match = Matcher(rest);
    }

    /// <summary>The longest folder without a wildcard; names are relative to it.</summary>
    public string Root { get; }

    public static GlobPattern Parse(string pattern)
    {
        var path = pattern.Replace('\\', '/');
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        if (Directory.Exists(path))
            path = path.TrimEnd('/') + "/**";
        var wild = path.IndexOfAny(['*', '?', '[']);
        var cut = wild < 0 ? path.LastIndexOf('/') : path.LastIndexOf('/', wild);
        var root = cut < 0 ? "." : cut == 0 ? "/" : path[..cut];
        return new GlobPattern(Path.GetFullPath(root), path[(cut + 1)..]);
    }

    /// <summary>The files that match, as full path and as name relative to <see cref="Root"/>, in ordinal order of name.</summary>
    /// <remarks>Links to folders below the root are not entered: they may form a loop. Links to files are files.</remarks>
    public IEnumerable<(string Path, string Name)> Files()
    {
        if (!Directory.Exists(Root))
            return [];
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = _deep || _match.IsMatch("a/b"),
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = false,
        };
        var files = new FileSystemEnumerable<string>(Root, (ref FileSystemEntry e) => e.ToFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry e) => !e.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return files
            .Select(path => (Path: path, Name: Path.GetRelativePath(Root, path).Replace('\\', '/')))
            .Where(f => _match.IsMatch(f.Name))
            .OrderBy(f => f.Name, StringComparer.Ordinal);
    }

    /// <summary>Matches names relative to the fixed folder.</summary>
    internal static Regex Matcher(string glob) => new(ToRegex(glob), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private static string ToRegex(string glob)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < glob.Length; i++)
        {
            if (glob[i] == '*' && i + 1 < glob.Length && glob[i + 1] == '*')
            {
                i++;
                if (i + 1 < glob.Length && glob[i + 1] == '/')
                {
                    i++;
                    regex.Append("(?:.*/)?");
                }
                else
                {
                    regex.Append(".*");
                }
            }
            else if (glob[i] == '[' && glob.IndexOf(']', i) is var end && end > i)
            {
                regex.Append('[').Append(glob.AsSpan(i + 1, end - i - 1)).Append(']');
                i = end;
            }
            else
            {
                regex.Append(glob[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }
        return regex.Append('$').ToString();
    }
}
