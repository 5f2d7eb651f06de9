using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>Keeps the runs of the ledger going for as long as the process serves.</summary>
internal sealed class Coordination(Ledger ledger, RunContexts contexts, IDispatcher dispatcher, ProcessName name, Telemetry.Pulse pulse, TimeProvider time) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Run(() => new RunKeeper(ledger, contexts, dispatcher, name.Value, time) { Looked = pulse.Beat }.Keep(stoppingToken), CancellationToken.None);
}

/// <summary>A name that no other process has, nor ever had.</summary>
internal sealed record ProcessName(string Value)
{
    public static ProcessName Of(TimeProvider time) => new($"{Environment.MachineName}:{Environment.ProcessId}:{time.GetUtcNow().ToUnixTimeMilliseconds():x}");
}
