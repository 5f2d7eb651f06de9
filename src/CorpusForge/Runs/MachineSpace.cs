namespace CorpusForge.Runs;

/// <summary>A folder on a disk of this machine that belongs to this process: scratch files, and copies of remote files, of which so many bytes may lie here.</summary>
/// <remarks>
/// It goes when it is disposed, and that of a killed process when the next one starts: the lock in it dies with its process. A copy may be removed while it is
/// open or mapped; what has it open goes on reading.
/// </remarks>
internal sealed class MachineSpace : IDisposable
{
    private const string Prefix = "corpusforge-space-";
    private const string LockName = ".lock";

    private readonly string _folder;
    private readonly long _mostBytes;
    private readonly FileStream _lock;
    private readonly Dictionary<string, LinkedListNode<Copy>> _copies = new(StringComparer.Ordinal);
    private readonly LinkedList<Copy> _byUse = [];
    private readonly Lock _access = new();
    private long _bytes;

    public MachineSpace(string parent, long mostBytes)
    {
        _mostBytes = mostBytes;
        parent = parent.Length == 0 ? Path.GetTempPath() : Path.GetFullPath(parent);
        Directory.CreateDirectory(parent);
        RemoveDead(parent);
        _folder = Path.Combine(parent, Prefix + Path.GetRandomFileName());
        Directory.CreateDirectory(_folder);
        _lock = new FileStream(Path.Combine(_folder, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        // A lock without content is one that is just being made.
        _lock.WriteByte(1);
        _lock.Flush();
    }

    public string ScratchPath(string name) => Path.Combine(_folder, "scratch", name);

    /// <summary>The path of a copy of a file, made now unless it is there.</summary>
    /// <param name="name">With the version, says which file it is.</param>
    /// <param name="version">Another when the content is.</param>
    /// <param name="bytes">The length.</param>
    /// <param name="write">Writes the content.</param>
    public string CopyOf(string name, string version, long bytes, Action<Stream> write)
    {
        var key = Digests.Short($"{name}\n{version}");
        Copy copy;
        lock (_access)
        {
            if (!_copies.TryGetValue(key, out var node))
            {
                MakeRoom(bytes);
                var path = Path.Combine(_folder, "copies", key + Path.GetExtension(name));
                _copies.Add(key, node = _byUse.AddLast(new Copy(key, path, bytes, new Lazy<string>(() => Write(path, write)))));
                _bytes += bytes;
            }
            _byUse.Remove(node);
            _byUse.AddLast(node);
            copy = node.Value;
        }
        try
        {
            return copy.Ready.Value;
        }
        catch
        {
            lock (_access)
                Remove(copy);
            throw;
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (var file = new FileStream(path + ".part", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            write(file);
        File.Move(path + ".part", path, overwrite: true);
        return path;
    }

    private void MakeRoom(long bytes)
    {
        for (var node = _byUse.First; node is not null && _bytes + bytes > _mostBytes;)
        {
            var (copy, next) = (node.Value, node.Next);
            if (copy.Ready.IsValueCreated)
            {
                Remove(copy);
                File.Delete(copy.Path);
            }
            node = next;
        }
    }

    private void Remove(Copy copy)
    {
        if (!_copies.TryGetValue(copy.Key, out var node) || node.Value != copy)
            return;
        _copies.Remove(copy.Key);
        _byUse.Remove(node);
        _bytes -= copy.Bytes;
    }

    private static void RemoveDead(string parent)
    {
        foreach (var folder in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            try
            {
                using var held = new FileStream(Path.Combine(folder, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (held.Length > 0)
                    Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its process lives, or another one is removing it, or it is another user's.
            }
        }
    }

    private sealed record Copy(string Key, string Path, long Bytes, Lazy<string> Ready);
}
