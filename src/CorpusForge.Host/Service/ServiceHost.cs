using CorpusForge.Runs;
using Hangfire;
using Hangfire.InMemory;

namespace CorpusForge.Host.Service;

/// <summary>What `serve` and `worker` have in common: ledger, storage and dispatch as the settings say.</summary>
internal static class ServiceHost
{
    /// <summary>Opens what has to be there, so that what is missing is said at once.</summary>
    /// <exception cref="PipelineException">Something cannot be reached.</exception>
    /// <param name="builder">Of the process.</param>
    /// <param name="settings">Of the program.</param>
    /// <param name="worksAlone">Whether units need not reach another process.</param>
    public static void Add(IHostApplicationBuilder builder, AppSettings settings, bool worksAlone)
    {
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Drain + TimeSpan.FromSeconds(10));
        var dispatch = DispatchStorage.Open(settings);
        if (dispatch is InMemoryStorage && !worksAlone)
            throw new PipelineException("Dispatch.Storage is memory, which reaches no other process: set it to postgres or redis, or let `serve` work itself");
        var ledger = OpenLedger(builder, settings, dispatch);
        var within = new Confinement(settings.Roots, settings.Variables, settings.PrivateHosts);
        var inputs = new Inputs(ledger, AppSettings.Storages) { Within = within };
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
    public static void AddWorker(IHostApplicationBuilder builder, QueueSlots slots)
    {
        Commands.Libtorch.Load(AppSettings.Current.Libtorch is { Length: > 0 } folder ? folder : null);
        builder.Services.AddSingleton(slots).AddHostedService<Worker>();
    }

    /// <summary>Coordinates runs in this process.</summary>
    public static void AddCoordination(IHostApplicationBuilder builder) => builder.Services.AddHostedService<Coordination>();

    /// <summary>Ties what was opened before to the life of the host.</summary>
    public static void Own(IHost host)
    {
        // What waits for a database that is away gives up when all else has stopped; the lock on the folder goes with the host.
        host.Services.GetRequiredService<Ledger>().Stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped;
        host.Services.GetService<OutputFolder>();
    }

    /// <summary>Runs until it is asked to stop.</summary>
    public static async Task Run(IHost host, CancellationToken cancel)
    {
        try
        {
            await host.StartAsync(cancel);
        }
        catch
        {
            // What has begun already ends in order: units are given back, and nothing is told of but the reason.
            await host.StopAsync(CancellationToken.None);
            throw;
        }
        await host.WaitForShutdownAsync(cancel);
    }

    /// <summary>Where the ledger is: what is set, or beside the output.</summary>
    /// <exception cref="PipelineException">The output is in no folder, and nothing is set.</exception>
    internal static string LedgerPath(AppSettings settings)
    {
        if (settings.Ledger.Length > 0)
            return settings.Ledger;
        return !settings.Out.Contains("://", StringComparison.Ordinal)
            ? Path.Combine(settings.Out, "ledger.db")
            : throw new PipelineException($"Out is {settings.Out}, so the ledger cannot lie there: set Ledger to a PostgreSQL connection string or the path of a file");
    }

    private static Ledger OpenLedger(IHostApplicationBuilder builder, AppSettings settings, JobStorage dispatch)
    {
        var address = LedgerPath(settings);
        if (settings.Ledger.Length > 0)
            return Ledger.Open(address, TimeProvider.System);
        if (dispatch is not InMemoryStorage)
        {
            Directory.CreateDirectory(settings.Out);
            return Ledger.Open(address, TimeProvider.System);
        }
        // The only process of its folder, as `run` would be: whoever was at work here before is gone.
        var folder = OutputFolder.Lock(settings.Out, TimeProvider.System);
        builder.Services.AddSingleton(_ => folder);
        folder.Ledger.Lost(olderThanMilliseconds: -1);
        return folder.Ledger;
    }
}
