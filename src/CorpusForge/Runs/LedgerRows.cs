using System.Globalization;
using System.Text.Json;

namespace CorpusForge.Runs;

/// <summary>Which runs a page shows.</summary>
public sealed record RunFilter
{
    /// <summary>One of <see cref="States"/>.</summary>
    public string? State { get; init; }

    public string? Pipeline { get; init; }

    /// <summary>The id of the schedule that started them.</summary>
    public string? Schedule { get; init; }
}

/// <summary>Which units a page shows.</summary>
public sealed record UnitFilter
{
    /// <summary>The stage's place in the run, from 0.</summary>
    public long? Stage { get; init; }

    /// <summary>The phase's place in its stage, from 0.</summary>
    public long? Phase { get; init; }

    /// <summary>Any of these; empty is all.</summary>
    public IReadOnlyList<string> States { get; init; } = [];
}

/// <summary>Which events are asked for.</summary>
public sealed record EventFilter
{
    public string? Run { get; init; }
    public long? Stage { get; init; }
    public long? Phase { get; init; }

    /// <summary>The unit's key.</summary>
    public string? Key { get; init; }

    /// <summary>information, warning or error.</summary>
    public string? Level { get; init; }

    /// <summary>Events with a larger number.</summary>
    public long After { get; init; }

    /// <summary>Events with a smaller number.</summary>
    public long? Before { get; init; }

    /// <summary>The last ones first.</summary>
    public bool Newest { get; init; }
}

/// <summary>A run in a list.</summary>
/// <param name="Number">Counts the runs of the ledger.</param>
/// <param name="Id">PIPELINE-N.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Digest">Of the configuration of its last stage.</param>
/// <param name="File">What the pipeline file was called.</param>
/// <param name="Limit">At most so many documents of each source.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Created">When it was asked for.</param>
/// <param name="Finished">When it ended.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="Schedule">The schedule that asked.</param>
/// <param name="Coordinator">The process that leads it.</param>
/// <param name="Units">Of the phases planned so far.</param>
/// <param name="Done">Units done.</param>
/// <param name="Failed">Units failed or quarantined.</param>
public sealed record RunSummary(
    long Number, string Id, string Pipeline, string Digest, string File, long? Limit, string State, DateTimeOffset Created, DateTimeOffset? Finished,
    string? Error, long Priority, string? RequestedBy, string? Schedule, string? Coordinator, long Units, long Done, long Failed)
{
    internal static RunSummary Of(RunLine r) => new(
        r.Number, r.Id, r.Pipeline, r.Digest, r.File, r.MaxDocuments, r.State, LedgerTime.Of(r.Created)!.Value, LedgerTime.Of(r.Finished), r.Error, r.Priority,
        r.RequestedBy, r.Schedule, r.Coordinator, r.Total, r.Done, r.Failed);
}

/// <summary>A phase of a run with its counts.</summary>
/// <param name="Stage">The stage's place, from 0.</param>
/// <param name="Phase">The phase's place in its stage, from 0.</param>
/// <param name="Name">The phase's name.</param>
/// <param name="Queue">The resource that its units need.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Units">Planned.</param>
/// <param name="Pending">Waiting.</param>
/// <param name="Running">With a worker.</param>
/// <param name="Done">Done or reused.</param>
/// <param name="Failed">Failed or quarantined.</param>
/// <param name="Started">When its first unit was planned.</param>
/// <param name="Finished">When its last unit was done.</param>
/// <param name="UnitsPerSecond">Over the last minute; null where nothing moves.</param>
/// <param name="SecondsLeft">At that rate.</param>
public sealed record PhaseSummary(
    long Stage, long Phase, string Name, string Queue, string State, long Units, long Pending, long Running, long Done, long Failed,
    DateTimeOffset? Started, DateTimeOffset? Finished, double? UnitsPerSecond, double? SecondsLeft)
{
    /// <summary>Milliseconds over which the rate is taken.</summary>
    internal const long RateWindow = 60_000;

    internal static PhaseSummary Of(PhaseLine p)
    {
        var running = p.State == States.Running ? p.Running : 0;
        // A phase younger than the window has had less time.
        var window = Math.Min(RateWindow, p.Now - (p.Started ?? p.Now)) / 1000.0;
        double? rate = p.State == States.Running && p.Recent > 0 && window > 0 ? Math.Round(p.Recent / window, 3) : null;
        var left = p.Total - p.Done - p.Failed;
        return new PhaseSummary(
            p.Stage, p.Phase, p.Name, p.Queue, p.State, p.Total, Math.Max(0, left - running), running, p.Done, p.Failed,
            LedgerTime.Of(p.Started), LedgerTime.Of(p.Finished), rate, rate is > 0 ? Math.Round(left / rate.Value, 1) : null);
    }
}

/// <summary>A measure that the units of a phase have summed up: in, created, out, bytesIn, bytesOut, tokens, `dropped:RULE`.</summary>
public sealed record TallyRow(long Stage, long Phase, string Measure, long Value);

