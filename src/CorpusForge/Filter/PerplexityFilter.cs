using CorpusForge.Filter.Perplexity;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>The parts of a corpus by perplexity, after CCNet: most like the text that the model learnt from is the head.</summary>
public enum Bucket
{
    Head,
    Middle,
    Tail,
}

/// <summary>Keeps documents by how surprising they are to an n-gram language model, as CCNet did.</summary>
/// <remarks>
/// Wenzek et al. 2020, arXiv:1911.00359, section 3.2. A line is a sentence; perplexity is over all words and ends of sentences of a document. CCNet set the limits of its buckets for each language at the 30th and 60th percentile of
/// a sample: `corpusforge perplexity score` prints them.
/// </remarks>
public sealed record PerplexityFilter : IOpenable
{
    public Kinds For => Kinds.Text;

    /// <summary>An ARPA file, or one that `corpusforge perplexity train` wrote.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public string Model { get; init; } = "";

    /// <summary>Up to it a document is in the head.</summary>
    public double HeadLimit { get; init; } = 1e9;

    /// <summary>Above it a document is in the tail.</summary>
    public double TailLimit { get; init; } = 1e9;

    /// <summary>The buckets that stay.</summary>
    public IReadOnlyList<Bucket> Keep { get; init; } = [Bucket.Head, Bucket.Middle];

    public string ModelDigest => Read().Digest;

    public IStep Open() => new Opened(this, Read());

    private NGramModel Read()
    {
        try
        {
            return NGramModel.Open(Model);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PipelineException($"the n-gram model '{Model}' cannot be read: {e.Message}");
        }
    }

    private sealed class Opened(PerplexityFilter settings, NGramModel model) : IFilter
    {
        public Kinds For => settings.For;

        public Verdict Judge(TextView text)
        {
            var perplexity = PerplexityText.Of(model, text);
            // One limit a bucket, so that the decision can be replayed by other limits.
            var (head, middle, tail) = (settings.Keep.Contains(Bucket.Head), settings.Keep.Contains(Bucket.Middle), settings.Keep.Contains(Bucket.Tail));
            var most = tail ? double.MaxValue : middle ? settings.TailLimit : settings.HeadLimit;
            var verdict = text.Verdict.Never("no-words", double.IsNaN(perplexity)).AtMost("too-surprising", perplexity, most);
            if (!head)
                verdict = verdict.AtLeast("too-common", perplexity, Math.BitIncrement(middle ? settings.HeadLimit : settings.TailLimit));
            return !middle && head && tail ? verdict.Never("in-the-middle", perplexity > settings.HeadLimit && perplexity <= settings.TailLimit) : verdict;
        }
    }
}
