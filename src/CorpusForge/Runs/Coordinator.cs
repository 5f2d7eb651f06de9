using System.Text.Json;
using System.Threading.Channels;

namespace CorpusForge.Runs;

/// <summary>Carries units to workers; it knows nothing but their ids, and loses nothing that the ledger does not know.</summary>
public interface IDispatcher
{
    void Enqueue(UnitId unit, string queue);
}

/// <summary>What a run is doing, for whoever watches.</summary>
/// <param name="Stage">The id of the stage.</param>
/// <param name="Phase">The name of the phase.</param>
/// <param name="Done">Units done, with the shares of those that are running.</param>
/// <param name="Total">Units of the phase.</param>
/// <param name="Documents">Documents read so far by the units that are done.</param>
public sealed record RunProgress(string Stage, string Phase, double Done, long Total, long Documents);

/// <summary>How a run ended.</summary>
/// <param name="Run">Its id.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Done">Units done by this process.</param>
/// <param name="Reused">Units that were there already.</param>
/// <param name="Problems">What failed, a line each.</param>
public sealed record RunResult(string Run, string State, long Done, long Reused, IReadOnlyList<string> Problems);

/// <summary>Takes a run from phase to phase: plans the units, hands them to the dispatcher, waits until the ledger says that the phase is closed.</summary>
/// <remarks>
/// At most a window of units is with the dispatcher at a time. Completions arrive as messages; a look at the ledger every second
/// is the backstop, so a lost message costs a second and never a run.
/// </remarks>
public sealed class Coordinator(OutputFolder output, RunContext context, IDispatcher dispatcher, string run, int window, TimeProvider time)
{
    private readonly Channel<UnitId> _finished = Channel.CreateUnbounded<UnitId>();
    private readonly Dictionary<string, double> _shares = [];
    private readonly Lock _sharesLock = new();
    private long _done;
    private long _reused;

    private Ledger Ledger => output.Ledger;

    public Action<RunProgress> Progress { get; init; } = _ => { };

    /// <summary>Tells that an attempt ended, however it ended.</summary>
    public void Finished(UnitId unit) => _finished.Writer.TryWrite(unit);

    /// <summary>Ends the run with an error that no unit can be blamed for.</summary>
    public void Abort(Exception error) => _finished.Writer.TryComplete(error);

    /// <summary>Tells how far a running unit is, 0 to 1.</summary>
    public void Report(UnitId unit, double share)
    {
        lock (_sharesLock)
            _shares[unit.Key] = share;
    }

    /// <param name="firstStage">Stages before this one are taken as their `stage.json` has them.</param>
    /// <param name="stop">Stops the run and its workers; units that are running are given back. Cancelled here when the ledger asks for it.</param>
    public async Task<RunResult> Run(int firstStage, CancellationTokenSource stop)
    {
        var cancel = stop.Token;
        var lost = Ledger.Reconcile(run);
        Ledger.SetRunState(run, States.Running);
        Ledger.Log(run, "started", lost > 0 ? $"{lost} units of a lost process wait again" : "");
        try
        {
            for (var stage = 0; stage < context.Pipeline.Stages.Count; stage++)
            {
                if (stage < firstStage)
                {
                    context.CloseFromFile(stage);
                    continue;
                }
                for (var phase = 0; phase < context.Pipeline.Stages[stage].Stage.Phases.Count; phase++)
                {
                    if (await RunPhase(stage, phase, stop) is { } failures)
                        return End(States.Failed, failures);
                }
                var file = context.WriteStage(stage);
                Ledger.CloseStage(run, stage, context.Pipeline.Stages[stage], file);
                Ledger.Log(run, "stage", $"{context.Pipeline.Stages[stage].Id}: {file.Tally.In + file.Tally.Created} in, {file.Tally.Out} out");
            }
            return End(States.Done, []);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return End(States.Cancelled, ["cancelled; the same command goes on where it stopped"]);
        }
        catch (PipelineException e)
        {
            return End(States.Failed, e.Problems);
        }
    }

