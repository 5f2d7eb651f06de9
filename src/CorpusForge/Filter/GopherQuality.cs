namespace CorpusForge.Filter;

/// <summary>The Gopher quality rules: cheap counts that tell running prose from lists, tables and link farms.</summary>
/// <remarks>
/// Rae et al. 2021, arXiv:2112.11446, with the paper's thresholds. The paper leaves open what a word is: words are counted and
/// measured without punctuation, while the symbols and the alphabetic words are set against all tokens, punctuation
/// included, which is how FineWeb was filtered.
/// </remarks>
public sealed record GopherQuality : IFilter
{
    public Kinds For => Kinds.Text;
    public int Version => 2;

    /// <summary>`parity` measures as datatrove does, for English only; see the guide for the differences.</summary>
    public Mode Mode { get; init; }

    public int MinWords { get; init; } = 50;
    public int MaxWords { get; init; } = 100_000;

    /// <summary>In characters.</summary>
    public double MinMeanWordLength { get; init; } = 3;

    /// <summary>In characters.</summary>
    public double MaxMeanWordLength { get; init; } = 10;

    /// <summary>For `#` and for ellipses, per token.</summary>
    public double MaxSymbolsPerWord { get; init; } = 0.1;

    public double MaxBulletShare { get; init; } = 0.9;

    /// <summary>Of lines that end with an ellipsis.</summary>
    public double MaxEllipsisShare { get; init; } = 0.3;

    /// <summary>Of tokens that have a letter.</summary>
    public double MinAlphabeticShare { get; init; } = 0.8;

    /// <summary>How many different stop words a document must have.</summary>
    public int MinStopWords { get; init; } = 2;

    /// <summary>Told apart by case; English by default.</summary>
    public IReadOnlyList<string> StopWords { get; init; } = s_stopWords;

    private static readonly IReadOnlyList<string> s_stopWords = ["the", "be", "to", "of", "and", "that", "have", "with"];

    public string? Problem(IReadOnlyList<PipelineSource> sources) =>
        MinStopWords > StopWords.Distinct(StringComparer.Ordinal).Count() ? $"minStopWords is {MinStopWords}, and stopWords lists fewer: no text can have as many" : null;

    public Verdict Judge(TextView text) => Mode == Mode.Parity ? JudgeParity(text) : text.Verdict
        .AtLeast("too-few-words", text.WordCount, MinWords)
        .AtMost("too-many-words", text.WordCount, MaxWords)
        .AtLeast("words-too-short", text.MeanWordLength, MinMeanWordLength)
        .AtMost("words-too-long", text.MeanWordLength, MaxMeanWordLength)
        .AtMost("too-many-hashes", text.HashesPerToken, MaxSymbolsPerWord)
        .AtMost("too-many-ellipses", text.EllipsesPerToken, MaxSymbolsPerWord)
        .AtMost("mostly-bullets", text.BulletShare, MaxBulletShare)
        .AtMost("mostly-cut-off-lines", text.EllipsisShare, MaxEllipsisShare)
        .AtLeast("too-few-alphabetic-words", text.AlphabeticShare, MinAlphabeticShare)
        .AtLeast("too-few-stop-words", text.DistinctWords(StopWords), MinStopWords);

    // datatrove takes a token of symbols that are not in its list for a word.
    private Verdict JudgeParity(TextView text)
    {
        var parity = text.Parity;
        var ((words, chars), tokens) = (parity.Words(), parity.Tokens.Length);
        var (bullets, ellipses) = parity.LineEnds();
        return text.Verdict
            .AtLeast("too-few-words", words, MinWords)
            .AtMost("too-many-words", words, MaxWords)
            .AtLeast("words-too-short", (double)chars / words, MinMeanWordLength)
            .AtMost("words-too-long", (double)chars / words, MaxMeanWordLength)
            .AtMost("too-many-hashes", (double)text.Text.Count('#') / tokens, MaxSymbolsPerWord)
            .AtMost("too-many-ellipses", (double)(text.Text.Count("...") + text.Text.Count('…')) / tokens, MaxSymbolsPerWord)
            .AtMost("mostly-bullets", bullets, MaxBulletShare)
            .AtMost("mostly-cut-off-lines", ellipses, MaxEllipsisShare)
            .AtLeast("too-few-alphabetic-words", (double)parity.AlphabeticCount() / tokens, MinAlphabeticShare)
            .AtLeast("too-few-stop-words", parity.Distinct(StopWords), MinStopWords);
    }
}
