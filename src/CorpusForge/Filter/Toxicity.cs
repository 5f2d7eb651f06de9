using System.Globalization;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>What becomes of a document above a limit of `toxicity`; its text is never changed.</summary>
public enum ToxicityPolicy
{
    /// <summary>Stays, with its score.</summary>
    Keep,

    /// <summary>Stays, and its metadata name the kinds and the sentences.</summary>
    Tag,

    /// <summary>Leaves by the rule `quarantined`, for people to look at.</summary>
    Quarantine,

    /// <summary>Leaves by a rule that names the kind.</summary>
    Drop,
}

/// <summary>Measures how likely an English or German text attacks, threatens or insults people, and keeps, tags or drops what is above a limit.</summary>
/// <remarks>
/// <para>The score is the calibrated probability that a reader calls the text an attack on people: hatred against a group, a
/// threat, an insult to somebody. Swearing that hurts nobody, counter-speech and reports are not meant by it. The kinds have
/// scores of their own: `hate`, `insult` (obscene words too), `threat`, `sexual`. docs/models.md says what the built-in models
/// were trained on and where they fail; see <see cref="ToxicityModel"/> for windows and reasons.</para>
/// <para>A document in another language, and one that brought a score, is not measured; a document without a score stays. Where the
/// language is not known, a text that begins like German is measured as German and every other one as English.</para>
/// </remarks>
public sealed record Toxicity : IOpenable
{
    /// <summary>What becomes of a document above a limit.</summary>
    public ToxicityPolicy Policy { get; init; } = ToxicityPolicy.Drop;

    /// <summary>The most that the score of a document may be.</summary>
    [Range(0, 1)]
    public double MaxScore { get; init; } = 0.5;

    /// <summary>The most for attacks on groups alone; 1 does not judge them apart.</summary>
    [Range(0, 1)]
    public double MaxHate { get; init; } = 1;

    /// <summary>The most for insults and obscene words; 1 does not judge them.</summary>
    [Range(0, 1)]
    public double MaxInsult { get; init; } = 1;

    /// <summary>The most for threats alone; 1 does not judge them apart.</summary>
    [Range(0, 1)]
    public double MaxThreat { get; init; } = 1;

    /// <summary>The most for sexual content; 1 does not judge it.</summary>
    [Range(0, 1)]
    public double MaxSexual { get; init; } = 1;

    public int Version => 7;
    public Kinds For => Kinds.Text | Kinds.Caption;
    public string ModelDigest => $"{ToxicityModel.English.Digest} {ToxicityModel.German.Digest}";

    public IStep Open() => new Opened(this);

    private sealed class Opened(Toxicity settings) : ITagger, IFilter
    {
        private readonly double[] _limits = [settings.MaxScore, settings.MaxHate, settings.MaxInsult, settings.MaxThreat, settings.MaxSexual];

        // Kinds are scored a second time where they are judged; the score of the whole is a field of the document.
        private readonly bool _byKind = settings is not { MaxHate: 1, MaxInsult: 1, MaxThreat: 1, MaxSexual: 1 };

        public int Version => settings.Version;
        public Kinds For => settings.For;

        public Fields Tag(TextView text)
        {
            Span<double> scores = stackalloc double[ToxicityModel.Stride];
            if (text.Document.Toxicity is not null || ToxicityModel.For(text.Document.Language, text.Text) is not { } model || !model.TryScore(text.Text, scores))
                return default;
            var fields = new Fields { Toxicity = scores[0] };
            return settings.Policy == ToxicityPolicy.Tag && Kinds(model, scores) is { Length: > 0 } kinds
                ? fields with { Metadata = Document.NoMetadata.Add("toxic-kinds", kinds).Add("toxic-sentences", Sentences(model, text.Document.Text)) }
                : fields;
        }

        public Verdict Judge(TextView text)
        {
            if (settings.Policy is ToxicityPolicy.Keep or ToxicityPolicy.Tag || text.Document.Toxicity is not { } score)
                return text.Verdict;
            var drop = settings.Policy == ToxicityPolicy.Drop;
            var verdict = text.Verdict.AtMost(drop ? "toxic" : "quarantined", score, settings.MaxScore);
            Span<double> scores = stackalloc double[ToxicityModel.Stride];
            // Signals have every kind, so that its limit can be replayed; a text without a word has nothing of any.
            if (!(_byKind || text.Records) || ToxicityModel.For(text.Document.Language, text.Text) is not { } model || !(model.TryScore(text.Text, scores) || text.Text.Length == 0))
                return verdict;
            for (var head = 1; head < _limits.Length; head++)
                if (_limits[head] < 1 || text.Records)
                    verdict = verdict.AtMost(drop ? model.Heads[head] : $"quarantined-{model.Heads[head]}", scores[head], _limits[head]);
            return verdict;
        }

        private string Kinds(ToxicityModel model, ReadOnlySpan<double> scores)
        {
            var kinds = new List<string>();
            for (var head = 0; head < _limits.Length; head++)
                if (scores[head] > _limits[head])
                    kinds.Add(model.Heads[head]);
            return string.Join(',', kinds);
        }

        // Start, a hyphen and end in UTF-16 units.
        private string Sentences(ToxicityModel model, string text) => string.Join(' ', model.Explain(text)
            .Where(s => s.Scores.Zip(_limits).Any(x => x.First > x.Second))
            .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Start}-{s.End}")));
    }
}
