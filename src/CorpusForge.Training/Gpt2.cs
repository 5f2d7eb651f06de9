using System.Text.Json;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Training;

/// <summary>Decoder of the GPT-2 family: LayerNorm before each part, learned positions, GELU, biases, no dropout.</summary>
/// <remarks>Radford et al. 2019. Its matrices are published with inputs as rows (Conv1D); the model keeps them the other way round.</remarks>
internal sealed class Gpt2(ModelShape shape) : IArchitecture
{
    private const int Embedding = 0, Position = 1, NormGain = 2, NormBias = 3, Output = 4;
    private const int Attention = 0, AttentionOutput = 1, Up = 2, Down = 3;
    private const int AttentionBias = 4, AttentionOutputBias = 5, UpBias = 6, DownBias = 7;
    private const int AttentionNorm = 8, AttentionNormBias = 9, FeedForwardNorm = 10, FeedForwardNormBias = 11;

    public static IReadOnlyList<Leaf> Outside(ModelShape shape)
    {
        List<Leaf> leaves =
        [
            Leaf.Matrix(ParameterGroup.Embedding, Architecture.InitialDeviation, shape.Width, new Published("transformer.wte.weight", shape.VocabularySize)),
            Leaf.Matrix(ParameterGroup.Embedding, Architecture.InitialDeviation, shape.Width, new Published("transformer.wpe.weight", shape.Context)),
            Leaf.Gain("transformer.ln_f.weight", shape.Width),
            Leaf.Bias(new Published("transformer.ln_f.bias", shape.Width)),
        ];
        if (shape.UntiedHead)
            leaves.Add(Leaf.Matrix(ParameterGroup.Embedding, Architecture.InitialDeviation, shape.Width, new Published("lm_head.weight", shape.VocabularySize)));
        return leaves;
    }

    public static IReadOnlyList<Leaf> Layer(ModelShape shape, int layer)
    {
        var (width, hidden) = (shape.Width, shape.HiddenWidth);
        var (deviation, residual) = (Architecture.InitialDeviation, Architecture.InitialDeviation / Math.Sqrt(2.0 * shape.Layers));
        return
        [
            Matrix("attn.c_attn", 3 * width, width, deviation), Matrix("attn.c_proj", width, width, residual),
            Matrix("mlp.c_fc", hidden, width, deviation), Matrix("mlp.c_proj", width, hidden, residual),
            Bias("attn.c_attn", 3 * width), Bias("attn.c_proj", width), Bias("mlp.c_fc", hidden), Bias("mlp.c_proj", width),
            Leaf.Gain($"transformer.h.{layer}.ln_1.weight", width), Bias("ln_1", width),
            Leaf.Gain($"transformer.h.{layer}.ln_2.weight", width), Bias("ln_2", width),
        ];

        Leaf Matrix(string name, long rows, long columns, double spread) =>
            Leaf.Matrix(ParameterGroup.Hidden, spread, columns, new Published($"transformer.h.{layer}.{name}.weight", rows, Transposed: true));
        Leaf Bias(string name, long rows) => Leaf.Bias(new Published($"transformer.h.{layer}.{name}.bias", rows));
    }

    public static SortedDictionary<string, object?> Config(ModelShape shape) => new(StringComparer.Ordinal)
    {
        ["activation_function"] = "gelu_new",
        ["architectures"] = new[] { "GPT2LMHeadModel" },
        ["attn_pdrop"] = 0.0,
        ["embd_pdrop"] = 0.0,
        ["layer_norm_epsilon"] = shape.NormEpsilon,
        ["model_type"] = "gpt2",
        ["n_ctx"] = shape.Context,
        ["n_embd"] = shape.Width,
        ["n_head"] = shape.Heads,
        ["n_inner"] = shape.HiddenWidth,
        ["n_layer"] = shape.Layers,
        ["n_positions"] = shape.Context,
        ["resid_pdrop"] = 0.0,
    };

    public static ModelShape OfConfig(JsonElement config)
    {
        Architecture.Require(config, "activation_function", "gelu_new", "gelu_pytorch_tanh");
        Architecture.Require(config, "scale_attn_by_inverse_layer_idx", "false");
        Architecture.Require(config, "scale_attn_weights", "true");
        return new ModelShape
        {
            Family = ModelFamily.Gpt2,
            Layers = config.GetProperty("n_layer").GetInt32(),
            Heads = config.GetProperty("n_head").GetInt32(),
            Width = config.GetProperty("n_embd").GetInt32(),
            Hidden = Architecture.Number(config, "n_inner", 0),
            Context = config.GetProperty("n_positions").GetInt32(),
            VocabularySize = config.GetProperty("vocab_size").GetInt32(),
            UntiedHead = Architecture.Untied(config, otherwise: false),
            Epsilon = Architecture.Real(config, "layer_norm_epsilon", 1e-5),
        };
    }

    public Tensor Embed(Tensor[] outside, Tensor ids, Places places) =>
        Architecture.Rows(outside[Embedding], ids) + Architecture.Positions(outside[Position], ids.shape[1], places);

    public Tensor Apply(Tensor[] layer, Tensor x, Places places)
    {
        var normed = Architecture.LayerNorm(x, layer[AttentionNorm], layer[AttentionNormBias], shape.NormEpsilon);
        var attended = Architecture.SelfAttention(normed, shape.Heads, layer[Attention], layer[AttentionBias], places.Mask, causal: true);
        x = x + F.linear(attended, layer[AttentionOutput], layer[AttentionOutputBias]);
        normed = Architecture.LayerNorm(x, layer[FeedForwardNorm], layer[FeedForwardNormBias], shape.NormEpsilon);
        return x + F.linear(F.linear(normed, layer[Up], layer[UpBias]).gelu(TorchSharp.Modules.GELU.Approximate.tanh), layer[Down], layer[DownBias]);
    }

    public Tensor Logits(Tensor[] outside, Tensor x) =>
        F.linear(Architecture.LayerNorm(x, outside[NormGain], outside[NormBias], shape.NormEpsilon), outside[shape.UntiedHead ? Output : Embedding]);

    public void Dispose()
    {
    }
}
