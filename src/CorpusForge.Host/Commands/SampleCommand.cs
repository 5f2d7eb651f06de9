using System.CommandLine;
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
        var topP = new Option<double>("--top-p") { Description = "Draws from the most likely tokens that together have this share; 1 is all.", DefaultValueFactory = _ => 1 };
        var seed = new Option<long>("--seed") { Description = "Of the first text; the next have the next seeds.", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count", "-n") { Description = "How many texts.", DefaultValueFactory = _ => 1 };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "The tokenizer, where the folder does not say which it is." };
        var (libtorch, format) = (Libtorch.Option, CommandLine.Format);
        command.Arguments.Add(model);
        foreach (var option in (Option[])[prompt, most, temperature, top, topP, seed, count, tokenizer, libtorch, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var sampler = new Sampler { MaxTokens = parsed.GetValue(most), Temperature = parsed.GetValue(temperature), TopK = parsed.GetValue(top), TopP = parsed.GetValue(topP), Seed = parsed.GetValue(seed) };
            if (sampler.TopP is not (> 0 and <= 1))
                throw new PipelineException("--top-p is more than 0 and at most 1");
            if (sampler.MaxTokens < 0 || sampler.TopK < 0 || !(sampler.Temperature >= 0) || parsed.GetValue(count) < 1)
                throw new PipelineException("--max-tokens, --temperature and --top-k are at least 0, --count is at least 1");
            Libtorch.Load(parsed.GetValue(libtorch));
            return Task.FromResult(Run(
                ModelFolder.Find(parsed.GetRequiredValue(model), parsed.GetValue(tokenizer)), sampler, parsed.GetRequiredValue(prompt), parsed.GetValue(count), parsed.GetRequiredValue(format), cancel));
        });
        return command;
    }

    private static int Run(ModelFolder found, Sampler sampler, string prompt, int count, string format, CancellationToken cancel)
    {
        var tokenizer = Tokenizers.Open(found.Tokenizer);
        using var model = found.Open(tokenizer);
        var ids = new List<int>();
        tokenizer.Encode(prompt, ids);
        if (model.Shape.Family == ModelFamily.Bert)
            throw new PipelineException("the model is an encoder: it restores masked tokens and writes no text");
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
}
