using System.Text.Json;
using System.Threading.Channels;

namespace CorpusForge.Runs;

/// <summary>Carries units to workers; it knows nothing but their ids, and loses nothing that the ledger does not know.</summary>
public interface IDispatcher
{
    /// <param name="unit">What is to be done.</param>
    /// <param name="queue">The resource that it needs.</param>
    /// <param name="first">Before those that are not.</param>
    /// <exception cref="IOException">It cannot be reached.</exception>
    void Enqueue(UnitId unit, string queue, bool first);
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
/// <param name="Warnings">What did not fail, and is hardly what was wanted.</param>
public sealed record RunResult(string Run, string State, long Done, long Reused, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings);

/// <summary>Takes a run from phase to phase: plans the units, hands them to the dispatcher, waits until the ledger says that the phase is closed.</summary>
/// <remarks>
/// It never counts units: phases have counters, and only as many units are read as fit the window. News of units and of the run wake
/// it; a look at the ledger every second is the backstop, so lost news cost a second and never a run. Several may have the same run: they do the same.
/// </remarks>
public sealed class Coordinator(Ledger ledger, RunContext context, IDispatcher dispatcher, Window window, string run, TimeProvider time)
{
    private const int MaxProblems = 20;

    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, double> _shares = [];
    private readonly List<string> _ended = [];
    private readonly Lock _sharesLock = new();
    private long _done;
    private long _reused;
    private readonly List<string> _warnings = [];

    public Action<RunProgress> Progress { get; init; } = _ => { };

    /// <summary>Asked to stop the units of the run, when it is to be cancelled; workers elsewhere see it in the ledger.</summary>
    public Action Halt { get; init; } = () => { };

    /// <summary>Who has the lease of the run; null when this process is the only one, so that its end is the end of the run.</summary>
    public string? Holder { get; init; }

    /// <summary>Tells that something happened.</summary>
    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Tells that an attempt ended, however it ended.</summary>
    public void Finished(UnitId unit)
    {
        lock (_sharesLock)
            _ended.Add(unit.Key);
        Wake();
    }

    /// <summary>Ends the run with an error that no unit can be blamed for.</summary>
    public void Abort(Exception error) => _news.Writer.TryComplete(error);

    /// <summary>Tells how far a running unit is, 0 to 1.</summary>
    public void Report(UnitId unit, double share)
    {
        lock (_sharesLock)
            _shares[unit.Key] = share;
    }

