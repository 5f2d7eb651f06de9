using System.Globalization;
using System.Security.Cryptography;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>Processes die, freeze and lose their database in the middle of a run; the output is the embedded run's, byte by byte.</summary>
[Collection("service")]
public sealed class FaultTests(FaultTests.Corpus corpus, ITestOutputHelper output) : IClassFixture<FaultTests.Corpus>
{
    /// <summary>A lost worker's units are in work again within this.</summary>
    static readonly TimeSpan s_again = TimeSpan.FromSeconds(15);

    /// <summary>What carries the units: both, or what `tests/three-workers.sh` was told.</summary>
    public static TheoryData<string> Stores => Environment.GetEnvironmentVariable("CORPUSFORGE_STORE") is { Length: > 0 } store ? [store] : ["postgres", "redis"];

    [Theory]
    [MemberData(nameof(Stores))]
    public void One_of_three_workers_is_killed_and_one_frozen_beyond_its_lease(string dispatch)
    {
        using var service = new Fleet(dispatch);
        service.Serve();
        var (killed, frozen) = (service.Worker("killed"), service.Worker("frozen"));
        service.Worker("third");
        var run = service.Submit(corpus.Yaml);
        service.Reach(run, 20);

        var lost = killed.FreezeAtWork();
        var at = service.Clock;
        killed.Signal("KILL");
        var held = frozen.FreezeAtWork();
        var frozenAt = service.Clock;
        service.Until(() => lost.Concat(held).All(u => service.AgainAt(u) is not null), 60, "the units of both to be begun again");
        var again = lost.Max(u => service.AgainAt(u)!.Value - at);
        var afterFreeze = held.Max(u => service.AgainAt(u)!.Value - frozenAt);
        output.WriteLine($"{dispatch}: {lost.Count} units of the killed worker began again after {again.TotalSeconds:0.0} s, {held.Count} of the frozen one after {afterFreeze.TotalSeconds:0.0} s");
        frozen.Signal("CONT");
        service.Finish(run, 600);

        Assert.InRange(again, TimeSpan.Zero, s_again);
        Assert.InRange(afterFreeze, TimeSpan.Zero, s_again);
        foreach (var unit in held.Concat(lost))
            Assert.NotEqual("done", service.Ask<string>("SELECT outcome FROM attempts WHERE run = @Run AND stage = @Stage AND phase = @Phase AND key = @Key AND attempt = @Attempt", unit));
        corpus.Same(service);
    }

