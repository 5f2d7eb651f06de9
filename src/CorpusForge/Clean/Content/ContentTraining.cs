namespace CorpusForge.Clean.Content;

/// <summary>How the model that tells content from the rest of a page is trained.</summary>
public sealed record ContentTraining
{
    /// <summary>A folder of pages with their main content, laid out as <see cref="ExtractionTruth"/> says.</summary>
    public required string Folder { get; init; }

    /// <summary>The model file to write; null writes none.</summary>
    public string? Output { get; init; }

    /// <summary>So many parts, by the host of the pages, are each measured by a model of the other parts; 0 measures nothing.</summary>
    public int Folds { get; init; }

    /// <summary>How often the hosts are parted anew, so that chance moves the figures less.</summary>
    public int Partings { get; init; } = 1;

    public int Trees { get; init; } = 400;

    /// <summary>Questions in a tree.</summary>
    public int Depth { get; init; } = 3;

    public double LearningRate { get; init; } = 0.09;

    /// <summary>Added to the curvature of a leaf: higher values keep leaves of few rows near zero.</summary>
    public double Damping { get; init; } = 3;

    /// <summary>Rows drawn for a tree, about.</summary>
    public int Rows { get; init; } = 60_000;

    /// <summary>The share of the features that a tree may ask for.</summary>
    public double FeatureShare { get; init; } = 0.4;

    /// <summary>Steps in which a feature is looked at, at most 64.</summary>
    public int Bins { get; init; } = 48;

    /// <summary>A word counts when at least so many hosts have it.</summary>
    public int MinHosts { get; init; } = 6;

    /// <summary>Of every random choice.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>What came of a training.</summary>
/// <param name="Pages">The pages it saw.</param>
/// <param name="Blocks">Their blocks of text.</param>
/// <param name="Words">The words of tags, classes and ids that got a score.</param>
/// <param name="Terms">The words of text that got a score.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Unseen">Pages measured by models that have not seen their hosts; null when there were no folds.</param>
public sealed record ContentTrained(int Pages, int Blocks, int Words, int Terms, int Bytes, string Digest, ExtractionTable? Unseen);
