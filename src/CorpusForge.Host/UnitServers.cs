using CorpusForge.Runs;
using Hangfire;

namespace CorpusForge.Host;

/// <summary>Hangfire servers that work on units in this process.</summary>
/// <remarks>
/// Each queue has a server of its own, so that waiting for the network never holds a processor. Disposing stops taking units and
/// waits for those that are running; whoever works on them has to see to it that they end.
/// </remarks>
internal sealed class UnitServers : IDisposable
{
    private readonly List<BackgroundJobServer> _servers = [];

    /// <param name="storage">Where the jobs are.</param>
    /// <param name="slots">How many units at once on each queue.</param>
    /// <param name="work">Does one unit, on a worker's thread.</param>
    /// <param name="patience">How long to wait for running units when disposed; a minute unless told.</param>
    public UnitServers(JobStorage storage, QueueSlots slots, Action<UnitId> work, TimeSpan? patience = null)
    {
        foreach (var (queue, count) in slots.Slots)
        {
            _servers.Add(new BackgroundJobServer(
                new BackgroundJobServerOptions
                {
                    ServerName = $"corpusforge-{queue}-{Environment.MachineName}".ToLowerInvariant(),
                    Queues = [HangfireDispatcher.NameOf(queue, first: true), HangfireDispatcher.NameOf(queue, first: false)],
                    WorkerCount = count,
                    Activator = new UnitActivator(new UnitJob(work)),
                    FilterProvider = HangfireDispatcher.Filters,
                    StopTimeout = TimeSpan.Zero,
                    ShutdownTimeout = patience ?? TimeSpan.FromSeconds(60),
                    HeartbeatInterval = TimeSpan.FromSeconds(5),
                    ServerCheckInterval = TimeSpan.FromSeconds(10),
                    ServerTimeout = TimeSpan.FromSeconds(30),
                },
                storage));
        }
    }

    /// <summary>Stops taking units; running ones go on.</summary>
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
    }

    private sealed class UnitActivator(UnitJob job) : JobActivator
    {
        public override object ActivateJob(Type jobType) => job;
    }
}
