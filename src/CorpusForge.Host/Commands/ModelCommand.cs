using System.CommandLine;
using System.Text.Json;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using CorpusForge.Training;

namespace CorpusForge.Host.Commands;

/// <summary>`model`: what a trained model learnt, and its files for others.</summary>
internal static class ModelCommand
{
    private const string HuggingFace = "huggingface";
    private static readonly string[] s_types = ["f32", "bf16", "f16", "q8_0"];

    public static Command Create()
    {
        var export = new Command("export", "Writes a model as a folder for Hugging Face transformers (f32, bf16), or as a GGUF file for llama.cpp (f16, q8_0).");
        var model = new Argument<string>("model-folder") { Description = "The folder of a train stage, or one that `train` wrote." };
        var form = new Option<string>("--format") { Description = $"{HuggingFace} or gguf.", DefaultValueFactory = _ => HuggingFace };
        form.AcceptOnlyFromAmong(HuggingFace, "gguf");
        var type = new Option<string?>("--type") { Description = $"How numbers are stored: {string.Join(", ", s_types)}. The default is f32, or f16 in GGUF." };
        var to = new Option<string>("--to") { Description = "The folder to write into, or the GGUF file.", Required = true };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "The tokenizer, where the folder does not say which it is." };
        var (libtorch, format) = (Libtorch.Option, CommandLine.Format);
        export.Arguments.Add(model);
        foreach (var option in (Option[])[form, type, to, tokenizer, libtorch, format])
            export.Options.Add(option);
        export.SetAction((parsed, _) =>
        {
            var stored = parsed.GetValue(type) ?? (parsed.GetValue(form) == HuggingFace ? "f32" : "f16");
            string[] possible = parsed.GetValue(form) == HuggingFace ? ["f32", "bf16"] : ["f16", "q8_0"];
            if (!possible.Contains(stored))
                throw new PipelineException($"--type: {parsed.GetValue(form)} has {string.Join(" and ", possible)}");
            Libtorch.Load(parsed.GetValue(libtorch));
            var found = ModelFolder.Find(parsed.GetRequiredValue(model), parsed.GetValue(tokenizer));
            Write(found, stored, parsed.GetRequiredValue(to));
            if (parsed.GetRequiredValue(format) == "json")
                CommandLine.WriteJson(new { format = parsed.GetValue(form), type = stored, to = parsed.GetValue(to) });
            else
                Console.Out.WriteLine($"Wrote the model to {parsed.GetValue(to)}.");
            return Task.FromResult(CommandLine.Done);
        });
        return new Command("model", "Models that were trained.") { CurveCommand.Create(), export };
    }

    private static void Write(ModelFolder found, string stored, string to)
    {
        var tokenizer = Tokenizers.Open(found.Tokenizer);
        using var model = found.Open(tokenizer);
        try
        {
            var table = TokenizerTable.Of(tokenizer);
            if (stored is "f16" or "q8_0")
            {
                if (Path.GetDirectoryName(Path.GetFullPath(to)) is { } folder)
                    Directory.CreateDirectory(folder);
                Pretrained.ReplaceFile(to, stream => Gguf.Write(stream, model, table, stored == "f16" ? GgufType.F16 : GgufType.Q8, Path.GetFileNameWithoutExtension(to)));
                return;
            }
            Pretrained.Write(model, to, tokenizer.EndOfText, table, stored == "bf16");
            // A tokenizer that is a file goes along as it is.
            var name = table is null ? Path.GetFileName(found.Tokenizer) : found.Tokenizer;
            if (table is null && File.Exists(found.Tokenizer))
            {
                File.Copy(found.Tokenizer, Path.Combine(to, name), overwrite: true);
                if (name.EndsWith(".json", StringComparison.Ordinal))
                    File.Copy(found.Tokenizer, Path.Combine(to, "tokenizer.json"), overwrite: true);
            }
            Pretrained.ReplaceFile(
                Path.Combine(to, TrainCommand.TokenizerFile), stream => JsonSerializer.Serialize(stream, new TokenizerName(name, tokenizer.Sha256), Manifest.Indented));
        }
        catch (TrainingException e)
        {
            throw new PipelineException(e.Message);
        }
    }
}
