using CorpusForge.Settings;
namespace CorpusForge.Deduplicate;

/// <summary>Removes exact and near duplicates: of every cluster of duplicates one document stays.</summary>
/// <remarks>
/// <para>Documents have an order: that of the upstream parts as planned (sources in the order of the pipeline file, each by
/// file name and position), then the row. <see cref="Keep"/> turns it into ranks. From the highest rank down, a document
/// with the text of one before it goes where that one went; else it joins the highest-ranked survivor that it is similar
/// to; else it survives. Similar is the Jaccard similarity of the shingle sets themselves; signatures only propose. There
/// is no transitive closure: of A~B~C, where A and C are unlike, B joins A and C survives.</para>
/// <para>Kinds never join each other, and captions join only when they show the same image. A text without words is no
/// near duplicate of anything. See <see cref="Shingler"/> for what a shingle is.</para>
/// </remarks>
public sealed record DeduplicateStage : IStage
{
    public int Version => 1;
    public string? Id { get; init; }

    /// <summary>Whether documents of the same text (captions: and the same image) are removed.</summary>
    public bool Exact { get; init; } = true;

    /// <summary>How near duplicates are found; null leaves them in.</summary>
    public MinHashSettings? Minhash { get; init; } = new();

    /// <summary>Which document of a cluster stays.</summary>
    public Survivor Keep { get; init; }

    /// <summary>Memory that one unit may sort in, in MiB; the result does not depend on it.</summary>
    [OutsideDigest]
    public int MemoryMb { get; init; } = 512;

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [new SignPhase(this), new MatchPhase(this), new ClusterPhase(this), new ApplyPhase(this)];

    internal long MemoryBytes => (long)MemoryMb << 20;

    /// <summary>The numbers of the bands that are matched: 0 is the exact text, signatures start at 1.</summary>
    internal IEnumerable<int> BandNumbers => Enumerable.Range(0, 1 + (Minhash?.Bands ?? 0)).Where(b => b > 0 || Exact);

    internal void Validate()
    {
        List<string> problems = [];
        Range("memoryMb", MemoryMb, 1, 1 << 20);
        if (Minhash is { } m)
        {
            Range("minhash.ngram", m.Ngram, 1, 100);
            Range("minhash.bands", m.Bands, 1, 1000);
            Range("minhash.rows", m.Rows, 1, 1000);
            Range("minhash.maxCandidates", m.MaxCandidates, 1, ushort.MaxValue);
            if (m.MinJaccard is not (> 0 and <= 1))
                problems.Add($"deduplicate: minhash.minJaccard is {m.MinJaccard}; expected more than 0 and at most 1");
        }
        if (problems.Count > 0)
            throw new PipelineException(problems);

        void Range(string name, int value, int min, int max)
        {
            if (value < min || value > max)
                problems.Add($"deduplicate: {name} is {value}; expected {min} to {max}");
        }
    }
}

/// <summary>How near duplicates are found: shingles, MinHash signatures, bands, and the similarity that counts.</summary>
/// <remarks>
/// Documents of similarity s share a band with probability 1 - (1 - s^rows)^bands: the defaults propose 99.6 % of the pairs at
/// 0.8, and 7 % at 0.4.
/// </remarks>
public sealed record MinHashSettings
{
    /// <summary>Words in a shingle.</summary>
    public int Ngram { get; init; } = 5;

    public int Bands { get; init; } = 18;

    /// <summary>Places of the signature in a band.</summary>
    public int Rows { get; init; } = 6;

    /// <summary>Jaccard similarity of two shingle sets, rounded to 1e-6, from which documents are near duplicates.</summary>
    public double MinJaccard { get; init; } = 0.8;

    public ShingleUnit Unit { get; init; }

    /// <summary>With how many survivors of a bucket a document is compared at most, highest rank first: bounds the time that a template costs.</summary>
    public int MaxCandidates { get; init; } = 256;
}

/// <summary>Which document of a cluster of duplicates stays.</summary>
public enum Survivor
{
    /// <summary>The first in document order.</summary>
    First,

    /// <summary>The one with the most UTF-16 units of text, of equals the first.</summary>
    Longest,
}