    private async Task<IReadOnlyList<string>?> RunPhase(int stage, int phase, CancellationTokenSource stop)
    {
        using var measure = Metrics.Phase(context, run, stage, phase);
        var (own, work) = (context.Pipeline.Stages[stage], context.PhaseOf(stage, phase));
        var units = context.Plan(stage, phase);
        var ready = units.Zip(context.Find(stage, phase, units.Select(u => u.Key)), (u, p) => (Unit: u, Part: p)).ToArray();
        Ledger.PlanPhase(run, stage, phase, work.Name, work.Queue, ready.Select(r => (r.Unit, r.Part is not null)));
        _reused += ready.Count(r => r.Part is not null);
        var waiting = new Queue<string>(Ledger.Waiting(run, stage, phase, int.MaxValue));
        var outstanding = new HashSet<string>(StringComparer.Ordinal);
        var counts = Ledger.Counts(run, stage, phase);
        var documents = ready.Sum(r => r.Part?.Tally.In ?? 0);
        while (counts.Done + counts.Failed < counts.Total)
        {
            while (outstanding.Count < window && waiting.TryDequeue(out var key))
            {
                outstanding.Add(key);
                dispatcher.Enqueue(new UnitId(run, stage, phase, key), work.Queue);
            }
            // Shares may add up to the whole before the last unit has committed; the phase is at its end only after it.
            var done = Math.Min(counts.Done + SharesOf(outstanding), Math.BitDecrement((double)counts.Total));
            Progress(new RunProgress(own.Id, work.Name, done, counts.Total, documents));
            foreach (var key in await Completions(stop.Token))
            {
                outstanding.Remove(key);
                if (context.Find(stage, phase, key) is { } part)
                    documents += part.Tally.In;
                else if (Ledger.Unit(new UnitId(run, stage, phase, key)) is { State: States.Pending })
                    waiting.Enqueue(key);
            }
            counts = Ledger.Counts(run, stage, phase);
            if (Ledger.Run(run)?.State == States.Cancelling)
                await stop.CancelAsync();
            stop.Token.ThrowIfCancellationRequested();
        }
        _done += counts.Done - ready.Count(r => r.Part is not null);
        var late = new Queue<Manifest?>(context.Find(stage, phase, ready.Where(r => r.Part is null).Select(r => r.Unit.Key)));
        var parts = ready.Select(r => r.Part ?? late.Dequeue()).ToArray();
        Progress(new RunProgress(own.Id, work.Name, counts.Done, counts.Total, parts.Sum(p => p?.Tally.In + p?.Tally.Created ?? 0)));
        if (counts.Failed > 0)
            return [.. FailuresOf(stage, phase)];
        context.Close(stage, phase, parts!);
        return null;
    }

    // Everything that finished since the last look; an empty list after a second without news.
    private async Task<IReadOnlyList<string>> Completions(CancellationToken cancel)
    {
        using var backstop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        backstop.CancelAfter(TimeSpan.FromSeconds(1));
        var keys = new List<string>();
        try
        {
            await _finished.Reader.WaitToReadAsync(backstop.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return keys;
        }
        while (_finished.Reader.TryRead(out var unit))
        {
            keys.Add(unit.Key);
            lock (_sharesLock)
                _shares.Remove(unit.Key);
        }
        return keys;
    }

    private double SharesOf(HashSet<string> running)
    {
        lock (_sharesLock)
            return _shares.Where(s => running.Contains(s.Key)).Sum(s => s.Value);
    }

    private IEnumerable<string> FailuresOf(int stage, int phase) => Ledger.Units(run)
        .Where(u => u.Stage == stage && u.Phase == phase && u.State is (States.Failed or States.Quarantined))
        .Select(u => $"{context.Pipeline.Stages[stage].Id}/{context.PhaseOf(stage, phase).Name} unit {u.Key} {u.State}: {u.Error}");

    private RunResult End(string state, IReadOnlyList<string> problems)
    {
        var redacted = problems.Select(PipelineVariables.Redact).ToArray();
        Ledger.SetRunState(run, state, redacted.Length == 0 ? null : string.Join('\n', redacted));
        Ledger.Log(run, state, redacted.FirstOrDefault() ?? "");
        RunFile.Write(output, context, run, time);
        Metrics.RunEnded(state);
        return new RunResult(run, state, _done, _reused, redacted);
    }

    /// <summary>Units that would run, phase by phase, as far as this can be known now; null as soon as a phase depends on one that has not run.</summary>
    /// <param name="context">The pipeline over its output folder.</param>
    /// <param name="firstStage">Stages before this one are taken as their `stage.json` has them.</param>
    public static IReadOnlyList<PhasePlan> Plan(RunContext context, int firstStage)
    {
        var plans = new List<PhasePlan>();
        for (var stage = 0; stage < context.Pipeline.Stages.Count; stage++)
        {
            if (stage < firstStage)
            {
                context.CloseFromFile(stage);
                continue;
            }
            for (var phase = 0; phase < context.Pipeline.Stages[stage].Stage.Phases.Count; phase++)
            {
                var (id, name) = (context.Pipeline.Stages[stage].Id, context.PhaseOf(stage, phase).Name);
                if (plans.Any(p => p.Units is null || p.Reused < p.Units))
                {
                    plans.Add(new PhasePlan(id, name, null, 0, 0));
                    continue;
                }
                var units = context.Plan(stage, phase);
                var parts = context.Find(stage, phase, units.Select(u => u.Key));
                var bytes = units.Zip(parts).Where(u => u.Second is null).Sum(u => BytesOf(u.First));
                plans.Add(new PhasePlan(id, name, units.Count, parts.Count(p => p is not null), bytes));
                if (parts.All(p => p is not null))
                    context.Close(stage, phase, parts!);
            }
        }
        return plans;
    }

    private static long BytesOf(Unit unit) => unit.Payload.StartsWith('{') && JsonDocument.Parse(unit.Payload).RootElement is var json
        && json.TryGetProperty("bytes", out var bytes) && bytes.ValueKind == JsonValueKind.Number ? bytes.GetInt64() : 0;
}

/// <summary>What a phase would do: its units, how many of them exist, and how many bytes of input the others read.</summary>
/// <param name="Stage">The id of the stage.</param>
/// <param name="Phase">The name of the phase.</param>
/// <param name="Units">Null when it depends on a phase that has not run.</param>
/// <param name="Reused">Units that are done already.</param>
/// <param name="Bytes">Input bytes of the units that would run, where the phase reads sources.</param>
public sealed record PhasePlan(string Stage, string Phase, long? Units, long Reused, long Bytes);
