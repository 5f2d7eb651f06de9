using System.Runtime.CompilerServices;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

// What people look at of runs, units and machines: pages out of the ledger.
public sealed partial class RunService
{
    /// <summary>Newest first.</summary>
    public Page<RunSummary> Runs(RunFilter? filter = null, string? cursor = null, int limit = 50)
    {
        var size = Page.Size(limit);
        var before = cursor is null ? long.MaxValue : Page.Read(cursor, 'r', 1)[0];
        return Page.Of(ledger.RunPage(filter ?? new RunFilter(), before, size + 1), size, r => Page.Cursor('r', r.Number));
    }

    /// <summary>How many runs are in each state.</summary>
    public IReadOnlyDictionary<string, long> RunCounts() => ledger.RunCounts();

    /// <exception cref="NotFoundException">There is no such run.</exception>
    public RunSummary Run(string run) => ledger.Summary(run) ?? throw new NotFoundException($"there is no run '{run}'");

    public RunDetail Detail(string run)
    {
        var row = Row(run);
        return new RunDetail(
            Run(run), PipelineVariables.Redact(row.Yaml), JsonSerializer.Deserialize<string[]>(row.Overrides)!,
            PipelineOf(row) is { } pipeline ? Described(pipeline) : null);
    }

    /// <summary>The stages of a run with their funnels and phases, and how long it will take.</summary>
    public RunFlow FlowOf(string run)
    {
        var row = Row(run);
        var (phases, tallies) = (ledger.Phases(run), ledger.Tallies(run));
        var finished = ledger.Stages(run);
        FlowStage[] stages = PipelineOf(row) is { } pipeline
            ? [.. pipeline.Stages.Select((s, i) => FlowStage.Of(i, s, finished.FirstOrDefault(f => f.Ordinal == i), phases, tallies))]
            : [.. finished.Select(s => FlowStage.Of(s, phases))];
        double?[] left = [.. phases.Where(p => p.State == States.Running && p.SecondsLeft is not null).Select(p => p.SecondsLeft)];
        return new RunFlow(Run(run), stages, left.Length == 0 ? null : left.Max());
    }

    /// <summary>In order of stage, phase and place.</summary>
    public Page<UnitSummary> Units(string run, UnitFilter? filter = null, string? cursor = null, int limit = 100)
    {
        var size = Page.Size(limit);
        Run(run);
        var after = cursor is null ? [-1L, -1L, -1L] : Page.Read(cursor, 'u', 3);
        return Page.Of(Named(ledger.UnitPage(run, filter ?? new UnitFilter(), (after[0], after[1], after[2]), size + 1)), size, u => Page.Cursor('u', u.Stage, u.Phase, u.Ordinal));
    }

    /// <summary>A phase as cells of neighbouring units, counted by state.</summary>
    public IReadOnlyList<UnitCell> Grid(string run, int stage, int phase, int cells = 1000)
    {
        Run(run);
        return ledger.UnitGrid(run, stage, phase, Math.Clamp(cells, 1, 10_000));
    }

    /// <summary>A unit with its attempts, its inputs and what it made.</summary>
    public UnitDetail Unit(UnitId id)
    {
        var row = Row(id.Run);
        if (ledger.ShortUnit(id) is not { } unit || ledger.Unit(id) is not { } whole)
        {
            var (stage, phase) = NamesOf(PipelineOf(row), id.Stage, id.Phase);
            throw new NotFoundException($"run {id.Run} has no unit {id.Key} in stage {stage}, phase {phase}");
        }
        unit = Named([unit])[0];
        return new UnitDetail(
            unit, unit.StageId!, unit.PhaseName!,
            JsonSerializer.Deserialize<UnitInput[]>(whole.Inputs, Manifest.Json)!, ledger.Attempts(id), PartOf(row, id));
    }

    /// <summary>Oldest first, those after a number; or the newest first.</summary>
    public IReadOnlyList<EventRow> Events(EventFilter filter, int limit = 100)
    {
        if (filter.Run is { } run)
            Run(run);
        var events = ledger.EventPage(filter, Page.Size(limit));
        var pipelines = PipelinesOf(events.Where(e => e.Stage is not null).Select(e => e.Run));
        return [.. events.Select(e => e with { Message = PipelineVariables.Redact(e.Message), StageId = StageIdOf(e), PhaseName = PhaseNameOf(e) })];

        string? StageIdOf(EventRow e) => e.Stage is { } stage ? NamesOf(pipelines[e.Run], stage, 0).Stage : null;

        string? PhaseNameOf(EventRow e) => e is { Stage: { } stage, Phase: { } phase } ? NamesOf(pipelines[e.Run], stage, phase).Phase : null;
    }

    /// <summary>Events as they come, those after a number first; ends when it is cancelled.</summary>
    public async IAsyncEnumerable<EventRow> Watch(EventFilter filter, [EnumeratorCancellation] CancellationToken cancel)
    {
        // Numbers are given before their transactions commit, so one may become visible after a larger one: the last few are looked at again.
        const int Late = 100;
        var (last, seen) = (filter.After, new Queue<long>());
        while (true)
        {
            var news = 0;
            foreach (var one in Events(filter with { After = Math.Max(filter.After, last - Late), Newest = false }, Page.MaxSize))
            {
                if (seen.Contains(one.Number))
                    continue;
                seen.Enqueue(one.Number);
                if (seen.Count > 4 * Late)
                    seen.Dequeue();
                last = Math.Max(last, one.Number);
                news++;
                yield return one;
            }
            if (news == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancel);
        }
    }

