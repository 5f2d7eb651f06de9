using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Host.Tests.Service;

/// <summary>`serve` and `worker` as processes of their own over one ledger.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task Three_workers_leave_the_same_bytes_as_the_embedded_run()
    {
        using var service = new Deployment();
        var pipeline = service.Corpus("many", units: 40, documents: 10);
        var run = service.Submit(pipeline);
        service.Serve("--workers", "0");
        for (var i = 0; i < 3; i++)
            service.Worker();
        await service.Until(run, States.Done);
        Assert.Equal(service.Embedded(pipeline), ProgramRun.Digests(service.Out));
        Assert.Equal(3, service.Ledger.Workers().Count(w => w.State == WorkerStates.Live));
        Assert.True(service.Ledger.Units(run).Select(u => u.Worker).Distinct().Count() > 1, "one worker did everything");
    }

    [Fact]
    public async Task New_input_is_all_that_the_next_run_reads_and_is_deduplicated_against_the_corpus()
    {
        using var service = new Deployment(Path.Combine(Directory.CreateTempSubdirectory("corpusforge-ledger-").FullName, "ledger.db"));
        var pipeline = service.Corpus("grows", units: 4, documents: 10);
        var first = service.Submit(pipeline);
        service.Serve("--workers", "2");
        await service.Until(first, States.Done);
        // A file more, in which the last document is one that the corpus has.
        var before = Directory.GetFiles(Path.Combine(service.Folder, "grows")).ToHashSet();
        service.Corpus("grows", units: 5, documents: 10);
        var added = Directory.GetFiles(Path.Combine(service.Folder, "grows")).Single(f => !before.Contains(f));
        await File.AppendAllLinesAsync(added, ["", (await File.ReadAllLinesAsync(before.First(), TestContext.Current.CancellationToken))[3]], TestContext.Current.CancellationToken);

        var second = service.Submit(pipeline);
        await service.Until(second, States.Done);

        Assert.Equal((4, 1), (Attempts(first, 0), Attempts(second, 0)));
        Assert.Equal((4, 1), (Attempts(first, 1), Attempts(second, 1)));
        var dropped = service.Ledger.Tallies(second).Where(t => t.Measure.StartsWith("dropped:", StringComparison.Ordinal) && t.Stage == 2).Sum(t => t.Value);
        Assert.Equal(1, dropped - service.Ledger.Tallies(first).Where(t => t.Measure.StartsWith("dropped:", StringComparison.Ordinal) && t.Stage == 2).Sum(t => t.Value));
        var there = ProgramRun.Digests(service.Out);
        Assert.All(service.Embedded(pipeline), file => Assert.Equal(file.Value, there.GetValueOrDefault(file.Key)));

        int Attempts(string run, int stage) => service.Ledger.Units(run).Where(u => u.Stage == stage).Sum(u => (int)u.Attempt);
    }

    [Fact]
    public async Task One_process_is_the_whole_service()
    {
        using var service = new Deployment(Path.Combine(Directory.CreateTempSubdirectory("corpusforge-ledger-").FullName, "ledger.db"));
        var pipeline = service.Corpus("one", units: 10, documents: 10);
        var run = service.Submit(pipeline);
        service.Serve("--workers", "2");
        await service.Until(run, States.Done);
        Assert.Equal(service.Embedded(pipeline), ProgramRun.Digests(service.Out));
    }

    [Fact]
    public async Task Redis_dispatches_as_PostgreSQL_does()
    {
        using var service = new Deployment(null, ("DISPATCH__STORAGE", "redis"), ("DISPATCH__CONNECTION", RedisServer.Shared.NewDatabase()));
        var pipeline = service.Corpus("redis", units: 20, documents: 10);
        var run = service.Submit(pipeline);
        service.Serve("--workers", "0");
        service.Worker();
        service.Worker();
        await service.Until(run, States.Done);
        Assert.Equal(service.Embedded(pipeline), ProgramRun.Digests(service.Out));
    }

    [Fact]
    public async Task A_run_that_was_paused_and_cancelled_goes_on_to_the_same_bytes()
    {
        using var service = new Deployment();
        var pipeline = service.Corpus("stops", units: 80, documents: 10);
        var run = service.Submit(pipeline);
        service.Serve("--workers", "0");
        service.Worker("cpu=2");
        foreach (var (asked, stopped) in ((string, string)[])[(States.Pausing, States.Paused), (States.Cancelling, States.Cancelled)])
        {
            var before = service.Units(run, States.Done);
            await service.Until(() => service.Units(run, States.Done) > before + 3, "some units are done");
            Assert.True(service.Ledger.ChangeRun(run, asked, States.Running));
            await service.Until(run, stopped);
            Assert.Equal(0, service.Units(run, States.Running));
            var then = service.Units(run, States.Done);
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            Assert.Equal(then, service.Units(run, States.Done));
            Assert.True(service.Ledger.ChangeRun(run, States.Queued, stopped));
        }
        await service.Until(run, States.Done);
        Assert.Equal(service.Embedded(pipeline), ProgramRun.Digests(service.Out));
    }

    [Fact]
    public async Task A_retry_takes_only_what_failed_and_the_input_as_it_is_then()
    {
        using var service = new Deployment();
        var pipeline = service.Corpus("retry", units: 6, documents: 10);
        File.WriteAllText(pipeline, File.ReadAllText(pipeline).Replace("*.jsonl", "*.jsonl*", StringComparison.Ordinal));
        var damaged = Path.Combine(service.Folder, "retry", "damaged.jsonl.gz");
        File.WriteAllBytes(damaged, [0x1f, 0x8b, 8, 0, 1, 2, 3, 4]);
        var run = service.Submit(pipeline);
        service.Serve("--workers", "2");
        await service.Until(() => service.Ledger.StateOf(run) == States.Failed, "it failed");
        Assert.Contains("damaged.jsonl.gz", service.Ledger.Run(run)!.Error);
        var attempts = service.Ledger.Units(run, States.Done).ToDictionary(u => u.Key, u => u.Attempt);
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(damaged), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write("""{"id":"late","text":"A text that comes late."}"""u8);
        service.Ledger.RetryFailed(run);
        Assert.True(service.Ledger.ChangeRun(run, States.Queued, States.Failed));
        await service.Until(run, States.Done);
        Assert.All(attempts, before => Assert.Equal(before.Value, service.Ledger.Units(run).Single(u => u.Key == before.Key).Attempt));
        Assert.Equal(service.Embedded(pipeline), ProgramRun.Digests(service.Out));
    }

    [Fact]
    public async Task A_run_of_higher_priority_ends_before_one_that_began_earlier()
    {
        using var service = new Deployment();
        var (slow, urgent) = (service.Corpus("slow", units: 200, documents: 10), service.Corpus("urgent", units: 4, documents: 2, seed: 2));
        var low = service.Submit(slow);
        service.Serve("--workers", "0");
        service.Worker("cpu=1");
        await service.Until(() => service.Units(low, States.Done) > 2, "the first run goes on");
        var high = service.Submit(urgent, priority: 10);
        await service.Until(high, States.Done);
        Assert.Equal(States.Running, service.Ledger.StateOf(low));
    }

    [Theory]
    [InlineData("00:00:00", 2)]
    [InlineData("00:02:00", 1)]
    public async Task A_worker_that_is_asked_to_stop_ends_its_unit_or_gives_it_back(string drain, long attempts)
    {
        using var service = new Deployment(null, ("DRAIN", drain));
        var run = service.Submit(service.Corpus("long", units: 1, documents: 60_000));
        service.Serve("--workers", "0");
        var first = service.Worker("cpu=1");
        await service.Until(() => service.Units(run, States.Running) == 1, "the unit runs");
        var key = service.Ledger.Units(run)[0].Key;
        Signals.Send(first.Id, "TERM");
        await service.Until(() => first.HasExited, "the worker ends");
        Assert.Equal(0, first.ExitCode);
        Assert.Equal(0, service.Units(run, States.Running));
        service.Worker("cpu=1");
        await service.Until(() => service.Ledger.Units(run).Single(u => u.Key == key).State == States.Done, "the unit is done");
        var unit = service.Ledger.Units(run).Single(u => u.Key == key);
        Assert.Equal((attempts, 0L, 0L), (unit.Attempt, unit.Failures, unit.Losses));
    }

    [Fact]
    public async Task Another_process_goes_on_when_a_coordinator_is_killed()
    {
        using var service = new Deployment();
        var pipeline = service.Corpus("two", units: 60, documents: 10);
        var run = service.Submit(pipeline);
        var serving = new[] { service.Serve("--workers", "0"), service.Serve("--workers", "0") };
        service.Worker("cpu=1");
        await service.Until(() => service.Units(run, States.Done) > 2, "some units are done");
        var name = service.Ledger.Run(run)!.Coordinator!;
        var coordinator = serving.Single(p => name.Split(':')[1] == $"{p.Id}");
        coordinator.Kill();
        await service.Until(() => service.Ledger.Run(run)!.Coordinator is { } now && now != name, "another one coordinates", 40);
        await service.Until(run, States.Done);
        Assert.Equal(service.Embedded(pipeline), ProgramRun.Digests(service.Out));
    }
}
