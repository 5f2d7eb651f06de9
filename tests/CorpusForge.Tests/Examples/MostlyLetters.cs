namespace CorpusForge.Filter;

/// <summary>Drops documents that are mostly figures and signs: too few letters among their characters.</summary>
public sealed record MostlyLetters : IFilter
{
    /// <summary>The smallest share of characters that are letters.</summary>
    public double MinLetterShare { get; init; } = 0.5;

    public Kinds For => Kinds.Text;

    public Verdict Judge(TextView text) => text.Verdict
        .AtLeast("too-few-letters", text.LetterCharShare, MinLetterShare);
}
