using System.CommandLine;
using System.Globalization;
using CorpusForge.Filter;

namespace CorpusForge.Host.Commands;

/// <summary>`classify MODEL`: reads lines of text, writes a label and its probability for each.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "language, toxicity, or a model file (.bin, .ftz, .clm)." };
        var command = new Command("classify", "Reads lines from standard input and writes `label TAB probability` for each; a line that the model cannot judge gets an empty label.") { model };
        command.SetAction((parsed, cancel) => Classify(Classifiers.Open(parsed.GetRequiredValue(model)), Console.OpenStandardInput(), cancel));
        return command;
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
