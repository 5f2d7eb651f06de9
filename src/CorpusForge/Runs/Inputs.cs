using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CorpusForge.Runs;

/// <summary>Finds the input files of a source and knows what is in them.</summary>
/// <remarks>
/// A pattern is a path, or `s3://BUCKET/KEY`, in which `*`, `?` and `[ab]` match within a name and `**` matches any number of folders; `~` is the home folder.
/// A URL of a web server names one file. `@` before either makes it a list: each line of the file is the address of an input, relative to the list's folder,
/// in S3 to the bucket and on the web to the root of the host. Relative patterns start at the working folder. Digests of local files are kept by path, length, time and inode, so a
/// file is read once; remote files are not read: their digest stands for ETag and length.
/// </remarks>
public sealed class Inputs(IDigestCache cache, Storages? storages = null)
{
    private readonly Storages _storages = storages ?? new Storages();

    /// <summary>What may be read, where pipelines come from elsewhere: a link may have been put in place since the pipeline was checked.</summary>
    public Confinement? Within { get; init; }

    /// <summary>The files that match any of <paramref name="patterns"/>, each once, in order of name.</summary>
    /// <exception cref="PipelineException">A pattern matches nothing, or a path cannot be read.</exception>
    public IReadOnlyList<InputFile> Glob(IReadOnlyList<string> patterns)
    {
        var expanded = patterns.SelectMany(p => p.StartsWith('@') ? Listed(p[1..]).Select(Allowed) : [p]).ToArray();
        var local = Find([.. expanded.Where(p => !Storages.IsRemote(p))]).Select(f => FileOf(f.Path, f.Name));
        var remote = new RemoteInputs(_storages).Find([.. expanded.Where(Storages.IsRemote)]);
        return [.. local.Concat(remote).OrderBy(f => f.Name, StringComparer.Ordinal).ThenBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>The input files, wherever they are.</summary>
    public IStorage Storage => Beside(new LocalStorage("."));

    /// <summary>An output with the input files beside it.</summary>
    public IStorage Beside(IStorage output) => _storages.WithInputs(output);

    /// <summary>The paths and names of what matches on this machine, without reading the files.</summary>
    public static IReadOnlyList<(string Path, string Name)> Find(IReadOnlyList<string> patterns)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pattern in patterns)
        {
            if (Storages.IsRemote(pattern))
                throw new PipelineException($"'{pattern}' is not on this machine, and this source reads only what is");
            var count = 0;
            foreach (var (path, name) in GlobPattern.Parse(pattern).Files())
            {
                count++;
                found.TryAdd(path, name);
            }
            if (count == 0)
                throw new PipelineException($"'{pattern}' matches no file (looked in {GlobPattern.Parse(pattern).Root})");
        }
        return [.. found.Select(f => (f.Key, f.Value)).OrderBy(f => f.Value, StringComparer.Ordinal).ThenBy(f => f.Key, StringComparer.Ordinal)];
    }

    private string Allowed(string input) => Within?.RefuseInput(input) is { } problem ? throw new PipelineException(problem) : input;

    // What stands in a list is relative, so that a list cannot lead elsewhere than it is itself.
    private IEnumerable<string> Listed(string list)
    {
        var path = Storages.IsRemote(Allowed(list)) ? list : Path.GetFullPath(list);
        var root = S3Storage.Is(path) ? $"s3://{S3Storage.Parse(path).Bucket}/" : HttpStorage.Is(path) ? new Uri(path).GetLeftPart(UriPartial.Authority) + "/" : Path.GetDirectoryName(path) + "/";
        var (content, _) = Read.Compressed.Open(Storage.OpenRead(path));
        using var lines = new StreamReader(content);
        var count = 0;
        while (lines.ReadLine() is { } line)
        {
            if (line.Trim() is not { Length: > 0 } name || name.StartsWith('#'))
                continue;
            if (name.StartsWith('/') || name.Contains("://", StringComparison.Ordinal) || name.Split('/').Contains(".."))
                throw new PipelineException($"{list}: '{name}' must be relative and stay below {root}");
            count++;
            yield return root + name;
        }
        if (count == 0)
            throw new PipelineException($"{list} lists no file");
    }

    /// <summary>SHA-256 of the file's content.</summary>
    /// <exception cref="PipelineException">The file lies outside of what may be read.</exception>
    public string DigestOf(string path)
    {
        _ = Allowed(path);
        var info = Target(path);
        var stamp = $"{info.Length}:{info.LastWriteTimeUtc.Ticks}:{Inode(info)}";
        if (cache.Find(path, stamp) is { } known)
            return known;
        // What is empty is never opened: it may be a pipe, which waits for somebody to write.
        using var stream = info.Length == 0 ? Stream.Null : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 20);
        var digest = Convert.ToHexStringLower(SHA256.HashData(stream));
        cache.Keep(path, stamp, digest);
        return digest;
    }

    private InputFile FileOf(string path, string name)
    {
        try
        {
            return new InputFile(path, name, Target(path).Length, DigestOf(path));
        }
        catch (FileNotFoundException)
        {
            throw new PipelineException($"{path} cannot be read: it is a link to nothing, or its name is not UTF-8");
        }
    }

    // Of a link, length and times are those of what it points to.
    private static FileInfo Target(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);

    // .NET has no inode; the creation time changes with it when a file is replaced by another of the same length and time.
    private static long Inode(FileInfo info) => info.CreationTimeUtc.Ticks;
}

/// <summary>Remembers the digest of a file for as long as its stamp is the same.</summary>
public interface IDigestCache
{
    string? Find(string path, string stamp);

    void Keep(string path, string stamp, string digest);
}

/// <summary>A cache that lives as long as the process.</summary>
public sealed class MemoryDigestCache : IDigestCache
{
    private readonly ConcurrentDictionary<string, (string Stamp, string Digest)> _known = new(StringComparer.Ordinal);

    public string? Find(string path, string stamp) => _known.TryGetValue(path, out var k) && k.Stamp == stamp ? k.Digest : null;

    public void Keep(string path, string stamp, string digest) => _known[path] = (stamp, digest);
}
