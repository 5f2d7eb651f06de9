using System.Globalization;
using System.Text;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Dapper;
using Npgsql;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>The service as several real processes over one folder and one database; all are killed and everything is removed at the end.</summary>
internal sealed class Fleet : IDisposable
{
    private readonly List<Member> _members = [];
    private readonly string _ledger;
    private readonly Dictionary<string, string> _environment;

    /// <param name="dispatch">postgres or redis.</param>
    /// <param name="postgres">A server of its own where the test stops it.</param>
    /// <param name="redis">A server of its own where the test wipes it.</param>
    /// <param name="s3">Where the output goes; it goes into the folder unless told.</param>
    public Fleet(string dispatch = "postgres", PostgresServer? postgres = null, RedisServer? redis = null, S3Fake? s3 = null)
    {
        Out = s3 is null ? Path.Combine(Folder, "out") : $"s3://{S3Fake.Bucket}/out";
        _ledger = (postgres ?? PostgresServer.Shared).NewDatabase();
        _environment = new Dictionary<string, string>
        {
            ["CORPUSFORGE__LEDGER"] = _ledger,
            ["CORPUSFORGE__DISPATCH__STORAGE"] = dispatch,
            ["CORPUSFORGE__DISPATCH__CONNECTION"] = dispatch == "redis" ? (redis ?? RedisServer.Shared).NewDatabase() : "",
            ["CORPUSFORGE__ROOTS__0"] = Path.GetTempPath(),
            ["CORPUSFORGE__DRAIN"] = "00:00:20",
            ["OMP_NUM_THREADS"] = "1",
        };
        if (s3 is null)
            return;
        _environment["CORPUSFORGE__STORAGE__S3__ENDPOINT"] = s3.Endpoint;
        _environment["CORPUSFORGE__ROOTS__1"] = $"s3://{S3Fake.Bucket}/in";
        _environment["AWS_ACCESS_KEY_ID"] = S3Fake.AccessKey;
        _environment["AWS_SECRET_ACCESS_KEY"] = S3Fake.SecretKey;
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("corpusforge-service-").FullName;

    public string Out { get; }

    /// <summary>Of the last that serves.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Where processes run: a command that goes before theirs, such as `ip netns exec NAME`.</summary>
    public Func<string, string[]> Before { get; init; } = _ => [];

    /// <summary>Coordinates and answers, but does not work; waits until it answers.</summary>
    public Member Serve(string name = "serve")
    {
        var address = $"http://127.0.0.1:{ServerProcess.FreePort()}";
        var member = Start(name, "serve", "--out", Out, "--workers", "0", "--listen", address);
        Address = address;
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        Until(() => member.Ended(TimeSpan.Zero) is not null || Answers(client, address), 60, "serve to answer");
        Assert.True(member.Ended(TimeSpan.Zero) is null, Logs());
        return member;
    }

    /// <summary>A worker; waits until it is in the ledger.</summary>
    public Member Worker(string name, string queues = "cpu=2,net=1")
    {
        var member = Start(name, "worker", "--out", Out, "--queues", queues);
        Until(() => member.Ended(TimeSpan.Zero) is not null || member.Id is not null, 60, $"{name} to be in the ledger");
        Assert.True(member.Ended(TimeSpan.Zero) is null, Logs());
        return member;
    }

    /// <summary>Starts the program without waiting for anything.</summary>
    public Member Start(string name, params string[] arguments)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "processes", name)).FullName;
        string[] command = ["env", .. _environment.Select(v => $"{v.Key}={v.Value}"), .. Before(name), Path.Combine(AppContext.BaseDirectory, "corpusforge"), .. arguments];
        var member = new Member(this, name, new ServerProcess(folder, "KILL", command));
        _members.Add(member);
        return member;
    }

    /// <summary>Submits a pipeline as the API does; the run's id.</summary>
    public string Submit(string yaml)
    {
        var pipeline = PipelineFile.Parse(yaml, "p.yaml", CommandLine.Catalogue, []);
        return Ledger.Open(_ledger, TimeProvider.System)
            .CreateRun(pipeline, pipeline.Stages[^1].Digest, "p.yaml", yaml, "[]", new RunRequest { State = States.Queued, RequestedBy = "test" }).Id;
    }

    public string? StateOf(string run) => Ask<string>("SELECT state FROM runs WHERE id = @run", new { run });

    private string? ErrorOf(string run) => Ask<string>("SELECT error FROM runs WHERE id = @run", new { run });

    /// <summary>Waits until the run is done; anything else that it ends in is a failure.</summary>
    public void Finish(string run, int seconds = 300)
    {
        Until(() => StateOf(run) is "done" or "failed" or "cancelled", seconds, $"{run} to end");
        Assert.True(StateOf(run) == "done", $"{StateOf(run)}: {ErrorOf(run)}\n{Logs()}");
    }

    /// <summary>Waits until so many units of the run are done, so that what follows happens in its middle.</summary>
    public void Reach(string run, int units)
    {
        Until(() => Done(run) >= units || StateOf(run) is "done" or "failed", 60, $"{units} units to be done");
        Assert.True(StateOf(run) == "running", $"the run was {StateOf(run)} before the test could disturb it: {ErrorOf(run)}\n{Logs()}");
    }

    public long Done(string run) => Ask<long>("SELECT COUNT(*) FROM units WHERE run = @run AND state = 'done'", new { run });

    public T? Ask<T>(string sql, object? parameters = null) => Rows<T>(sql, parameters) is [var first, ..] ? first : default;

    public IReadOnlyList<T> Rows<T>(string sql, object? parameters = null)
    {
        using var db = new NpgsqlConnection(_ledger + ";Pooling=false");
        return db.Query<T>(sql, parameters).AsList();
    }

    /// <summary>The database's clock, as attempts write it.</summary>
    public DateTimeOffset Clock => At(Ask<string>("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")!);

    public static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    /// <summary>Looks until something holds.</summary>
    public void Until(Func<bool> holds, int seconds, string what)
    {
        using var tick = new ManualResetEventSlim();
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !Holds(); tick.Wait(50))
            Assert.True(waited.Elapsed.TotalSeconds < seconds, $"waited {seconds} s for {what}\n{Logs()}");

        // The tables may not be there yet, and the database may be stopped by the test itself.
        bool Holds()
        {
            try
            {
                return holds();
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }

    /// <summary>The last lines of every process.</summary>
    public string Logs()
    {
        var text = new StringBuilder();
        foreach (var member in _members)
            text.Append(CultureInfo.InvariantCulture, $"--- {member.Name} ({member.Ended(TimeSpan.Zero)?.ToString(CultureInfo.InvariantCulture) ?? "runs"})\n{string.Join('\n', member.Log.Split('\n').TakeLast(30))}\n");
        return text.ToString();
    }

    private static bool Answers(HttpClient client, string address)
    {
        try
        {
            using var response = client.GetAsync(new Uri(address)).GetAwaiter().GetResult();
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var member in _members)
            member.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>One process of the service.</summary>
    public sealed class Member(Fleet fleet, string name, ServerProcess process) : IDisposable
    {
        public string Name => name;
        public string Log => process.Log;

        /// <summary>Its id in the ledger; null until it is there.</summary>
        public string? Id => fleet.Ask<string>("SELECT id FROM workers WHERE pid = @pid ORDER BY started DESC LIMIT 1", new { pid = (long)process.Pid });

        public int? Ended(TimeSpan within) => process.Ended(within);

        public void Signal(string signal) => process.Signal(signal);

        /// <summary>Freezes it at a moment when it has units in work; these units.</summary>
        public IReadOnlyList<Held> FreezeAtWork()
        {
            IReadOnlyList<Held> held = [];
            var id = Id;
            fleet.Until(() =>
            {
                Signal("STOP");
                // What it sent before it stopped may still be on its way.
                fleet.Ask<int>("SELECT 1 FROM pg_sleep(0.2)");
                held = fleet.Rows<Held>("SELECT run, stage, phase, key, attempt FROM units WHERE worker = @id AND state = 'running'", new { id });
                if (held.Count == 0)
                    Signal("CONT");
                return held.Count > 0;
            }, 60, $"{name} to have a unit in work");
            return held;
        }

        public void Dispose() => process.Dispose();
    }

    /// <summary>An attempt that a worker had when something happened to it.</summary>
    public sealed record Held(string Run, long Stage, long Phase, string Key, long Attempt);

    /// <summary>When the unit was begun again; null until then.</summary>
    public DateTimeOffset? AgainAt(Held held) =>
        Ask<string>("SELECT MIN(started) FROM attempts WHERE run = @Run AND stage = @Stage AND phase = @Phase AND key = @Key AND attempt > @Attempt", held) is { } at ? At(at) : null;
}
