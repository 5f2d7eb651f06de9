using CorpusForge.Runs;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;

namespace CorpusForge.Host;

/// <summary>Dispatches units as Hangfire jobs: one job is one unit, and carries nothing but its ids.</summary>
/// <remarks>Hangfire's own retries are off, since the ledger owns them, and nothing static is used.</remarks>
internal sealed class HangfireDispatcher(JobStorage storage) : IDispatcher
{
    /// <summary>The filters of every job, here and where it is done.</summary>
    public static JobFilterCollection Filters { get; } = new() { new AutomaticRetryAttribute { Attempts = 0 } };

    private readonly BackgroundJobClient _client = new(storage, Filters);

    public void Enqueue(UnitId unit, string queue, bool first)
    {
        var name = NameOf(queue, first);
        try
        {
            _client.Create(Job.FromExpression<UnitJob>(job => job.Run(unit.Run, unit.Stage, unit.Phase, unit.Key), name), new EnqueuedState(name));
        }
        catch (BackgroundJobClientException e)
        {
            throw new IOException($"units cannot be dispatched: {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <summary>What Hangfire calls a queue: servers take from the first of these before the second, which is also the order of their names.</summary>
    public static string NameOf(string queue, bool first) => first ? $"{queue}-first" : $"{queue}-next";
}

/// <summary>The Hangfire job: ids only, the ledger has the rest.</summary>
public sealed class UnitJob
{
    private readonly Action<UnitId> _work;

    internal UnitJob(Action<UnitId> work) => _work = work;

    public void Run(string run, int stage, int phase, string key) => _work(new UnitId(run, stage, phase, key));
}
