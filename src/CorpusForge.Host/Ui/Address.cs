using CorpusForge.Runs;

namespace CorpusForge.Host.Ui;

/// <summary>The addresses of pages.</summary>
internal static class Address
{
    public static string Run(string run) => $"runs/{Escape(run)}";

    public static string Units(string run, long stage, long phase, string? state = null) =>
        $"{Run(run)}/units?stage={stage}&phase={phase}{(state is null ? "" : $"&state={Escape(state)}")}";

    public static string Unit(UnitSummary unit) => Unit(unit.Run, unit.Stage, unit.Phase, unit.Key);

    public static string Unit(string run, long stage, long phase, string key) => $"{Run(run)}/units/{stage}/{phase}/{Escape(key)}";

    public static string Cluster(string run, string survivor) => $"{Run(run)}/clusters/{Escape(survivor)}";

    public static string Lineage(string document, string? run = null) => $"lineage?document={Escape(document)}{(run is null ? "" : $"&run={Escape(run)}")}";

    public static string Compare(string a, string b) => $"compare?a={Escape(a)}&b={Escape(b)}";

    private static string Escape(string value) => Uri.EscapeDataString(value);
}
