using CorpusForge.Settings;

namespace CorpusForge.Deduplicate;

/// <summary>What is looked for a second time.</summary>
public enum TextUnit
{
    /// <summary>What stands between empty lines.</summary>
    Paragraph,

    Line,

    /// <summary>Any run of so many words, wherever it begins.</summary>
    Span,
}

/// <summary>Removes text that a document of higher rank, or the same one before, has already: paragraphs, lines or spans of words.</summary>
/// <remarks>
/// <para>Paragraphs and lines as CCNet does it (Wenzek et al. 2019), spans as Lee et al. 2021, arXiv:2107.06499; but one occurrence
/// stays, in the first document by the order of <see cref="Survivor.First"/>: where documents stand does not count. Words are levelled as in deduplication, so case, punctuation and the value of numbers do not matter.</para>
/// <para>Spans are found by sorting hashes of 64 bits of the words at every place, which finds what a suffix array finds, over the whole
/// corpus and with little memory; the files take about 16 bytes a word while it runs. Only texts are changed: code and captions stay.</para>
/// </remarks>
public sealed record DeduplicateTextStage : IStage
{
    /// <summary>Into how many units the hashes are divided.</summary>
    internal const int Shards = 16;

    public int Version => 2;
    public string? Id { get; init; }

    /// <summary>What is removed where it stands for the second time.</summary>
    public TextUnit Unit { get; init; } = TextUnit.Paragraph;

    /// <summary>Paragraphs and lines with fewer words stay: headings and lists repeat in good text too.</summary>
    [Range(1, 1000)]
    public int MinWords { get; init; } = 8;

    /// <summary>How many words a span has at least.</summary>
    [Range(8, 1000)]
    public int SpanWords { get; init; } = 50;

    /// <summary>A document of which a larger share of the words is removed goes as a whole.</summary>
    [Range(0, 1)]
    public double MaxRemovedShare { get; init; } = 0.8;

    /// <summary>Memory that one unit may sort in, in MiB; the result does not depend on it.</summary>
    [OutsideDigest, Range(1, 1 << 20)]
    public int MemoryMb { get; init; } = 512;

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [new HashTextPhase(this), new RankPhase(Survivor.First, MemoryBytes, HashTextPhase.PhaseName), new FindTextPhase(this), new RemoveTextPhase(this)];

    internal long MemoryBytes => (long)MemoryMb << 20;
}
