using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Settings;
using CorpusForge.Tokenize;
using CorpusForge.Training;
using YamlDotNet.RepresentationModel;

namespace CorpusForge.Host.Commands;

/// <summary>`train`: pretrains a model on the token shards of a stage, outside a pipeline.</summary>
internal static class TrainCommand
{
    /// <summary>Beside the weights: which tokenizer the model speaks, for `sample`.</summary>
    public const string TokenizerFile = "tokenizer-name.json";

    public static Command Create()
    {
        var command = new Command("train", "Pretrains a model on the token shards of a tokenize stage. Repeating the command resumes from the last checkpoint.");
        var tokens = new Argument<string>("tokens-folder") { Description = "The folder of a finished tokenize stage." };
        var to = new Option<string>("--to") { Description = "The folder for checkpoints, curve and the finished model.", Required = true };
        var set = new Option<string[]>("--set") { Description = "A setting of the stage train: maxSteps=1000. May be repeated." };
        var (libtorch, format) = (Libtorch.Option, CommandLine.Format);
        command.Arguments.Add(tokens);
        foreach (var option in (Option[])[to, set, libtorch, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            parsed.GetRequiredValue(tokens), parsed.GetRequiredValue(to), Settings(parsed.GetValue(set) ?? []), parsed.GetValue(libtorch), parsed.GetRequiredValue(format), cancel)));
        return command;
    }

    /// <summary>What a training starts for each further device; nobody calls it.</summary>
    public static Command CreateRank()
    {
        var command = new Command(RankProcesses.Command, "Trains along for another process.") { Hidden = true };
        var (socket, rank) = (new Argument<string>("socket"), new Argument<int>("rank"));
        command.Arguments.Add(socket);
        command.Arguments.Add(rank);
        command.SetAction((parsed, _) =>
        {
            try
            {
                RankProcesses.Run(parsed.GetRequiredValue(socket), parsed.GetRequiredValue(rank));
                return Task.FromResult(CommandLine.Done);
            }
            catch (TrainingException e)
            {
                throw new PipelineException(e.Message);
            }
        });
        return command;
    }

    private static Train Settings(string[] set)
    {
        var problems = new List<string>();
        var binder = new SettingsBinder("train", CommandLine.Catalogue, problems);
        var body = new YamlMappingNode();
        foreach (var option in set)
        {
            var cut = option.IndexOf('=');
            if (cut <= 0)
                throw new PipelineException($"--set {option}: expected setting=value");
            var (key, value) = (new YamlScalarNode(option[..cut]), new YamlScalarNode(option[(cut + 1)..]));
            (binder.Overrides[key], binder.Overrides[value]) = (option, option);
            body.Children[key] = value;
        }
        var bound = binder.BindEntry(new YamlMappingNode("train", body), "stage", CommandLine.Catalogue.Stages);
        return problems.Count == 0 ? (Train)bound!.Value.Record : throw new PipelineException(problems);
    }

    private static int Run(string tokens, string to, Train settings, string? libtorch, string format, CancellationToken cancel)
    {
        var stage = StageFolder.Open(tokens);
        var files = stage.Parts.Select(p => p.File(Roles.Tokens)).OfType<ManifestFile>().ToArray();
        if (files.Length == 0)
            throw new PipelineException($"{tokens}: this stage has no token shards; give the folder of a tokenize stage");
        Libtorch.Load(libtorch);
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(tokens)))!;
        var shards = new List<TokenShardReader>();
        try
        {
            shards.AddRange(files.Select(f => TokenShards.Open(Path.Combine(above, f.Name), f.Sha256)));
            var tokenizer = TokenShards.TokenizerOf(shards[0].Info, new LocalStorage(above), files[0].Name);
            settings = settings with { Libtorch = libtorch ?? settings.Libtorch };
            using var trainer = Start(settings, shards, [.. shards.Zip(files, (s, f) => (s.Path, f.Sha256))], Digests.Of(string.Join('\n', stage.Parts.Select(p => p.ContentDigest))), to, tokenizer);
            var before = trainer.StepsDone;
            var last = Steps(trainer, settings, cancel);
            Save(trainer, shards[0].Info, Path.Combine(Path.GetDirectoryName(shards[0].Path)!, shards[0].Info.Tokenizer), to);
            Tell(trainer, before, last, to, format);
            return CommandLine.Done;
        }
        catch (TrainingException e)
        {
            Console.Error.WriteLine($"corpusforge: {e.Message}");
            return CommandLine.RunFailed;
        }
        finally
        {
            shards.ForEach(s => s.Dispose());
        }
    }

    private static Trainer Start(Train settings, List<TokenShardReader> shards, IReadOnlyList<(string, string)> files, string digest, string to, ITokenizer? tokenizer)
    {
        try
        {
            return new Trainer(settings, shards, digest, to, say: text => Console.Error.WriteLine($"corpusforge: {text}"), tokenizer: tokenizer,
                ranks: RankProcesses.Start(settings, files));
        }
        catch (Exception e) when (e is TrainingException or DllNotFoundException)
        {
            throw new PipelineException(e.Message);
        }
    }

    private static TrainingStep? Steps(Trainer trainer, Train settings, CancellationToken cancel)
    {
        var terminal = !Console.IsErrorRedirected;
        var every = terminal ? 1 : Math.Max(1, settings.MaxSteps / 20);
        var tokens = (long)settings.BatchSize * trainer.Model.Shape.Context;
        var (since, steps, last) = (Stopwatch.GetTimestamp(), 0L, (TrainingStep?)null);
        Console.Error.WriteLine($"{trainer.Model.Shape.Parameters:N0} parameters, {trainer.TrainingTokens:N0} tokens to train on, "
            + (trainer.StepsDone == 0 ? $"{settings.MaxSteps:N0} steps" : $"going on after step {trainer.StepsDone:N0} of {settings.MaxSteps:N0}"));
        trainer.Run(
            step =>
            {
                (steps, last) = (steps + 1, step);
                if (step.Step % every != 0 && step.ValidationLoss is null && step.Step < settings.MaxSteps)
                    return;
                var speed = steps * tokens / Math.Max(1e-9, Stopwatch.GetElapsedTime(since).TotalSeconds);
                var line = $"step {step.Step,8:N0} / {settings.MaxSteps:N0}  loss {step.Loss:0.0000}{(step.ValidationLoss is { } v ? $"  validation {v:0.0000}" : "")}{(step.ValidationBitsPerByte is { } b ? $" ({b:0.0000} bits a byte)" : "")}  {speed:N0} tokens/s";
                Console.Error.Write(terminal && step.ValidationLoss is null ? $"\r{line,-90}" : terminal ? $"\r{line,-90}\n" : $"{line}\n");
                (since, steps) = (Stopwatch.GetTimestamp(), 0);
            },
            cancel);
        return last;
    }

    // The weights come last: a folder with a model.safetensors is a whole model.
    private static void Save(Trainer trainer, TokenShardInfo info, string tokenizerFile, string to)
    {
        // A tokenizer that is a file goes along under the name that the shards know, and as others look for it.
        if (!Tokenizers.Names.Contains(info.Tokenizer) && File.Exists(tokenizerFile))
        {
            File.Copy(tokenizerFile, Path.Combine(to, info.Tokenizer), overwrite: true);
            if (info.Tokenizer.EndsWith(".json", StringComparison.Ordinal))
                File.Copy(tokenizerFile, Path.Combine(to, "tokenizer.json"), overwrite: true);
        }
        Pretrained.ReplaceFile(Path.Combine(to, TokenizerFile), stream => JsonSerializer.Serialize(stream, new TokenizerName(info.Tokenizer, info.TokenizerSha256), Manifest.Indented));
        var tokenizer = Tokenizers.Names.Contains(info.Tokenizer) ? TokenizerTable.Of(Tokenizers.Open(info.Tokenizer)) : null;
        Pretrained.Write(trainer.Model, to, info.EndOfText, tokenizer);
    }

    private static void Tell(Trainer trainer, long before, TrainingStep? last, string to, string format)
    {
        var (validation, bitsPerByte) = last is null ? trainer.Validate() : (last.ValidationLoss, last.ValidationBitsPerByte);
        if (format == "json")
        {
            CommandLine.WriteJson(new
            {
                steps = trainer.StepsDone,
                resumedAt = before,
                loss = last?.Loss,
                validationLoss = validation,
                validationBitsPerByte = bitsPerByte,
                parameters = trainer.Model.Shape.Parameters,
                trainingTokens = trainer.TrainingTokens,
                folder = to,
            });
            return;
        }
        var losses = $"{(last is null ? "" : $", loss {last.Loss:0.0000}")}{(validation is null ? "" : $", validation loss {validation:0.0000}")}{(bitsPerByte is null ? "" : $", {bitsPerByte:0.0000} bits a byte")}";
        Console.Out.WriteLine(last is null
            ? $"Nothing to do: the model in {to} was trained to step {trainer.StepsDone:N0} before{losses}."
            : $"Trained to step {trainer.StepsDone:N0}{losses}. The model is in {to}; draw from it with `corpusforge sample {to}`.");
    }
}

/// <summary>The tokenizer of a model.</summary>
internal sealed record TokenizerName(string Tokenizer, string TokenizerSha256);
