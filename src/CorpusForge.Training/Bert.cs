using System.Text.Json;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Training;

/// <summary>Encoder of the BERT family: each token sees all others, LayerNorm after each part, a head that restores masked tokens.</summary>
/// <remarks>Devlin et al. 2019, without the objective of the next sentence and without dropout. Its last token is the mask.</remarks>
internal sealed class Bert(ModelShape shape) : IArchitecture
{
    private const int Embedding = 0, Position = 1, Segment = 2, NormGain = 3, NormBias = 4;
    private const int Transform = 5, TransformBias = 6, TransformNorm = 7, TransformNormBias = 8, OutputBias = 9;
    private const int Attention = 0, AttentionOutput = 1, Up = 2, Down = 3;
    private const int AttentionBias = 4, AttentionOutputBias = 5, UpBias = 6, DownBias = 7;
    private const int AttentionNorm = 8, AttentionNormBias = 9, FeedForwardNorm = 10, FeedForwardNormBias = 11;

    public static IReadOnlyList<Leaf> Outside(ModelShape shape) =>
    [
        Rows("word_embeddings", shape.VocabularySize, shape), Rows("position_embeddings", shape.Context, shape), Rows("token_type_embeddings", 2, shape),
        Leaf.Gain("bert.embeddings.LayerNorm.weight", shape.Width), Leaf.Bias(new Published("bert.embeddings.LayerNorm.bias", shape.Width)),
        Leaf.Matrix(ParameterGroup.Hidden, Architecture.InitialDeviation, shape.Width, new Published("cls.predictions.transform.dense.weight", shape.Width)),
        Leaf.Bias(new Published("cls.predictions.transform.dense.bias", shape.Width)),
        Leaf.Gain("cls.predictions.transform.LayerNorm.weight", shape.Width), Leaf.Bias(new Published("cls.predictions.transform.LayerNorm.bias", shape.Width)),
        Leaf.Bias(new Published("cls.predictions.bias", shape.VocabularySize)),
    ];

    public static IReadOnlyList<Leaf> Layer(ModelShape shape, int layer)
    {
        var (width, hidden) = (shape.Width, shape.HiddenWidth);
        return
        [
            Matrix(width, Of("attention.self.query.weight", width), Of("attention.self.key.weight", width), Of("attention.self.value.weight", width)),
            Matrix(width, Of("attention.output.dense.weight", width)),
            Matrix(width, Of("intermediate.dense.weight", hidden)), Matrix(hidden, Of("output.dense.weight", width)),
            Leaf.Bias(Of("attention.self.query.bias", width), Of("attention.self.key.bias", width), Of("attention.self.value.bias", width)),
            Leaf.Bias(Of("attention.output.dense.bias", width)),
            Leaf.Bias(Of("intermediate.dense.bias", hidden)), Leaf.Bias(Of("output.dense.bias", width)),
            Leaf.Gain(Of("attention.output.LayerNorm.weight", 0).Name, width), Leaf.Bias(Of("attention.output.LayerNorm.bias", width)),
            Leaf.Gain(Of("output.LayerNorm.weight", 0).Name, width), Leaf.Bias(Of("output.LayerNorm.bias", width)),
        ];

        Published Of(string name, long rows) => new($"bert.encoder.layer.{layer}.{name}", rows);
        static Leaf Matrix(long columns, params Published[] parts) => Leaf.Matrix(ParameterGroup.Hidden, Architecture.InitialDeviation, columns, parts);
    }

    public static SortedDictionary<string, object?> Config(ModelShape shape) => new(StringComparer.Ordinal)
    {
        ["architectures"] = new[] { "BertForMaskedLM" },
        ["attention_probs_dropout_prob"] = 0.0,
        ["hidden_act"] = "gelu",
        ["hidden_dropout_prob"] = 0.0,
        ["hidden_size"] = shape.Width,
        ["intermediate_size"] = shape.HiddenWidth,
        ["layer_norm_eps"] = shape.NormEpsilon,
        ["mask_token_id"] = shape.VocabularySize - 1,
        ["max_position_embeddings"] = shape.Context,
        ["model_type"] = "bert",
        ["num_attention_heads"] = shape.Heads,
        ["num_hidden_layers"] = shape.Layers,
        ["type_vocab_size"] = 2,
    };

    public static ModelShape OfConfig(JsonElement config)
    {
        Architecture.Require(config, "hidden_act", "gelu");
        Architecture.Require(config, "position_embedding_type", "absolute");
        Architecture.Require(config, "type_vocab_size", "2");
        return new ModelShape
        {
            Family = ModelFamily.Bert,
            Layers = config.GetProperty("num_hidden_layers").GetInt32(),
            Heads = config.GetProperty("num_attention_heads").GetInt32(),
            Width = config.GetProperty("hidden_size").GetInt32(),
            Hidden = config.GetProperty("intermediate_size").GetInt32(),
            Context = config.GetProperty("max_position_embeddings").GetInt32(),
            VocabularySize = config.GetProperty("vocab_size").GetInt32(),
            Epsilon = Architecture.Real(config, "layer_norm_eps", 1e-12),
        };
    }

    public Tensor Embed(Tensor[] outside, Tensor ids, Places places) => Architecture.LayerNorm(
        Architecture.Rows(outside[Embedding], ids) + Architecture.Positions(outside[Position], ids.shape[1], places) + outside[Segment].narrow(0, 0, 1),
        outside[NormGain], outside[NormBias], shape.NormEpsilon);

    public Tensor Apply(Tensor[] layer, Tensor x, Places places)
    {
        var attended = Architecture.SelfAttention(x, shape.Heads, layer[Attention], layer[AttentionBias], places.Mask, causal: false);
        x = Architecture.LayerNorm(
            x + F.linear(attended, layer[AttentionOutput], layer[AttentionOutputBias]), layer[AttentionNorm], layer[AttentionNormBias], shape.NormEpsilon);
        var written = F.linear(F.linear(x, layer[Up], layer[UpBias]).gelu(), layer[Down], layer[DownBias]);
        return Architecture.LayerNorm(x + written, layer[FeedForwardNorm], layer[FeedForwardNormBias], shape.NormEpsilon);
    }

    public Tensor Logits(Tensor[] outside, Tensor x)
    {
        var transformed = F.linear(x, outside[Transform], outside[TransformBias]).gelu();
        return F.linear(
            Architecture.LayerNorm(transformed, outside[TransformNorm], outside[TransformNormBias], shape.NormEpsilon), outside[Embedding], outside[OutputBias]);
    }

    public void Dispose()
    {
    }

    private static Leaf Rows(string name, long rows, ModelShape shape) =>
        Leaf.Matrix(ParameterGroup.Embedding, Architecture.InitialDeviation, shape.Width, new Published($"bert.embeddings.{name}.weight", rows));
}
