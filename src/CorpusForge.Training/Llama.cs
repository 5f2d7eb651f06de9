using System.Text.Json;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Training;

/// <summary>Decoder of the Llama family: RMSNorm, rotary positions, SwiGLU, heads in groups, no biases.</summary>
/// <remarks>
/// Touvron et al. 2023; Zhang and Sennrich 2019 (RMSNorm), Su et al. 2021 (rotary positions, rotate-half layout), Shazeer 2020 (SwiGLU),
/// Ainslie et al. 2023 (grouped-query attention).
/// </remarks>
internal sealed class Llama : IArchitecture
{
    private const int Embedding = 0, Norm = 1, Output = 2;
    private const int QueryKeyValue = 0, AttentionOutput = 1, GateUp = 2, Down = 3, AttentionNorm = 4, FeedForwardNorm = 5;

    private readonly ModelShape _shape;
    private readonly Tensor _cosine, _sine;

    public Llama(ModelShape shape, Device device)
    {
        _shape = shape;
        (_cosine, _sine) = Rotations(shape, device);
    }

    public static IReadOnlyList<Leaf> Outside(ModelShape shape)
    {
        List<Leaf> leaves =
        [
            Leaf.Matrix(ParameterGroup.Embedding, Architecture.InitialDeviation, shape.Width, new Published("model.embed_tokens.weight", shape.VocabularySize)),
            Leaf.Gain("model.norm.weight", shape.Width),
        ];
        if (shape.UntiedHead)
            leaves.Add(Leaf.Matrix(ParameterGroup.Embedding, Architecture.InitialDeviation, shape.Width, new Published("lm_head.weight", shape.VocabularySize)));
        return leaves;
    }

    public static IReadOnlyList<Leaf> Layer(ModelShape shape, int layer)
    {
        var (width, hidden, shared) = (shape.Width, shape.HiddenWidth, shape.KeyValueWidth);
        // Matrices that write to the residual stream start smaller, so that its variance does not grow with depth (GPT-2).
        var (deviation, residual) = (Architecture.InitialDeviation, Architecture.InitialDeviation / Math.Sqrt(2.0 * shape.Layers));
        return
        [
            Leaf.Matrix(ParameterGroup.Hidden, deviation, width, Of("self_attn.q_proj", width), Of("self_attn.k_proj", shared), Of("self_attn.v_proj", shared)),
            Leaf.Matrix(ParameterGroup.Hidden, residual, width, Of("self_attn.o_proj", width)),
            Leaf.Matrix(ParameterGroup.Hidden, deviation, width, Of("mlp.gate_proj", hidden), Of("mlp.up_proj", hidden)),
            Leaf.Matrix(ParameterGroup.Hidden, residual, hidden, Of("mlp.down_proj", width)),
            Leaf.Gain(Of("input_layernorm", 0).Name, width),
            Leaf.Gain(Of("post_attention_layernorm", 0).Name, width),
        ];

        Published Of(string name, long rows) => new($"model.layers.{layer}.{name}.weight", rows);
    }

    public static SortedDictionary<string, object?> Config(ModelShape shape) => new(StringComparer.Ordinal)
    {
        ["architectures"] = new[] { "LlamaForCausalLM" },
        ["attention_bias"] = false,
        ["head_dim"] = shape.HeadWidth,
        ["hidden_act"] = "silu",
        ["hidden_size"] = shape.Width,
        ["intermediate_size"] = shape.HiddenWidth,
        ["max_position_embeddings"] = shape.Context,
        ["mlp_bias"] = false,
        ["model_type"] = "llama",
        ["num_attention_heads"] = shape.Heads,
        ["num_hidden_layers"] = shape.Layers,
        ["num_key_value_heads"] = shape.KeyValueWidth / shape.HeadWidth,
        ["rms_norm_eps"] = shape.NormEpsilon,
        // Where transformers looks since its version 5, and where it looked before.
        ["rope_parameters"] = new SortedDictionary<string, object>(StringComparer.Ordinal) { ["rope_theta"] = shape.RotaryBase, ["rope_type"] = "default" },
        ["rope_theta"] = shape.RotaryBase,
    };

