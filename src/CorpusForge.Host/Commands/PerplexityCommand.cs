using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CorpusForge.Filter.Perplexity;

namespace CorpusForge.Host.Commands;

/// <summary>`perplexity`: trains an n-gram language model from a corpus, and scores texts by one.</summary>
internal static class PerplexityCommand
{
    public static Command Create() => new("perplexity", "Trains n-gram language models and scores texts by them.") { Train(), Score() };

    private static Command Train()
    {
        var (input, output, format) = (Input(), new Option<string>("--to") { Description = "The model file to write.", Required = true }, CommandLine.Format);
        var order = new Option<int>("--order") { Description = "The longest n-gram, from 2 to 10.", DefaultValueFactory = _ => 5 };
        order.Validators.Add(r => { if (r.Tokens.Count == 1 && int.TryParse(r.Tokens[0].Value, CultureInfo.InvariantCulture, out var n) && n is < 2 or > 10) r.AddError("--order: from 2 to 10"); });
        var command = new Command("train", "Trains a model with modified Kneser–Ney smoothing; the same texts give the same bytes.") { input, output, order, format };
        command.SetAction((parsed, cancel) =>
        {
            var (trainer, sentences) = (new KneserNey(parsed.GetValue(order)), 0L);
            foreach (var sentence in Texts(parsed.GetRequiredValue(input)).SelectMany(PerplexityText.Sentences))
            {
                cancel.ThrowIfCancellationRequested();
                trainer.Add(sentence);
                sentences++;
            }
            if (sentences == 0)
                throw new PipelineException("--input: there is no sentence in it");
            var model = trainer.Train();
            var to = parsed.GetRequiredValue(output);
            model.Write(to);
            var counts = Enumerable.Range(1, model.Order).Select(model.Count).ToArray();
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(new { sentences, words = model.WordCount, ngrams = counts, bytes = new FileInfo(to).Length });
            else
                Console.Out.WriteLine($"Wrote {to} ({CommandLine.Size(new FileInfo(to).Length)}): {sentences:N0} sentences, n-grams by order {string.Join(", ", counts.Select(c => c.ToString("N0", CultureInfo.InvariantCulture)))}.");
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Command Score()
    {
        var (input, model, format) = (Input(), new Option<string>("--model") { Description = "An ARPA file, or one that `perplexity train` wrote.", Required = true }, CommandLine.Format);
        var command = new Command("score", "Prints the perplexity of each text, and the 30th and 60th percentile, where CCNet cuts its buckets.") { input, model, format };
        command.SetAction((parsed, cancel) =>
        {
            var read = NGramModel.Open(parsed.GetRequiredValue(model));
            var scores = new List<double>();
            foreach (var text in Texts(parsed.GetRequiredValue(input)))
            {
                cancel.ThrowIfCancellationRequested();
                scores.Add(Math.Round(PerplexityText.Of(read, text), 6));
                if (parsed.GetValue(format) != "json")
                    Console.Out.WriteLine(scores[^1].ToString(CultureInfo.InvariantCulture));
            }
            double[] sorted = [.. scores.Where(double.IsFinite).Order()];
            double? At(double share) => sorted.Length == 0 ? null : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(new { scores = scores.Select(s => double.IsFinite(s) ? s : (double?)null), headLimit = At(0.3), tailLimit = At(0.6) });
            else
                Console.Error.WriteLine($"{scores.Count:N0} texts; headLimit {At(0.3)}, tailLimit {At(0.6)}");
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Option<string[]> Input() =>
        new("--input") { Description = "Text files, a text a line, or `.jsonl` files with a field `text`.", Required = true, AllowMultipleArgumentsPerToken = true };

    private static IEnumerable<string> Texts(string[] files)
    {
        foreach (var file in files)
        {
            if (!File.Exists(file))
                throw new PipelineException($"--input {file}: there is no such file");
            var (json, row) = (file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase), 0);
            foreach (var line in File.ReadLines(file))
            {
                row++;
                yield return json ? TextOf(line, file, row) : line;
            }
        }
    }

    private static string TextOf(string line, string file, int row)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("text").GetString() ?? "";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new PipelineException($"--input {file}: line {row} is no object with a `text`");
        }
    }
}
