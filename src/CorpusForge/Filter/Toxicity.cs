using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

/// <summary>Measures how likely an English text insults or degrades people, and drops what is above a limit.</summary>
/// <remarks>
/// <para>A built-in linear model over words and character n-grams, calibrated on posts; docs/models.md says what it was
/// trained on and where it fails. A document is cut into windows of 40 words, about the length of a post; the last one has
/// 20 to 59. Its score is the mean of the highest twentieth of the windows, rounded up: up to 20 windows that is the
/// highest, so that one vile paragraph is not hidden by the prose around it, while in a book one window decides nothing.</para>
/// <para>A document in another language than English, and one that brought a score, is not measured; a document without a
/// score stays.</para>
/// </remarks>
public sealed record Toxicity : IOpenable
{
    internal const int WindowWords = 40;

    private static readonly Lazy<LinearModel> s_model = new(() => LinearModel.Embedded("CorpusForge.Filter.Models.toxicity.clm"));

    [ThreadStatic]
    private static List<double>? t_scores;

    /// <summary>From 0 to 1; a document above it is dropped.</summary>
    public double MaxScore { get; init; } = 0.8;

    public Kinds For => Kinds.Text | Kinds.Caption;
    public string ModelDigest => s_model.Value.Digest;

    public IStep Open() => new Opened(this, s_model.Value);

    private sealed class Opened(Toxicity settings, LinearModel model) : ITagger, IFilter
    {
        private readonly int _toxic = model.Labels.ToList().IndexOf("toxic");

        public Kinds For => settings.For;

        public Fields Tag(TextView text) =>
            text.Document.Toxicity is null && text.Document.Language is null or "en" ? new Fields { Toxicity = Score(text) } : default;

        public Verdict Judge(TextView text) =>
            text.Document.Toxicity is { } score ? text.Verdict.AtMost("toxic", score, settings.MaxScore) : text.Verdict;

        private double? Score(TextView text)
        {
            var scores = t_scores ??= [];
            scores.Clear();
            // A window waits until the one after it is known to be at least half full.
            var (start, end, words) = (0, 0, 0);
            foreach (var token in text.Tokens)
            {
                if (!token.IsWord)
                    continue;
                words++;
                if (words == WindowWords + 1)
                    end = token.Start;
                if (words != WindowWords * 3 / 2)
                    continue;
                Add(text.Text[start..end], scores);
                (start, words) = (end, WindowWords / 2);
            }
            Add(text.Text[start..], scores);
            if (scores.Count == 0)
                return null;
            scores.Sort();
            var highest = CollectionsMarshal.AsSpan(scores)[^((scores.Count + 19) / 20)..];
            var sum = 0.0;
            foreach (var score in highest)
                sum += score;
            return Math.Round(sum / highest.Length, 6, MidpointRounding.AwayFromZero);
        }

        private void Add(ReadOnlySpan<char> window, List<double> scores)
        {
            Span<double> probabilities = stackalloc double[model.Labels.Count];
            if (model.TryScore(window, probabilities))
                scores.Add(probabilities[_toxic]);
        }
    }
}
