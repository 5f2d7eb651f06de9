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
}
