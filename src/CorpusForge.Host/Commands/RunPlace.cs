using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>Where the runs are that a command is about: those of the service that the settings name, else those of an output folder.</summary>
internal static class RunPlace
{
    public static bool IsService => AppSettings.Current.Ledger.Length > 0;

    /// <exception cref="PipelineException">There is no ledger, or it cannot be reached.</exception>
    public static OutputFolder Open(string path) => IsService
        ? OutputFolder.Shared(path, AppSettings.Storages.Open(path), Ledger.Open(AppSettings.Current.Ledger, TimeProvider.System))
        : OutputFolder.Look(path, TimeProvider.System);

    public static RunService Service(string path)
    {
        var output = Open(path);
        return new RunService(output.Ledger, output.Storage, TimeProvider.System);
    }

    /// <summary>Whether another process leads the runs of this place: then a command asks it, and works on nothing itself.</summary>
    public static bool IsLed(string path) => IsService || OutputFolder.IsLocked(path);

    /// <summary>Who asks on this machine, for the record.</summary>
    public static string Who => $"{Environment.UserName}@{Environment.MachineName}";

    /// <summary>What a service says is not there, or not possible, is a mistake of the one who asks.</summary>
    public static T Asked<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (e is NotFoundException or ConflictException)
        {
            throw new PipelineException(e.Message);
        }
    }
}
