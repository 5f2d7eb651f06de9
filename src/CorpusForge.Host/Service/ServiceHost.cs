using CorpusForge.Runs;
using Hangfire;

namespace CorpusForge.Host.Service;

/// <summary>What `serve` and `worker` have in common: ledger, storage and dispatch as the settings say.</summary>
internal static class ServiceHost
{
    /// <summary>Opens what has to be there, so that what is missing is said at once.</summary>
    /// <exception cref="PipelineException">Something cannot be reached.</exception>
    public static void Add(IHostApplicationBuilder builder, AppSettings settings)
    {
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Drain + TimeSpan.FromSeconds(10));
        var ledger = Ledger.Open(LedgerPath(settings), TimeProvider.System);
        var within = new Confinement(settings.Roots, settings.Variables, settings.PrivateHosts);
        var inputs = new Inputs(ledger, AppSettings.Storages) { Within = within };
        var dispatch = DispatchStorage.Open(settings);
        var storage = AppSettings.Storages.Open(settings.Out);
        builder.Services
            .AddSingleton(settings)
            .AddSingleton(TimeProvider.System)
            .AddSingleton(ProcessName.Of(TimeProvider.System))
            .AddSingleton(ledger)
            .AddSingleton<IStorage>(storage)
            .AddSingleton(within)
            .AddSingleton(inputs)
            .AddSingleton(new RunContexts(ledger, storage, inputs, CommandLine.Catalogue, within))
            .AddSingleton<JobStorage>(dispatch)
            .AddSingleton<IDispatcher>(new HangfireDispatcher(dispatch))
            .AddSingleton<RunService>();
    }

    /// <summary>Works on units in this process.</summary>
    public static void AddWorker(IHostApplicationBuilder builder, QueueSlots slots) => builder.Services.AddSingleton(slots).AddHostedService<Worker>();

    /// <summary>Coordinates runs in this process.</summary>
    public static void AddCoordination(IHostApplicationBuilder builder) => builder.Services.AddHostedService<Coordination>();

    /// <summary>Ends the waiting for a database that is away when the process is to stop.</summary>
    public static void StopWaiting(IHost host) => host.Services.GetRequiredService<Ledger>().Stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped;

    private static string LedgerPath(AppSettings settings)
    {
        if (settings.Ledger.Length > 0)
            return settings.Ledger;
        Directory.CreateDirectory(settings.Out);
        return Path.Combine(settings.Out, "ledger.db");
    }
}
