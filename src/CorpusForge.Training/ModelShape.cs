using System.Text.Json;
using System.Text.Json.Serialization;

namespace CorpusForge.Training;

/// <summary>How a transformer is built, and what it learns to predict.</summary>
public enum ModelFamily
{
    /// <summary>RMSNorm, rotary positions, SwiGLU, no biases; predicts the next token.</summary>
    Llama,

    /// <summary>LayerNorm, learned positions, GELU, biases; predicts the next token.</summary>
    Gpt2,

    /// <summary>An encoder that sees both sides and predicts masked tokens.</summary>
    Bert,
}

/// <summary>Family and size of a transformer.</summary>
public sealed record ModelShape
{
    [JsonConverter(typeof(JsonStringEnumConverter<ModelFamily>))]
    public ModelFamily Family { get; init; }

    public required int Layers { get; init; }

    /// <summary>Attention heads; they divide <see cref="Width"/> into parts of even size.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values, each shared by a group of heads; 0 is as many as heads.</summary>
    public int KeyValueHeads { get; init; }

    public required int Width { get; init; }

    /// <summary>Width inside the feed-forward part; 0 is the family's usual multiple of the width.</summary>
    public int Hidden { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    public required int Context { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Whether the output has a matrix of its own instead of the embedding's.</summary>
    public bool UntiedHead { get; init; }

    /// <summary>Of the slowest rotation; Llama only.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>Added to the variance in norms; 0 is the family's.</summary>
    public double Epsilon { get; init; }

    /// <summary>Every number that is learned.</summary>
    [JsonIgnore]
    public long Parameters => Architecture.LeavesOf(this).Sum(l => l.Count);

    internal int HeadWidth => Width / Heads;

    internal int KeyValueWidth => HeadWidth * (KeyValueHeads == 0 ? Heads : KeyValueHeads);

    // Llama: 8/3 of the width, so that its three matrices weigh what two of 4 × width would.
    internal int HiddenWidth => Hidden != 0 ? Hidden : Family == ModelFamily.Llama ? ((8 * Width / 3) + 63) / 64 * 64 : 4 * Width;

    internal double NormEpsilon => Epsilon != 0 ? Epsilon : Family == ModelFamily.Bert ? 1e-12 : 1e-5;

    /// <summary>Floating-point operations of forward and backward for one token.</summary>
    /// <remarks>PaLM's count (Chowdhery et al. 2022, appendix B): 6 for each parameter that multiplies, and attention over the whole context.</remarks>
    internal double FlopsPerToken =>
        (6.0 * (Parameters - (Family == ModelFamily.Llama ? 0L : (long)Context * Width) - (UntiedHead ? (long)VocabularySize * Width : 0))) + (12.0 * Layers * Width * Context);

    /// <summary>The named sizes; a pipeline may change each number, the vocabulary is the tokenizer's.</summary>
    public static IReadOnlyDictionary<string, ModelShape> Named { get; } = new Dictionary<string, ModelShape>(StringComparer.Ordinal)
    {
        ["gpt-tiny"] = Llama(4, 4, 128, 256),
        ["gpt-mini"] = Llama(6, 6, 384, 512),
        ["gpt-small"] = Llama(12, 12, 768, 1024),
        ["gpt-medium"] = Llama(24, 16, 1024, 2048),
        ["gpt-large"] = Llama(24, 16, 2048, 2048),
        ["llama-10m"] = Llama(6, 6, 384, 512) with { KeyValueHeads = 2 },
        ["llama-124m"] = Llama(12, 12, 768, 1024) with { KeyValueHeads = 4 },
        ["llama-350m"] = Llama(24, 16, 1024, 2048) with { KeyValueHeads = 4, Hidden = 2816 },
        ["llama-1b"] = Llama(16, 32, 2048, 4096) with { KeyValueHeads = 8, Hidden = 8192, RotaryBase = 500_000 },
        ["gpt2-tiny"] = Gpt2(4, 4, 128, 256),
        ["gpt2-10m"] = Gpt2(6, 6, 384, 512),
        ["gpt2-124m"] = Gpt2(12, 12, 768, 1024),
        ["gpt2-355m"] = Gpt2(24, 16, 1024, 1024),
        ["gpt2-774m"] = Gpt2(36, 20, 1280, 1024),
        ["gpt2-1558m"] = Gpt2(48, 25, 1600, 1024),
        ["bert-tiny"] = Gpt2(2, 2, 128, 512) with { Family = ModelFamily.Bert },
        ["bert-10m"] = Gpt2(6, 6, 384, 512) with { Family = ModelFamily.Bert },
        ["bert-110m"] = Gpt2(12, 12, 768, 512) with { Family = ModelFamily.Bert },
    };

    /// <exception cref="TrainingException">The name is not in <see cref="Named"/>.</exception>
    public static ModelShape Of(string name, int vocabularySize) => Named.TryGetValue(name, out var size)
        ? size with { VocabularySize = vocabularySize }
        : throw new TrainingException($"There is no model '{name}': choose {string.Join(", ", Named.Keys)}.");

    /// <exception cref="TrainingException">No model has this shape.</exception>
    internal void Check()
    {
        if (Width < 1 || Heads < 1 || Width % (2 * Heads) != 0 || KeyValueWidth < 1 || Width % KeyValueWidth != 0 || HiddenWidth < 1
            || Context < 1 || Layers < 1 || VocabularySize < 2 || (Family != ModelFamily.Llama && KeyValueWidth != Width) || (Family == ModelFamily.Bert && UntiedHead))
            throw new TrainingException($"No model has this shape: {Family} of {Layers} layers, width {Width}, {Heads} heads{(KeyValueHeads == 0 ? "" : $" ({KeyValueHeads} of keys and values)")}, context {Context}{(UntiedHead ? ", with a head of its own" : "")}. Heads divide the width into parts of even size; only llama groups heads; bert has no head of its own.");
    }

    /// <summary>The `config.json` with which Hugging Face transformers loads the weights.</summary>
    /// <param name="endOfText">The token between documents, if there is one.</param>
    public string ToConfig(int? endOfText) => JsonSerializer.Serialize(Architecture.ConfigOf(this, endOfText), s_indented) + "\n";

    /// <summary>Reads the shape from a `config.json` of one of the families.</summary>
    /// <exception cref="TrainingException">The model has parts that the families here lack.</exception>
    public static ModelShape OfConfig(string json)
    {
        using var config = JsonDocument.Parse(json);
        return Architecture.OfConfig(config.RootElement);
    }

    private static ModelShape Llama(int layers, int heads, int width, int context) =>
        new() { Layers = layers, Heads = heads, Width = width, Context = context, VocabularySize = 0 };

    private static ModelShape Gpt2(int layers, int heads, int width, int context) => Llama(layers, heads, width, context) with { Family = ModelFamily.Gpt2 };

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n" };
}
