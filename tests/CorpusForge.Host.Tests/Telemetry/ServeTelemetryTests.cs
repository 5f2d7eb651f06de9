using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using CorpusForge.Host.Tests.Service;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests.Telemetry;

/// <summary>What a real `serve` tells of itself: metrics, readiness, logs.</summary>
public sealed partial class ServeTelemetryTests
{
    static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(10) };

    static (string Address, Deployment Deployment) Serve(string? ledger = null, params string[] arguments)
    {
        var deployment = new Deployment(ledger);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        listener.Stop();
        deployment.Start([arguments.Length > 0 ? arguments[0] : "serve", "--out", deployment.Out, "--listen", address, .. arguments.Skip(1)]);
        return (address, deployment);
    }

    static (HttpStatusCode Status, string Body) Get(string url)
    {
        try
        {
            using var answer = s_http.Send(new HttpRequestMessage(HttpMethod.Get, url));
            using var reader = new StreamReader(answer.Content.ReadAsStream());
            return (answer.StatusCode, reader.ReadToEnd());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }

    static Dictionary<string, string> Checks(string url) => JsonDocument.Parse(Get(url).Body).RootElement.GetProperty("checks").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetString()!);

    [Fact]
    public async Task Metrics_count_what_a_run_did_every_panel_of_the_dashboard_has_its_metric_and_log_lines_name_the_unit()
    {
        var (address, deployment) = Serve(null, "serve", "--workers", "2");
        using var _ = deployment;
        var run = deployment.Submit(deployment.Corpus("counted", 3, 20));
        await deployment.Until(run, States.Done);
        // Queues have a length only while a phase goes on.
        var open = deployment.Ledger.CreateRun(new Pipeline("open", 0, null, [], []), "d", "p.yaml", "", "[]", new RunRequest { State = States.Paused }).Id;
        deployment.Ledger.PlanPhase(open, 0, 0, "work", "cpu", [(new Unit("k", [], ""), false)]);

        var shown = PanelMetric().Matches(File.ReadAllText(Path.Combine(Repository, "deploy/grafana/dashboard.json"))).Select(m => m.Value).Distinct().ToArray();
        Assert.InRange(shown.Length, 20, 100);
        (string Name, string Labels, double Value)[] samples = [];
        await deployment.Until(
            () =>
            {
                samples = [.. Samples(Get($"{address}/metrics").Body)];
                return Sum(samples, "corpusforge_queue_waiting", "") == 1 && Sum(samples, "corpusforge_runs", "state=\"done\"") == 1;
            }, "the gauges of the ledger are told", 60);
        Assert.Empty(shown.Except(samples.Select(s => s.Name)));

        var units = deployment.Ledger.Units(run);
        Assert.All(units, u => Assert.Equal(States.Done, u.State));
        Assert.Equal(units.Count, Sum(samples, "corpusforge_units_ended_total", "outcome=\"done\""));
        Assert.Equal(units.Count, Sum(samples, "corpusforge_units_started_total", ""));
        Assert.Equal(0, Sum(samples, "corpusforge_units_running", ""));
        Assert.Equal(60, Sum(samples, "corpusforge_documents_in_total", "stage=\"clean\""));
        Assert.Equal(
            Sum(samples, "corpusforge_documents_in_total", "stage=\"filter\""),
            Sum(samples, "corpusforge_documents_out_total", "stage=\"filter\"") + Sum(samples, "corpusforge_documents_dropped_total", "stage=\"filter\""));
        Assert.True(Sum(samples, "corpusforge_documents_dropped_total", "rule=\"gopher-quality.words\"") + Sum(samples, "corpusforge_documents_dropped_total", "stage=\"filter\"") > 0);
        Assert.Equal(1, Sum(samples, "corpusforge_runs_ended_total", "state=\"done\""));
        Assert.Equal(1, Sum(samples, "corpusforge_workers", "state=\"live\""));

        string[] fields = ["time", "level", "category", "message", "run", "stage", "phase", "unit", "attempt", "worker", "seconds", "outcome", "trace"];
        var lines = deployment.Said.Split('\n').Select(l => l[(l.IndexOf(": ", StringComparison.Ordinal) + 2)..]).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(units.Count, lines.Count(l => fields.All(f => l.TryGetProperty(f, out var _)) && l.GetProperty("run").GetString() == run && units.Any(u => u.Key == l.GetProperty("unit").GetString())));
    }

    [Fact]
    public async Task Readyz_says_that_the_ledger_is_gone_and_that_it_is_back_and_healthz_does_not_care()
    {
        using var postgres = new PostgresServer();
        var (address, deployment) = Serve(postgres.NewDatabase(), "serve", "--workers", "0");
        using var _ = deployment;
        await deployment.Until(() => Get($"{address}/readyz").Status == HttpStatusCode.OK, "ready");
        Assert.Equal(["coordinator=ok", "dispatch=ok", "ledger=ok", "storage=ok"], Checks($"{address}/readyz").Select(c => $"{c.Key}={c.Value}").Order(StringComparer.Ordinal));
        postgres.Stop();
        await deployment.Until(() => Get($"{address}/readyz").Status == HttpStatusCode.ServiceUnavailable, "not ready without PostgreSQL", 30);
        var checks = Checks($"{address}/readyz");
        Assert.NotEqual("ok", checks["ledger"]);
        Assert.NotEqual("ok", checks["dispatch"]);
        Assert.Equal("ok", checks["storage"]);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), Get($"{address}/healthz"));
        postgres.Start();
        await deployment.Until(() => Get($"{address}/readyz").Status == HttpStatusCode.OK, "ready again with PostgreSQL");
    }

    [Fact]
    public async Task A_worker_answers_probes_and_metrics_where_it_is_told_to_listen()
    {
        var (address, deployment) = Serve(null, "worker", "--queues", "cpu=1");
        using var _ = deployment;
        await deployment.Until(() => Get($"{address}/readyz").Status == HttpStatusCode.OK, "ready");
        Assert.Equal(["dispatch", "ledger", "storage"], Checks($"{address}/readyz").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.OK, Get($"{address}/healthz").Status);
        Assert.Contains(Samples(Get($"{address}/metrics").Body), s => s.Name == "corpusforge_ledger_duration_seconds_count");
        Assert.Equal(HttpStatusCode.NotFound, Get($"{address}/api/v1/runs").Status);
    }

    static double Sum((string Name, string Labels, double Value)[] samples, string name, string label) =>
        samples.Where(s => s.Name == name && s.Labels.Contains(label, StringComparison.Ordinal)).Sum(s => s.Value);

    // Every line is a comment or a sample of the text format.
    static IEnumerable<(string Name, string Labels, double Value)> Samples(string metrics) => metrics.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(line =>
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, line);
        return (match.Groups[1].Value, match.Groups[2].Value, double.Parse(match.Groups[3].Value, System.Globalization.CultureInfo.InvariantCulture));
    });

    internal static string Repository
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "CorpusForge.sln")))
                folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*",?)*\})? ([-+0-9.eE]+|NaN|[+-]Inf)( [0-9]+)?$""", RegexOptions.CultureInvariant)]
    private static partial Regex Sample();

    [GeneratedRegex(@"\b(corpusforge|dotnet)_[a-z0-9_]+", RegexOptions.CultureInvariant)]
    private static partial Regex PanelMetric();
}
