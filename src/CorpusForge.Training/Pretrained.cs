using System.Security.Cryptography;
using System.Text.Json;

namespace CorpusForge.Training;

/// <summary>Models in Hugging Face's files: `config.json` beside `model.safetensors`.</summary>
public static class Pretrained
{
    public const string Config = "config.json", Weights = "model.safetensors";

    /// <summary>A model from its two files; the weights may also be those of a checkpoint.</summary>
    /// <exception cref="InputException">The weights are damaged, or not those of the config.</exception>
    /// <exception cref="TrainingException">The model has parts that the families here lack.</exception>
    public static Transformer Open(string config, string weights)
    {
        NativeTorch.Load();
        var model = new Transformer(ShapeOf(config), seed: 0);
        try
        {
            ReadWeights(weights, model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads the weights of a folder into a model of its shape.</summary>
    internal static void Read(string folder, Transformer model) => ReadWeights(Path.Combine(folder, Weights), model);

    internal static string DigestOf(string folder)
    {
        using var file = File.OpenRead(Path.Combine(folder, Weights));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>The shape of the model in a folder, for the vocabulary of the shards.</summary>
    internal static ModelShape ShapeOf(string folder, int? context, int vocabularySize)
    {
        var shape = ShapeOf(Path.Combine(folder, Config));
        if (context > shape.Context && shape.Family != ModelFamily.Llama)
            throw new TrainingException($"context is {context}, and the model in {folder} has learnt {shape.Context} positions.");
        if (vocabularySize > shape.VocabularySize)
            throw new TrainingException($"The shards have {vocabularySize:N0} tokens and the model in {folder} {shape.VocabularySize:N0}: it is another tokenizer's.");
        // Rotary positions are computed; learned ones are weights.
        return shape.Family == ModelFamily.Llama ? shape with { Context = context ?? shape.Context } : shape;
    }

    private static ModelShape ShapeOf(string config)
    {
        try
        {
            return ModelShape.OfConfig(File.ReadAllText(config));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException)
        {
            throw new TrainingException($"{config}: not the config.json of a model: {e.Message}");
        }
    }

    // GPT-2's first release has no `transformer.` before its names.
    private static void ReadWeights(string path, Transformer model)
    {
        using var file = SafeTensors.Open(path);
        var names = file.Names.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, tensor) in model.Parameters)
        {
            var bare = name[(name.IndexOf('.') + 1)..];
            file.ReadInto(new NamedTensor(names.Contains(name) || !names.Contains(bare) ? name : bare, tensor));
        }
    }
}
