using System.CommandLine;
using CorpusForge.Training;

namespace CorpusForge.Host.Commands;

/// <summary>The option `--libtorch`: another libtorch than the one that came with the program.</summary>
internal static class Libtorch
{
    public static Option<string?> Option => new("--libtorch") { Description = "A folder with another libtorch (2.10 or later), for example that of PyTorch with CUDA.", DefaultValueFactory = _ => AppSettings.Current.Libtorch is { Length: > 0 } folder ? folder : null };

    /// <summary>Loads it first: a process has one libtorch, and the first to be loaded stays.</summary>
    /// <exception cref="PipelineException">It cannot be loaded.</exception>
    public static void Load(string? folder)
    {
        if (folder is null)
            return;
        try
        {
            NativeTorch.Load(folder);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new PipelineException($"--libtorch: {e.Message}");
        }
    }
}
