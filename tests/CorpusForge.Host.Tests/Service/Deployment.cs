using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Hashing;
using System.Net.Sockets;
using System.Text;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>The service as it is deployed: a ledger, one folder for the output, and processes of the real program.</summary>
public sealed class Deployment : IDisposable
{
    readonly ProgramRun _program = new();
    readonly Dictionary<string, string> _settings = [];
    readonly List<Process> _processes = [];
    readonly ConcurrentQueue<string> _said = new();

    /// <param name="ledger">An address; a new database on the shared PostgreSQL unless told.</param>
    /// <param name="settings">Of the program, as the environment has them: `DISPATCH__STORAGE`.</param>
    public Deployment(string? ledger = null, params (string Key, string Value)[] settings)
    {
        Address = ledger ?? PostgresServer.Shared.NewDatabase();
        Ledger = Ledger.Open(Address, TimeProvider.System);
        _settings["LEDGER"] = Address;
        _settings["ROOTS__0"] = _program.Folder;
        foreach (var (key, value) in settings)
            _settings[key] = value;
    }

    public string Address { get; }
    public Ledger Ledger { get; }
    public string Folder => _program.Folder;
    public string Out => Path.Combine(Folder, "out");

    /// <summary>What the processes wrote, for messages of failed tests.</summary>
    public string Said => string.Join('\n', _said);

    /// <summary>Writes a corpus in which every file is a unit of its own, and the pipeline over it; the path of the pipeline file.</summary>
    public string Corpus(string name, int units, int documents, ulong seed = 1)
    {
        var random = new SplitMix64(seed);
        string[] words = ["river", "stone", "the", "and", "of", "harbour", "letter", "to", "window", "that", "garden", "have", "seldom", "with", "lantern"];
        var file = 0;
        for (var unit = 0; unit < units; file++)
        {
            var called = $"{file:x}.jsonl";
            // Small files are put together up to a name like this.
            if (XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(called)) % 256 != 0)
                continue;
            var lines = Enumerable.Range(0, documents).Select(i =>
            {
                var text = string.Join(' ', Enumerable.Range(0, 40 + (int)random.Next(80)).Select(_ => words[random.Next((ulong)words.Length)]));
                return $$"""{"id":"{{unit}}-{{i}}","text":"{{text}}."}""";
            });
            _program.Write($"{name}/{called}", string.Join('\n', lines));
            unit++;
        }
        return _program.Write(
            $"{name}.yaml",
            $$"""
            name: {{name}}
            seed: 3
            sources:
              - jsonl: { paths: [{{name}}/*.jsonl] }
            stages:
              - clean
              - filter: { steps: [gopher-quality] }
              - deduplicate
              - tokenize: { tokenizer: cl100k_base }
              - audit
            """);
    }

    /// <summary>What the embedded run of a pipeline leaves, file by file.</summary>
    public SortedDictionary<string, string> Embedded(string pipeline)
    {
        var output = Path.Combine(Folder, "embedded");
        var (code, _, error) = _program.Run("run", pipeline, "--out", output, "--workers", "2");
        Assert.True(code == 0, error);
        return ProgramRun.Digests(output);
    }

    /// <summary>Asks for a run; the id.</summary>
    public string Submit(string pipeline, int priority = 0)
    {
        var yaml = File.ReadAllText(pipeline);
        var parsed = PipelineFile.Parse(yaml, pipeline, CommandLine.Catalogue);
        return Ledger.CreateRun(
            parsed, parsed.Stages[^1].Digest, pipeline, yaml, "[]", new RunRequest { State = States.Queued, RequestedBy = "test", Priority = priority }).Id;
    }

    public Process Serve(params string[] arguments) => Start(["serve", "--out", Out, "--listen", $"http://127.0.0.1:{FreePort()}", .. arguments]);

    public Process Worker(string queues = "cpu=2,net=1") => Start(["worker", "--out", Out, "--queues", queues]);

    public Process Start(string[] arguments, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "corpusforge"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        foreach (var (key, value) in _settings.Select(s => (s.Key, s.Value)).Concat(settings))
            start.Environment[$"CORPUSFORGE__{key}"] = value;
        start.Environment["OMP_NUM_THREADS"] = "1";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => _said.Enqueue($"{arguments[0]} {process.Id}: {e.Data}");
        process.ErrorDataReceived += (_, e) => _said.Enqueue($"{arguments[0]} {process.Id}: {e.Data}");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        lock (_processes)
            _processes.Add(process);
        return process;
    }

    /// <summary>Waits until something is so; fails with what the processes wrote when it does not come to be.</summary>
    public async Task Until(Func<bool> condition, string what, int seconds = 120)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(seconds), $"not within {seconds} s: {what}\n{Said}");
            lock (_processes)
                Assert.True(_processes.Exists(p => !p.HasExited) || condition(), $"every process has ended, before: {what}\n{Said}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until a run is in a state.</summary>
    public Task Until(string run, string state, int seconds = 120) => Until(
        () => Ledger.StateOf(run) is { } now && (now == state
            || (now is States.Done or States.Failed or States.Cancelled ? throw new Xunit.Sdk.XunitException($"{run} is {now}: {Ledger.Run(run)!.Error}\n{Said}") : false)),
        $"{run} is {state}", seconds);

    /// <summary>Units of a run by state.</summary>
    public int Units(string run, string state) => Ledger.Units(run, state).Count;

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _program.Dispose();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
