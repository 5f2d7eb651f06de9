using CorpusForge.Filter.FastText;
using CorpusForge.Settings;

namespace CorpusForge.Filter;

/// <summary>Judges a text by any fastText classifier, such as one for quality that `classifier train` made.</summary>
/// <remarks>
/// The text is given to the model as one line, as DCLM's and CCNet's filters do. The score is the probability of <see cref="Label"/>;
/// one that fastText would print as 1.00001 is 1. A text without any feature that the model knows breaks `no-feature`.
/// </remarks>
public sealed record FastTextFilter : IOpenable
{
    /// <summary>The `.bin` or `.ftz` file.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public string Model { get; init; } = "";

    /// <summary>The label whose probability is the score, without `__label__`.</summary>
    [Needed]
    public string Label { get; init; } = "";

    /// <summary>A text below it is dropped.</summary>
    [Range(0, 1)]
    public double MinScore { get; init; }

    /// <summary>A text above it is dropped.</summary>
    [Range(0, 1)]
    public double MaxScore { get; init; } = 1;

    public string ModelDigest
    {
        get
        {
            var model = Read();
            _ = LabelIn(model);
            return model.Digest;
        }
    }

    public IStep Open()
    {
        var model = Read();
        return new Opened(this, model, LabelIn(model));
    }

    private int LabelIn(FastTextModel model) => model.Labels.ToList().IndexOf(Label) is >= 0 and var label
        ? label
        : throw new PipelineException($"label: {Model} has no label '{Label}'{SettingsBinder.Nearest(Label, model.Labels)}");

    private FastTextModel Read()
    {
        try
        {
            return FastTextModel.Open(Model);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PipelineException($"the fastText model '{Model}' cannot be read: {e.Message}");
        }
    }

    private sealed class Opened(FastTextFilter settings, FastTextModel model, int label) : IFilter
    {
        public Verdict Judge(TextView text)
        {
            var score = model.Score(text.Text, label);
            return text.Verdict.Never("no-feature", double.IsNaN(score)).AtLeast("min-score", score, settings.MinScore).AtMost("max-score", score, settings.MaxScore);
        }
    }
}
