using CorpusForge.Runs;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.States;

namespace CorpusForge.Host;

/// <summary>Dispatches units as Hangfire jobs over in-memory storage and works on them in this process: one job is one unit.</summary>
/// <remarks>
/// Hangfire's own retries are off, since the ledger owns them, and nothing static is used. Each queue has a server of its own, so
/// that waiting for the network never holds a processor. Disposing stops the servers and waits for the units that are running.
/// </remarks>
internal sealed class HangfireDispatcher : IDispatcher, IDisposable
{
    private static readonly string[] s_queues = [Queues.Cpu, Queues.Net, Queues.Gpu];

    private readonly InMemoryStorage _storage = new(new InMemoryStorageOptions { IdType = InMemoryStorageIdType.Long });
    private readonly BackgroundJobClient _client;
    private readonly List<BackgroundJobServer> _servers = [];

    /// <param name="work">Does one unit, on a worker's thread.</param>
    /// <param name="workers">How many units at once on the queue cpu; the others are as `appsettings.json` says.</param>
    public HangfireDispatcher(Action<UnitId, CancellationToken> work, int workers)
    {
        // The ledger has the history; a finished job need not stay in memory.
        _storage.JobExpirationTimeout = TimeSpan.FromMinutes(1);
        var filters = new Hangfire.Common.JobFilterCollection { new AutomaticRetryAttribute { Attempts = 0 } };
        _client = new BackgroundJobClient(_storage, filters);
        var settings = AppSettings.Current.Workers;
        foreach (var queue in s_queues)
        {
            _servers.Add(new BackgroundJobServer(
                new BackgroundJobServerOptions
                {
                    ServerName = $"corpusforge-{queue}",
                    Queues = [queue],
                    WorkerCount = queue switch { Queues.Cpu => workers, Queues.Net => settings.Net > 0 ? settings.Net : 2 * workers, _ => settings.Gpu },
                    Activator = new UnitActivator(new UnitJob(work)),
                    FilterProvider = filters,
                    StopTimeout = TimeSpan.Zero,
                    ShutdownTimeout = TimeSpan.FromSeconds(60),
                    CancellationCheckInterval = TimeSpan.FromSeconds(1),
                },
                _storage));
        }
    }

    public void Enqueue(UnitId unit, string queue) => _client.Create(
        Hangfire.Common.Job.FromExpression<UnitJob>(job => job.Run(unit.Run, unit.Stage, unit.Phase, unit.Key, CancellationToken.None), queue),
        new EnqueuedState(queue));

    /// <summary>Stops taking units; running ones see their token cancelled.</summary>
    public void Stop()
    {
        foreach (var server in _servers)
            server.SendStop();
    }

    public void Dispose()
    {
        Stop();
        foreach (var server in _servers)
            server.Dispose();
        _storage.Dispose();
    }

    private sealed class UnitActivator(UnitJob job) : JobActivator
    {
        public override object ActivateJob(Type jobType) => job;
    }
}

/// <summary>The Hangfire job: ids only, the ledger has the rest.</summary>
public sealed class UnitJob
{
    private readonly Action<UnitId, CancellationToken> _work;

    internal UnitJob(Action<UnitId, CancellationToken> work) => _work = work;

    public void Run(string run, int stage, int phase, string key, CancellationToken cancel) => _work(new UnitId(run, stage, phase, key), cancel);
}
