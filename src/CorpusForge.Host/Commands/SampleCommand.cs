using System.CommandLine;
using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using CorpusForge.Training;

namespace CorpusForge.Host.Commands;

/// <summary>`sample`: draws text from a trained model.</summary>
internal static class SampleCommand
{
    public static Command Create()
    {
        var command = new Command("sample", "Draws text from a model: the folder of a train stage, or one that `train` wrote. The same seed gives the same text.");
        var model = new Argument<string>("model-folder") { Description = "The folder of the model." };
        var prompt = new Option<string>("--prompt") { Description = "What the text goes on from.", DefaultValueFactory = _ => "" };
        var most = new Option<int>("--max-tokens") { Description = "The longest text, in tokens.", DefaultValueFactory = _ => 100 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the most likely token each time.", DefaultValueFactory = _ => 0.8 };
        var top = new Option<int>("--top-k") { Description = "Draws from so many of the most likely tokens; 0 is all.", DefaultValueFactory = _ => 50 };
        var seed = new Option<long>("--seed") { Description = "Of the first text; the next have the next seeds.", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count", "-n") { Description = "How many texts.", DefaultValueFactory = _ => 1 };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "The tokenizer, where the folder does not say which it is." };
        var (libtorch, format) = (Libtorch.Option, CommandLine.Format);
        command.Arguments.Add(model);
        foreach (var option in (Option[])[prompt, most, temperature, top, seed, count, tokenizer, libtorch, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var sampler = new Sampler { MaxTokens = parsed.GetValue(most), Temperature = parsed.GetValue(temperature), TopK = parsed.GetValue(top), Seed = parsed.GetValue(seed) };
            if (sampler.MaxTokens < 0 || sampler.TopK < 0 || !(sampler.Temperature >= 0) || parsed.GetValue(count) < 1)
                throw new PipelineException("--max-tokens, --temperature and --top-k are at least 0, --count is at least 1");
            Libtorch.Load(parsed.GetValue(libtorch));
            return Task.FromResult(Run(
                Find(parsed.GetRequiredValue(model), parsed.GetValue(tokenizer)), sampler, parsed.GetRequiredValue(prompt), parsed.GetValue(count), parsed.GetRequiredValue(format), cancel));
        });
        return command;
    }

    private static int Run(Model found, Sampler sampler, string prompt, int count, string format, CancellationToken cancel)
    {
        var tokenizer = Tokenizers.Open(found.Tokenizer);
        using var model = Open(found);
        if (model.Shape.VocabularySize != tokenizer.VocabularySize)
            throw new PipelineException($"the model has {model.Shape.VocabularySize:N0} tokens and {tokenizer.Name} {tokenizer.VocabularySize:N0}: it is not the model's tokenizer");
        var ids = new List<int>();
        tokenizer.Encode(prompt, ids);
        var texts = new List<string>();
        for (var i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var text = (sampler with { Seed = sampler.Seed + i }).Text(model, ids, tokens => tokenizer.Decode(tokens), tokenizer.EndOfText);
            texts.Add(text);
            if (format == "json")
                continue;
            if (count > 1)
                Console.Out.WriteLine($"━━ {i + 1} of {count} {new string('━', 80)}");
            Console.Out.WriteLine(string.Join('\n', $"{prompt}{text}".Split('\n').Select(TextDiff.Printable)));
        }
        if (format == "json")
            CommandLine.WriteJson(new { prompt, tokenizer = tokenizer.Name, seed = sampler.Seed, samples = texts });
        return CommandLine.Done;
    }

    private static Transformer Open(Model found)
    {
        try
        {
            return Pretrained.Open(found.Config, found.Weights);
        }
        catch (Exception e) when (e is DllNotFoundException or TrainingException)
        {
            throw new PipelineException(e.Message);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new PipelineException($"{found.Config}: not the config.json of a model that this program trained: {e.Message}");
        }
    }

    private static Model Find(string folder, string? tokenizer)
    {
        var (config, weights) = (Path.Combine(folder, "config.json"), Path.Combine(folder, "model.safetensors"));
        if (File.Exists(weights) && File.Exists(config))
            return new Model(config, weights, tokenizer ?? TokenizerBeside(folder));
        if (!StageFolder.Is(folder))
            throw new PipelineException($"{folder}: there is no model here: neither model.safetensors with its config.json, nor the stage.json of a train stage");
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
        var part = StageFolder.Open(folder).Parts.FirstOrDefault(p => p.File("model") is not null && p.File("config") is not null)
            ?? throw new PipelineException($"{folder}: this stage trained no model; give the folder of a train stage");
        return new Model(Path.Combine(above, part.File("config")!.Name), Path.Combine(above, part.File("model")!.Name), tokenizer ?? TokenizerOf(part, above));
    }

    private static string TokenizerBeside(string folder)
    {
        var path = Path.Combine(folder, TrainCommand.TokenizerFile);
        if (!File.Exists(path))
            throw new PipelineException($"{folder}: it does not say which tokenizer the model speaks; say it with --tokenizer ({string.Join(", ", Tokenizers.Names)})");
        try
        {
            return JsonSerializer.Deserialize<TokenizerName>(File.ReadAllBytes(path), Manifest.Json)!.Tokenizer;
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
                return reader.Info.Tokenizer;
            }
        }
        throw new PipelineException($"the token shards that the model was trained on are gone: say its tokenizer with --tokenizer ({string.Join(", ", Tokenizers.Names)})");
    }

    private sealed record Model(string Config, string Weights, string Tokenizer);
}
