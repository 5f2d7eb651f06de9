using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>Finds the language of a text, and the shares of the languages of its paragraphs, and keeps the languages that are wanted.</summary>
/// <remarks>
/// <para>A built-in linear model over character n-grams and words knows the languages listed in docs/models.md. A text of up to 65,536 UTF-16 units is
/// read whole, of a longer one as much in windows spread evenly over it. The score is the probability of the best language, calibrated on short texts.</para>
/// <para>A document whose paragraphs are in more than one language gets the metadata `languages`, such as `en:0.82 fr:0.18`: shares of the characters read,
/// the largest first; without it all is in one language.</para>
/// <para>A language that the document brought is not measured again, and without a score it is judged by
/// <see cref="Keep"/> alone.</para>
/// </remarks>
public sealed record Language : IOpenable
{
    internal const string SharesKey = "languages";

    private static readonly Lazy<LinearModel> s_model = new(() => LinearModel.Embedded("CorpusForge.Filter.Models.language.clm"));

    /// <summary>ISO 639-1 codes; empty keeps every language. `no` keeps Bokmål and Nynorsk too.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>How sure the model must be, from 0 to 1.</summary>
    [Settings.Range(0, 1)]
    public double MinScore { get; init; } = 0.65;

    /// <summary>How much of the text must be in the document's language, from 0 to 1; 0 drops no mixed document.</summary>
    public double MinShare { get; init; }

    public int Version => 2;
    public Kinds For => Kinds.Text | Kinds.Caption;
    public string ModelDigest => s_model.Value.Digest;

    public string? Problem(IReadOnlyList<PipelineSource> sources) =>
        !sources.Any(s => s.Source.BringsLanguage) && Keep.FirstOrDefault(k => k != "no" && !s_model.Value.Labels.Contains(k)) is { } unknown
            ? $"keep: no text is found to be in '{unknown}'{Settings.SettingsBinder.Nearest(unknown.ToLowerInvariant(), s_model.Value.Labels)}"
            : null;

    public IStep Open() => new Opened(this, s_model.Value);

    /// <summary>The language of a text and its probability; null when there are no letters.</summary>
    internal static (string Label, double Probability)? Of(ReadOnlySpan<char> text)
    {
        var model = s_model.Value;
        Span<double> shares = stackalloc double[model.Labels.Count];
        return LanguageReader.TryRead(model, text, shares, out var found) ? (model.Labels[found.Label], found.Probability) : null;
    }

    private sealed class Opened(Language settings, LinearModel model) : ITagger, IFilter
    {
        public int Version => settings.Version;
        public Kinds For => settings.For;

        public Fields Tag(TextView text)
        {
            Span<double> shares = stackalloc double[model.Labels.Count];
            if (text.Document.Language is not null || !LanguageReader.TryRead(model, text.Text, shares, out var found))
                return default;
            return new Fields
            {
                Language = model.Labels[found.Label],
                LanguageScore = found.Probability,
                Metadata = shares[found.Label] == 1 ? null : ImmutableSortedDictionary<string, string>.Empty.Add(SharesKey, Written(shares)),
            };
        }

        public Verdict Judge(TextView text)
        {
            var document = text.Document;
            var verdict = text.Verdict
                .Never("no-language", document.Language is null)
                .Never("language-not-kept", document.Language is { } language && !Keeps(language));
            if (document.LanguageScore is not { } score)
                return verdict;
            return verdict.AtLeast("language-score", score, settings.MinScore).AtLeast("language-share", Share(document), settings.MinShare);
        }

        private bool Keeps(string language) =>
            settings.Keep.Count == 0
            || settings.Keep.Contains(language, StringComparer.Ordinal)
            || (language is "nb" or "nn" && settings.Keep.Contains("no", StringComparer.Ordinal));

        private string Written(ReadOnlySpan<double> shares)
        {
            var (text, order) = (new StringBuilder(), shares.ToArray());
            foreach (var label in Enumerable.Range(0, order.Length).Where(l => order[l] > 0).OrderByDescending(l => order[l]))
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? " " : "")}{model.Labels[label]}:{order[label]:0.00}");
            return text.ToString();
        }

        private static double Share(Document document)
        {
            if (!document.Metadata.TryGetValue(SharesKey, out var shares))
                return 1;
            foreach (var range in shares.AsSpan().Split(' '))
            {
                var one = shares.AsSpan()[range];
                if (one.StartsWith(document.Language, StringComparison.Ordinal) && one.Length > document.Language!.Length && one[document.Language.Length] == ':'
                    && double.TryParse(one[(document.Language.Length + 1)..], CultureInfo.InvariantCulture, out var share))
                    return share;
            }
            return 1;
        }
    }
}
