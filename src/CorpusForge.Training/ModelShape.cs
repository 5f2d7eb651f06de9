using System.Text.Json;

namespace CorpusForge.Training;

/// <summary>The size of a decoder-only transformer.</summary>
public sealed record ModelShape
{
    public required int Layers { get; init; }

    /// <summary>Attention heads; they divide <see cref="Width"/> into parts of even size.</summary>
    public required int Heads { get; init; }

    public required int Width { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    public required int Context { get; init; }

    public required int VocabularySize { get; init; }

    internal int HeadWidth => Width / Heads;

    /// <summary>Width of the feed-forward part: 8/3 of the width, so that its three matrices weigh what two of 4 × width would.</summary>
    internal int Hidden => ((8 * Width / 3) + 63) / 64 * 64;

    /// <summary>Every number that is learned; the output shares the embedding's.</summary>
    public long Parameters => ((long)VocabularySize * Width) + Width
        + (Layers * ((4L * Width * Width) + (3L * Width * Hidden) + (2L * Width)));

    /// <summary>The named sizes, with the context that a pipeline may override.</summary>
    public static IReadOnlyDictionary<string, (int Layers, int Heads, int Width, int Context)> Named { get; } =
        new Dictionary<string, (int, int, int, int)>(StringComparer.Ordinal)
        {
            ["gpt-tiny"] = (4, 4, 128, 256),
            ["gpt-mini"] = (6, 6, 384, 512),
            ["gpt-small"] = (12, 12, 768, 1024),
            ["gpt-medium"] = (24, 16, 1024, 2048),
            ["gpt-large"] = (24, 16, 2048, 2048),
        };

    /// <exception cref="TrainingException">The name is not in <see cref="Named"/>, or the context is too short.</exception>
    public static ModelShape Of(string name, int? context, int vocabularySize)
    {
        if (!Named.TryGetValue(name, out var size))
            throw new TrainingException($"There is no model '{name}': choose {string.Join(", ", Named.Keys)}.");
        return new ModelShape
        {
            Layers = size.Layers,
            Heads = size.Heads,
            Width = size.Width,
            Context = context ?? size.Context,
            VocabularySize = vocabularySize,
        };
    }

    /// <summary>The `config.json` with which Hugging Face transformers loads the weights.</summary>
    /// <param name="endOfText">The token between documents, if there is one.</param>
    public string ToConfig(int? endOfText) => JsonSerializer.Serialize(new SortedDictionary<string, object?>(StringComparer.Ordinal)
    {
        ["architectures"] = s_architectures,
        ["attention_bias"] = false,
        ["eos_token_id"] = endOfText,
        ["bos_token_id"] = endOfText,
        ["head_dim"] = HeadWidth,
        ["hidden_act"] = "silu",
        ["hidden_size"] = Width,
        ["intermediate_size"] = Hidden,
        ["max_position_embeddings"] = Context,
        ["mlp_bias"] = false,
        ["model_type"] = "llama",
        ["num_attention_heads"] = Heads,
        ["num_hidden_layers"] = Layers,
        ["num_key_value_heads"] = Heads,
        ["rms_norm_eps"] = Transformer.Epsilon,
        ["rope_theta"] = Transformer.RotaryBase,
        ["tie_word_embeddings"] = true,
        ["torch_dtype"] = "float32",
        ["vocab_size"] = VocabularySize,
    }, s_indented) + "\n";

    /// <summary>Reads the shape back from a `config.json` that <see cref="ToConfig"/> wrote.</summary>
    public static ModelShape OfConfig(string json)
    {
        using var config = JsonDocument.Parse(json);
        return new ModelShape
        {
            Layers = Value("num_hidden_layers"),
            Heads = Value("num_attention_heads"),
            Width = Value("hidden_size"),
            Context = Value("max_position_embeddings"),
            VocabularySize = Value("vocab_size"),
        };

        int Value(string name) => config.RootElement.GetProperty(name).GetInt32();
    }

    private static readonly string[] s_architectures = ["LlamaForCausalLM"];
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n" };
}