    public static ModelShape OfConfig(JsonElement config)
    {
        Architecture.Require(config, "hidden_act", "silu");
        Architecture.Require(config, "attention_bias", "false");
        Architecture.Require(config, "mlp_bias", "false");
        Architecture.Require(config, "rope_scaling", "null");
        var rotary = config.TryGetProperty("rope_parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object ? parameters : config;
        Architecture.Require(rotary, "rope_type", "default");
        Architecture.Require(rotary, "partial_rotary_factor", "null", "1", "1.0");
        var (width, heads) = (config.GetProperty("hidden_size").GetInt32(), config.GetProperty("num_attention_heads").GetInt32());
        Architecture.Require(config, "head_dim", "null", $"{width / heads}");
        return new ModelShape
        {
            Family = ModelFamily.Llama,
            Layers = config.GetProperty("num_hidden_layers").GetInt32(),
            Heads = heads,
            KeyValueHeads = Architecture.Number(config, "num_key_value_heads", heads),
            Width = width,
            Hidden = config.GetProperty("intermediate_size").GetInt32(),
            Context = config.GetProperty("max_position_embeddings").GetInt32(),
            VocabularySize = config.GetProperty("vocab_size").GetInt32(),
            UntiedHead = Architecture.Untied(config, otherwise: true),
            RotaryBase = Architecture.Real(rotary, "rope_theta", 10_000),
            Epsilon = Architecture.Real(config, "rms_norm_eps", 1e-6),
        };
    }

    public Tensor Embed(Tensor[] outside, Tensor ids, Places places) => Architecture.Rows(outside[Embedding], ids);

    public Tensor Apply(Tensor[] layer, Tensor x, Places places)
    {
        x = x + F.linear(Attention(layer[QueryKeyValue], RmsNorm(x, layer[AttentionNorm], _shape.NormEpsilon), places), layer[AttentionOutput]);
        var parts = F.linear(RmsNorm(x, layer[FeedForwardNorm], _shape.NormEpsilon), layer[GateUp]).chunk(2, -1);
        return x + F.linear(F.silu(parts[0]) * parts[1], layer[Down]);
    }

    public Tensor Logits(Tensor[] outside, Tensor x) => F.linear(RmsNorm(x, outside[Norm], _shape.NormEpsilon), outside[_shape.UntiedHead ? Output : Embedding]);

    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
    }

    internal static Tensor RmsNorm(Tensor x, Tensor gain, double epsilon) => x * (x.square().mean([-1], keepdim: true) + epsilon).rsqrt() * gain;

    /// <summary>Turns each pair (i, i + half) of a head by the angle of its position; x is [batch, time, head, width].</summary>
    internal static Tensor Rotate(Tensor x, Tensor cosine, Tensor sine)
    {
        var halves = x.chunk(2, -1);
        return (x * cosine) + (cat([-halves[1], halves[0]], -1) * sine);
    }

    // Angles depend on differences of positions alone, so documents need not start at 0.
    private Tensor Attention(Tensor weight, Tensor x, Places places)
    {
        var (batch, time, width, shared) = (x.shape[0], x.shape[1], _shape.HeadWidth, _shape.KeyValueWidth / _shape.HeadWidth);
        var all = F.linear(x, weight).view(batch, time, -1, width);
        var turned = Rotate(all.narrow(2, 0, _shape.Heads + shared), Table(_cosine), Table(_sine));
        return Architecture.Attend(
            turned.narrow(2, 0, _shape.Heads).transpose(1, 2), Grouped(turned.narrow(2, _shape.Heads, shared)), Grouped(all.narrow(2, _shape.Heads + shared, shared)),
            places.Mask, causal: true);

        Tensor Table(Tensor table) => table.narrow(0, 0, time).unsqueeze(1).to(all.dtype);
        Tensor Grouped(Tensor heads) => shared == _shape.Heads
            ? heads.transpose(1, 2)
            : heads.unsqueeze(3).expand(batch, time, shared, _shape.Heads / shared, width).reshape(batch, time, _shape.Heads, width).transpose(1, 2);
    }

    internal static (Tensor Cosine, Tensor Sine) Rotations(ModelShape shape, Device device)
    {
        var (cosine, sine) = (new float[shape.Context * shape.HeadWidth], new float[shape.Context * shape.HeadWidth]);
        for (var position = 0; position < shape.Context; position++)
        {
            for (var i = 0; i < shape.HeadWidth; i++)
            {
                var angle = position * Math.Pow(shape.RotaryBase, -2.0 * (i % (shape.HeadWidth / 2)) / shape.HeadWidth);
                (sine[(position * shape.HeadWidth) + i], cosine[(position * shape.HeadWidth) + i]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
        return (OnDevice(cosine), OnDevice(sine));

        Tensor OnDevice(float[] values) => tensor(values, [shape.Context, shape.HeadWidth], device: device).DetachFromDisposeScope();
    }
}
