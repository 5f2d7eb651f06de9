using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests;

/// <summary>What an attempt at a unit counts and traces.</summary>
public sealed class MetricsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-metrics-").FullName;
    readonly OutputFolder _output;
    readonly ConcurrentQueue<(string Name, double Value, string Tags)> _measured = new();
    readonly ConcurrentQueue<Activity> _spans = new();
    readonly MeterListener _meters = new();
    readonly ActivityListener _activities;

    public MetricsTests()
    {
        _output = OutputFolder.Lock(_folder, TimeProvider.System);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == Metrics.Source)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((i, value, tags, _) => Keep(i, value, tags));
        _meters.SetMeasurementEventCallback<double>((i, value, tags, _) => Keep(i, value, tags));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = s => s.Name == Metrics.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (a.GetTagItem("stage") as string == "gauged")
                    _spans.Enqueue(a);
            },
        };
        ActivitySource.AddActivityListener(_activities);
    }

    // Other tests measure at the same time: only this stage counts.
    void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray().Select(t => $"{t.Key}={t.Value}").ToArray();
        if (all.Contains("stage=gauged"))
            _measured.Enqueue((instrument.Name, value, string.Join(' ', all.Skip(1))));
    }

    Outcome Run(Action<UnitWork> work, out UnitId id)
    {
        var pipeline = new Pipeline("p", 0, null, [], [new PlannedStage("gauged", "gauged", new Gauged { Work = work }, new string('d', 32), "p/gauged-d")]);
        var context = new RunContext(pipeline, _output.Storage, new Inputs(_output.Ledger));
        var run = _output.Ledger.CreateRun(pipeline, "d", "p.yaml", "", "[]").Id;
        var units = context.Plan(0, 0);
        _output.Ledger.PlanPhase(run, 0, 0, "measure", "cpu", units.Select(u => (u, false)));
        id = new UnitId(run, 0, 0, units[0].Key);
        return new UnitRunner(_output.Ledger, "w").Run(context, id, null, default);
    }

    [Fact]
    public void A_committed_unit_counts_its_documents_and_rules_once()
    {
        Assert.Equal(Outcome.Done, Run(work =>
        {
            (work.Tally.In, work.Tally.Created, work.Tally.Out, work.Tally.BytesIn, work.Tally.BytesOut) = (5, 1, 4, 50, 40);
            work.Tally.Drop("words", "too-few");
            work.Tally.Drop("words", "too-few");
        }, out var id));
        const string Where = "phase=measure queue=cpu";
        Assert.Contains(("corpusforge.units.started", 1, Where), _measured);
        Assert.Contains(("corpusforge.units.ended", 1, $"{Where} outcome=done"), _measured);
        Assert.Equal(0, _measured.Where(m => m.Name == "corpusforge.units.running").Sum(m => m.Value));
        Assert.Single(_measured, m => m.Name == "corpusforge.unit.duration" && m.Value > 0);
        Assert.Contains(("corpusforge.documents.in", 5, ""), _measured);
        Assert.Contains(("corpusforge.documents.created", 1, ""), _measured);
        Assert.Contains(("corpusforge.documents.out", 4, ""), _measured);
        Assert.Contains(("corpusforge.documents.dropped", 2, "rule=words.too-few"), _measured);
        Assert.Contains(("corpusforge.text.in", 50, ""), _measured);
        var span = Assert.Single(_spans);
        Assert.Equal((id.Run, id.Key, 1, "w", "done", 5L), (span.GetTagItem("run"), span.GetTagItem("unit"), span.GetTagItem("attempt"), span.GetTagItem("worker"), span.GetTagItem("outcome"), span.GetTagItem("documents")));
    }

    [Fact]
    public void A_failed_unit_counts_no_documents_and_its_span_has_the_error()
    {
        Assert.Equal(Outcome.Failed, Run(work =>
        {
            (work.Tally.In, work.Tally.Out) = (1, 1);
            throw new IOException("no space left");
        }, out _));
        Assert.Contains(("corpusforge.units.ended", 1, "phase=measure queue=cpu outcome=failed"), _measured);
        Assert.DoesNotContain(_measured, m => m.Name.StartsWith("corpusforge.documents", StringComparison.Ordinal));
        Assert.Equal((ActivityStatusCode.Error, "no space left"), (_spans.Single().Status, _spans.Single().StatusDescription));
    }

    [Fact]
    public void The_units_of_a_run_share_one_trace_and_those_of_another_run_do_not()
    {
        foreach (var _ in (int[])[1, 2])
            Run(work => (work.Tally.In, work.Tally.Out) = (1, 1), out var _);
        var (first, second) = (_spans.First(), _spans.Last());
        Assert.NotEqual(first.TraceId, second.TraceId);
        Assert.Equal(first.TraceId, TraceId(first.GetTagItem("run")));

        ActivityTraceId TraceId(object? run) => Metrics.TraceOf(
            new RunContext(new Pipeline("p", 0, null, [], [new PlannedStage("x", "x", new Gauged(), new string('d', 32), "f")]), _output.Storage, new Inputs(_output.Ledger)), (string)run!).TraceId;
    }

    [Fact]
    public void Labels_beyond_the_limit_are_counted_together()
    {
        var labels = new BoundedLabels(2);
        Assert.Equal(["a", "b", "other", "a", "other"], ((string[])["a", "b", "c", "a", "d"]).Select(labels.Of));
    }

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
        _output.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    sealed record Gauged : IStage, IPhase
    {
        public Action<UnitWork> Work { get; init; } = _ => { };
        public string? Id => null;
        public Product Consumes => Product.Raw;
        public Product Produces => Product.Documents;
        public IReadOnlyList<IPhase> Phases => [this];
        public string Name => "measure";
        public bool Result => true;

        public IEnumerable<Unit> Plan(PhaseInput input) => [Unit.Of(input, this, "", [new UnitInput("in", "1")])];

        public void Execute(UnitWork work) => Work(work);
    }
}
