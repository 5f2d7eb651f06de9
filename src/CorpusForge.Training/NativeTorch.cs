using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CorpusForge.Training;

/// <summary>Makes libtorch loadable: must run before anything of TorchSharp is touched.</summary>
/// <remarks>
/// TorchSharp's libLibTorchSharp.so is built against a libstdc++ of GCC 13 and the loader refuses it on older systems, Debian 12
/// among them, for one version that nothing in it calls. A copy that marks such a version optional is kept in the cache folder and
/// loaded instead; a version that is called is never touched.
/// </remarks>
public static class NativeTorch
{
    private const string Bridge = "libLibTorchSharp.so";
    private static readonly Lock s_lock = new();
    private static string? s_loaded;
    private static nint s_torch;

    /// <summary>The library that TorchSharp will use.</summary>
    /// <param name="libtorchFolder">A folder with libtorch_cpu.so, for example that of an installed PyTorch; null is the one that came with the program.</param>
    /// <exception cref="DllNotFoundException">Says what is missing and how to mend it.</exception>
    public static string Load(string? libtorchFolder = null)
    {
        lock (s_lock)
        {
            if (s_loaded is null && OperatingSystem.IsLinux())
            {
                Preload(FolderOf(libtorchFolder));
                s_loaded = Loadable(Find(Bridge) ?? throw new DllNotFoundException($"{Bridge} of TorchSharp is not beside the program."));
                NativeLibrary.Load(s_loaded);
                KeepMemory();
            }
            return s_loaded ??= "";
        }
    }

    /// <summary>A function of the libtorch that is loaded.</summary>
    internal static nint Export(string name)
    {
        Load();
        return NativeLibrary.GetExport(s_torch, name);
    }

    /// <summary>The bridge itself, or a patched copy where the system lacks a version that is needed but never bound.</summary>
    internal static string Loadable(string bridge) => Loadable(bridge, LoadedLibraries(), CacheFolder());

    internal static string Loadable(string bridge, IReadOnlyDictionary<string, string> loaded, string cache)
    {
        var elf = File.ReadAllBytes(bridge);
        var missing = Missing(ElfVersions.NeededBy(elf), loaded);
        if (missing.FirstOrDefault(m => m.Bound) is { } bound)
        {
            throw new DllNotFoundException($"{bridge} calls {bound.Version} of {bound.Library}, which {loaded[bound.Library]} lacks: " +
                "use a newer system (Debian 13, Ubuntu 24.04), or put a newer libstdc++ first in LD_LIBRARY_PATH.");
        }
        if (missing.Count == 0)
            return bridge;
        foreach (var need in missing)
            ElfVersions.Weaken(elf, need);
        return Keep(elf, cache);
    }

    private static List<ElfVersions.Need> Missing(IReadOnlyList<ElfVersions.Need> needs, IReadOnlyDictionary<string, string> loaded)
    {
        var missing = new List<ElfVersions.Need>();
        foreach (var library in needs.GroupBy(n => n.Library))
        {
            if (!loaded.TryGetValue(library.Key, out var path))
                continue;
            var defined = ElfVersions.DefinedBy(File.ReadAllBytes(path));
            missing.AddRange(library.Where(n => !defined.Contains(n.Version)));
        }
        return missing;
    }

    private static string Keep(byte[] elf, string cache)
    {
        var path = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(elf)) + ".so");
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(elf))
            return path;
        try
        {
            Directory.CreateDirectory(cache);
            var temporary = $"{path}.{Environment.ProcessId}";
            File.WriteAllBytes(temporary, elf);
            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DllNotFoundException($"This system's libstdc++ is older than TorchSharp wants, and the mended copy of {Bridge} cannot be " +
                $"written to {cache} ({e.Message}): set XDG_CACHE_HOME to a folder that can be written.", e);
        }
    }

    // A step frees and takes the same large blocks again and again. glibc gives each back to the system at once, and clearing fresh pages
    // then takes a tenth of the time of a step; with these it keeps them.
    private static void KeepMemory()
    {
        const int TrimThreshold = -1, MmapThreshold = -3;
        if (!NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallopt", out var mallopt))
            return;
        unsafe
        {
            var set = (delegate* unmanaged<int, int, int>)mallopt;
            _ = set(MmapThreshold, 1 << 30);
            _ = set(TrimThreshold, int.MaxValue);
        }
    }

    private static void Preload(string folder)
    {
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so" })
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
                continue;
            var library = NativeLibrary.Load(path);
            if (name == "libtorch_cpu.so")
                s_torch = library;
        }
    }

    private static string FolderOf(string? libtorchFolder)
    {
        if (libtorchFolder is null)
        {
            return Path.GetDirectoryName(Find("libtorch_cpu.so")) ?? throw new DllNotFoundException(
                "There is no libtorch beside the program: build with -p:TorchBackend=cpu, or name the folder of an installed one (2.10 or later) " +
                "with the setting libtorch; `python3 -c \"import torch; print(torch.__path__[0] + '/lib')\"` prints PyTorch's.");
        }
        return File.Exists(Path.Combine(libtorchFolder, "libtorch_cpu.so"))
            ? Path.GetFullPath(libtorchFolder)
            : throw new DllNotFoundException($"libtorch {libtorchFolder}: there is no libtorch_cpu.so in this folder.");
    }

    private static string? Find(string name)
    {
        var searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>The libraries of this process, file name to path.</summary>
    internal static IReadOnlyDictionary<string, string> LoadedLibraries()
    {
        var libraries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            if (line.IndexOf('/') is var start and >= 0 && line.Contains(".so", StringComparison.Ordinal))
                libraries.TryAdd(NameOf(line[start..]), line[start..]);
        }
        return libraries;

        // libstdc++.so.6.0.30 is mapped, libstdc++.so.6 is needed.
        static string NameOf(string path)
        {
            var name = Path.GetFileName(path);
            var version = name.IndexOf(".so.", StringComparison.Ordinal);
            return version >= 0 && name.IndexOf('.', version + 4) is var minor and >= 0 ? name[..minor] : name;
        }
    }

    private static string CacheFolder() => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "corpusforge");
}
