using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

/// <summary>What a word is in scripts that are written without spaces.</summary>
public enum Segmentation
{
    /// <summary>Each character with its marks.</summary>
    Characters,

    /// <summary>What the dictionaries of ICU say, in the version that the runtime has loaded.</summary>
    Dictionary,
}

/// <summary>Cuts runs of Chinese, Japanese, Thai, Lao, Burmese and Khmer into words by the break iterator of ICU, the library that the runtime itself normalises and compares with.</summary>
/// <remarks>Owned by one worker. Results depend on the version of ICU, which is therefore in the digest of the stage.</remarks>
internal sealed unsafe class IcuWords
{
    private const int WordBreaks = 1;
    private const int Done = -1;

    private static readonly Lazy<Library?> s_library = new(Library.Find);

    private readonly Library _icu = s_library.Value ?? throw new InvalidOperationException("there is no ICU");
    private readonly nint _iterator;

    public IcuWords()
    {
        var error = 0;
        _iterator = _icu.Open(WordBreaks, null, null, 0, &error);
        Check(error);
    }

    ~IcuWords()
    {
        if (_iterator != 0)
            _icu.Close(_iterator);
    }

    /// <summary>The version of ICU, or null where the runtime has none.</summary>
    public static string? Version => s_library.Value?.Version;

    /// <summary>Settles the version that a stage uses; one that it names must be the one that is here.</summary>
    /// <exception cref="PipelineException">There is no ICU, or another one.</exception>
    public static string? VersionFor(Segmentation words, string? named)
    {
        if (words == Segmentation.Characters)
            return named is null ? null : throw new PipelineException("icuVersion is of `words: dictionary`, and the stage has words by characters");
        var here = Version ?? throw new PipelineException("`words: dictionary` needs the library ICU, which is not here: install libicu, or leave it at `characters`");
        return named is null || named == here ? here : throw new PipelineException($"icuVersion: {named} is asked for, and {here} is here");
    }

    /// <summary>The end of each word of a run.</summary>
    public void Cut(ReadOnlySpan<char> run, List<int> ends)
    {
        ends.Clear();
        fixed (char* text = run)
        {
            var error = 0;
            _icu.SetText(_iterator, text, run.Length, &error);
            Check(error);
            for (var end = _icu.Next(_iterator); end != Done; end = _icu.Next(_iterator))
                ends.Add(end);
        }
        GC.KeepAlive(this);
    }

    private static void Check(int error)
    {
        // Negative ones are warnings.
        if (error > 0)
            throw new InvalidOperationException($"ICU failed with the error {error}");
    }

    /// <summary>The functions of the ICU that the runtime has loaded.</summary>
    private sealed class Library
    {
        public readonly delegate* unmanaged<int, byte*, char*, int, int*, nint> Open;
        public readonly delegate* unmanaged<nint, char*, int, int*, void> SetText;
        public readonly delegate* unmanaged<nint, int> Next;
        public readonly delegate* unmanaged<nint, void> Close;

        private Library(nint handle, string suffix)
        {
            Open = (delegate* unmanaged<int, byte*, char*, int, int*, nint>)NativeLibrary.GetExport(handle, $"ubrk_open{suffix}");
            SetText = (delegate* unmanaged<nint, char*, int, int*, void>)NativeLibrary.GetExport(handle, $"ubrk_setText{suffix}");
            Next = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(handle, $"ubrk_next{suffix}");
            Close = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(handle, $"ubrk_close{suffix}");
            var version = stackalloc byte[4];
            ((delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(handle, $"u_getVersion{suffix}"))(version);
            Version = string.Create(CultureInfo.InvariantCulture, $"{version[0]}.{version[1]}");
        }

        public string Version { get; }

        public static Library? Find()
        {
            if (OperatingSystem.IsWindows())
                return NativeLibrary.TryLoad("icu.dll", out var windows) ? new Library(windows, "") : null;
            if (OperatingSystem.IsMacOS())
                return NativeLibrary.TryLoad("/usr/lib/libicucore.dylib", out var mac) ? new Library(mac, "") : null;
            // The runtime has loaded it once it compared something; the names of its functions end in its major version.
            _ = CultureInfo.InvariantCulture.CompareInfo.Version;
            using var process = Process.GetCurrentProcess();
            foreach (ProcessModule module in process.Modules)
            {
                var name = Path.GetFileName(module.FileName);
                if (name.StartsWith("libicuuc.so.", StringComparison.Ordinal) && NativeLibrary.TryLoad(module.FileName, out var handle))
                    return new Library(handle, $"_{name["libicuuc.so.".Length..].Split('.')[0]}");
            }
            return null;
        }
    }
}