    /// <summary>The processes that work, or did.</summary>
    public IReadOnlyList<WorkerSummary> Workers() => [.. ledger.Workers().Select(WorkerSummary.Of)];

    /// <summary>The units that a worker has.</summary>
    public IReadOnlyList<UnitSummary> UnitsOn(string worker) => Named(ledger.UnitsOn(worker, 200));

    /// <summary>Who did what, newest first.</summary>
    public Page<AuditRow> AuditTrail(string? cursor = null, int limit = 100)
    {
        var size = Page.Size(limit);
        var before = cursor is null ? long.MaxValue : Page.Read(cursor, 'a', 1)[0];
        return Page.Of(ledger.AuditTrail(size + 1, before), size, a => Page.Cursor('a', a.Number));
    }

    /// <summary>The place of a stage, given by its id or its place.</summary>
    public int StageOf(string run, string stage)
    {
        var pipeline = PipelineOf(Row(run));
        // Where the pipeline cannot be read any more, a place is all that there is of a stage that was not finished.
        if (int.TryParse(stage, System.Globalization.CultureInfo.InvariantCulture, out var ordinal) && ordinal >= 0 && !(ordinal >= pipeline?.Stages.Count))
            return ordinal;
        var ids = pipeline?.Stages.Select((s, i) => (s.Id, Ordinal: i)) ?? ledger.Stages(run).Select(s => (s.Id, (int)s.Ordinal));
        foreach (var (id, place) in ids)
        {
            if (id == stage)
                return place;
        }
        throw new NotFoundException($"run {run} has no stage '{stage}'; it has {string.Join(", ", ids.Select(i => i.Id))}");
    }

    /// <summary>The place of a phase in its stage, given by its name or its place.</summary>
    public int PhaseOf(string run, int stage, string phase)
    {
        var pipeline = PipelineOf(Row(run));
        var names = pipeline?.Stages.ElementAtOrDefault(stage)?.Stage.Phases.Select(p => p.Name).ToArray() ?? [];
        if (int.TryParse(phase, System.Globalization.CultureInfo.InvariantCulture, out var ordinal) && ordinal >= 0 && (pipeline is null || ordinal < names.Length))
            return ordinal;
        return Array.IndexOf(names, phase) is >= 0 and var at ? at : throw new NotFoundException($"the stage has no phase '{phase}'; it has {string.Join(", ", names)}");
    }

    // The ledger knows places; people know names.
    private IReadOnlyList<UnitSummary> Named(IReadOnlyList<UnitSummary> units)
    {
        var pipelines = PipelinesOf(units.Select(u => u.Run));
        return [.. units.Select(u => Named(u, NamesOf(pipelines[u.Run], u.Stage, u.Phase)))];
    }

    private static UnitSummary Named(UnitSummary unit, (string Stage, string Phase) names) => unit with { StageId = names.Stage, PhaseName = names.Phase };

    private Dictionary<string, Pipeline?> PipelinesOf(IEnumerable<string> runs) => runs.Distinct().ToDictionary(r => r, r => ledger.Run(r) is { } row ? PipelineOf(row) : null, StringComparer.Ordinal);

    private static (string Stage, string Phase) NamesOf(Pipeline? pipeline, long stage, long phase)
    {
        var planned = pipeline?.Stages.ElementAtOrDefault((int)stage);
        return (planned?.Id ?? $"{stage}", planned?.Stage.Phases.ElementAtOrDefault((int)phase)?.Name ?? $"{phase}");
    }

    private RunRow Row(string run) => ledger.Run(run) ?? throw new NotFoundException($"there is no run '{run}'");
}

/// <summary>One page of a list.</summary>
/// <param name="Items">In the list's order.</param>
/// <param name="Next">What to ask for the next page with; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Cuts lists into pages. A cursor names the last item of a page, so it stays right while the list grows.</summary>
internal static class Page
{
    public const int MaxSize = 500;

    public static int Size(int limit) => limit is >= 1 and <= MaxSize ? limit : throw new PipelineException($"limit: from 1 to {MaxSize}");

    /// <param name="items">One more than fits shows that there is another page.</param>
    /// <param name="size">How many fit.</param>
    /// <param name="cursor">Of the last item shown.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> items, int size, Func<T, string> cursor) =>
        items.Count <= size ? new Page<T>(items, null) : new Page<T>([.. items.Take(size)], cursor(items[size - 1]));

    public static string Cursor(char kind, params ReadOnlySpan<long> place) =>
        Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{kind}{string.Join('.', place.ToArray())}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <exception cref="PipelineException">It is no cursor of this kind.</exception>
    public static long[] Read(string cursor, char kind, int length)
    {
        try
        {
            var text = System.Text.Encoding.ASCII.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(cursor));
            if (text.Length < 40 * length && text.StartsWith(kind))
            {
                long[] place = [.. text[1..].Split('.').Select(p => long.Parse(p, System.Globalization.CultureInfo.InvariantCulture))];
                if (place.Length == length)
                    return place;
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            // Said below.
        }
        throw new PipelineException("cursor: it is none that a page of this list gave");
    }
}
