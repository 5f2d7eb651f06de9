using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Decides again over what a stage measured with `signals: all`, by other limits, without measuring anything.</summary>
/// <remarks>
/// The rules and limits are asked of the steps themselves, on a document without text. A rule that the stage did not measure cannot be decided again: documents that it dropped stay dropped. What was measured
/// does not change with the settings that it was measured with, such as `minWordsPerLine` of `c4-quality`: only limits can be replayed, and <see cref="RanSettings"/> tells which are none.
/// </remarks>
public sealed class Replay
{
    private readonly Dictionary<Kind, IReadOnlyList<(RuleLimit Rule, int Column)>> _rules = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <param name="steps">The steps with the limits to try, in order.</param>
    /// <param name="then">The same steps with the settings that they ran with, where these are known: a rule that only they have drops nothing any more.</param>
    public Replay(IReadOnlyList<ConfiguredStep> steps, IReadOnlyList<ConfiguredStep>? then = null)
    {
        var columns = new List<string>();
        foreach (var kind in Enum.GetValues<Kind>())
        {
            var rules = RulesOf(steps, kind);
            columns.AddRange(rules.Select(r => r.Name).Where(_known.Add));
            _rules[kind] = [.. rules.Select(r => (r, columns.IndexOf(r.Name)))];
        }
        Signals = columns;
        _known.UnionWith(Enum.GetValues<Kind>().SelectMany(kind => RulesOf(then ?? [], kind)).Select(r => r.Name));
    }

    /// <summary>The columns to read for <see cref="Decide"/>, in this order.</summary>
    public IReadOnlyList<string> Signals { get; }

    /// <summary>The rule that drops the document now, `step.rule`, or null.</summary>
    public string? Decide(MeasuredRow row)
    {
        foreach (var (rule, column) in _rules[row.Kind])
            if (row.Values[column] is { } value && rule.IsBroken(value))
                return rule.Name;
        return row.Rule is null || _known.Contains(row.Rule) ? null : row.Rule;
    }

    /// <summary>The rules of filters for a kind of document, in the order in which they decide.</summary>
    public static IReadOnlyList<RuleLimit> RulesOf(IReadOnlyList<ConfiguredStep> steps, Kind kind)
    {
        var recorder = new SignalRecorder { Rules = [] };
        var view = new TextView(recorder);
        view.Reset(StepRunner.Probe(kind));
        foreach (var step in steps)
        {
            if (!step.Step.For.HasFlag(StepRunner.KindsOf(kind)))
                continue;
            recorder.Step = step.Id;
            if (StepRunner.Open(step.Step) is IFilter filter)
                filter.Judge(view);
        }
        return recorder.Rules;
    }
}

/// <summary>What changes when a stage is decided again: documents and bytes kept, drops by rule, and documents that move.</summary>
public sealed class ReplayReport(int examples)
{
    private readonly SortedDictionary<string, (long Before, long After)> _rules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string From, string To), (long Documents, long Bytes, List<string> Ids)> _flips = [];

    public long Documents { get; private set; }
    public long KeptBefore { get; private set; }
    public long KeptAfter { get; private set; }
    public long BytesBefore { get; private set; }
    public long BytesAfter { get; private set; }

    /// <summary>Drops by `step.rule`, before and after.</summary>
    public IReadOnlyDictionary<string, (long Before, long After)> Rules => _rules;

    /// <summary>Documents whose decision is another one; `kept` stands for no rule. Most first.</summary>
    public IEnumerable<ReplayFlip> Flips => _flips
        .Select(f => new ReplayFlip(f.Key.From, f.Key.To, f.Value.Documents, f.Value.Bytes, f.Value.Ids))
        .OrderByDescending(f => f.Documents).ThenBy(f => f.From, StringComparer.Ordinal).ThenBy(f => f.To, StringComparer.Ordinal);

    public void Add(MeasuredRow row, string? now)
    {
        Documents++;
        KeptBefore += row.Rule is null ? 1 : 0;
        KeptAfter += now is null ? 1 : 0;
        BytesBefore += row.Rule is null ? row.Bytes : 0;
        BytesAfter += now is null ? row.Bytes : 0;
        if (row.Rule is { } before)
            _rules[before] = _rules.GetValueOrDefault(before) is var (b, a) ? (b + 1, a) : default;
        if (now is { } after)
            _rules[after] = _rules.GetValueOrDefault(after) is var (b, a) ? (b, a + 1) : default;
        if (row.Rule == now)
            return;
        var key = (row.Rule ?? "kept", now ?? "kept");
        var flip = _flips.TryGetValue(key, out var known) ? known : (0, 0, []);
        if (flip.Ids.Count < examples)
            flip.Ids.Add(row.Id);
        _flips[key] = (flip.Documents + 1, flip.Bytes + row.Bytes, flip.Ids);
    }
}

/// <summary>Documents that one rule decided over and another does now.</summary>
/// <param name="From">`step.rule`, or `kept`.</param>
/// <param name="To">`step.rule`, or `kept`.</param>
/// <param name="Documents">How many.</param>
/// <param name="Bytes">Of their text.</param>
/// <param name="Examples">The ids of the first of them.</param>
public sealed record ReplayFlip(string From, string To, long Documents, long Bytes, IReadOnlyList<string> Examples);
