using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CorpusForge.Runs;

/// <summary>Sets a file of a part against its manifest, so that bits that turned over are an error and never a text.</summary>
internal static class RecordedFile
{
    private static readonly ConcurrentDictionary<(string Path, string Sha256), bool> s_whole = new();

    /// <summary>Opens a file; documents, rejects and tokens on this machine only if they are what the manifest says, which is looked at once in a process.</summary>
    /// <remarks>An index is read in pieces, and remote storage has checks of its own: there `verify` looks.</remarks>
    /// <exception cref="InputException">It is damaged.</exception>
    public static Stream OpenRead(IStorage storage, string name, ManifestFile file)
    {
        Check(storage, name, file);
        return storage.OpenRead(name);
    }

    /// <summary>The path of a file, likewise.</summary>
    /// <exception cref="InputException">It is damaged.</exception>
    public static string LocalPath(IStorage storage, string name, ManifestFile file)
    {
        Check(storage, name, file);
        return storage.LocalPath(name);
    }

    /// <summary>What is wrong with a file; null where it is what its manifest says.</summary>
    public static string? Problem(IStorage storage, string name, ManifestFile file)
    {
        if (!storage.Exists(name))
            return "is missing";
        if (storage.Length(name) is var bytes && bytes != file.Bytes)
            return $"has {bytes:N0} bytes, and its manifest says {file.Bytes:N0}";
        using var stream = storage.OpenRead(name);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) is var digest && digest == file.Sha256 ? null : $"has the SHA-256 {Short(digest)}, and its manifest says {Short(file.Sha256)}";
    }

    /// <summary>As much of a digest as people compare.</summary>
    public static string Short(string digest) => digest.Length > 16 ? $"{digest[..16]}…" : digest;

    private static void Check(IStorage storage, string name, ManifestFile file)
    {
        if (!storage.IsLocal || file.Role is not (Roles.Documents or Roles.Rejects or Roles.Tokens))
            return;
        var path = storage.LocalPath(name);
        if (s_whole.ContainsKey((path, file.Sha256)))
            return;
        if (Problem(storage, name, file) is { } problem)
            throw new InputException(path, 0, $"the file {problem}: remove it and run again, and it is made anew; `corpusforge verify` finds all that is damaged");
        s_whole.TryAdd((path, file.Sha256), true);
    }
}
