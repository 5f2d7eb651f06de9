using CorpusForge.Settings;

namespace CorpusForge.Deduplicate;

/// <summary>Removes exact and near duplicates: of every cluster of duplicates one document stays.</summary>
/// <remarks>
/// <para>Documents have an order, by <see cref="Keep"/>, then by the place of their source in the pipeline file, by the id and by a hash of
/// what they bring: where they stand in the input does not count. From the highest rank down, a document
/// with the text (or, when asked for, the URL) of one before it goes where that one went; else it joins the highest-ranked survivor that it is similar
/// to; else it survives. Similar is the Jaccard similarity of the shingle sets themselves; signatures only propose. There
/// is no transitive closure: of A~B~C, where A and C are unlike, B joins A and C survives.</para>
/// <para>Kinds never join each other, and captions join only when they show the same image. A text without words is no
/// near duplicate of anything. See <see cref="Shingler"/> for what a shingle is.</para>
/// <para>A survivor keeps the URLs of the documents that joined it as a JSON array in its metadata, `duplicate-urls`.</para>
/// </remarks>
public sealed record DeduplicateStage : IStage
{
    public int Version => 5;
    public string? Id { get; init; }

    /// <summary>Whether documents of the same text (captions: and the same image) are removed.</summary>
    public bool Exact { get; init; } = true;

    /// <summary>Whether documents of the same URL are removed; scheme and host in lower case, fragments left out. Captions stay.</summary>
    public bool Urls { get; init; }

    /// <summary>How near duplicates are found; null leaves them in.</summary>
    public MinHashSettings? Minhash { get; init; } = new();

    /// <summary>Which document of a cluster stays.</summary>
    public Survivor Keep { get; init; }

    /// <summary>Stops the run when a source would lose a larger share of its documents than this; null never does.</summary>
    [Range(0, 1)]
    public double? MaxSourceLoss { get; init; }

    /// <summary>How many URLs of duplicates a survivor keeps at most; all of them stand in the rejects.</summary>
    [Range(0, 1_000_000)]
    public int MaxUrls { get; init; } = 10_000;

    /// <summary>Memory that one unit may sort in, in MiB; the result does not depend on it.</summary>
    [Range(1, 1 << 20), OutsideDigest]
    public int MemoryMb { get; init; } = 512;

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [new SignPhase(this), new RankPhase(Keep, MemoryBytes), new MatchPhase(this), new ClusterPhase(this), new ApplyPhase(this)];

    internal long MemoryBytes => (long)MemoryMb << 20;

    /// <summary>The numbers of the bands that are matched: -1 is the URL, 0 the exact text, signatures start at 1.</summary>
    internal IEnumerable<int> BandNumbers => Enumerable.Range(UrlBand, 2 + (Minhash?.Bands ?? 0)).Where(b => b > 0 || (b == UrlBand ? Urls : Exact));

    internal const int UrlBand = -1;
}

/// <summary>How near duplicates are found: shingles, MinHash signatures, bands, and the similarity that counts.</summary>
/// <remarks>
/// Documents of similarity s share a band with probability 1 - (1 - s^rows)^bands: the defaults propose 99.6 % of the pairs at
/// 0.8, and 7 % at 0.4.
/// </remarks>
public sealed record MinHashSettings
{
    private readonly int? _ngram;
    private readonly int? _bands;
    private readonly int? _rows;

    /// <summary>The n-gram, bands and rows of a published recipe, where they are not given; `minJaccard` does not depend on it.</summary>
    public MinHashPreset Preset { get; init; }

    /// <summary>Words in a shingle.</summary>
    [Range(1, 100)]
    public int Ngram { get => _ngram ?? Recipe.Ngram; init => _ngram = value; }

    [Range(1, 1000)]
    public int Bands { get => _bands ?? Recipe.Bands; init => _bands = value; }

    /// <summary>Places of the signature in a band.</summary>
    [Range(1, 1000)]
    public int Rows { get => _rows ?? Recipe.Rows; init => _rows = value; }

    /// <summary>Jaccard similarity of two shingle sets, rounded to 1e-6, from which documents are near duplicates.</summary>
    [Range(1e-6, 1)]
    public double MinJaccard { get; init; } = 0.8;

    public ShingleUnit Unit { get; init; }

    /// <summary>With how many survivors of a bucket a document is compared at most, highest rank first: bounds the time that a template costs.</summary>
    [Range(1, ushort.MaxValue)]
    public int MaxCandidates { get; init; } = 256;

    private (int Ngram, int Bands, int Rows) Recipe => Preset switch
    {
        MinHashPreset.Fineweb => (5, 14, 8),
        MinHashPreset.Dclm => (5, 93, 15),
        MinHashPreset.Bigcode => (5, 25, 10),
        MinHashPreset.Redpajama => (13, 9, 13),
        _ => (5, 18, 6),
    };
}

/// <summary>Whose n-gram, bands and rows are taken.</summary>
public enum MinHashPreset
{
    /// <summary>5-grams, 18 bands of 6: proposes more than the recipes do, which is safe since every pair is verified.</summary>
    Default,

    /// <summary>5-grams, 14 bands of 8.</summary>
    Fineweb,

    /// <summary>5-grams, 93 bands of 15.</summary>
    Dclm,

    /// <summary>5-grams, 25 bands of 10.</summary>
    Bigcode,

    /// <summary>13-grams, 9 bands of 13.</summary>
    Redpajama,
}

/// <summary>Which document of a cluster of duplicates stays; of equals the one whose source is listed first, then the one with the lowest id of those that the input brought.</summary>
public enum Survivor
{
    /// <summary>The one whose source is listed first, of one source the one with the earliest `date` in its metadata; those without come last.</summary>
    First,

    /// <summary>The one with the most UTF-16 units of text.</summary>
    Longest,

    /// <summary>The one with the latest `date` in its metadata; those without come last.</summary>
    Latest,

    /// <summary>The one with the freest licence: permissive, copyleft, no derivatives, not commercial, unknown.</summary>
    BestLicense,
}
