using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using CorpusForge.Runs;

namespace CorpusForge;

/// <summary>What a process counts, times and traces about its work, for whoever listens: OpenTelemetry, or a test.</summary>
/// <remarks>
/// Nothing in the data flow reads these. Labels are bounded: stages by their name in the catalogue, never by run, unit or document, and of
/// rules at most <see cref="MaxRules"/>, the others together as `other`. Names and labels stand in docs/observability.md.
/// </remarks>
public static class Metrics
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Source = "CorpusForge";

    /// <summary>So many rules are told apart.</summary>
    public const int MaxRules = 500;

    /// <summary>Spans of units and phases.</summary>
    public static ActivitySource Spans { get; } = new(Source);

    private static readonly Meter s_meter = new(Source);
    private static readonly InstrumentAdvice<double> s_seconds = new() { HistogramBucketBoundaries = [.01, .05, .1, .5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600] };
    private static readonly InstrumentAdvice<double> s_milliseconds = new() { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 10] };

    private static readonly Counter<long> s_started = s_meter.CreateCounter<long>("corpusforge.units.started", "{unit}", "Attempts at units that began.");
    private static readonly Counter<long> s_ended = s_meter.CreateCounter<long>("corpusforge.units.ended", "{unit}", "Attempts at units that ended, by outcome.");
    private static readonly Counter<long> s_lost = s_meter.CreateCounter<long>("corpusforge.units.lost", "{unit}", "Units taken back from workers that were lost.");
    private static readonly UpDownCounter<long> s_running = s_meter.CreateUpDownCounter<long>("corpusforge.units.running", "{unit}", "Units that this process works on now.");
    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram("corpusforge.unit.duration", "s", "Time that an attempt at a unit took.", null, s_seconds);
    private static readonly Counter<long> s_documentsIn = s_meter.CreateCounter<long>("corpusforge.documents.in", "{document}", "Documents read by units that were committed.");
    private static readonly Counter<long> s_created = s_meter.CreateCounter<long>("corpusforge.documents.created", "{document}", "Documents found inside others.");
    private static readonly Counter<long> s_documentsOut = s_meter.CreateCounter<long>("corpusforge.documents.out", "{document}", "Documents written.");
    private static readonly Counter<long> s_dropped = s_meter.CreateCounter<long>("corpusforge.documents.dropped", "{document}", "Documents dropped, by rule.");
    private static readonly Counter<long> s_textIn = s_meter.CreateCounter<long>("corpusforge.text.in", "By", "Text read.");
    private static readonly Counter<long> s_textOut = s_meter.CreateCounter<long>("corpusforge.text.out", "By", "Text written.");
    private static readonly Counter<long> s_tokens = s_meter.CreateCounter<long>("corpusforge.tokens", "{token}", "Tokens written.");
    private static readonly Counter<long> s_runs = s_meter.CreateCounter<long>("corpusforge.runs.ended", "{run}", "Runs that ended in this process, by state.");
    private static readonly Histogram<double> s_phase = s_meter.CreateHistogram("corpusforge.phase.duration", "s", "Time from the planning of a phase to its end.", null, s_seconds);
    private static readonly Histogram<double> s_statement = s_meter.CreateHistogram("corpusforge.ledger.duration", "s", "Time that a call of the ledger took.", null, s_milliseconds);
    private static readonly Counter<long> s_ledgerRetries = s_meter.CreateCounter<long>("corpusforge.ledger.retries", "{retry}", "Calls of the ledger tried again after a transient fault.");
    private static readonly Counter<long> s_requests = s_meter.CreateCounter<long>("corpusforge.storage.requests", "{request}", "Requests to remote storages.");
    private static readonly Counter<long> s_storageRetries = s_meter.CreateCounter<long>("corpusforge.storage.retries", "{retry}", "Requests to remote storages tried again.");
    private static readonly Counter<long> s_read = s_meter.CreateCounter<long>("corpusforge.storage.read", "By", "Read from remote storages.");
    private static readonly Counter<long> s_written = s_meter.CreateCounter<long>("corpusforge.storage.written", "By", "Written as files of parts.");

    // A pipeline file names steps as it likes, so there is no end of rules over the life of a worker.
    private static readonly BoundedLabels s_rules = new(MaxRules);

    /// <summary>Makes the counters that may never count anything say 0, so that an alarm on them has something to look at.</summary>
    public static void Begin()
    {
        s_lost.Add(0);
        s_ledgerRetries.Add(0);
        foreach (var state in (string[])[States.Done, States.Failed, States.Cancelled])
            s_runs.Add(0, new KeyValuePair<string, object?>("state", state));
        foreach (var address in (string[])["s3:", "http:"])
        {
            s_requests.Add(0, StorageOf(address));
            s_storageRetries.Add(0, StorageOf(address));
            Read(address, 0);
        }
    }

    /// <summary>Starts the clock and the span of an attempt at a unit.</summary>
    public static UnitMeasure Unit(RunContext context, UnitId id, int attempt, string worker) => new(context, id, attempt, worker);

    /// <summary>The span and the time of a phase, until it is disposed.</summary>
    public static IDisposable Phase(RunContext context, string run, int stage, int phase)
    {
        var (planned, work) = (context.Pipeline.Stages[stage], context.PhaseOf(stage, phase));
        var span = Spans.StartActivity($"{planned.Id}/{work.Name}", ActivityKind.Internal, TraceOf(context, run), [new("run", run), new("stage", planned.Id), new("phase", work.Name)]);
        return new Timed(s_phase, new TagList { { "stage", planned.Name }, { "phase", work.Name } }, span);
    }

    /// <summary>The time of a call of the ledger, until it is disposed; named after the method that asks.</summary>
    public static IDisposable? Statement([CallerMemberName] string name = "") =>
        s_statement.Enabled ? new Timed(s_statement, new TagList { { "call", name } }, null) : null;

    public static void LedgerRetry() => s_ledgerRetries.Add(1);

    public static void RunEnded(string state) => s_runs.Add(1, new KeyValuePair<string, object?>("state", state));

    /// <summary>Units that a lost worker had.</summary>
    public static void Lost(long units) => s_lost.Add(units);

    /// <param name="address">Of what is asked for.</param>
    /// <param name="again">The request failed before.</param>
    public static void Request(string address, bool again)
    {
        s_requests.Add(1, StorageOf(address));
        if (again)
            s_storageRetries.Add(1, StorageOf(address));
    }

    /// <param name="address">Of what was read.</param>
    /// <param name="bytes">That came.</param>
    public static void Read(string address, long bytes) => s_read.Add(bytes, StorageOf(address));

    /// <summary>Bytes of a file of a part, wherever it goes.</summary>
    public static void Written(long bytes) => s_written.Add(bytes);

    private static KeyValuePair<string, object?> StorageOf(string address) =>
        new("storage", address.StartsWith("s3:", StringComparison.Ordinal) ? "s3" : "http");

    internal static void Started(in TagList tags)
    {
        s_started.Add(1, tags);
        s_running.Add(1, tags);
    }

    internal static void Ended(in TagList tags, Outcome outcome, TimeSpan took, Tally? tally, string stage)
    {
        s_running.Add(-1, tags);
        var ended = tags;
        ended.Add("outcome", NameOf(outcome));
        s_ended.Add(1, ended);
        s_duration.Record(took.TotalSeconds, ended);
        if (outcome != Outcome.Done || tally is null)
            return;
        var label = new KeyValuePair<string, object?>("stage", stage);
        s_documentsIn.Add(tally.In, label);
        s_created.Add(tally.Created, label);
        s_documentsOut.Add(tally.Out, label);
        s_textIn.Add(tally.BytesIn, label);
        s_textOut.Add(tally.BytesOut, label);
        s_tokens.Add(tally.Tokens, label);
        foreach (var (rule, count) in tally.Dropped)
            s_dropped.Add(count, label, new("rule", s_rules.Of(rule)));
    }

    internal static string NameOf(Outcome outcome) => outcome switch
    {
        Outcome.Done => "done",
        Outcome.Failed => "failed",
        Outcome.GivenBack => "given back",
        Outcome.Overtaken => "overtaken",
        _ => "not taken",
    };

    /// <summary>The trace that all spans of a run belong to, whichever process they come from.</summary>
    internal static ActivityContext TraceOf(RunContext context, string run)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\n{context.Pipeline.Stages[^1].Digest}"));
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(hash.AsSpan(0, 16)), ActivitySpanId.CreateFromBytes(hash.AsSpan(16, 8)), ActivityTraceFlags.Recorded, isRemote: true);
    }

    private sealed class Timed(Histogram<double> histogram, TagList tags, Activity? span) : IDisposable
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public void Dispose()
        {
            histogram.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, tags);
            span?.Dispose();
        }
    }
}

