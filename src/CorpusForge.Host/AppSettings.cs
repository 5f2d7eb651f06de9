
namespace CorpusForge.Host;

/// <summary>What `appsettings.json` beside the program sets, and environment variables such as `CORPUSFORGE__OUT` override.</summary>
internal sealed record AppSettings
{
    private static readonly Lazy<AppSettings> s_current = new(() => Read(AppContext.BaseDirectory));

    public static AppSettings Current => s_current.Value;

    public string Out { get; init; } = "out";
    public QueueWorkers Workers { get; init; } = new();
    public string Libtorch { get; init; } = "";

    /// <summary>Units at once on each queue; 0 is the default.</summary>
    public sealed record QueueWorkers
    {
        public int Cpu { get; init; }
        public int Net { get; init; }
        public int Gpu { get; init; } = 1;
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
            if (settings.Workers is { Cpu: < 0 } or { Net: < 0 } or { Gpu: < 1 })
                throw new PipelineException("appsettings.json: Workers must not be negative, and Gpu at least 1");
            return settings;
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidDataException or FormatException)
        {
            throw new PipelineException($"appsettings.json: {e.InnerException?.Message ?? e.Message}");
        }
    }
}
