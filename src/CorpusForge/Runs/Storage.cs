using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace CorpusForge.Runs;

/// <summary>Files by name, local or remote. Names use forward slashes; absolute names are inputs, others lie under the output folder.</summary>
/// <remarks>
/// What is written gets a temporary name first, whose last segment begins with <see cref="TemporaryPrefix"/>, and its own name by
/// <see cref="Publish"/>. Storage may keep temporary files elsewhere; nobody but their process sees them.
/// </remarks>
public interface IStorage
{
    public const string TemporaryPrefix = ".tmp-";

    /// <summary>Whether files lie in a folder of this machine, where a name and its scratch path are the same file.</summary>
    bool IsLocal => false;

    bool Exists(string name);

    /// <summary>The length in bytes.</summary>
    long Length(string name);

    /// <summary>Opens for reading from <paramref name="offset"/>; the stream is seekable.</summary>
    Stream OpenRead(string name, long offset = 0);

    /// <summary>Creates or replaces a temporary file, making folders as needed.</summary>
    Stream Create(string name);

    /// <summary>Makes a finished temporary file visible under its final name, durably and atomically, replacing what was there.</summary>
    void Publish(string from, string to);

    /// <summary>Removes a file; one that is not there is removed already.</summary>
    void Delete(string name);

    /// <summary>The files directly in <paramref name="folder"/> and below, in ordinal order of name.</summary>
    IEnumerable<StoredFile> List(string folder);

    /// <summary>The names of the folders directly in <paramref name="folder"/>, in ordinal order.</summary>
    IEnumerable<string> Folders(string folder);

    /// <summary>A path at which the operating system can open a file of this content and map it into memory: its own, or that of a copy.</summary>
    string LocalPath(string name);

    /// <summary>A path on a disk of this machine for files that are read and written in place and never published; nothing is there at first.</summary>
    string ScratchPath(string name);

    public static bool IsTemporary(string name) => name.AsSpan(name.LastIndexOf('/') + 1).StartsWith(TemporaryPrefix, StringComparison.Ordinal);
}

/// <summary>A file of a storage.</summary>
/// <param name="Name">As storage knows it.</param>
/// <param name="Bytes">Its length.</param>
public sealed record StoredFile(string Name, long Bytes);

/// <summary>Storage on a local disk.</summary>
public sealed partial class LocalStorage(string root) : IStorage
{
    // Links to folders are not entered: they may form a loop.
    private static readonly EnumerationOptions s_below = new() { AttributesToSkip = FileAttributes.None, RecurseSubdirectories = true };

    private readonly string _root = Path.GetFullPath(root);

    public bool IsLocal => true;

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

    public void Delete(string name)
    {
        try
        {
            File.Delete(LocalPath(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its folder.
        }
    }

    public IEnumerable<StoredFile> List(string folder)
    {
        var path = LocalPath(folder);
        if (!Directory.Exists(path))
            return [];
        var files = new FileSystemEnumerable<StoredFile>(path, (ref FileSystemEntry e) => FileOf(e.ToFullPath(), e.Length, e.Attributes), s_below)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry e) => !e.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return files.OrderBy(f => f.Name, StringComparer.Ordinal);
    }

    public IEnumerable<string> Folders(string folder)
    {
        var path = new DirectoryInfo(LocalPath(folder));
        return path.Exists ? path.EnumerateDirectories().Where(d => d.LinkTarget is null).Select(d => d.Name).Order(StringComparer.Ordinal) : [];
    }

    public string LocalPath(string name) => Path.Combine(_root, name);

    public string ScratchPath(string name) => LocalPath(name);

    private StoredFile FileOf(string path, long length, FileAttributes attributes)
    {
        var name = Path.GetRelativePath(_root, path).Replace('\\', '/');
        return new StoredFile(name, attributes.HasFlag(FileAttributes.ReparsePoint) && File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo { Exists: true } file ? file.Length : length);
    }

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