/// <summary>Lets so many values of a label through; all others become `other`.</summary>
internal sealed class BoundedLabels(int most)
{
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    public string Of(string value) =>
        _known.TryGetValue(value, out var known) ? known : _known.Count < most ? _known.GetOrAdd(value, value) : "other";
}

/// <summary>One attempt at a unit, as it is counted, timed and traced.</summary>
public sealed class UnitMeasure : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly string _stage;
    private readonly TagList _tags;
    private readonly Activity? _span;
    private Outcome _outcome = Outcome.Failed;
    private string? _error;

    internal UnitMeasure(RunContext context, UnitId id, int attempt, string worker)
    {
        var (planned, phase) = (context.Pipeline.Stages[id.Stage], context.PhaseOf(id.Stage, id.Phase));
        _stage = planned.Name;
        _tags = new TagList { { "stage", planned.Name }, { "phase", phase.Name }, { "queue", phase.Queue } };
        Metrics.Started(_tags);
        _span = Metrics.Spans.StartActivity("unit", ActivityKind.Consumer, Metrics.TraceOf(context, id.Run),
            [new("run", id.Run), new("stage", planned.Id), new("phase", phase.Name), new("unit", id.Key), new("attempt", attempt), new("worker", worker)]);
    }

    /// <summary>Counted when the attempt is committed.</summary>
    public Tally? Tally { get; set; }

    /// <summary>Says how the attempt ended, and hands it on.</summary>
    public Outcome End(Outcome outcome, string? error = null)
    {
        (_outcome, _error) = (outcome, error);
        return outcome;
    }

    public void Dispose()
    {
        Metrics.Ended(_tags, _outcome, Stopwatch.GetElapsedTime(_started), Tally, _stage);
        if (_span is null)
            return;
        _span.SetTag("outcome", Metrics.NameOf(_outcome));
        _span.SetTag("documents", Tally?.In);
        if (_outcome == Outcome.Failed)
            _span.SetStatus(ActivityStatusCode.Error, _error);
        _span.Dispose();
    }
}
