using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>Draws text from a model, token by token.</summary>
/// <remarks>The same model, prompt and seed give the same tokens. The whole context goes through the model for each token.</remarks>
public sealed record Sampler
{
    /// <summary>0 takes the most likely token.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Only so many of the most likely tokens are drawn from; 0 is all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Only the most likely tokens that together have this share are drawn from; 1 is all.</summary>
    public double TopP { get; init; } = 1;

    public int MaxTokens { get; init; } = 100;
    public long Seed { get; init; } = 1;

    /// <summary>The text of what follows the prompt.</summary>
    public string Text(Transformer model, IReadOnlyList<int> prompt, Func<int[], string> decode, int? endOfText = null) =>
        decode(Tokens(model, prompt, endOfText));

    /// <summary>The tokens that follow the prompt, up to the end of the text.</summary>
    public int[] Tokens(Transformer model, IReadOnlyList<int> prompt, int? endOfText = null) => [.. Draws(model, prompt, endOfText).TakeWhile(d => d.Token != endOfText).Select(d => d.Token)];

    /// <summary>Draws token by token, at most <see cref="MaxTokens"/>; the end of the text is the last one.</summary>
    /// <param name="model">A decoder.</param>
    /// <param name="prompt">What the text goes on from; empty is the start of a text.</param>
    /// <param name="endOfText">The token between documents, if there is one.</param>
    /// <param name="alternatives">How many of the most likely tokens are told with each.</param>
    /// <exception cref="TrainingException">The model is an encoder.</exception>
    public IEnumerable<DrawnToken> Draws(Transformer model, IReadOnlyList<int> prompt, int? endOfText, int alternatives = 0)
    {
        if (model.Shape.Family == ModelFamily.Bert)
            throw new TrainingException("An encoder restores masked tokens and writes no text.");
        var tokens = prompt.Count == 0 ? [endOfText ?? 0] : prompt.Select(t => (long)t).ToList();
        var random = new SplitMix64((ulong)Seed);
        for (var drawn = 0; drawn < MaxTokens; drawn++)
        {
            var logits = LastLogits(model, tokens);
            var token = Draw(logits, ref random);
            yield return DrawnToken.Of(logits, token, alternatives);
            if (token == endOfText)
                yield break;
            tokens.Add(token);
        }
    }

    /// <summary>How likely each token of a text is after those before it; the first has none before it and is left out.</summary>
    /// <remarks>A text longer than the context is read in windows that overlap by half.</remarks>
    public static IEnumerable<DrawnToken> Score(Transformer model, IReadOnlyList<int> text, int alternatives = 0)
    {
        var context = model.Shape.Context;
        for (var scored = 1; scored < text.Count;)
        {
            var start = text.Count <= context || scored == 1 ? 0 : Math.Min(scored - Math.Max(1, context / 2), text.Count - context);
            var end = Math.Min(text.Count, start + context);
            var rows = LogitsOf(model, [.. text.Skip(start).Take(end - start).Select(t => (long)t)], scored - 1 - start);
            // The last row is about the token after the window, when there is one.
            for (var i = 0; i < rows.Length && scored < text.Count; i++)
                yield return DrawnToken.Of(rows[i], text[scored++], alternatives);
        }
    }

    private static float[] LastLogits(Transformer model, List<long> tokens)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        long[] window = [.. tokens.TakeLast(model.Shape.Context)];
        return model.LastLogits(tensor(window, [1, window.Length], device: model.Device)).view(-1).cpu().data<float>().ToArray();
    }

    private static float[][] LogitsOf(Transformer model, long[] window, int from)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var logits = model.Logits(tensor(window, [1, window.Length], device: model.Device)).select(0, 0).narrow(0, from, window.Length - from).cpu();
        return [.. logits.data<float>().ToArray().Chunk(model.Shape.VocabularySize)];
    }

    internal int Draw(float[] logits, ref SplitMix64 random)
    {
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i)];
        if (Temperature <= 0)
            return order[0];
        if (TopK > 0 && TopK < order.Length)
            order = order[..TopK];
        double[] weights = [.. order.Select(i => Math.Exp((logits[i] - logits[order[0]]) / Temperature))];
        var left = random.NextDouble() * Nucleus(weights);
        for (var i = 0; i < order.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
                return order[i];
        }
        return order[^1];
    }

    // The weight of the fewest first ones that have the share; the others become nothing.
    private double Nucleus(double[] weights)
    {
        var (all, sum) = (weights.Sum(), 0.0);
        for (var i = 0; i < weights.Length; i++)
        {
            if (TopP < 1 && sum >= TopP * all)
                weights[i] = 0;
            sum += weights[i];
        }
        return sum;
    }
}

/// <summary>A token and how likely it was.</summary>
/// <param name="Token">The id.</param>
/// <param name="LogProbability">Natural logarithm, at temperature 1.</param>
/// <param name="Alternatives">The most likely tokens, the likeliest first.</param>
public sealed record DrawnToken(int Token, double LogProbability, IReadOnlyList<(int Token, double LogProbability)> Alternatives)
{
    internal static DrawnToken Of(float[] logits, int token, int alternatives)
    {
        double largest = logits.Max(), sum = 0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - largest);
        var normal = largest + Math.Log(sum);
        return new DrawnToken(
            token, logits[token] - normal,
            alternatives == 0 ? [] : [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(alternatives).Select(i => (i, logits[i] - normal))]);
    }
}
