namespace CorpusForge.Runs;

/// <summary>Keeps the units of one phase that wait with the dispatcher: tops them up, and sends again what got lost on the way.</summary>
/// <remarks>
/// Whatever was sent and still waits in the ledger while workers are idle cannot be in the queue any more (it was wiped, or a worker died
/// between taking the job and taking the unit): it is sent anew, after ten seconds and then every twenty. Sent twice is harmless, since a unit is
/// taken in the ledger.
/// </remarks>
internal sealed class Dispatching(Ledger ledger, IDispatcher dispatcher, Window window, UnitId phase, string queue, Window.Share share, TimeProvider time)
{
    private const int SendsAtOnce = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_maxPatience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, Sent> _sent = new(StringComparer.Ordinal);

    /// <summary>Looks at what waits and sends what there is room for; how many were sent.</summary>
    /// <exception cref="IOException">The dispatcher cannot be reached; the units wait in the ledger.</exception>
    public int TopUp()
    {
        var front = ledger.Next(phase.Run, phase.Stage, phase.Phase, window.SizeOf(queue));
        share.Wanted = front.Count;
        Forget(front);
        var (room, idle) = (share.Room - _sent.Count, window.IsIdle(queue));
        var sending = new List<WaitingUnit>();
        foreach (var unit in front)
        {
            if (_sent.TryGetValue(unit.Key, out var sent))
            {
                if (idle && time.GetElapsedTime(sent.At) > sent.Patience)
                    sending.Add(unit);
            }
            // What was taken before waits for nobody.
            else if (room-- > 0 || unit.Attempt > 0)
                sending.Add(unit);
        }
        Parallel.ForEach(sending, new ParallelOptions { MaxDegreeOfParallelism = SendsAtOnce }, Send);
        return sending.Count;
    }

    // A unit that was taken has left the queue, even if it waits again.
    private void Forget(IReadOnlyList<WaitingUnit> front)
    {
        var waiting = front.ToDictionary(u => u.Key, u => u.Attempt, StringComparer.Ordinal);
        foreach (var (key, sent) in _sent.ToArray())
        {
            if (!waiting.TryGetValue(key, out var attempt) || attempt != sent.Attempt)
                _sent.Remove(key);
        }
    }

    private void Send(WaitingUnit unit)
    {
        dispatcher.Enqueue(phase with { Key = unit.Key }, queue, first: unit.Attempt > 0 || share.Priority > 0);
        lock (_sent)
        {
            var patience = _sent.TryGetValue(unit.Key, out var before) ? before.Patience * 2 : s_patience;
            _sent[unit.Key] = new Sent(unit.Attempt, time.GetTimestamp(), patience < s_maxPatience ? patience : s_maxPatience);
        }
    }

    private sealed record Sent(long Attempt, long At, TimeSpan Patience);
}
