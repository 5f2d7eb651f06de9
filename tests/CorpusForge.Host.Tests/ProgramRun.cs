using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Host.Tests;

/// <summary>The real program as a child process, over a folder that is removed afterwards.</summary>
public sealed class ProgramRun : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("corpusforge-host-").FullName;

    public string Out => Path.Combine(Folder, "out");

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The program works here for a second or two, so it is to compile cheaply: a tiny run and a check of a file take half the time.</summary>
    [ModuleInitializer]
    internal static void CompileCheaply()
    {
        Environment.SetEnvironmentVariable("DOTNET_TieredCompilation", "1");
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
    }

    /// <summary>Starts the program; its standard streams are read to their ends.</summary>
    public Process Start(params string[] arguments)
    {
        // Whoever started the tests may ignore Ctrl-C, as a shell does for what it runs in the background.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "corpusforge"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>Runs the program to its end.</summary>
    public (int Code, string Output, string Error) Run(params string[] arguments) => RunWith(null, arguments);

    /// <summary>Runs the program to its end with <paramref name="input"/> as its standard input.</summary>
    public (int Code, string Output, string Error) RunWith(string? input, params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>SHA-256 of every file that a run is judged by: shards, rejects, manifests and stage files, by name.</summary>
    public static SortedDictionary<string, string> Digests(string output)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(output, file);
            if (!name.Contains("/runs/", StringComparison.Ordinal) && name.Contains('/', StringComparison.Ordinal))
                digests[name] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        }
        return digests;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