/// <summary>A unit in a list.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Stage">The stage's place, from 0.</param>
/// <param name="Phase">The phase's place in its stage, from 0.</param>
/// <param name="Key">Names its part.</param>
/// <param name="Ordinal">Its place in the phase.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Attempt">The last attempt's number.</param>
/// <param name="Failures">How often it failed.</param>
/// <param name="Losses">How often its worker was lost.</param>
/// <param name="Worker">Who has or had it.</param>
/// <param name="Started">When the last attempt began.</param>
/// <param name="Finished">When it was done.</param>
/// <param name="NotBefore">When it may be tried again.</param>
/// <param name="Documents">Documents that it read.</param>
/// <param name="Error">Why it failed.</param>
public sealed record UnitSummary(
    string Run, long Stage, long Phase, string Key, long Ordinal, string State, long Attempt, long Failures, long Losses, string? Worker,
    DateTimeOffset? Started, DateTimeOffset? Finished, DateTimeOffset? NotBefore, long? Documents, string? Error)
{
    /// <summary>The stage's id, where the pipeline of the run can be read; otherwise its place.</summary>
    public string? StageId { get; init; }

    /// <summary>The phase's name, likewise.</summary>
    public string? PhaseName { get; init; }

    internal static UnitSummary Of(UnitLine u) => new(
        u.Run, u.Stage, u.Phase, u.Key, u.Ordinal, u.State, u.Attempt, u.Failures, u.Losses, u.Worker, LedgerTime.Of(u.Started), LedgerTime.Of(u.Finished),
        u.State == States.Pending && u.NotBefore > 0 ? LedgerTime.Of(u.NotBefore) : null, u.Documents, u.Error);
}

/// <summary>Neighbouring units of a phase.</summary>
/// <param name="From">The place of the first.</param>
/// <param name="To">The place of the last.</param>
/// <param name="States">How many are in each state that occurs.</param>
public sealed record UnitCell(long From, long To, IReadOnlyDictionary<string, long> States);

/// <summary>One attempt at a unit.</summary>
public sealed record AttemptRow(long Attempt, string Worker, string Started, string? Finished, string? Outcome, string? Error);

/// <summary>Something that happened.</summary>
/// <param name="Number">Grows with time.</param>
/// <param name="Run">The run's id.</param>
/// <param name="At">When, ISO 8601 in UTC.</param>
/// <param name="Level">information, warning or error.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Stage">The stage's place, where it is about one.</param>
/// <param name="Phase">The phase's place.</param>
/// <param name="Key">The unit's key.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Worker">Who told.</param>
/// <param name="Message">For people.</param>
public sealed record EventRow(
    long Number, string Run, string At, string Level, string Kind, long? Stage, long? Phase, string? Key, long? Attempt, string? Worker, string Message)
{
    /// <summary>The stage's id, where it is about one and the pipeline of the run can be read; otherwise its place.</summary>
    public string? StageId { get; init; }

    /// <summary>The phase's name, likewise.</summary>
    public string? PhaseName { get; init; }
}

/// <summary>A process that works, or did.</summary>
/// <param name="Id">Of this process and no other.</param>
/// <param name="Host">The machine.</param>
/// <param name="Pid">The process.</param>
/// <param name="Queues">Units at once by queue.</param>
/// <param name="Version">Of the program.</param>
/// <param name="State">One of <see cref="WorkerStates"/>.</param>
/// <param name="Started">When it came up.</param>
/// <param name="Heartbeat">When it was heard of last.</param>
/// <param name="Silent">Seconds since then, by the ledger's clock.</param>
/// <param name="Running">Units that it has.</param>
public sealed record WorkerSummary(
    string Id, string Host, long Pid, IReadOnlyDictionary<string, int> Queues, string Version, string State, DateTimeOffset Started, DateTimeOffset Heartbeat, double Silent, long Running)
{
    public static WorkerSummary Of(WorkerRow w) => new(
        w.Id, w.Host, w.Pid, JsonSerializer.Deserialize<Dictionary<string, int>>(w.Queues) ?? [], w.Version, w.State,
        LedgerTime.Of(w.Started)!.Value, LedgerTime.Of(w.Heartbeat)!.Value, Math.Max(0, w.Age) / 1000.0, w.Running);
}

/// <summary>A stage that a run finished, with the run.</summary>
public sealed record FinishedStage(string Run, string Pipeline, string Created, long Stage, string Id, string Digest, string Folder, string Tally, string Root);

internal sealed record RunLine
{
    public long Number { get; init; }
    public string Id { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string Digest { get; init; } = "";
    public string File { get; init; } = "";
    public long? MaxDocuments { get; init; }
    public string State { get; init; } = "";
    public string Created { get; init; } = "";
    public string? Finished { get; init; }
    public string? Error { get; init; }
    public long Priority { get; init; }
    public string? RequestedBy { get; init; }
    public string? Schedule { get; init; }
    public string? Coordinator { get; init; }
    public long Total { get; init; }
    public long Done { get; init; }
    public long Failed { get; init; }
}

internal sealed record PhaseLine
{
    public long Stage { get; init; }
    public long Phase { get; init; }
    public string Name { get; init; } = "";
    public string Queue { get; init; } = "";
    public string State { get; init; } = "";
    public long Total { get; init; }
    public long Done { get; init; }
    public long Failed { get; init; }
    public long? Started { get; init; }
    public long? Finished { get; init; }
    public long Now { get; init; }
    public long Running { get; init; }
    public long Recent { get; init; }
}

internal sealed record UnitLine
{
    public string Run { get; init; } = "";
    public long Stage { get; init; }
    public long Phase { get; init; }
    public string Key { get; init; } = "";
    public long Ordinal { get; init; }
    public string State { get; init; } = "";
    public long Attempt { get; init; }
    public long Failures { get; init; }
    public long Losses { get; init; }
    public string? Worker { get; init; }
    public long? Started { get; init; }
    public long? Finished { get; init; }
    public long NotBefore { get; init; }
    public long? Documents { get; init; }
    public string? Error { get; init; }
}

/// <summary>Times as the ledger keeps them: ISO 8601 in UTC, or milliseconds since 1970.</summary>
internal static class LedgerTime
{
    public static DateTimeOffset? Of(string? iso) => iso is null ? null : DateTimeOffset.Parse(iso, CultureInfo.InvariantCulture);

    public static DateTimeOffset? Of(long? milliseconds) => milliseconds is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds.Value);
}
