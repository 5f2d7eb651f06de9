namespace CorpusForge.Audit;

/// <summary>Everything that the audit found, as `report.json` has it and `report.html` shows it.</summary>
/// <remarks>Holds no time, host or path: the same corpus under the same pipeline gives the same report. Shares run from 0 to 1.</remarks>
public sealed record AuditReport
{
    public const string CurrentFormat = "corpusforge.audit/2";

    public string Format { get; init; } = CurrentFormat;
    public required string Pipeline { get; init; }

    /// <summary>What is in the corpus at the end.</summary>
    public required Amount Total { get; init; }

    /// <summary>The documents that came into the first stage which makes documents: those of all sources, crawled pages among them.</summary>
    public required long Entered { get; init; }

    /// <summary>The stage whose rows <see cref="Total"/> and <see cref="Composition"/> count.</summary>
    public string? CountedFrom { get; init; }

    public required IReadOnlyList<StageFigures> Stages { get; init; }
    public required Composition Composition { get; init; }
    public required IReadOnlyList<DuplicateFigures> Duplicates { get; init; }
    public TokenFigures? Tokens { get; init; }
    public TrainingFigures? Training { get; init; }
    public required IdentityFigures Identity { get; init; }

    /// <summary>What steps for personal data and safety changed or dropped.</summary>
    public required IReadOnlyList<SafetyFigures> Safety { get; init; }

    public required IReadOnlyList<DatasheetSection> Datasheet { get; init; }

    /// <summary>Figures that were counted in two ways and must agree.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }
}

/// <summary>How much of a corpus.</summary>
public sealed record Amount
{
    public long Documents { get; set; }

    /// <summary>UTF-8 bytes of text.</summary>
    public long Bytes { get; set; }

    /// <summary>Zero where nothing was tokenized.</summary>
    public long Tokens { get; set; }

    public void Add(Amount other)
    {
        Documents += other.Documents;
        Bytes += other.Bytes;
        Tokens += other.Tokens;
    }
}

/// <summary>One stage of the funnel.</summary>
public sealed record StageFigures(
    string Id, string Name, int Version, long In, long Created, long Out, long BytesIn, long BytesOut, long Tokens,
    IReadOnlyList<RuleFigures> Dropped, IReadOnlyList<ChangeFigures> Changed);

/// <summary>What a rule dropped, and its share of the documents that entered the stage or came to be in it.</summary>
public sealed record RuleFigures(string Step, string Rule, long Documents, double Share);

/// <summary>What a transform changed.</summary>
public sealed record ChangeFigures(string Step, string Change, long Times);

/// <summary>One value of a breakdown.</summary>
public sealed record Slot(string Key, long Documents, long Bytes, long Tokens, double DocumentShare);

/// <summary>A breakdown of the corpus: the slots and <see cref="Rest"/> add up to the total.</summary>
/// <param name="Slots">The largest first.</param>
/// <param name="RestKeys">How many values are not listed.</param>
/// <param name="Rest">What they hold together.</param>
public sealed record Breakdown(IReadOnlyList<Slot> Slots, long RestKeys, Amount Rest);

/// <summary>What the corpus is made of.</summary>
/// <param name="Kinds">By kind.</param>
/// <param name="Languages">By language.</param>
/// <param name="Licenses">By SPDX expression.</param>
/// <param name="LicenseGroups">By what the licence allows, see <see cref="LicenseGroup"/>.</param>
/// <param name="LicenseEvidence">By what the licence was read from; a document counts once.</param>
/// <param name="Sources">By source of the pipeline.</param>
/// <param name="Domains">By host without `www.`; `none` where the document has no web address.</param>
/// <param name="Consent">By key of the consent evidence; a document counts for each key it has.</param>
/// <param name="WithConsentEvidence">Documents with any.</param>
public sealed record Composition(
    Breakdown Kinds, Breakdown Languages, Breakdown Licenses, Breakdown LicenseGroups, Breakdown LicenseEvidence, Breakdown Sources,
    Breakdown Domains, IReadOnlyList<CountOf> Consent, CountOf WithConsentEvidence);

/// <summary>A number of documents and its share.</summary>
public sealed record CountOf(string Key, long Documents, double Share);

/// <summary>One bar of a histogram: from <see cref="From"/> to <see cref="To"/>, both included.</summary>
public sealed record Bin(long From, long To, long Count);

/// <summary>The clusters that a deduplicate stage found.</summary>
public sealed record DuplicateFigures(
    string Stage, long Clusters, long Removed, IReadOnlyList<Bin> Sizes, IReadOnlyList<ClusterFigures> Largest, IReadOnlyList<RemovedOf> BySource,
    IReadOnlyList<RemovedOfLanguage> ByLanguage);

/// <summary>A large cluster by its survivor, beside the document of it that is least like it; without one where all of them have its text.</summary>
public sealed record ClusterFigures(string Survivor, int Size, string Source, string? Url, string Start, PairFigures? Pair);

/// <summary>A survivor and a document that joined it, side by side.</summary>
/// <param name="Document">The id of the document that joined.</param>
/// <param name="Url">Where it is from.</param>
/// <param name="Rule">Why it joined.</param>
/// <param name="Similarity">As measured.</param>
/// <param name="Stayed">The words of the survivor around the differences.</param>
/// <param name="Went">The same of the other.</param>
public sealed record PairFigures(string Document, string? Url, string Rule, double Similarity, IReadOnlyList<DiffPiece> Stayed, IReadOnlyList<DiffPiece> Went);

