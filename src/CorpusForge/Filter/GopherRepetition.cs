namespace CorpusForge.Filter;

/// <summary>The Gopher repetition rules: how much of a document is lines, paragraphs and n-grams that it had before.</summary>
/// <remarks>
/// Rae et al. 2021, arXiv:2112.11446, table A1. As in FineWeb the most frequent n-gram counts even where it occurs once, which
/// only very short documents notice, and n-grams are of all tokens, punctuation included.
/// </remarks>
public sealed record GopherRepetition : IFilter
{
    public Kinds For => Kinds.Text;
    public int Version => 2;

    /// <summary>`parity` measures as datatrove does, for English only; see the guide for the differences.</summary>
    public Mode Mode { get; init; }

    public double MaxDuplicateLineShare { get; init; } = 0.3;
    public double MaxDuplicateParagraphShare { get; init; } = 0.3;
    public double MaxDuplicateLineCharShare { get; init; } = 0.2;
    public double MaxDuplicateParagraphCharShare { get; init; } = 0.2;

    // Its occurrences overlap, so that together they can have more characters than the text.
    [Settings.Range(0, 4)]
    public double MaxTop2GramShare { get; init; } = 0.2;

    [Settings.Range(0, 4)]
    public double MaxTop3GramShare { get; init; } = 0.18;

    [Settings.Range(0, 4)]
    public double MaxTop4GramShare { get; init; } = 0.16;

    public double MaxDuplicate5GramShare { get; init; } = 0.15;
    public double MaxDuplicate6GramShare { get; init; } = 0.14;
    public double MaxDuplicate7GramShare { get; init; } = 0.13;
    public double MaxDuplicate8GramShare { get; init; } = 0.12;
    public double MaxDuplicate9GramShare { get; init; } = 0.11;
    public double MaxDuplicate10GramShare { get; init; } = 0.1;

    public Verdict Judge(TextView text)
    {
        if (Mode == Mode.Parity)
            return JudgeParity(text);
        var verdict = text.Verdict
            .AtLeast("empty", text.TokenCount, 1)
            .AtMost("duplicate-paragraphs", text.DuplicateParagraphShare, MaxDuplicateParagraphShare)
            .AtMost("duplicate-paragraph-characters", text.DuplicateParagraphCharShare, MaxDuplicateParagraphCharShare)
            .AtMost("duplicate-lines", text.DuplicateLineShare, MaxDuplicateLineShare)
            .AtMost("duplicate-line-characters", text.DuplicateLineCharShare, MaxDuplicateLineCharShare);
        if (!verdict.Open)
            return verdict;
        return verdict
            .AtMost("top-2-gram", text.TopGramShare(2), MaxTop2GramShare)
            .AtMost("top-3-gram", text.TopGramShare(3), MaxTop3GramShare)
            .AtMost("top-4-gram", text.TopGramShare(4), MaxTop4GramShare)
            .AtMost("duplicate-5-grams", text.DuplicateGramShare(5), MaxDuplicate5GramShare)
            .AtMost("duplicate-6-grams", text.DuplicateGramShare(6), MaxDuplicate6GramShare)
            .AtMost("duplicate-7-grams", text.DuplicateGramShare(7), MaxDuplicate7GramShare)
            .AtMost("duplicate-8-grams", text.DuplicateGramShare(8), MaxDuplicate8GramShare)
            .AtMost("duplicate-9-grams", text.DuplicateGramShare(9), MaxDuplicate9GramShare)
            .AtMost("duplicate-10-grams", text.DuplicateGramShare(10), MaxDuplicate10GramShare);
    }

    private Verdict JudgeParity(TextView text)
    {
        var parity = text.Parity;
        var (paragraphs, paragraphChars) = parity.Duplicates(feeds: 2);
        var (lines, lineChars) = parity.Duplicates(feeds: 1);
        var verdict = text.Verdict
            .AtLeast("empty", parity.Length, 1)
            .AtMost("duplicate-paragraphs", paragraphs, MaxDuplicateParagraphShare)
            .AtMost("duplicate-paragraph-characters", paragraphChars, MaxDuplicateParagraphCharShare)
            .AtMost("duplicate-lines", lines, MaxDuplicateLineShare)
            .AtMost("duplicate-line-characters", lineChars, MaxDuplicateLineCharShare);
        if (!verdict.Open)
            return verdict;
        return verdict
            .AtMost("top-2-gram", parity.TopGramShare(2), MaxTop2GramShare)
            .AtMost("top-3-gram", parity.TopGramShare(3), MaxTop3GramShare)
            .AtMost("top-4-gram", parity.TopGramShare(4), MaxTop4GramShare)
            .AtMost("duplicate-5-grams", parity.DuplicateGramShare(5), MaxDuplicate5GramShare)
            .AtMost("duplicate-6-grams", parity.DuplicateGramShare(6), MaxDuplicate6GramShare)
            .AtMost("duplicate-7-grams", parity.DuplicateGramShare(7), MaxDuplicate7GramShare)
            .AtMost("duplicate-8-grams", parity.DuplicateGramShare(8), MaxDuplicate8GramShare)
            .AtMost("duplicate-9-grams", parity.DuplicateGramShare(9), MaxDuplicate9GramShare)
            .AtMost("duplicate-10-grams", parity.DuplicateGramShare(10), MaxDuplicate10GramShare);
    }
}
