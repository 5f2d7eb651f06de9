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
        Seed();
        (_serve, Address) = await Serve(_program);
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
        // Paused, so that no coordinator makes anything of it.
        ledger.SetRunState(run.Id, States.Paused);
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