/// <summary>What a stage removed of a source.</summary>
public sealed record RemovedOf(string Source, long In, long Removed, double Share);

/// <summary>What a stage removed of the documents in a language; `unknown` where it is not known.</summary>
public sealed record RemovedOfLanguage(string Language, long In, long Removed, double Share);

/// <summary>The token stream.</summary>
public sealed record TokenFigures(
    string Tokenizer, string TokenizerSha256, int VocabularySize, SplitFigures Train, SplitFigures Validation,
    IReadOnlyList<KindSource> ByKindAndSource, IReadOnlyList<Bin> Lengths);

/// <summary>One split: its unigram entropy is what a model that knows only how often each token occurs would reach as loss.</summary>
/// <param name="Documents">Rows.</param>
/// <param name="Tokens">Of the documents, without end-of-text.</param>
/// <param name="DistinctTokens">Of the vocabulary.</param>
/// <param name="EntropyBits">Per token, the end-of-text after each document counted as one; null for an empty stream.</param>
/// <param name="EntropyNats">The same in nats, the unit of the training loss.</param>
public sealed record SplitFigures(long Documents, long Tokens, int DistinctTokens, double? EntropyBits, double? EntropyNats);

/// <summary>Tokens of one kind from one source.</summary>
public sealed record KindSource(string Kind, string Source, long Documents, long Tokens);

/// <summary>What the train stage recorded.</summary>
public sealed record TrainingFigures(string Stage, IReadOnlyList<CurvePoint> Curve, IReadOnlyList<string> Samples)
{
    public double? LastLoss => Curve.Count == 0 ? null : Curve[^1].Loss;
    public double? BestValidationLoss => Curve.Min(c => c.ValidationLoss);
}

/// <summary>One line of the training curve; losses in nats per token.</summary>
public sealed record CurvePoint(long Step, double Loss, double? ValidationLoss);

/// <summary>How identity terms occur, and whether rules drop the documents that have them more or less often than others.</summary>
/// <param name="Terms">In the order of the list.</param>
/// <param name="Comparisons">Terms and groups by rules, the most skewed of the significant ones first.</param>
/// <param name="Untested">Comparisons left out because too few documents would be expected in a cell of the tables (less than 5).</param>
/// <param name="Level">What the adjusted p-value must not pass for a comparison to be flagged.</param>
public sealed record IdentityFigures(
    IReadOnlyList<TermFigures> Terms, IReadOnlyList<Comparison> Comparisons, long Untested, double Level);

/// <summary>How often a term occurs in the final corpus.</summary>
public sealed record TermFigures(string Group, string Term, long Occurrences, long Documents, double DocumentShare);

/// <summary>The share of documents that a rule dropped, with a term and without it, all together and within strata of language and length.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Rule">`step.rule`, `step` for all rules of a step, `*` for all of the stage.</param>
/// <param name="Group">Of the term.</param>
/// <param name="Term">The term; `*` for any of the group.</param>
/// <param name="With">Documents with the term that entered the stage and have text.</param>
/// <param name="DroppedWith">Of these, dropped.</param>
/// <param name="Without">Documents without it.</param>
/// <param name="DroppedWithout">Of these, dropped.</param>
/// <param name="ShareWith">With its 95 % Wilson interval.</param>
/// <param name="IntervalWith">Of <see cref="ShareWith"/>.</param>
/// <param name="ShareWithout">The same without the term.</param>
/// <param name="IntervalWithout">Of <see cref="ShareWithout"/>.</param>
/// <param name="Difference">Of the shares within strata, see <see cref="MantelHaenszel"/>.</param>
/// <param name="DifferenceInterval">Of <see cref="Difference"/>, 95 %.</param>
/// <param name="Ratio">Of the shares within strata; null where nothing without the term was dropped.</param>
/// <param name="Strata">How many strata say something.</param>
/// <param name="P">Cochran–Mantel–Haenszel test, two-sided.</param>
/// <param name="AdjustedP">Holm over all comparisons of the report.</param>
/// <param name="Flagged">The shares differ by more than chance explains.</param>
public sealed record Comparison(
    string Stage, string Rule, string Group, string Term, long With, long DroppedWith, long Without, long DroppedWithout,
    double ShareWith, Interval IntervalWith, double ShareWithout, Interval IntervalWithout,
    double Difference, Interval DifferenceInterval, double? Ratio, int Strata, double P, double AdjustedP, bool Flagged);

/// <summary>What one step for personal data or safety changed or dropped.</summary>
public sealed record SafetyFigures(string Stage, string Step, string Name, string What, long Times);

/// <summary>A section of the datasheet.</summary>
public sealed record DatasheetSection(string Title, IReadOnlyList<DatasheetAnswer> Answers);

/// <summary>A question of the datasheet with the answer that the records give.</summary>
public sealed record DatasheetAnswer(string Question, IReadOnlyList<string> Lines);

/// <summary>Two figures that must agree.</summary>
public sealed record Check(string What, long Recorded, long Counted)
{
    public bool Holds => Recorded == Counted;
}
