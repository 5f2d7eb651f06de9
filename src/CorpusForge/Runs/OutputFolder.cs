namespace CorpusForge.Runs;

/// <summary>An output folder that this process alone may change, with its ledger.</summary>
/// <remarks>The lock is one of the operating system: it dies with the process, so nothing has to be cleaned up after a kill.</remarks>
public sealed class OutputFolder : IDisposable
{
    private readonly FileStream? _lock;

    private OutputFolder(string path, FileStream? held, IStorage storage, Ledger ledger) => (Path, _lock, Storage, Ledger) = (path, held, storage, ledger);

    private OutputFolder(string path, FileStream? held, TimeProvider time)
        : this(path, held, new LocalStorage(path), new Ledger(System.IO.Path.Combine(path, "ledger.db"), time))
    {
    }

    /// <summary>Storage that many processes write to, with the ledger that they share; nothing is locked, since attempts are fenced.</summary>
    public static OutputFolder Shared(string path, IStorage storage, Ledger ledger) => new(path, null, storage, ledger);

    public string Path { get; }
    public IStorage Storage { get; }
    public Ledger Ledger { get; }

    /// <summary>Opens for running, creating the folder.</summary>
    /// <exception cref="PipelineException">It cannot be written, or another process runs in it.</exception>
    public static OutputFolder Lock(string path, TimeProvider time)
    {
        if (path.Length == 0)
            throw new PipelineException("--out: give the name of a folder");
        if (Storages.IsRemote(path))
            throw NoLedger(path);
        var full = System.IO.Path.GetFullPath(path);
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(full);
            held = new FileStream(System.IO.Path.Combine(full, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var folder = new OutputFolder(full, held, time);
            folder.RemoveLeftovers();
            return folder;
        }
        catch (UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new PipelineException($"--out {path}: the folder cannot be written; give one that can");
        }
        catch (IOException) when (held is null && File.Exists(System.IO.Path.Combine(full, ".lock")) && IsLocked(full))
        {
            throw new PipelineException($"--out {path}: another process is running a pipeline in this folder; wait for it, or give another folder");
        }
        catch (Exception e) when (e is IOException or Microsoft.Data.Sqlite.SqliteException)
        {
            held?.Dispose();
            throw new PipelineException($"--out {path}: the folder cannot be used: {e.Message}");
        }
    }

    /// <summary>Opens for looking only; another process may be running in it.</summary>
    /// <exception cref="PipelineException">There is no ledger, or it cannot be read.</exception>
    public static OutputFolder Look(string path, TimeProvider time)
    {
        if (Storages.IsRemote(path))
            throw NoLedger(path);
        if (!File.Exists(System.IO.Path.Combine(path, "ledger.db")))
            throw new PipelineException($"--out {path}: no run was ever started in this folder (it has no ledger.db)");
        try
        {
            return new OutputFolder(System.IO.Path.GetFullPath(path), null, time);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw new PipelineException($"--out {path}: its ledger cannot be read: {e.Message}");
        }
    }

    /// <summary>Whether a process is running in the folder right now.</summary>
    public static bool IsLocked(string path)
    {
        try
        {
            using var probe = new FileStream(System.IO.Path.Combine(path, ".lock"), FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // A ledger is a database: it lies in a folder, or is PostgreSQL.
    private static PipelineException NoLedger(string path) =>
        new($"--out {path}: a run by itself keeps its ledger in its output folder, so this needs one; `serve` and `worker` write to {path} once Ledger in appsettings.json names a database");

    public void Dispose() => _lock?.Dispose();

    // Files of attempts that a kill left behind: nobody else is running here, so nobody is writing them.
    private void RemoveLeftovers()
    {
        foreach (var file in Directory.EnumerateFiles(Path, ".tmp-*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).ToList())
            File.Delete(file);
    }
}
