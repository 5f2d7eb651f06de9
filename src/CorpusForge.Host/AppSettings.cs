using CorpusForge.Runs;

namespace CorpusForge.Host;

/// <summary>What `appsettings.json` beside the program sets, and environment variables such as `CORPUSFORGE__OUT` override.</summary>
internal sealed record AppSettings
{
    private static readonly Lazy<AppSettings> s_current = new(() => Read(AppContext.BaseDirectory));

    private static readonly Lazy<Storages> s_storages = new(() =>
    {
        var storages = new Storages(Current.Storage);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => storages.Dispose();
        return storages;
    });

    public static AppSettings Current => s_current.Value;

    /// <summary>Opens storage as the settings say.</summary>
    public static Storages Storages => s_storages.Value;

    public string Out { get; init; } = "out";
    public QueueWorkers Workers { get; init; } = new();
    public string Libtorch { get; init; } = "";

    /// <summary>The database of the service: a PostgreSQL connection string or URL, or the path of an SQLite file; empty is `ledger.db` in <see cref="Out"/>.</summary>
    public string Ledger { get; init; } = "";

    public DispatchSettings Dispatch { get; init; } = new();
    public StorageSettings Storage { get; init; } = new();
    public LoggingSettings Logging { get; init; } = new();

    /// <summary>Folders, `s3://bucket/prefix` and `https://host/prefix` that pipelines submitted over the API may read; empty is none.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>Environment variables that pipelines submitted over the API may use as `${env:NAME}`, and files (`file:/path`) as `${file:/path}`.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Hosts in a private network that pipelines submitted over the API may crawl.</summary>
    public IReadOnlyList<string> PrivateHosts { get; init; } = [];

    /// <summary>Names by which browsers reach this service, beside the one in <see cref="Listen"/> and those of loopback.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto count.</summary>
    public IReadOnlyList<string> Proxies { get; init; } = [];

    /// <summary>Requests a second of each key, and of each address without one; five times as many at once, and ten.</summary>
    public RateLimits Requests { get; init; } = new();

    /// <summary>Where `serve` listens; anything but loopback needs an API key.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:8420";

    /// <summary>How long a process that is asked to stop goes on with the units that it has; then it gives them back.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Units at once on each queue; 0 is the default.</summary>
    public sealed record QueueWorkers
    {
        public int Cpu { get; init; }
        public int Net { get; init; }
        public int Gpu { get; init; } = 1;
    }

    /// <summary>How many requests a second are answered; more get 429 with Retry-After.</summary>
    public sealed record RateLimits
    {
        public int PerKey { get; init; } = 200;
        public int PerAddress { get; init; } = 10;
    }

    /// <summary>What carries units from the coordinator to the workers.</summary>
    public sealed record DispatchSettings
    {
        /// <summary>memory, postgres or redis; empty is postgres where the ledger is one, and memory otherwise.</summary>
        public string Storage { get; init; } = "";

        /// <summary>The connection string; empty is the ledger's.</summary>
        public string Connection { get; init; } = "";

        /// <summary>Sets deployments apart that share one server: the schema in PostgreSQL, the prefix of the keys in Redis.</summary>
        public string Name { get; init; } = "corpusforge";
    }

    /// <summary>The log of `serve` and `worker`, on standard error.</summary>
    public sealed record LoggingSettings
    {
        /// <summary>json or text.</summary>
        public string Format { get; init; } = "json";

        public LogLevel Level { get; init; } = LogLevel.Information;
    }

    /// <exception cref="PipelineException">The file has a key that does not exist, or a value of the wrong type.</exception>
    internal static AppSettings Read(string folder)
    {
        try
        {
            var section = new ConfigurationBuilder()
                .SetBasePath(folder)
                .AddJsonFile("appsettings.json", optional: true)
                .AddEnvironmentVariables()
                .Build()
                .GetSection("CorpusForge");
            var settings = section.Get<AppSettings>(o => o.ErrorOnUnknownConfiguration = true) ?? new AppSettings();
            return Problem(settings) is { } problem ? throw new PipelineException($"appsettings.json: {problem}") : settings;
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidDataException or FormatException)
        {
            throw new PipelineException($"appsettings.json: {e.InnerException?.Message ?? e.Message}");
        }
    }

    private static string? Problem(AppSettings settings)
    {
        if (settings.Workers is { Cpu: < 0 } or { Net: < 0 } or { Gpu: < 1 })
            return "Workers must not be negative, and Gpu at least 1";
        if (settings.Logging.Format is not ("json" or "text"))
            return $"Logging.Format '{settings.Logging.Format}' is neither json nor text";
        if (settings.Dispatch.Storage is not ("" or "memory" or "postgres" or "redis"))
            return $"Dispatch.Storage '{settings.Dispatch.Storage}' is none of memory, postgres, redis";
        if (settings.Dispatch is { Storage: "redis", Connection: "" })
            return "Dispatch.Connection: Redis needs one, such as 127.0.0.1:6379";
        if (settings.Dispatch.Name is not { Length: > 0 and <= 40 } name || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '_'))
            return "Dispatch.Name must consist of lower-case letters, digits and '_', at most 40";
        if (!Uri.TryCreate(settings.Listen, UriKind.Absolute, out var listen) || listen.Scheme is not ("http" or "https"))
            return $"Listen '{settings.Listen}' is no address such as http://127.0.0.1:8420";
        if (settings.Requests is { PerKey: < 1 or > 1_000_000 } or { PerAddress: < 1 or > 1_000_000 })
            return "Requests.PerKey and Requests.PerAddress must be from 1 to 1,000,000 a second";
        if (settings.Drain < TimeSpan.Zero || settings.Drain > TimeSpan.FromHours(24))
            return "Drain must be from 0 to 24 hours";
        return null;
    }
}
