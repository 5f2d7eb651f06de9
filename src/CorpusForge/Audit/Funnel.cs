namespace CorpusForge.Audit;

/// <summary>Reads the funnel off the tallies of the stages.</summary>
internal static class Funnel
{
    // Parts of the names of steps that look for personal data or unsafe content.
    private static readonly string[] s_safety = ["pii", "personal", "toxic", "safety", "nsfw", "hate", "profan", "blocklist", "secret"];

    public static IReadOnlyList<StageFigures> Of(IEnumerable<StageResult> stages) => [.. stages.Select(Of)];

    /// <summary>What all sources gave: the crawl before it is only one of those that the first documents come from.</summary>
    public static long Entered(IReadOnlyList<StageResult> stages) =>
        stages.FirstOrDefault(s => s.Stage.Stage.Produces == Product.Documents) is { Tally: var tally } ? tally.In + tally.Created : 0;

    public static IReadOnlyList<SafetyFigures> SafetyOf(IReadOnlyList<StageFigures> stages) =>
    [
        .. stages.SelectMany(s => s.Changed.Where(c => IsSafety(c.Step)).Select(c => new SafetyFigures(s.Id, c.Step, c.Change, "changed", c.Times))
            .Concat(s.Dropped.Where(d => IsSafety(d.Step)).Select(d => new SafetyFigures(s.Id, d.Step, d.Rule, "dropped", d.Documents)))),
    ];

    /// <summary>That every stage's counts balance, and that each reads what the one before it wrote.</summary>
    public static IEnumerable<Check> Checks(IReadOnlyList<StageResult> stages)
    {
        StageResult? upstream = null;
        foreach (var stage in stages)
        {
            var tally = stage.Tally;
            yield return new Check($"{stage.Stage.Id}: documents in and created = out and dropped", tally.In + tally.Created, tally.Out + tally.Dropped.Values.Sum());
            if (stage.Stage.Stage is not { Consumes: Product.Documents, Produces: Product.Documents or Product.Tokens })
            {
                upstream = stage.Stage.Stage.Produces == Product.Documents ? stage : upstream;
                continue;
            }
            if (upstream is not null)
                yield return new Check($"{stage.Stage.Id}: documents in = documents out of {upstream.Stage.Id}", upstream.Tally.Out, tally.In);
            upstream = stage.Stage.Stage.Produces == Product.Documents ? stage : upstream;
        }
    }

    private static StageFigures Of(StageResult stage)
    {
        var tally = stage.Tally;
        return new StageFigures(
            stage.Stage.Id, stage.Stage.Name, stage.Stage.Stage.Version, tally.In, tally.Created, tally.Out, tally.BytesIn, tally.BytesOut, tally.Tokens,
            [
                .. tally.Dropped.Select(d => new RuleFigures(StepOf(d.Key), RuleOf(d.Key), d.Value, Statistics.Share(d.Value, tally.In + tally.Created)))
                    .OrderByDescending(d => d.Documents).ThenBy(d => d.Step, StringComparer.Ordinal).ThenBy(d => d.Rule, StringComparer.Ordinal),
            ],
            [.. tally.Changed.Select(c => new ChangeFigures(StepOf(c.Key), RuleOf(c.Key), c.Value))]);
    }

    // The id of a step may have dots, the name of a rule has none.
    private static string StepOf(string key) => key.LastIndexOf('.') is var dot && dot < 0 ? key : key[..dot];

    private static string RuleOf(string key) => key[(key.LastIndexOf('.') + 1)..];

    private static bool IsSafety(string step) => s_safety.Any(s => step.Contains(s, StringComparison.Ordinal));
}
