using System.CommandLine;
using System.Globalization;
using CorpusForge.Filter;
using CorpusForge.Filter.Perplexity;

namespace CorpusForge.Host.Commands;

/// <summary>`perplexity`: trains an n-gram language model from a corpus, and scores texts by one.</summary>
internal static class PerplexityCommand
{
    private static readonly string[] s_documents = [".arrow", ".jsonl", ".jsonl.gz", ".jsonl.zst"];

    public static Command Create() => new("perplexity", "Trains n-gram language models and scores texts by them.") { Train(), Score() };

    private static Command Train()
    {
        var (input, output, format) = (Input(), new Option<string>("--to") { Description = "The model file to write.", Required = true }, CommandLine.Format);
        var order = new Option<int>("--order") { Description = "The longest n-gram, from 2 to 6.", DefaultValueFactory = _ => 5 };
        Within(order, 2, KneserNey.MaxOrder);
        var memory = new Option<int>("--memory-mb") { Description = "Memory to sort n-grams in, in MiB; what does not fit lies beside the model while it is trained.", DefaultValueFactory = _ => 1024 };
        Within(memory, 1, 1 << 20);
        var maxWords = new Option<int>("--max-words") { Description = "How many different words the model may know; they are held in memory, a million in about 100 MB. Of more, those that occur most often.", DefaultValueFactory = _ => KneserNey.UsualMaxWords };
        Within(maxWords, 1, 1 << 30);
        var command = new Command("train", "Trains a model with modified Kneser–Ney smoothing; the same texts in any order give the same bytes.") { input, output, order, memory, maxWords, format };
        command.SetAction((parsed, cancel) =>
        {
            var to = parsed.GetRequiredValue(output);
            using var trainer = new KneserNey(parsed.GetValue(order), (long)parsed.GetValue(memory) << 20, $"{to}.work", parsed.GetValue(maxWords));
            var view = new TextView();
            foreach (var text in Texts(parsed.GetRequiredValue(input)))
            {
                cancel.ThrowIfCancellationRequested();
                view.Reset(new Document { Id = "", Kind = Kind.Text, Text = text, Source = "", Locator = "" });
                PerplexityText.AddTo(trainer, view);
            }
            if (trainer.Sentences == 0)
                throw new PipelineException("--input: there is no sentence in it");
            var (words, counts) = trainer.Write(to, cancel);
            var bytes = new FileInfo(to).Length;
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(new { sentences = trainer.Sentences, words, minCount = trainer.MinCount, ngrams = counts, bytes });
            else
                Console.Out.WriteLine($"Wrote {to} ({CommandLine.Size(bytes)}): {trainer.Sentences:N0} sentences, n-grams by order {string.Join(", ", counts.Select(c => c.ToString("N0", CultureInfo.InvariantCulture)))}.{(trainer.MinCount > 1 ? $" Words seen less than {trainer.MinCount:N0} times are unknown to it." : "")}");
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

    private static void Within(Option<int> option, int min, int max) =>
        option.Validators.Add(r => { if (r.Tokens.Count == 1 && int.TryParse(r.Tokens[0].Value, CultureInfo.InvariantCulture, out var n) && (n < min || n > max)) r.AddError($"{option.Name}: from {min} to {max}"); });

    private static Option<string[]> Input() =>
        new("--input") { Description = "Document shards (.arrow), JSON lines with `text` (.jsonl, also .gz or .zst), or other files, a text a line.", Required = true, AllowMultipleArgumentsPerToken = true };

    private static IEnumerable<string> Texts(string[] files) => files.FirstOrDefault(f => !File.Exists(f)) is { } missing
        ? throw new PipelineException($"--input {missing}: there is no such file")
        : files.SelectMany(f => s_documents.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)) ? InputTexts.Of(f) : File.ReadLines(f));
}
