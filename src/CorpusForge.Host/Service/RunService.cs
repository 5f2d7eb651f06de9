using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>Everything that can be asked of runs: the command line, the API, the pages and the schedules call this, and nothing else changes a run.</summary>
/// <remarks>It only writes to the ledger: whichever process coordinates the run sees it there. It works over a folder's ledger as over a service's.</remarks>
public sealed partial class RunService(Ledger ledger, IStorage storage, TimeProvider time, Confinement? within = null)
{
    private readonly ConcurrentDictionary<(string Run, string Yaml), Pipeline?> _pipelines = new();

    public Ledger Ledger => ledger;
    public IStorage Storage => storage;

    /// <summary>Everything wrong with a pipeline; nothing when it could run.</summary>
    public Validation Validate(Submission submission)
    {
        try
        {
            return new Validation([], Described(Parse(submission)));
        }
        catch (PipelineException e)
        {
            return new Validation([.. e.Problems.Select(PipelineProblem.Of)], null);
        }
    }

    /// <summary>What a run would do, without doing it.</summary>
    /// <exception cref="PipelineException">The pipeline is wrong: every problem.</exception>
    public RunPlan Plan(Submission submission)
    {
        var phases = Coordinator.Plan(new RunContext(Parse(submission), storage, Inputs), 0);
        return new RunPlan(phases, phases.Sum(p => p.Bytes), phases.All(p => p.Units == p.Reused));
    }

    /// <summary>Records a run; a coordinator takes it up.</summary>
    /// <exception cref="PipelineException">The pipeline is wrong: every problem.</exception>
    public RunSummary Start(Submission submission)
    {
        var pipeline = Parse(submission);
        var request = new RunRequest { State = States.Queued, Priority = submission.Priority, RequestedBy = submission.Who, Schedule = submission.Schedule };
        var run = ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, submission.File, submission.Yaml, JsonSerializer.Serialize(submission.Set), request);
        Record(submission.Who, "run.start", run.Id, submission.File);
        return Run(run.Id);
    }

    /// <summary>Stops a run for good; what is done stays done.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="ConflictException">It has ended.</exception>
    public RunSummary Cancel(string run, string who) =>
        Move(run, "cancel", who, (States.Cancelled, [States.Paused]), (States.Cancelling, [States.Queued, States.Running, States.Pausing]));

    /// <summary>Lets a run's units finish and starts no others.</summary>
    public RunSummary Pause(string run, string who) => Move(run, "pause", who, (States.Paused, [States.Queued]), (States.Pausing, [States.Running]));

    /// <summary>Goes on with a run that was paused, cancelled or failed; units that failed stay so.</summary>
    public RunSummary Resume(string run, string who) =>
        Move(run, "resume", who, (States.Running, [States.Pausing]), (States.Queued, [States.Paused, States.Cancelled, States.Failed]));

    /// <summary>Tries failed units again, all of a run or one, and goes on with the run where it had stopped.</summary>
    /// <param name="run">The run.</param>
    /// <param name="who">Who asks, for the record.</param>
    /// <param name="unit">Only this one.</param>
    public RunSummary Retry(string run, string who, UnitId? unit = null)
    {
        var before = Run(run);
        if (unit is not null && ledger.ShortUnit(unit) is null)
            throw new NotFoundException($"run {run} has no unit {unit.Key} in stage {unit.Stage}, phase {unit.Phase}");
        if (before.State is not (States.Failed or States.Cancelled or States.Paused or States.Running or States.Queued))
            throw new ConflictException($"run {run} is {before.State}: there is nothing to try again");
        var retried = ledger.RetryFailed(run, unit?.Stage, unit?.Phase, unit?.Key);
        ledger.ChangeRun(run, States.Queued, States.Failed, States.Cancelled, States.Paused);
        Record(who, "run.retry", run, $"{retried} units{(unit is null ? "" : $", {unit.Stage}/{unit.Phase}/{unit.Key}")}");
        return Run(run);
    }

    /// <summary>Units of a run with a higher priority go first.</summary>
    public RunSummary SetPriority(string run, int priority, string who)
    {
        Run(run);
        ledger.SetPriority(run, priority);
        Record(who, "run.priority", run, $"{priority}");
        return Run(run);
    }

    private RunSummary Move(string run, string action, string who, params ReadOnlySpan<(string To, string[] From)> moves)
    {
        var before = Run(run);
        foreach (var (to, from) in moves)
        {
            if (ledger.ChangeRun(run, to, from))
            {
                Record(who, $"run.{action}", run, before.State);
                return Run(run);
            }
        }
        throw new ConflictException($"run {run} is {Run(run).State}: there is nothing to {action}");
    }

    private void Record(string who, string action, string target, string detail) => ledger.Audit(who, action, target, detail);

    private Pipeline Parse(Submission submission) =>
        PipelineFile.Parse(submission.Yaml, submission.File, CommandLine.Catalogue, submission.Set, submission.Limit, within);

    private Inputs Inputs => new(ledger, AppSettings.Storages) { Within = within };

    // With every setting at its resolved value, but for secrets.
    private static JsonObject Described(Pipeline pipeline) => JsonNode.Parse(PipelineVariables.Redact(PipelineFile.Describe(pipeline).ToJsonString(Manifest.Json)))!.AsObject();

    // What is in the ledger was let in when it was submitted, be it over the API or by somebody on the machine.
    // Null where this version cannot read it any more: a step was renamed, a variable is not set.
    private Pipeline? PipelineOf(RunRow run) => _pipelines.GetOrAdd((run.Id, run.Yaml), _ =>
    {
        try
        {
            return PipelineFile.Parse(run.Yaml, run.File, CommandLine.Catalogue, JsonSerializer.Deserialize<string[]>(run.Overrides), run.MaxDocuments);
        }
        catch (PipelineException)
        {
            return null;
        }
    });
}
