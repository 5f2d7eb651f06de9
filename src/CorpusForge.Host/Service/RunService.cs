using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>A run that somebody asks for.</summary>
/// <param name="Yaml">The pipeline file's text.</param>
/// <param name="File">What it is called.</param>
/// <param name="Who">Who asks, for the record.</param>
internal sealed record Submission(string Yaml, string File, string Who)
{
    /// <summary>`path.to.setting=value`.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>At most so many documents of each source.</summary>
    public long? Limit { get; init; }

    /// <summary>Units of a run with a higher one go first.</summary>
    public int Priority { get; init; }

    /// <summary>The schedule that asks.</summary>
    public string? Schedule { get; init; }
}

/// <summary>Everything that can be asked of runs: the API, the pages and the schedules call this, and nothing else changes a run.</summary>
/// <remarks>It only writes to the ledger: whichever process coordinates the run sees it there.</remarks>
internal sealed class RunService(Ledger ledger, Confinement within)
{
    /// <summary>Everything wrong with a pipeline; empty when it could run.</summary>
    public IReadOnlyList<string> Validate(string yaml, string file, IReadOnlyList<string> set, long? limit = null)
    {
        try
        {
            PipelineFile.Parse(yaml, file, CommandLine.Catalogue, set, limit, within);
            return [];
        }
        catch (PipelineException e)
        {
            return e.Problems;
        }
    }

    /// <summary>Records a run; a coordinator takes it up.</summary>
    /// <exception cref="PipelineException">The pipeline is wrong: every problem.</exception>
    public RunRow Start(Submission submission)
    {
        var pipeline = PipelineFile.Parse(submission.Yaml, submission.File, CommandLine.Catalogue, submission.Set, submission.Limit, within);
        var run = ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, submission.File, submission.Yaml, JsonSerializer.Serialize(submission.Set));
        ledger.SetRunState(run.Id, "queued");
        return ledger.Run(run.Id)!;
    }

    /// <summary>Stops a run for good; what is done stays done.</summary>
    /// <exception cref="PipelineException">There is no such run, or it has ended.</exception>
    public RunRow Cancel(string run, string who) => Move(run, "cancelling", ["queued", "running", "pausing", "paused"]);

    /// <summary>Lets a run's units finish and starts no others.</summary>
    public RunRow Pause(string run, string who) => Move(run, "pausing", ["queued", "running"]);

    /// <summary>Goes on with a run that was paused, cancelled or failed; units that failed stay so.</summary>
    public RunRow Resume(string run, string who) => Move(run, "queued", ["pausing", "paused", "cancelled", "failed"]);

    /// <summary>Tries the failed units of a run again.</summary>
    public RunRow Retry(string run, string who)
    {
        ledger.RetryFailed(run);
        return Move(run, "queued", ["failed", "cancelled", "paused"]);
    }

    private RunRow Move(string id, string to, string[] from)
    {
        var run = ledger.Run(id) ?? throw new PipelineException($"there is no run '{id}'");
        if (!from.Contains(run.State))
            throw new PipelineException($"run {id} is {run.State}");
        ledger.SetRunState(id, to);
        return ledger.Run(id)!;
    }
}
