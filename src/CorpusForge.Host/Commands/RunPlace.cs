using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>Where the runs are that a command is about: those of the service that the settings name, else those of an output folder.</summary>
internal static class RunPlace
{
    public static bool IsService => AppSettings.Current.Ledger.Length > 0;

    /// <exception cref="PipelineException">There is no ledger, or it cannot be reached.</exception>
    /// <param name="path">The output folder, or `s3://BUCKET/PREFIX`.</param>
    /// <param name="create">Whether a folder in which nothing ran yet will do.</param>
    public static OutputFolder Open(string path, bool create = false) => IsService
        ? OutputFolder.Shared(path, AppSettings.Storages.Open(path), Ledger.Open(AppSettings.Current.Ledger, TimeProvider.System))
        : create && !Storages.IsRemote(path) && !File.Exists(Path.Combine(path, "ledger.db"))
            ? OutputFolder.Shared(path, AppSettings.Storages.Open(path), Ledger.Open(Path.Combine(Directory.CreateDirectory(path).FullName, "ledger.db"), TimeProvider.System))
            : OutputFolder.Look(path, TimeProvider.System);

    /// <summary>What commands ask; what they submit to a service is confined as over its API, since the service reads it again.</summary>
    /// <exception cref="PipelineException">There is no ledger, or it cannot be reached.</exception>
    public static RunService Service(string path, bool create = false)
    {
        var (output, settings) = (Open(path, create), AppSettings.Current);
        return new RunService(output.Ledger, output.Storage, TimeProvider.System, new Confinement(settings.Roots, settings.Variables, settings.PrivateHosts));
    }

    /// <summary>The pipeline that a command was given, as it is submitted.</summary>
    /// <exception cref="PipelineException">The file is not there.</exception>
    public static Submission Submission(PipelineArguments pipeline, System.CommandLine.ParseResult parsed, int priority)
    {
        var file = pipeline.File(parsed);
        if (!File.Exists(file))
            throw new PipelineException($"{file}: there is no such file");
        return new Submission(File.ReadAllText(file), file, Who) { Set = pipeline.Set(parsed), Limit = pipeline.Limit(parsed), Priority = priority };
    }

    /// <summary>Whether another process leads the runs of this place: then a command asks it, and works on nothing itself.</summary>
    public static bool IsLed(string path) => IsService || OutputFolder.IsLocked(path);

    /// <summary>Who asks on this machine, for the record.</summary>
    public static string Who => $"{Environment.UserName}@{Environment.MachineName}";

    public static async Task<T> Asked<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is NotFoundException or ConflictException)
        {
            throw new PipelineException(e.Message);
        }
    }

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
