namespace CorpusForge.Filter.FastText;

/// <summary>How scores become probabilities.</summary>
public enum FastTextLoss
{
    /// <summary>A Huffman tree over the labels: fast with many of them.</summary>
    Hierarchical = 1,
    NegativeSampling = 2,
    Softmax = 3,

    /// <summary>A yes or no of its own for every label.</summary>
    OneVersusAll = 4,
}

/// <summary>What a fastText model was trained with, as its file records it.</summary>
/// <remarks>Joulin et al., Bag of Tricks for Efficient Text Classification (2016); the defaults are those of `fasttext supervised`.</remarks>
public sealed record FastTextSettings
{
    /// <summary>Numbers in a row.</summary>
    public int Dimension { get; init; } = 100;
    public int Epochs { get; init; } = 5;

    /// <summary>A word seen less often is left out.</summary>
    public int MinCount { get; init; } = 1;

    /// <summary>The longest word n-gram.</summary>
    public int WordNgrams { get; init; } = 1;
    public FastTextLoss Loss { get; init; } = FastTextLoss.Softmax;

    /// <summary>Rows that n-grams are hashed to.</summary>
    public int Buckets { get; init; } = 2_000_000;

    /// <summary>The shortest character n-gram.</summary>
    public int MinCharacters { get; init; }

    /// <summary>The longest character n-gram; 0 is none.</summary>
    public int MaxCharacters { get; init; }

    /// <summary>At the start; falls to zero in a straight line.</summary>
    public double LearningRate { get; init; } = 0.1;
}
