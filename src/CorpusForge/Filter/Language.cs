namespace CorpusForge.Filter;

/// <summary>Finds the language of a text and keeps the languages that are wanted.</summary>
/// <remarks>
/// <para>A built-in linear model over character n-grams knows the languages listed in docs/models.md. It looks at the first
/// 10,000 UTF-16 units. Its score is the probability of the best language, calibrated on short texts; on a document in two
/// languages it falls, as the features of both are averaged.</para>
/// <para>A language that the document brought is not measured again, and without a score it is judged by
/// <see cref="Keep"/> alone.</para>
/// </remarks>
public sealed record Language : IOpenable
{
    internal const int MaxUnits = 10_000;

    private static readonly Lazy<LinearModel> s_model = new(() => LinearModel.Embedded("CorpusForge.Filter.Models.language.clm"));

    /// <summary>ISO 639-1 codes; empty keeps every language. `no` keeps Bokmål and Nynorsk too.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>How sure the model must be, from 0 to 1.</summary>
    public double MinScore { get; init; } = 0.65;

    public Kinds For => Kinds.Text | Kinds.Caption;
    public string ModelDigest => s_model.Value.Digest;

    public IStep Open() => new Opened(this, s_model.Value);

    private sealed class Opened(Language settings, LinearModel model) : ITagger, IFilter
    {
        public Kinds For => settings.For;

        public Fields Tag(TextView text)
        {
            var looked = text.Text[..Math.Min(text.Text.Length, MaxUnits)];
            if (text.Document.Language is not null || !HasLetter(looked))
                return default;
            Span<double> probabilities = stackalloc double[model.Labels.Count];
            if (!model.TryScore(looked, probabilities))
                return default;
            var best = 0;
            for (var label = 1; label < probabilities.Length; label++)
                if (probabilities[label] > probabilities[best])
                    best = label;
            return new Fields { Language = model.Labels[best], LanguageScore = probabilities[best] };
        }

        public Verdict Judge(TextView text)
        {
            var document = text.Document;
            var verdict = text.Verdict
                .Never("no-language", document.Language is null)
                .Never("language-not-kept", document.Language is { } language && !Keeps(language));
            return document.LanguageScore is { } score ? verdict.AtLeast("language-score", score, settings.MinScore) : verdict;
        }

        private bool Keeps(string language) =>
            settings.Keep.Count == 0
            || settings.Keep.Contains(language, StringComparer.Ordinal)
            || (language is "nb" or "nn" && settings.Keep.Contains("no", StringComparer.Ordinal));

        private static bool HasLetter(ReadOnlySpan<char> text)
        {
            foreach (var c in text)
                if (char.IsLetter(c))
                    return true;
            return false;
        }
    }
}