    /// <summary>Runs to the end, or to where the ledger says that the run is to pause or to be cancelled.</summary>
    /// <param name="firstStage">Stages before this one are taken as their `stage.json` has them.</param>
    /// <param name="cancel">Ends a run without a holder as cancelled; one with a holder is left as it is, for the next.</param>
    public async Task<RunResult> Run(int firstStage, CancellationToken cancel)
    {
        ledger.Log(run, "started", Holder ?? "");
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
                    if (await RunPhase(stage, phase, cancel) is { } ending)
                        return End(ending.State, ending.Problems);
                }
                var file = context.WriteStage(stage);
                ledger.CloseStage(run, stage, context.Pipeline.Stages[stage], file);
                ledger.Log(run, "stage", $"{context.Pipeline.Stages[stage].Id}: {file.Tally.In + file.Tally.Created} in, {file.Tally.Out} out");
                Warn(context.Pipeline.Stages[stage], file.Tally);
            }
            return End(States.Done, []);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && Holder is null)
        {
            return End(States.Cancelled, [Interrupted]);
        }
        catch (PipelineException e)
        {
            return End(States.Failed, e.Problems);
        }
    }

    // A corpus that came to nothing is no failure, but nobody wants one; the stages after the first such one have nothing to lose.
    private void Warn(PlannedStage stage, Tally tally)
    {
        if (tally.Out > 0 || _warnings.Count > 0 || stage.Stage.Produces is not (Product.Documents or Product.Tokens))
            return;
        var all = tally.In + tally.Created;
        var most = tally.Dropped.OrderByDescending(d => d.Value).FirstOrDefault();
        _warnings.Add(all == 0
            ? $"stage '{stage.Id}' had no documents to read"
            : $"stage '{stage.Id}' kept none of its {all:N0} documents{(most.Key is null ? "" : $": {most.Key} dropped {most.Value:N0}")}; see `inspect {run}/{stage.Id} --dropped`");
        ledger.Log(run, "empty", _warnings[^1], "warning");
    }

    private async Task<Ending?> RunPhase(int stage, int phase, CancellationToken cancel)
    {
        if (ledger.StateOf(run) is not States.Running)
            return await Stop(cancel);
        using var measure = Metrics.Phase(context, run, stage, phase);
        var (own, work) = (context.Pipeline.Stages[stage], context.PhaseOf(stage, phase));
        var plan = Plan(stage, phase);
        using var share = window.Join(work.Queue, 0);
        var dispatching = new Dispatching(ledger, dispatcher, window, new UnitId(run, stage, phase, ""), work.Queue, share, time);
        var unreachable = false;
        PhaseProgress now;
        while ((now = Now(stage, phase)).Done + now.Failed < now.Total)
        {
            cancel.ThrowIfCancellationRequested();
            if (now.State is not States.Running)
                return await Stop(cancel);
            share.Priority = now.Priority;
            try
            {
                dispatching.TopUp();
                unreachable = false;
            }
            catch (Exception e) when (e.InnerException is IOException || e is IOException)
            {
                if (!unreachable)
                    ledger.Log(run, "dispatch", (e.InnerException ?? e).Message, "warning");
                unreachable = true;
            }
            // Shares may add up to the whole before the last unit has committed; the phase is at its end only after it.
            var done = Math.Min(now.Done + SharesOf(), Math.BitDecrement((double)now.Total));
            Progress(new RunProgress(own.Id, work.Name, done, now.Total, now.Documents));
            await News(cancel);
        }
        _done += now.Done - (plan?.Count(p => p.Part is not null) ?? 0);
        Progress(new RunProgress(own.Id, work.Name, now.Done, now.Total, now.Documents));
        if (now.Failed > 0)
            return new Ending(States.Failed, FailuresOf(stage, phase, now.Failed));
        if (plan is not null)
        {
            var late = new Queue<Manifest?>(context.Find(stage, phase, plan.Where(p => p.Part is null).Select(p => p.Unit.Key)));
            context.Close(stage, phase, [.. plan.Select(p => p.Part ?? late.Dequeue() ?? throw new PipelineException($"the part {p.Unit.Key} of stage '{own.Id}' is gone"))]);
        }
        return null;
    }

    // The share of a unit counts until its commit does, so that progress never goes back.
    private PhaseProgress Now(int stage, int phase)
    {
        lock (_sharesLock)
        {
            _ended.ForEach(key => _shares.Remove(key));
            _ended.Clear();
        }
        return ledger.ProgressOf(run, stage, phase) ?? throw new OvertakenException(run, null);
    }

    // Null when another process has planned the phase: its plan holds, and its parts are found when they are needed.
    private List<(Unit Unit, Manifest? Part)>? Plan(int stage, int phase)
    {
        if (context.IsPlanned(stage, phase))
            return null;
        var units = context.Plan(stage, phase);
        var plan = units.Zip(context.Find(stage, phase, units.Select(u => u.Key)), (u, p) => (Unit: u, Part: p)).ToList();
        var work = context.PhaseOf(stage, phase);
        ledger.PlanPhase(run, stage, phase, work.Name, work.Queue, plan.Select(p => new PlannedUnit(p.Unit, p.Part?.Tally)));
        _reused += plan.Count(p => p.Part is not null);
        return plan;
    }

    // Everything that was begun ends or is given back first: what has ended has no units running.
    private async Task<Ending> Stop(CancellationToken cancel)
    {
        while (true)
        {
            var state = ledger.StateOf(run);
            if (state == States.Cancelling)
                Halt();
            else if (state != States.Pausing)
                throw new OvertakenException(run, state);
            if (ledger.Running(run) == 0)
                return state == States.Cancelling ? new Ending(States.Cancelled, [Interrupted]) : new Ending(States.Paused, []);
            await News(cancel);
        }
    }

    // Until something happens, a second at most.
    private async Task News(CancellationToken cancel)
    {
        using var backstop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        backstop.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            await _news.Reader.ReadAsync(backstop.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The look that nobody asked for.
        }
        catch (ChannelClosedException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }

    private double SharesOf()
    {
        lock (_sharesLock)
            return _shares.Values.Sum();
    }

    private List<string> FailuresOf(int stage, int phase, long count)
    {
        var problems = ledger.Failures(run, stage, phase, MaxProblems)
            .Select(u => $"{context.Pipeline.Stages[stage].Id}/{context.PhaseOf(stage, phase).Name} unit {u.Key} {u.State}: {u.Error}").ToList();
        if (count > problems.Count)
            problems.Add($"and {count - problems.Count} more units");
        return problems;
    }

    private RunResult End(string state, IReadOnlyList<string> problems)
    {
        var redacted = problems.Select(PipelineVariables.Redact).ToArray();
        if (!ledger.SetRunState(run, state, redacted.Length == 0 ? null : string.Join('\n', redacted), Holder))
            throw new OvertakenException(run, null);
        ledger.Log(run, state, redacted.FirstOrDefault() ?? "", state == States.Failed ? "error" : "information");
        RunFile.Write(ledger, context, run);
        Metrics.RunEnded(state);
        return new RunResult(run, state, _done, _reused, redacted, _warnings);
    }

    private string Interrupted => $"cancelled; {(Holder is null ? "the same command goes" : "what is done is kept, and the run can go")} on where it stopped";

    private sealed record Ending(string State, IReadOnlyList<string> Problems);

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

/// <summary>A run is in other hands by now, or was asked to go on: whoever had it lets go.</summary>
public sealed class OvertakenException(string run, string? state) : Exception($"run {run} is {state ?? "with another coordinator"} by now");

/// <summary>What a phase would do: its units, how many of them exist, and how many bytes of input the others read.</summary>
/// <param name="Stage">The id of the stage.</param>
/// <param name="Phase">The name of the phase.</param>
/// <param name="Units">Null when it depends on a phase that has not run.</param>
/// <param name="Reused">Units that are done already.</param>
/// <param name="Bytes">Input bytes of the units that would run, where the phase reads sources.</param>
public sealed record PhasePlan(string Stage, string Phase, long? Units, long Reused, long Bytes);