    [Fact]
    public void Redis_is_wiped_in_the_middle()
    {
        using var redis = new RedisServer();
        using var service = new Fleet("redis", redis: redis);
        service.Serve();
        service.Worker("a");
        service.Worker("b");
        var run = service.Submit(corpus.Yaml);
        service.Reach(run, 20);
        redis.Wipe();
        service.Finish(run);
        corpus.Same(service);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public void PostgreSQL_stops_for_five_seconds_in_the_middle(string dispatch)
    {
        using var postgres = new PostgresServer();
        using var service = new Fleet(dispatch, postgres);
        Fleet.Member[] members = [service.Serve(), service.Worker("a"), service.Worker("b")];
        var run = service.Submit(corpus.Yaml);
        service.Reach(run, 20);
        postgres.Stop();
        Assert.Null(members[0].Ended(TimeSpan.FromSeconds(5)));
        postgres.Start();
        service.Finish(run);
        Assert.All(members, m => Assert.Null(m.Ended(TimeSpan.Zero)));
        Assert.Equal(0, service.Ask<long>("SELECT COUNT(*) FROM units WHERE failures > 0"));
        corpus.Same(service);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("worker")]
    public void A_database_that_is_down_at_the_start_is_a_clear_error_within_ten_seconds(string command)
    {
        using var postgres = new PostgresServer();
        using var service = new Fleet(postgres: postgres);
        postgres.Stop();
        var started = System.Diagnostics.Stopwatch.StartNew();
        var member = service.Start(command, command, "--out", service.Out);
        var code = member.Ended(TimeSpan.FromSeconds(30));
        // The program itself needs a moment to start on a busy machine.
        Assert.InRange(started.Elapsed.TotalSeconds, 0, 13);
        Assert.InRange(code ?? 0, 1, 2);
        var line = Assert.Single(member.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("corpusforge: ", line);
        Assert.Contains("127.0.0.1", line);
    }

    [Fact]
    public void Two_coordinators_at_once_and_one_is_killed()
    {
        using var service = new Fleet();
        var first = service.Serve("first");
        service.Serve("second");
        service.Worker("a");
        service.Worker("b");
        var run = service.Submit(corpus.Yaml);
        service.Reach(run, 20);
        first.Signal("KILL");
        service.Finish(run);
        corpus.Same(service);
    }

    [Fact]
    public void A_worker_that_is_asked_to_stop_finishes_its_units_and_another_takes_the_rest()
    {
        using var service = new Fleet();
        service.Serve();
        var asked = service.Worker("asked");
        var run = service.Submit(corpus.Yaml);
        service.Reach(run, 20);
        asked.Signal("TERM");
        Assert.Equal(0, asked.Ended(TimeSpan.FromSeconds(25)));
        Assert.Equal(0, service.Ask<long>("SELECT COUNT(*) FROM units WHERE state = 'running'"));
        Assert.Equal(0, service.Ask<long>("SELECT COUNT(*) FROM units WHERE losses > 0 OR failures > 0"));
        service.Worker("next");
        service.Finish(run);
        corpus.Same(service);
    }

    [Fact]
    public void Clocks_that_are_two_minutes_apart_lose_no_worker()
    {
        var fake = Installed.Program("libfaketime", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
        using var service = new Fleet
        {
            Before = name => name == "serve" ? [] : ["env", $"LD_PRELOAD={fake}", $"FAKETIME={(name == "fast" ? "+" : "-")}60s", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_FORCE_MONOTONIC_FIX=0"],
        };
        service.Serve();
        service.Worker("fast");
        service.Worker("slow");
        var run = service.Submit(corpus.Yaml);
        service.Finish(run);
        Assert.Equal(0, service.Ask<long>("SELECT COUNT(*) FROM units WHERE losses > 0 OR failures > 0"));
        Assert.Equal(2, service.Ask<long>("SELECT COUNT(DISTINCT worker) FROM attempts"));
        corpus.Same(service);
    }

    [Fact]
    public async Task The_disk_of_one_worker_is_full()
    {
        await using var s3 = await S3Fake.Start();
        // The output is in S3; what a worker needs a disk for is its scratch space, here one of 64 KB in a mount namespace of its own.
        string[] space = Environment.UserName == "root" ? ["unshare", "-m"] : ["unshare", "-mr"];
        using var service = new Fleet(s3: s3)
        {
            Before = name => name == "full" ? ["env", "CORPUSFORGE__STORAGE__SCRATCH=/mnt", .. space, "sh", "-c", "mount -t tmpfs -o size=64k none /mnt && exec \"$@\"", "sh"] : [],
        };
        service.Serve();
        service.Worker("full");
        service.Worker("other");
        var run = service.Submit(corpus.Yaml);
        service.Finish(run);
        Assert.Equal(0, service.Ask<long>("SELECT COUNT(*) FROM units WHERE failures > 0"));
        corpus.Same(s3);
    }

    /// <summary>The input, and what the embedded run makes of it.</summary>
    public sealed class Corpus : IDisposable
    {
        readonly ProgramRun _program = new();
        readonly SortedDictionary<string, string> _embedded;
        readonly int _documents;

        public Corpus()
        {
            var files = int.Parse(Environment.GetEnvironmentVariable("CORPUSFORGE_FILES") ?? "24", CultureInfo.InvariantCulture);
            _documents = files * 200;
            var random = new SplitMix64(1);
            string[] words = ["river", "stone", "the", "and", "of", "harbour", "letter", "to", "window", "that", "garden", "have", "seldom", "with", "lantern"];
            for (var file = 0; file < files; file++)
            {
                var lines = Enumerable.Range(0, 200).Select(i =>
                {
                    var text = string.Join(' ', Enumerable.Range(0, 40 + (int)random.Next(120)).Select(_ => words[random.Next((ulong)words.Length)]));
                    return $$"""{"id":"{{file}}-{{i}}","text":"{{text}}."}""";
                });
                _program.Write($"in/{file:0000}.jsonl", string.Join('\n', lines));
            }
            Yaml =
                $$"""
                name: faults
                seed: 3
                sources:
                  - jsonl: { paths: ["{{_program.Folder}}/in/*.jsonl"] }
                stages:
                  - clean
                  - filter: { steps: [gopher-quality] }
                  - deduplicate
                  - tokenize: { tokenizer: byte }
                  - audit
                """;
            var (code, _, error) = _program.Run("run", _program.Write("p.yaml", Yaml), "--out", _program.Out, "--workers", "2");
            Assert.True(code == 0, error);
            _embedded = ProgramRun.Digests(_program.Out);
            Assert.True(_embedded.Count > files);
        }

        public string Yaml { get; }

        /// <summary>The service's output has the same files with the same bytes.</summary>
        internal void Same(Fleet service)
        {
            Assert.Equal(_embedded, ProgramRun.Digests(service.Out));
            var ids = Directory.EnumerateDirectories(Path.Combine(service.Out, "faults"), "clean-*").SelectMany(d => Directory.EnumerateFiles(d, "*.arrow")).SelectMany(Ids).ToList();
            Assert.Equal((_documents, _documents), (ids.Count, ids.Distinct().Count()));
        }

        internal void Same(S3Fake s3) => Assert.Equal(_embedded, new SortedDictionary<string, string>(
            s3.Objects.Where(o => !o.Key.Contains("/runs/", StringComparison.Ordinal)).ToDictionary(o => o.Key["out/".Length..], o => Convert.ToHexStringLower(SHA256.HashData(o.Value))), StringComparer.Ordinal));

        static List<string> Ids(string shard)
        {
            using var stream = File.OpenRead(shard);
            return [.. DocumentShard.Read(stream).Select(d => d.Id)];
        }

        public void Dispose() => _program.Dispose();
    }
}
