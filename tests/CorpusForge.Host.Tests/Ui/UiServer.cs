using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Microsoft.Playwright;
using Xunit;

namespace CorpusForge.Host.Tests.Ui;

/// <summary>`serve` over a folder with two small finished runs and one of 100,000 units, and a Chromium to look at it.</summary>
public sealed class UiServer : IAsyncLifetime
{
    public const int BigUnits = 100_000;

    private readonly ProgramRun _program = new();
    private Process? _serve;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public string Address { get; private set; } = "";

    public IBrowser Browser => _browser!;

    public string Ledger => Path.Combine(_program.Out, "ledger.db");

    /// <summary>The pipeline of the small runs; it reads files of the folder: `in` is small, `many` keeps one worker busy for a while.</summary>
    public string Yaml(string name, string input = "in") => $$"""
        name: {{name}}
        sources:
          - jsonl: { paths: [{{_program.Folder}}/{{input}}/*.jsonl] }
        stages:
          - clean
          - filter: { steps: [gopher-quality] }
          - deduplicate
          - tokenize: { tokenizer: byte }
        """;

    public async ValueTask InitializeAsync()
    {
        WriteInput();
        var file = _program.Write("small.yaml", Yaml("small"));
        foreach (var words in (int[])[20, 90])
        {
            var (code, _, error) = _program.Run("run", file, "--out", _program.Out, "--set", $"stages.filter.steps.gopher-quality.minWords={words}");
            Assert.True(code == 0, error);
        }
        Crawled();
        Seed();
        (_serve, Address) = await Serve(_program);
        Going();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium.Path(),
            Args = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
        });
    }

    // Prose of twelve words a sentence from a small vocabulary, some of it too short, some of it nearly the same.
    private void WriteInput()
    {
        string[] words = "the keeper of a lamp saw that bread and water have been with us to be made by hand at dawn when river ran past every mill in town"[..].Split(' ');
        var random = new SplitMix64(7);
        for (var shard = 0; shard < 6; shard++)
        {
            var lines = new StringBuilder();
            var before = "";
            for (var i = 0; i < 120; i++)
            {
                var sentences = i % 7 == 0 ? 1 : 6 + (int)(random.Next() % 6);
                var text = i % 10 == 9
                    ? before.Replace("dawn", "noon", StringComparison.Ordinal)
                    : string.Join('\n', Enumerable.Range(0, sentences).Select(_ => string.Join(' ', Enumerable.Range(0, 12).Select(_ => words[random.Next() % (ulong)words.Length])) + "."));
                lines.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{shard}-{i}\",\"url\":\"https://example.org/{shard}/{i}\",\"text\":{System.Text.Json.JsonSerializer.Serialize(text)}}}\n");
                before = text;
            }
            _program.Write($"in/{shard}.jsonl", lines.ToString());
        }
        for (var i = 0; i < 1000; i++)
            _program.Write($"many/{i}.jsonl", $"{{\"id\":\"{i}\",\"text\":\"document {i} of many, and of no other\"}}\n");
    }

    private void Seed()
    {
        var ledger = new Ledger(Ledger, TimeProvider.System);
        var yaml = Yaml("big");
        var pipeline = PipelineFile.Parse(yaml, "big.yaml", CommandLine.Catalogue);
        var run = ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, "big.yaml", yaml, "[]", new RunRequest { RequestedBy = "ada" });
        ledger.PlanPhase(run.Id, 0, 0, pipeline.Stages[0].Stage.Phases[0].Name, "cpu", Enumerable.Range(0, BigUnits).Select(i => (new Unit(Key(i), [], "{}"), i < 61_234)));
        ledger.Beat(new WorkerInfo("mill:4711", "mill", 4711, """{"cpu":8,"net":16}""", "0.1.0"));
        foreach (var i in (int[])[61_300, 70_000, 70_001, 88_888])
        {
            var id = new UnitId(run.Id, 0, 0, Key(i));
            ledger.Fail(id, ledger.Take(id, "mill:4711")!.Value, "in/7.jsonl: offset 8,812: the gzip member ends too early\n   at the end of the file", permanent: true);
            ledger.Log(run.Id, "unit failed", "in/7.jsonl: offset 8,812: the gzip member ends too early");
        }
        var service = new CorpusForge.Host.Service.RunService(ledger, new LocalStorage(_program.Out), TimeProvider.System);
        service.AddSchedule(new("nightly", "30 2 * * *", new(Yaml("going"), "going.yaml", "ada")) { Zone = "Europe/Berlin", Paused = true }, "ada");
        service.AddBackfill(new(new(yaml, "big.yaml", "ada") { Set = ["sources.jsonl.paths=[{input}]"] }, [.. Enumerable.Range(1, 12).Select(m => $"s3://dumps/2025-{m:00}/*.jsonl.gz")]) { Parallel = 4 });
        foreach (var (of, state) in ((string, string)[])[("big-input-1", States.Done), ("big-input-2-1", States.Failed)])
            ledger.SetRunState(of, state, state == States.Failed ? "no such bucket" : null);
        service.CancelBackfill(1, "ada");
        // Paused, so that no coordinator makes anything of it.
        ledger.SetRunState(run.Id, States.Paused);
    }

    // A crawl of the program's own documentation, and a model trained on it.
    private void Crawled()
    {
        var file = _program.Write("web.yaml", """
            name: web
            sources:
              - crawl: { seeds: ["http://docs.corpusforge.localhost/"], delaySeconds: 0, maxPages: 6 }
            stages:
              - crawl
              - clean
              - tokenize: { tokenizer: byte, validationShare: 0.2 }
              - train: { model: gpt-tiny, context: 64, batchSize: 4, maxSteps: 60, validationEvery: 10, device: cpu }
              - audit
            """);
        var (code, _, error) = _program.Run("run", file, "--out", _program.Out);
        Assert.True(code == 0, error);
        // What the crawl says of its hosts, with two more.
        var manifest = Directory.EnumerateFiles(Path.Combine(_program.Out, "web"), "part-*.json", SearchOption.AllDirectories)
            .Select(f => (Path: f, Json: System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(f)) as System.Text.Json.Nodes.JsonObject)).First(f => f.Json?["stage"]?.ToString() == "crawl");
        var files = manifest.Json!["files"]!.AsArray();
        files.Remove(files.FirstOrDefault(f => f!["role"]!.ToString() == "hosts"));
        var folder = Path.GetFileName(Path.GetDirectoryName(manifest.Path)!);
        files.Add(new System.Text.Json.Nodes.JsonObject { ["role"] = "hosts", ["name"] = $"{folder}/hosts.json", ["rows"] = 3, ["bytes"] = 1, ["sha256"] = new string('0', 64) });
        File.WriteAllText(manifest.Path, manifest.Json.ToJsonString());
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(manifest.Path)!, "hosts.json"), """
            [{"host":"docs.corpusforge.localhost","pages":6,"bytes":48120,"failed":2,"rules":{"not-found":1,"robots":1},"robots":"allowed","delaySeconds":0,"backoffs":0},
             {"host":"slow.example.org","pages":0,"bytes":0,"failed":31,"rules":{"timeout":30,"robots":1},"robots":"restricted","delaySeconds":12.5,"backoffs":4},
             {"host":"away.example.org","pages":0,"bytes":0,"failed":1,"rules":{"dns":1},"robots":"unavailable","delaySeconds":1,"backoffs":0}]
            """);
    }

    // A run in its middle that another coordinator leads, with units that were done just now.
    private void Going()
    {
        var (ledger, yaml) = (new Ledger(Ledger, TimeProvider.System), Yaml("going"));
        var pipeline = PipelineFile.Parse(yaml, "going.yaml", CommandLine.Catalogue);
        var run = ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, "going.yaml", yaml, "[]", new RunRequest { State = States.Paused, RequestedBy = "ada", Schedule = "nightly" }).Id;
        ledger.PlanPhase(run, 0, 0, "extract", "cpu", Enumerable.Range(0, 2000).Select(i => (new Unit(Key(i), [], "{}"), i < 700)));
        ledger.Beat(new WorkerInfo("mill:4712", "mill", 4712, """{"cpu":8,"net":16}""", "0.1.0"));
        using var db = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Ledger}");
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = $"UPDATE runs SET state = 'running', coordinator = 'mill:1', lease = 9000000000000 WHERE id = '{run}'; UPDATE workers SET heartbeat = heartbeat + 3600000 WHERE id = 'mill:4712'; UPDATE phases SET started = started - 40000 WHERE run = '{run}'";
        command.ExecuteNonQuery();
        for (var i = 700; i < 820; i++)
        {
            var id = new UnitId(run, 0, 0, Key(i));
            var attempt = ledger.Take(id, "mill:4712")!.Value;
            var tally = new Tally { In = 1000, Out = 901, BytesIn = 52_000_000, BytesOut = 4_100_000 };
            tally.Dropped["extract-html.empty"] = 61;
            tally.Dropped["language.other"] = 38;
            if (i < 812)
                ledger.Commit(id, attempt, tally);
        }
    }

    public static string Key(int unit) => SplitMix64.Mix((ulong)unit).ToString("x16", CultureInfo.InvariantCulture) + unit.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Starts `serve` over a folder; it answers when this returns.</summary>
    public static async Task<(Process Serve, string Address)> Serve(ProgramRun program)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "corpusforge"), ["serve", "--out", program.Out, "--listen", address, "--workers", "1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = program.Folder,
        };
        start.Environment["CorpusForge__Roots__0"] = program.Folder;
        var serve = Process.Start(start)!;
        var log = new StringBuilder();
        serve.OutputDataReceived += (_, e) => { lock (log) { log.AppendLine(e.Data); } };
        serve.ErrorDataReceived += (_, e) => { lock (log) { log.AppendLine(e.Data); } };
        serve.BeginOutputReadLine();
        serve.BeginErrorReadLine();
        using var http = new HttpClient();
        for (var i = 0; ; i++)
        {
            try
            {
                await http.GetAsync(address);
                return (serve, address);
            }
            catch (HttpRequestException) when (i < 300 && !serve.HasExited)
            {
                await Task.Delay(100);
            }
            catch (HttpRequestException)
            {
                throw new InvalidOperationException($"serve did not answer: {log}");
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_serve is { HasExited: false })
        {
            _serve.Kill(entireProcessTree: true);
            await _serve.WaitForExitAsync();
        }
        _serve?.Dispose();
        _program.Dispose();
    }
}
