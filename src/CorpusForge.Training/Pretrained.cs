using System.Security.Cryptography;
using System.Text.Json;

namespace CorpusForge.Training;

/// <summary>Models in Hugging Face's files: `config.json` beside `model.safetensors`.</summary>
public static class Pretrained
{
    public const string Config = "config.json", Weights = "model.safetensors";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n" };

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

    /// <summary>Writes a folder that `from_pretrained` of transformers loads: config, generation_config, tokenizer and, last, the weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Is made; what is in it under these names is replaced.</param>
    /// <param name="endOfText">The token between documents, if there is one.</param>
    /// <param name="tokenizer">Null leaves `tokenizer.json` out.</param>
    /// <param name="halved">bfloat16 instead of float32.</param>
    public static void Write(Transformer model, string folder, int? endOfText, TokenizerTable? tokenizer, bool halved = false)
    {
        Directory.CreateDirectory(folder);
        var config = model.Shape.ToConfig(endOfText);
        Replace(Config, Text(halved ? config.Replace("\"torch_dtype\": \"float32\"", "\"torch_dtype\": \"bfloat16\"", StringComparison.Ordinal) : config));
        Replace("generation_config.json", Json(new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["_from_model_config"] = true,
            ["bos_token_id"] = endOfText,
            ["eos_token_id"] = endOfText,
        }));
        if (tokenizer is not null)
        {
            Replace("tokenizer.json", tokenizer.WriteJson);
            Replace("tokenizer_config.json", Json(new SortedDictionary<string, object?>(StringComparer.Ordinal)
            {
                ["bos_token"] = TokenizerTable.EndOfTextName,
                ["clean_up_tokenization_spaces"] = false,
                ["eos_token"] = TokenizerTable.EndOfTextName,
                ["model_max_length"] = model.Shape.Context,
                ["tokenizer_class"] = "PreTrainedTokenizerFast",
            }));
        }
        Replace(Weights, stream => SafeTensors.Write(stream, model.Parameters, [new("format", "pt")], halved ? TorchSharp.torch.ScalarType.BFloat16 : TorchSharp.torch.ScalarType.Float32));

        static Action<Stream> Text(string text) => stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        static Action<Stream> Json(object value) => Text(JsonSerializer.Serialize(value, s_indented) + "\n");
        void Replace(string name, Action<Stream> write) => ReplaceFile(Path.Combine(folder, name), write);
    }

    /// <summary>Writes a file that is whole or not there.</summary>
    public static void ReplaceFile(string path, Action<Stream> write)
    {
        using (var file = File.Create($"{path}.tmp"))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }
        File.Move($"{path}.tmp", path, overwrite: true);
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
