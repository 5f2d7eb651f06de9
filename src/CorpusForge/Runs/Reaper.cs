namespace CorpusForge.Runs;

/// <summary>Takes back the units of workers whose heartbeat stopped.</summary>
/// <remarks>
/// Heartbeats are compared with the database's clock alone. After a pause in which this process could not look (the database was down, or
/// it was frozen), workers get the time to be heard again before any is given up.
/// </remarks>
public sealed class Reaper(Ledger ledger, TimeProvider time)
{
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_gap = TimeSpan.FromSeconds(4);
    private long _last = time.GetTimestamp();
    private long _blind = time.GetTimestamp();

    /// <summary>One look; the units that wait again.</summary>
    public IReadOnlyList<UnitId> Look()
    {
        if (time.GetElapsedTime(_last) > s_gap)
            _blind = time.GetTimestamp();
        var start = time.GetTimestamp();
        var lost = time.GetElapsedTime(_blind) < Silence ? [] : ledger.Lost((long)Silence.TotalMilliseconds);
        if (time.GetElapsedTime(start) > s_gap)
            _blind = time.GetTimestamp();
        _last = time.GetTimestamp();
        foreach (var run in lost.GroupBy(u => u.Run))
            ledger.Log(run.Key, "lost", $"{run.Count()} units of lost workers wait again", "warning");
        Metrics.Lost(lost.Count);
        return lost;
    }
}
