using CorpusForge.Settings;

namespace CorpusForge.Mix;

/// <summary>Puts all documents into one random order, and takes each source as often as a weight or a number of epochs says.</summary>
/// <remarks>
/// The place of a document is a hash of its id and the pipeline's seed: the order depends neither on the files that the documents
/// came in nor on workers. It is made in two passes over the disk: documents are scattered into buckets by the upper bits of the
/// hash, then each bucket is sorted in memory. With epochs of e a document is there ⌊e⌋ times and once more with the probability
/// of what is left, which is a hash of its id as well. All copies of a document have its id. Documents that stay together are
/// placed, and taken or left out, by what they have in common instead of their ids.
/// </remarks>
public sealed record MixStage : IStage
{
    public string? Id { get; init; }

    /// <summary>How often sources are taken; a source that is not named is taken once.</summary>
    public IReadOnlyList<MixedSource> Sources { get; init; } = [];

    /// <summary>With weights, how often a source is repeated at most; the mixture is the largest that this allows.</summary>
    [Range(1e-6, 1e6)]
    public double MaxEpochs { get; init; } = 4;

    /// <summary>Text in a bucket, in MiB: each becomes one part and is sorted in memory.</summary>
    [Range(1, 4096)]
    public int BucketMb { get; init; } = 64;

    /// <summary>Metadata whose value documents have in common that stay together, for example `repository`; one without it stands alone.</summary>
    public string? Together { get; init; }

    /// <summary>Metadata by which documents that stay together are ordered, for example `path`; without it, by their place in the source.</summary>
    public string? OrderBy { get; init; }

    public Product Consumes => Product.Documents;
    public Product Produces => Product.Documents;
    public IReadOnlyList<IPhase> Phases => [new CountPhase(this), new ScatterPhase(this), new GatherPhase(this), new SummaryPhase()];

    internal bool Weighted => Sources.Any(s => s.Weight is not null);

    public IStage Resolve(IReadOnlyList<PipelineSource> sources)
    {
        var problems = new List<string>();
        foreach (var one in Sources)
        {
            if (sources.All(s => s.Id != one.Source))
                problems.Add($"mix: there is no source '{one.Source}'; there are: {string.Join(", ", sources.Select(s => s.Id))}");
            if (one.Weight is null == one.Epochs is null)
                problems.Add($"mix: the source '{one.Source}' needs either a weight or epochs");
        }
        foreach (var twice in Sources.GroupBy(s => s.Source).Where(g => g.Count() > 1))
            problems.Add($"mix: the source '{twice.Key}' is named {twice.Count()} times");
        if (Weighted && Sources.Any(s => s.Epochs is not null))
            problems.Add("mix: sources have either weights or epochs, not some of each");
        if (Weighted && sources.Where(s => Sources.All(m => m.Source != s.Id)).Select(s => s.Id).ToArray() is { Length: > 0 } missing)
            problems.Add($"mix: with weights every source needs one; there is none for {string.Join(", ", missing)}");
        if (Weighted && Sources.Sum(s => s.Weight ?? 0) <= 0)
            problems.Add("mix: the weights add up to nothing");
        if (OrderBy is not null && Together is null)
            problems.Add("mix: orderBy is of documents that stay together, and together says nothing");
        return problems.Count == 0 ? this : throw new PipelineException(problems);
    }

    /// <summary>What decides where a document goes: its id, or a digest of what it has in common with those that it stays together with.</summary>
    internal string PlacedBy(Document document) =>
        Together is not null && document.Metadata.TryGetValue(Together, out var common) ? Digests.Of($"{Together}\n{common}") : document.Id;

    /// <summary>How often each source is taken, for sources that have so many bytes of text.</summary>
    internal Dictionary<string, double> EpochsOf(IReadOnlyDictionary<string, long> bytes)
    {
        var epochs = new Dictionary<string, double>(StringComparer.Ordinal);
        var named = Sources.ToDictionary(s => s.Source, StringComparer.Ordinal);
        // The size of the mixture at which the first source is at its limit.
        var total = bytes.Where(b => Weight(b.Key) > 0 && b.Value > 0).Select(b => MaxEpochs * b.Value / Weight(b.Key)).DefaultIfEmpty(0).Min();
        foreach (var (source, count) in bytes)
        {
            epochs[source] = Weighted
                ? count == 0 ? 0 : Math.Min(MaxEpochs, Math.Round(total * Weight(source) / count, 9))
                : named.GetValueOrDefault(source)?.Epochs ?? 1;
        }
        return epochs;

        double Weight(string source) => named.GetValueOrDefault(source)?.Weight ?? 0;
    }
}

/// <summary>How often a source is taken: a weight or epochs.</summary>
public sealed record MixedSource
{
    /// <summary>The id of a source of the pipeline.</summary>
    [Needed]
    public string Source { get; init; } = "";

    /// <summary>Its part of the text of the mixture, in proportion to the other weights.</summary>
    [Range(0, 1e9)]
    public double? Weight { get; init; }

    /// <summary>How often it is repeated; 0.5 takes half of its documents, 0 none.</summary>
    [Range(0, 1e4)]
    public double? Epochs { get; init; }
}

/// <summary>Where the copies of a document go: functions of its id, or that of its group, and the seed alone.</summary>
internal static class Place
{
    // Other than the salt-less hash that holds documents out for validation, or buckets and split would go together.
    private const ulong OfOrder = 0x6D69782D6F726465, OfShare = 0x6D69782D73686172;

    /// <summary>Whole epochs, and one more for a share of the documents.</summary>
    public static int Copies(string id, long seed, double epochs) => (int)Math.Floor(epochs) + (Share(id, seed) < epochs - Math.Floor(epochs) ? 1 : 0);

    /// <summary>A number from 0 to 1 that decides whether a document is of the share that is taken once more.</summary>
    public static double Share(string id, long seed) => (Hash(id, seed, OfShare) >> 11) * (1.0 / (1UL << 53));

    public static ulong Key(string id, long seed, int copy) => SplitMix64.Mix(Hash(id, seed, OfOrder) + (0x9E3779B97F4A7C15 * (ulong)copy));

    public static int Bucket(ulong key, int buckets) => (int)Math.BigMul(key, (ulong)buckets, out _);

    private static ulong Hash(string id, long seed, ulong salt) =>
        SplitMix64.Mix(ulong.Parse(id.AsSpan(0, 16), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture) ^ SplitMix64.Mix((ulong)seed + salt));
}
