using System.Runtime.InteropServices;

namespace CorpusForge.Runs;

/// <summary>Files by name, local or remote. Names use forward slashes; absolute names are inputs, others lie under the output folder.</summary>
public interface IStorage
{
    bool Exists(string name);

    /// <summary>The length in bytes.</summary>
    long Length(string name);

    /// <summary>Opens for reading from <paramref name="offset"/>; the stream is seekable where storage can do so cheaply.</summary>
    Stream OpenRead(string name, long offset = 0);

    /// <summary>Creates or replaces a file, making folders as needed.</summary>
    Stream Create(string name);

    /// <summary>Makes a finished file visible under its final name, durably and atomically, replacing what was there.</summary>
    void Publish(string from, string to);

    void Delete(string name);

    /// <summary>Names of the files directly in <paramref name="folder"/> and below, in ordinal order.</summary>
    IEnumerable<string> List(string folder);

    /// <summary>A path that the operating system can map into memory.</summary>
    string LocalPath(string name);
}

/// <summary>Storage on a local disk.</summary>
public sealed partial class LocalStorage(string root) : IStorage
{
    private readonly string _root = Path.GetFullPath(root);

    public bool Exists(string name) => File.Exists(LocalPath(name));

    // Of a link, what it points to; never opened, since a pipe waits for somebody to write.
    public long Length(string name) =>
        ((FileInfo?)File.ResolveLinkTarget(LocalPath(name), returnFinalTarget: true) ?? new FileInfo(LocalPath(name))).Length;

    public Stream OpenRead(string name, long offset = 0)
    {
        // What is empty is never opened: it may be a pipe, which waits for somebody to write.
        if (Length(name) == 0)
            return new MemoryStream([], writable: false) { Position = offset };
        var stream = new FileStream(LocalPath(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        stream.Position = offset;
        return stream;
    }

    public Stream Create(string name)
    {
        var path = LocalPath(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
    }

    public void Publish(string from, string to)
    {
        var target = LocalPath(to);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(LocalPath(from), target, overwrite: true);
        FlushFolder(Path.GetDirectoryName(target)!);
    }

    public void Delete(string name) => File.Delete(LocalPath(name));

    public IEnumerable<string> List(string folder)
    {
        var path = LocalPath(folder);
        if (!Directory.Exists(path))
            return [];
        return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_root, f).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);
    }

    public string LocalPath(string name) => Path.Combine(_root, name);

    // A rename is durable once its folder is flushed, which .NET cannot ask for; on Windows the file system journals it.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenFolder(folder, 0);
        if (descriptor < 0)
            throw new IOException($"{folder}: cannot be opened to flush it (error {Marshal.GetLastPInvokeError()})");
        var failed = FlushDescriptor(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = CloseDescriptor(descriptor);
        if (failed)
            throw new IOException($"{folder}: cannot be flushed to disk (error {error})");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
