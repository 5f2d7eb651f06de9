using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using CorpusForge.Training;
using Microsoft.Data.Sqlite;
using ZstdSharp;

namespace CorpusForge.Host.Commands;

/// <summary>`doctor`: checks that everything which the program needs is there and works, and says how to mend what does not.</summary>
internal static class DoctorCommand
{
    private const long LowDisk = 10_000_000_000;
    private const long LowMemory = 2_000_000_000;

    public static Command Create()
    {
        var command = new Command("doctor", "Checks that everything which the program needs is there and works, and says how to mend what does not.");
        var (output, libtorch, format) = (CommandLine.Out, Libtorch.Option, CommandLine.Format);
        foreach (var option in (Option[])[output, libtorch, format])
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            var findings = Checks(folder, parsed.GetValue(libtorch)).Select(Run).ToArray();
            if (parsed.GetValue(format) == "json")
            {
                CommandLine.WriteJson(findings);
            }
            else
            {
                foreach (var f in findings)
                {
                    Console.Out.WriteLine($"{f.Result,-5} {f.Check,-14} {f.Found}");
                    if (f.Mend is not null)
                        Console.Out.WriteLine($"{"",-20} → {f.Mend}");
                }
            }
            return findings.Any(f => f.Result == "fail") ? CommandLine.RunFailed : CommandLine.Done;
        });
        return command;
    }

    /// <summary>What a check found; what is missing is said by an exception.</summary>
    /// <param name="Name">What is checked.</param>
    /// <param name="Needed">Whether nothing works without it.</param>
    /// <param name="Mend">How to mend it.</param>
    /// <param name="Look">Returns what was found; with a warning when it works but is poor.</param>
    internal sealed record Check(string Name, bool Needed, string Mend, Func<(string Found, bool Poor)> Look);

    /// <summary>One line of the answer.</summary>
    internal sealed record Finding(string Result, string Check, string Found, string? Mend);

    internal static Finding Run(Check check)
    {
        try
        {
            var (found, poor) = check.Look();
            return new Finding(poor ? "warn" : "ok", check.Name, found, poor ? check.Mend : null);
        }
        catch (Exception e)
        {
            // Whatever is missing or broken is what this command is there to tell, and the other checks go on.
            var cause = e is TypeInitializationException or TargetInvocationException ? e.InnerException ?? e : e;
            return new Finding(check.Needed ? "fail" : "warn", check.Name, cause.Message.ReplaceLineEndings(" "), check.Mend);
        }
    }

    private static IReadOnlyList<Check> Checks(string output, string? libtorch) =>
    [
        new(".NET", true, "install the .NET 10 runtime and start the program with it", () =>
            ($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} cores", Environment.Version.Major < 10)),
        new("ICU", true, "install libicu (Debian: apt install libicu-dev) and do not set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", Icu),
        new("SQLite", true, "the file libe_sqlite3.so must lie beside the program: unpack or build it again", Sqlite),
        new("zstd", true, "the file ZstdSharp.dll must lie beside the program: unpack or build it again", Zstd),
        new("libvips", false, "images are checked with it: libvips.so.42 must lie beside the program; without it, leave captions out", Vips),
        new("libtorch", false, "training needs it: build with -p:TorchBackend=cpu or cuda, or name the folder of an installed one with --libtorch", () => Torch(libtorch)),
        new("memory", false, "give the container or the session more memory, or lower --workers and memoryMb of deduplicate", Memory),
        new("output", true, "make it writable, or name another folder with --out", () => Writable(output)),
        new("disk", false, "free some space, prune old runs with `corpusforge prune`, or name a folder on another disk with --out", () => Disk(output)),
    ];

    private static (string, bool) Icu()
    {
        var version = CultureInfo.InvariantCulture.CompareInfo.Version.FullVersion;
        // Without ICU normalisation silently does nothing.
        if ("e\u0301".Normalize(NormalizationForm.FormC) != "\u00e9" || "\ufb01".Normalize(NormalizationForm.FormKC) != "fi")
            throw new InvalidOperationException("Unicode normalisation does nothing: globalization is invariant");
        return ($"collation version {version}, normalisation works", false);
    }

    private static (string, bool) Sqlite()
    {
        using var db = new SqliteConnection("Data Source=:memory:");
        db.Open();
        return (db.ServerVersion, false);
    }

    private static (string, bool) Zstd()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('a', 10_000));
        using var compressor = new Compressor(3);
        using var decompressor = new Decompressor();
        var packed = compressor.Wrap(bytes);
        if (!decompressor.Unwrap(packed).SequenceEqual(bytes))
            throw new InvalidDataException("what was compressed does not come back");
        return ($"{bytes.Length:N0} bytes to {packed.Length:N0} and back", false);
    }

    private static (string, bool) Vips() => ($"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}", false);

    private static (string, bool) Torch(string? libtorch)
    {
        NativeTorch.Load(libtorch);
        return Device();
    }

    // A method of its own, so that nothing of TorchSharp is touched before the library is loaded.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static (string, bool) Device()
    {
        using var one = TorchSharp.torch.ones(2, 2);
        return ($"{TorchSharp.torch.__version__}, {(TorchSharp.torch.cuda.is_available() ? $"CUDA with {TorchSharp.torch.cuda.device_count()} devices" : "CPU only")}, sums to {one.sum().item<float>():0}", false);
    }

    private static (string, bool) Memory()
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return ($"{CommandLine.Size(limit)} for this process", limit < LowMemory);
    }

    private static (string, bool) Writable(string output)
    {
        var folder = Existing(output);
        var probe = Path.Combine(folder, $".tmp-doctor-{Environment.ProcessId}");
        using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
        {
        }
        return (folder == output ? $"{output} can be written" : $"{output} can be made in {folder}", false);
    }

    private static (string, bool) Disk(string output)
    {
        var free = new DriveInfo(Existing(output)).AvailableFreeSpace;
        return ($"{CommandLine.Size(free)} free at {output}", free < LowDisk);
    }

    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder))
        {
            if (File.Exists(folder))
                throw new IOException($"{folder} is a file");
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }
}
