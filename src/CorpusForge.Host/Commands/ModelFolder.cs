using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using CorpusForge.Training;

namespace CorpusForge.Host.Commands;

/// <summary>A trained model on disk, with the tokenizer that it speaks.</summary>
/// <param name="Config">Its config.json.</param>
/// <param name="Weights">Its safetensors file.</param>
/// <param name="Tokenizer">A name or file that <see cref="Tokenizers.Open"/> takes.</param>
internal sealed record ModelFolder(string Config, string Weights, string Tokenizer)
{
    /// <exception cref="PipelineException">The files are not those of a model, or the tokenizer is not the model's.</exception>
    public Transformer Open(ITokenizer tokenizer)
    {
        Transformer model;
        try
        {
            model = Pretrained.Open(Config, Weights);
        }
        catch (Exception e) when (e is DllNotFoundException or TrainingException)
        {
            throw new PipelineException(e.Message);
        }
        // An encoder has one more, for what is masked.
        if (model.Shape.VocabularySize - (model.Shape.Family == ModelFamily.Bert ? 1 : 0) == tokenizer.VocabularySize)
            return model;
        var size = model.Shape.VocabularySize;
        model.Dispose();
        throw new PipelineException($"the model has {size:N0} tokens and {tokenizer.Name} {tokenizer.VocabularySize:N0}: it is not the model's tokenizer");
    }

    /// <summary>Finds the model of a train stage, or in a folder that `train` or `model` wrote.</summary>
    public static ModelFolder Find(string folder, string? tokenizer)
    {
        var (config, weights) = (Path.Combine(folder, "config.json"), Path.Combine(folder, "model.safetensors"));
        if (File.Exists(weights) && File.Exists(config))
            return new ModelFolder(config, weights, tokenizer ?? TokenizerBeside(folder));
        if (!StageFolder.Is(folder))
            throw new PipelineException($"{folder}: there is no model here: neither model.safetensors with its config.json, nor the stage.json of a train stage");
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
        var part = StageFolder.Open(folder).Parts.FirstOrDefault(p => p.File("model") is not null && p.File("config") is not null)
            ?? throw new PipelineException($"{folder}: this stage trained no model; give the folder of a train stage");
        return new ModelFolder(Path.Combine(above, part.File("config")!.Name), Path.Combine(above, part.File("model")!.Name), tokenizer ?? TokenizerOf(part, above));
    }

    private static string TokenizerBeside(string folder)
    {
        var path = Path.Combine(folder, TrainCommand.TokenizerFile);
        if (!File.Exists(path))
            throw new PipelineException($"{folder}: it does not say which tokenizer the model speaks; say it with --tokenizer ({string.Join(", ", Tokenizers.Names)})");
        try
        {
            var name = JsonSerializer.Deserialize<TokenizerName>(File.ReadAllBytes(path), Manifest.Json)!.Tokenizer;
            return Tokenizers.Names.Contains(name) || !File.Exists(Path.Combine(folder, name)) ? name : Path.Combine(folder, name);
        }
        catch (JsonException e)
        {
            throw new InputException(path, e.BytePositionInLine ?? 0, $"not the name of a tokenizer: {e.Message}", e);
        }
    }

    // The shards that it was trained on lie in a stage folder beside this one.
    private static string TokenizerOf(Manifest model, string above)
    {
        foreach (var input in model.Inputs)
        {
            foreach (var folder in Directory.EnumerateDirectories(above))
            {
                var shard = Path.Combine(folder, $"part-{input.Name}.arrow");
                if (!File.Exists(shard))
                    continue;
                using var reader = TokenShardReader.Open(shard);
                var tokenizer = reader.Info.Tokenizer;
                return Tokenizers.Names.Contains(tokenizer) ? tokenizer : Path.Combine(folder, tokenizer);
            }
        }
        throw new PipelineException($"the token shards that the model was trained on are gone: say its tokenizer with --tokenizer ({string.Join(", ", Tokenizers.Names)})");
    }
}
