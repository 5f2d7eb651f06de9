using System.Diagnostics.Metrics;
using CorpusForge.Runs;

namespace CorpusForge.Host.Telemetry;

/// <summary>Runs, units and workers of the whole service as gauges; only a coordinator has them, so that nothing is counted twice.</summary>
/// <remarks>It looks at the ledger every few seconds, not when somebody scrapes. What is older than half a minute is not told.</remarks>
internal sealed class LedgerWatch : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_stale = TimeSpan.FromSeconds(30);

    private readonly Meter _meter = new(Metrics.Source);
    private readonly Ledger _ledger;
    private readonly TimeProvider _time;
    private volatile Look? _look;

    public LedgerWatch(Ledger ledger, TimeProvider time)
    {
        (_ledger, _time) = (ledger, time);
        _meter.CreateObservableGauge("corpusforge.runs", () => Tell(g => g.Runs.Select(r => Of(r.Count, "state", r.State))), "{run}", "Runs by state.");
        _meter.CreateObservableGauge("corpusforge.workers", () => Tell(g => g.Workers.Select(w => Of(w.Count, "state", w.State))), "{worker}", "Workers by state.");
        _meter.CreateObservableGauge("corpusforge.queue.waiting", () => Tell(g => g.Units.Select(u => Of(u.Waiting, "queue", u.Queue))), "{unit}", "Units that wait, of phases that have begun.");
        _meter.CreateObservableGauge("corpusforge.queue.running", () => Tell(g => g.Units.Select(u => Of(u.Running, "queue", u.Queue))), "{unit}", "Units that any worker has.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(s_pause, _time);
        do
        {
            try
            {
                _look = new Look(_ledger.Gauges(), _time.GetTimestamp());
            }
            catch (System.Data.Common.DbException)
            {
                // What cannot be told goes stale; `/readyz` says what is wrong.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Tell(Func<LedgerGauges, IEnumerable<Measurement<long>>> of) =>
        _look is { } look && _time.GetElapsedTime(look.At) < s_stale ? of(look.Gauges) : [];

    private static Measurement<long> Of(long value, string label, string name) => new(value, new KeyValuePair<string, object?>(label, name));

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    private sealed record Look(LedgerGauges Gauges, long At);
}
