using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CorpusForge.Filter;

namespace CorpusForge.Host.Commands;

/// <summary>`classify MODEL`: reads lines of text, writes a label and its probability for each.</summary>
internal static class ClassifyCommand
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "language, toxicity, or a model file (.bin, .ftz, .clm)." };
        var explain = new Option<bool>("--explain") { Description = "For toxicity: writes the sentences of each line as JSON, with their scores by kind and the words that carried them." };
        var command = new Command("classify", "Reads lines from standard input and writes `label TAB probability` for each; a line that the model cannot judge gets an empty label.") { model, explain };
        command.SetAction((parsed, cancel) => parsed.GetValue(explain)
            ? Explain(parsed.GetRequiredValue(model), cancel)
            : Classify(Classifiers.Open(parsed.GetRequiredValue(model)), Console.OpenStandardInput(), cancel));
        return command;
    }

    private static async Task<int> Explain(string model, CancellationToken cancel)
    {
        if (model != "toxicity")
            throw new PipelineException("--explain: only the model toxicity tells its reasons");
        using var lines = new StreamReader(Console.OpenStandardInput());
        using var output = new StreamWriter(Console.OpenStandardOutput());
        while (await lines.ReadLineAsync(cancel) is { } line)
        {
            var toxicity = ToxicityModel.For(null, line)!;
            var sentences = toxicity.Explain(line).Select(s => new
            {
                text = line[s.Start..s.End],
                scores = toxicity.Heads.Zip(s.Scores).ToDictionary(x => x.First, x => x.Second),
                reasons = s.Reasons.Select(r => new { r.Start, r.End, word = line[r.Start..r.End], r.Weight }),
            });
            await output.WriteLineAsync(JsonSerializer.Serialize(sentences, s_json));
        }
        return CommandLine.Done;
    }

    private static async Task<int> Classify(Func<string, (string Label, double Probability)?> best, Stream input, CancellationToken cancel)
    {
        using var lines = new StreamReader(input);
        using var output = new StreamWriter(Console.OpenStandardOutput());
        while (await lines.ReadLineAsync(cancel) is { } line)
        {
            var (label, probability) = best(line) ?? ("", 0);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{label}\t{probability:0.000000}"));
        }
        return CommandLine.Done;
    }
}
