namespace CorpusForge;

/// <summary>Whether a document stays and, if it does not, which rule it broke and by how much.</summary>
/// <remarks>
/// A filter reads as a table of rules; the first rule broken decides. Limits are inclusive: a document exactly on a limit
/// stays. NaN breaks every rule, so a count that could not be taken never keeps a document. Measured values are rounded to
/// 1e-6 before they are compared, so that the order of a sum never decides. A verdict that carries a
/// <see cref="SignalRecorder"/> keeps every measured value, also those after the first broken rule.
/// </remarks>
public readonly record struct Verdict
{
    private readonly SignalRecorder? _recorder;

    private Verdict(SignalRecorder? recorder) => _recorder = recorder;

    public static Verdict Keep => default;

    public static Verdict Drop(string rule, double measured = 1, double limit = 0) =>
        new() { Rule = rule, Measured = measured, Limit = limit };

    /// <summary>A verdict that keeps the document so far and records every measured value.</summary>
    public static Verdict Recording(SignalRecorder recorder) => new(recorder);

    public string? Rule { get; private init; }
    public double Measured { get; private init; }
    public double Limit { get; private init; }
    public bool Kept => Rule is null;

    /// <summary>Whether later rules still matter: the document is kept so far, or every value is recorded.</summary>
    public bool Open => Kept || _recorder is not null;

    public Verdict AtLeast(string rule, double measured, double limit)
    {
        var value = Round(measured);
        _recorder?.Record(rule, value, limit, least: true);
        return Kept && !(value >= limit) ? this with { Rule = rule, Measured = value, Limit = limit } : this;
    }

    public Verdict AtMost(string rule, double measured, double limit)
    {
        var value = Round(measured);
        _recorder?.Record(rule, value, limit, least: false);
        return Kept && !(value <= limit) ? this with { Rule = rule, Measured = value, Limit = limit } : this;
    }

    /// <summary>Breaks <paramref name="rule"/> when <paramref name="found"/>; measured as 1 against the limit 0.</summary>
    public Verdict Never(string rule, bool found) => AtMost(rule, found ? 1 : 0, 0);

    /// <summary>Keeps a value without judging it; NaN where it is not known.</summary>
    public Verdict Measure(string rule, double measured)
    {
        _recorder?.Record(rule, Round(measured));
        return this;
    }

    private static double Round(double value) => Math.Round(value, 6, MidpointRounding.AwayFromZero);
}

/// <summary>A rule of a step as it is configured: its limit, and on which side of it a document stays.</summary>
/// <param name="Step">The id of the step.</param>
/// <param name="Rule">The name of the rule.</param>
/// <param name="Least">Whether the limit is the least value that stays; otherwise it is the most.</param>
/// <param name="Limit">Inclusive.</param>
public readonly record struct RuleLimit(string Step, string Rule, bool Least, double Limit)
{
    public string Name => $"{Step}.{Rule}";

    /// <summary>NaN breaks every rule, as in <see cref="Verdict"/>.</summary>
    public bool IsBroken(double value) => Least ? !(value >= Limit) : !(value <= Limit);
}

/// <summary>Collects the measured values of one document by `step.rule`, for stages that say `signals: all`.</summary>
/// <remarks>Owned by one worker; <see cref="Step"/> is set before a filter judges.</remarks>
public sealed class SignalRecorder
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    public string Step { get; set; } = "";

    public IReadOnlyDictionary<string, double> Values => _values;

    /// <summary>The rules in the order in which they were asked, where somebody wants to know them.</summary>
    public List<RuleLimit>? Rules { get; init; }

    public void Record(string rule, double value) => _values[$"{Step}.{rule}"] = value;

    public void Record(string rule, double value, double limit, bool least)
    {
        Record(rule, value);
        Rules?.Add(new RuleLimit(Step, rule, least, limit));
    }

    public void Clear() => _values.Clear();
}
