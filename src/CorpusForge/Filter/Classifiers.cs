using CorpusForge.Filter.FastText;

namespace CorpusForge.Filter;

/// <summary>Classifiers by name or file: those that are built in, fastText models, and linear models.</summary>
public static class Classifiers
{
    public static IReadOnlyList<string> BuiltIn { get; } = ["language", "toxicity"];

    /// <summary>What finds the most likely label of a text and its probability, or null when the text has nothing that the model knows.</summary>
    /// <exception cref="PipelineException">There is no such model, or it cannot be read.</exception>
    public static Func<string, (string Label, double Probability)?> Open(string model)
    {
        if (model == "toxicity")
            return Toxic;
        if (model == "language")
            return text => Language.Of(text);
        try
        {
            if (Path.GetExtension(model) == ".clm")
                return Best(LinearModel.Read(File.ReadAllBytes(model), model));
            var fastText = FastTextModel.Open(model);
            return text => fastText.Best(text) is { } best ? (best.Label, Math.Min(1, best.Probability)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PipelineException($"{(e is InputException ? "" : $"{model}: ")}{e.Message.TrimEnd('.')}; a model is {string.Join(", ", BuiltIn)}, or a file .bin, .ftz or .clm");
        }
    }

    // As the step scores a document; the label is the more likely one.
    private static (string, double)? Toxic(string text)
    {
        Span<double> scores = stackalloc double[ToxicityModel.Stride];
        if (!text.Any(char.IsLetter) || !ToxicityModel.For(null, text)!.TryScore(text, scores))
            return null;
        return scores[0] > 0.5 ? ("toxic", scores[0]) : ("benign", Math.Round(1 - scores[0], 6));
    }

    private static Func<string, (string, double)?> Best(LinearModel model) => text =>
    {
        Span<double> probabilities = stackalloc double[model.Labels.Count];
        if (!text.Any(char.IsLetter) || !model.TryScore(text, probabilities))
            return null;
        var best = 0;
        for (var label = 1; label < probabilities.Length; label++)
            best = probabilities[label] > probabilities[best] ? label : best;
        return (model.Labels[best], probabilities[best]);
    };
}
