using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>The runs of the service that this machine's settings name, for commands that need no server to answer.</summary>
internal static class ServiceRuns
{
    /// <summary>Who asks, for the record.</summary>
    public static string Who => $"{Environment.UserName}@{Environment.MachineName}";

    /// <exception cref="PipelineException">The ledger cannot be reached.</exception>
    public static RunService Open(string output)
    {
        var settings = AppSettings.Current with { Out = output };
        return new RunService(
            Ledger.Open(ServiceHost.LedgerPath(settings), TimeProvider.System), AppSettings.Storages.Open(settings.Out), TimeProvider.System,
            new Confinement(settings.Roots, settings.Variables, settings.PrivateHosts));
    }

    /// <summary>What cannot be done is a mistake of the user, like what is misspelt.</summary>
    public static int Try(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is NotFoundException or ConflictException)
        {
            throw new PipelineException(e.Message);
        }
    }

    /// <summary>The pipeline that a command was given, as it is submitted.</summary>
    public static Submission Submission(PipelineArguments pipeline, System.CommandLine.ParseResult parsed, int priority)
    {
        var file = pipeline.File(parsed);
        if (!File.Exists(file))
            throw new PipelineException($"{file}: there is no such file");
        return new Submission(File.ReadAllText(file), file, Who) { Set = pipeline.Set(parsed), Limit = pipeline.Limit(parsed), Priority = priority };
    }
}
