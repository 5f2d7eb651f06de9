using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>What `serve` and `worker` have in common: ledger, storage and dispatch as the settings say.</summary>
internal static class ServiceHost
{
    public static void Add(IHostApplicationBuilder builder, AppSettings settings)
    {
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new Ledger(LedgerPath(settings), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IStorage>(_ => AppSettings.Storages.Open(settings.Out));
        builder.Services.AddSingleton(services => new Inputs(services.GetRequiredService<Ledger>(), AppSettings.Storages) { Within = services.GetRequiredService<Confinement>() });
        builder.Services.AddSingleton(new Confinement(settings.Roots, settings.Variables, settings.PrivateHosts));
        builder.Services.AddSingleton<RunService>();
    }

    private static string LedgerPath(AppSettings settings)
    {
        if (settings.Ledger.Length > 0)
            return settings.Ledger;
        Directory.CreateDirectory(settings.Out);
        return Path.Combine(settings.Out, "ledger.db");
    }
}
