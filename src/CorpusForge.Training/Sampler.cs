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

    public int MaxTokens { get; init; } = 100;
    public long Seed { get; init; } = 1;

    /// <summary>The text of what follows the prompt.</summary>
    public string Text(Transformer model, IReadOnlyList<int> prompt, Func<int[], string> decode, int? endOfText = null) =>
        decode(Tokens(model, prompt, endOfText));

    /// <summary>The tokens that follow the prompt, up to the end of the text.</summary>
    public int[] Tokens(Transformer model, IReadOnlyList<int> prompt, int? endOfText = null)
    {
        using var frozen = no_grad();
        var tokens = prompt.Count == 0 ? [endOfText ?? 0] : prompt.Select(t => (long)t).ToList();
        var random = new SplitMix64((ulong)Seed);
        var drawn = new List<int>();
        while (drawn.Count < MaxTokens)
        {
            using var scope = NewDisposeScope();
            long[] window = [.. tokens.TakeLast(model.Shape.Context)];
            var logits = model.LastLogits(tensor(window, [1, window.Length], device: model.Device)).view(-1);
            var token = Draw(logits.cpu().data<float>().ToArray(), ref random);
            if (token == endOfText)
                break;
            tokens.Add(token);
            drawn.Add(token);
        }
        return [.. drawn];
    }

    internal int Draw(float[] logits, ref SplitMix64 random)
    {
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i)];
        if (Temperature <= 0)
            return order[0];
        if (TopK > 0 && TopK < order.Length)
            order = order[..TopK];
        double[] weights = [.. order.Select(i => Math.Exp((logits[i] - logits[order[0]]) / Temperature))];
        var left = random.NextDouble() * weights.Sum();
        for (var i = 0; i < order.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
                return order[i];
        }
        return order[^1];
    }
}
