using System.Text.Json;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Training;

/// <summary>What the optimizer does with a learned tensor.</summary>
internal enum ParameterGroup
{
    /// <summary>A matrix between two hidden states: decays, and is what Muon is for.</summary>
    Hidden,

    /// <summary>A matrix with a row a token or position: decays.</summary>
    Embedding,

    /// <summary>A gain or a bias: does not decay.</summary>
    Vector,
}

/// <summary>A learned tensor as the model multiplies with it, which may hold several published ones below each other.</summary>
/// <param name="Group">How it is optimized.</param>
/// <param name="Shape">Rows are outputs.</param>
/// <param name="Deviation">Of the initial values, around <paramref name="Mean"/>.</param>
/// <param name="Mean">Of the initial values.</param>
/// <param name="Parts">In the order of their rows.</param>
internal sealed record Leaf(ParameterGroup Group, long[] Shape, double Deviation, double Mean, Published[] Parts)
{
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    public static Leaf Matrix(ParameterGroup group, double deviation, long columns, params Published[] parts) =>
        new(group, [parts.Sum(p => p.Rows), columns], deviation, 0, parts);

    public static Leaf Gain(string name, long width) => new(ParameterGroup.Vector, [width], 0, 1, [new(name, width)]);

    public static Leaf Bias(params Published[] parts) => new(ParameterGroup.Vector, [parts.Sum(p => p.Rows)], 0, 0, parts);
}

/// <summary>A tensor under the name that it has in Hugging Face's model.</summary>
/// <param name="Name">The name.</param>
/// <param name="Rows">Of the leaf.</param>
/// <param name="Transposed">Published with inputs as rows.</param>
internal sealed record Published(string Name, long Rows, bool Transposed = false);

/// <summary>Where in their documents the tokens of a batch stand.</summary>
/// <param name="Positions">[batch, time], counted from the start of the document; null counts from the start of the sequence.</param>
/// <param name="Mask">[batch, 1, time, time], true where a token may look; null is wherever the family lets it.</param>
internal sealed record Places(Tensor? Positions, Tensor? Mask)
{
    public static Places Whole { get; } = new(null, null);
}

/// <summary>The formulas and published names of a family.</summary>
internal interface IArchitecture : IDisposable
{
    Tensor Embed(Tensor[] outside, Tensor ids, Places places);

    Tensor Apply(Tensor[] layer, Tensor x, Places places);

    /// <summary>Logits of hidden states [rows, width].</summary>
    Tensor Logits(Tensor[] outside, Tensor x);
}

/// <summary>The families by name.</summary>
internal static class Architecture
{
    /// <summary>The published deviation of initial weights, of all three families.</summary>
    public const double InitialDeviation = 0.02;

    public static IArchitecture Of(ModelShape shape, Device device) => shape.Family switch
    {
        ModelFamily.Llama => new Llama(shape, device),
        ModelFamily.Gpt2 => new Gpt2(shape),
        _ => new Bert(shape),
    };

    public static IReadOnlyList<Leaf> Outside(ModelShape shape) => shape.Family switch
    {
        ModelFamily.Llama => Llama.Outside(shape),
        ModelFamily.Gpt2 => Gpt2.Outside(shape),
        _ => Bert.Outside(shape),
    };

    public static IReadOnlyList<Leaf> Layer(ModelShape shape, int layer) => shape.Family switch
    {
        ModelFamily.Llama => Llama.Layer(shape, layer),
        ModelFamily.Gpt2 => Gpt2.Layer(shape, layer),
        _ => Bert.Layer(shape, layer),
    };

    public static IEnumerable<Leaf> LeavesOf(ModelShape shape) =>
        Outside(shape).Concat(Enumerable.Range(0, shape.Layers).SelectMany(i => Layer(shape, i)));

    public static SortedDictionary<string, object?> ConfigOf(ModelShape shape, int? endOfText)
    {
        var config = shape.Family switch
        {
            ModelFamily.Llama => Llama.Config(shape),
            ModelFamily.Gpt2 => Gpt2.Config(shape),
            _ => Bert.Config(shape),
        };
        (config["bos_token_id"], config["eos_token_id"], config["torch_dtype"]) = (endOfText, endOfText, "float32");
        (config["vocab_size"], config["tie_word_embeddings"]) = (shape.VocabularySize, !shape.UntiedHead);
        return config;
    }

    public static ModelShape OfConfig(JsonElement config) => config.GetProperty("model_type").GetString() switch
    {
        "llama" => Llama.OfConfig(config),
        "gpt2" => Gpt2.OfConfig(config),
        "bert" => Bert.OfConfig(config),
        var other => throw new TrainingException($"There is no family '{other}' here: the model must be of type llama, gpt2 or bert."),
    };

    /// <summary>Refuses what the formulas here do not have.</summary>
    public static void Require(JsonElement config, string key, params string?[] values)
    {
        if (config.TryGetProperty(key, out var value) && !values.Contains(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()))
            throw new TrainingException($"The model's {key} is {value.GetRawText()}; here it can be {string.Join(" or ", values)}.");
    }

    public static int Number(JsonElement config, string key, int otherwise) =>
        config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : otherwise;

    public static double Real(JsonElement config, string key, double otherwise) =>
        config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : otherwise;

    public static bool Untied(JsonElement config, bool otherwise) =>
        config.TryGetProperty("tie_word_embeddings", out var tied) && tied.ValueKind is JsonValueKind.True or JsonValueKind.False ? !tied.GetBoolean() : otherwise;

    /// <summary>Scaled dot-product attention over [batch, head, time, width]; the heads come back side by side.</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal) =>
        F.scaled_dot_product_attention(query, key, value, mask!, is_casual: causal && mask is null).transpose(1, 2).reshape(query.shape[0], query.shape[2], -1);

    /// <summary>Attention of the families that make query, key and value in one product and have as many of each.</summary>
    public static Tensor SelfAttention(Tensor x, int heads, Tensor weight, Tensor bias, Tensor? mask, bool causal)
    {
        var parts = F.linear(x, weight, bias).view(x.shape[0], x.shape[1], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        return Attend(parts[0], parts[1], parts[2], mask, causal);
    }

    /// <summary>A row of the matrix for each id.</summary>
    public static Tensor Rows(Tensor matrix, Tensor ids) => matrix.index_select(0, ids.reshape(-1)).view(ids.shape[0], ids.shape[1], matrix.shape[1]);

    /// <summary>Learned positions, to be added to [batch, time, width].</summary>
    public static Tensor Positions(Tensor matrix, long time, Places places) =>
        places.Positions is { } positions ? Rows(matrix, positions) : matrix.narrow(0, 0, time);

    public static Tensor LayerNorm(Tensor x, Tensor gain, Tensor bias, double epsilon) => F.layer_norm(x, [x.shape[^1]], gain, bias, epsilon);
}
