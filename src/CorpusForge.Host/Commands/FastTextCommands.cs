using System.CommandLine;
using CorpusForge.Filter.FastText;

namespace CorpusForge.Host.Commands;

/// <summary>`classifier train|test|quantize`: fastText models, made and measured here.</summary>
internal static class FastTextCommands
{
    public static Command Train()
    {
        var defaults = new FastTextSettings();
        var input = Inputs();
        var output = To("The `.bin` file to write.");
        var dimension = Number("--dimension", "Numbers in a row.", defaults.Dimension);
        var epochs = Number("--epochs", "How often each text is seen.", defaults.Epochs);
        var rate = new Option<double>("--learning-rate") { Description = "At the start; falls to zero in a straight line.", DefaultValueFactory = _ => defaults.LearningRate };
        var words = Number("--word-ngrams", "The longest word n-gram.", defaults.WordNgrams);
        var shortest = Number("--min-characters", "The shortest character n-gram.", defaults.MinCharacters);
        var longest = Number("--max-characters", "The longest character n-gram; 0 is none.", defaults.MaxCharacters);
        var buckets = Number("--buckets", "Rows that n-grams are hashed to.", defaults.Buckets);
        var minCount = Number("--min-count", "A word seen less often is left out.", defaults.MinCount);
        var loss = new Option<FastTextLoss>("--loss") { Description = "softmax, hierarchical or oneVersusAll.", DefaultValueFactory = _ => defaults.Loss };
        var threads = Number("--threads", "More than one share the work without locks, and then no two results are the same.", 1);
        var seed = Number("--seed", "Of every random choice.", 1);
        var command = new Command("train", "Trains a fastText classifier of labelled texts: JSON lines with `text` and `label`, or lines that begin with `__label__`.")
        {
            input, output, dimension, epochs, rate, words, shortest, longest, buckets, minCount, loss, threads, seed,
        };
        command.SetAction((parsed, cancel) =>
        {
            foreach (var (option, least, most) in new[] { (dimension, 1, 4096), (epochs, 1, 10_000), (words, 1, 16), (shortest, 0, 16), (longest, 0, 16), (buckets, 1, 100_000_000), (minCount, 1, int.MaxValue), (threads, 1, 1024) })
            {
                if (parsed.GetValue(option) < least || parsed.GetValue(option) > most)
                    throw new PipelineException($"{option.Name}: from {least} to {most}");
            }
            if (!(parsed.GetValue(rate) is > 0 and <= 1000))
                throw new PipelineException($"{rate.Name}: above 0, up to 1000");
            MakeRoom(parsed.GetRequiredValue(output));
            var settings = new FastTextSettings
            {
                Dimension = parsed.GetValue(dimension),
                Epochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(rate),
                WordNgrams = parsed.GetValue(words),
                MinCharacters = parsed.GetValue(shortest),
                MaxCharacters = parsed.GetValue(longest),
                Buckets = parsed.GetValue(buckets),
                MinCount = parsed.GetValue(minCount),
                Loss = parsed.GetValue(loss),
            };
            try
            {
                Save(
                    FastTextTrainer.Train(settings, Twice(Read(parsed.GetRequiredValue(input)), parsed.GetRequiredValue(input)), parsed.GetValue(threads), (ulong)parsed.GetValue(seed), Tell, Tenths(), cancel),
                    parsed.GetRequiredValue(output), FastTextFile.WriteDense);
            }
            catch (InvalidDataException e)
            {
                throw new PipelineException(e.Message);
            }
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    public static Command Test()
    {
        var model = new Argument<string>("model") { Description = "A `.bin` or `.ftz` file." };
        var input = Inputs();
        var format = CommandLine.Format;
        var command = new Command("test", "Measures a fastText classifier on labelled texts: how often its best label is one of the text's, and how each label fares.") { model, input, format };
        command.SetAction(parsed =>
        {
            var best = Filter.Classifiers.Open(parsed.GetRequiredValue(model));
            var counts = new SortedDictionary<string, (int True, int Found, int Right)>(StringComparer.Ordinal);
            var (texts, right) = (0, 0);
            foreach (var (labels, text) in Read(parsed.GetRequiredValue(input)))
            {
                var found = best(text)?.Label ?? "";
                texts++;
                right += labels.Contains(found) ? 1 : 0;
                foreach (var label in labels)
                    counts[label] = counts.GetValueOrDefault(label) is var c ? (c.True + 1, c.Found, c.Right + (label == found ? 1 : 0)) : default;
                counts[found] = counts.GetValueOrDefault(found) is var f ? (f.True, f.Found + 1, f.Right) : default;
            }
            if (texts == 0)
                throw new PipelineException("--input: there is no text in it");
            var rows = counts.Select(c => new { label = c.Key, texts = c.Value.True, precision = Share(c.Value.Right, c.Value.Found), recall = Share(c.Value.Right, c.Value.True) }).ToArray();
            var macro = rows.Where(r => r.texts > 0).Average(r => r.recall);
            if (parsed.GetRequiredValue(format) == "json")
                CommandLine.WriteJson(new { texts, accuracy = (double)right / texts, macroRecall = macro, labels = rows });
            else
            {
                foreach (var row in rows)
                    Console.Out.WriteLine($"{row.label}\t{row.texts:N0} texts\tprecision {row.precision:0.0000}\trecall {row.recall:0.0000}");
                Console.Out.WriteLine($"{texts:N0} texts, accuracy {(double)right / texts:0.0000}, mean recall of the labels {macro:0.0000}");
            }
            return CommandLine.Done;
        });
        return command;
    }

    public static Command Quantize()
    {
        var model = new Argument<string>("model") { Description = "A `.bin` file." };
        var output = To("The `.ftz` file to write.");
        var rows = Number("--rows", "How many rows of the largest norm stay; 0 keeps all.", 0);
        var width = Number("--width", "Numbers that a byte stands for.", 2);
        var norms = new Option<bool>("--norms") { Description = "Whether the lengths of rows are stored apart, which is more exact.", DefaultValueFactory = _ => true };
        var command = new Command("quantize", "Makes a fastText model small: a byte for every few numbers, and only the rows that matter.") { model, output, rows, width, norms };
        command.SetAction(parsed =>
        {
            var dense = FastTextModel.Open(parsed.GetRequiredValue(model));
            if (parsed.GetValue(width) < 1 || parsed.GetValue(width) > dense.Settings.Dimension)
                throw new PipelineException($"--width: from 1 to {dense.Settings.Dimension}, the dimension of the model");
            var kept = parsed.GetValue(rows);
            if (kept != 0 && kept < 256)
                throw new PipelineException("--rows: 0, or at least 256");
            MakeRoom(parsed.GetRequiredValue(output));
            try
            {
                Save(kept > 0 ? FastTextTrainer.Prune(dense, kept) : dense, parsed.GetRequiredValue(output), (m, s) => FastTextFile.WriteQuantised(m, s, parsed.GetValue(width), parsed.GetValue(norms), seed: 1));
            }
            catch (InvalidDataException e)
            {
                throw new PipelineException(e.Message);
            }
            return CommandLine.Done;
        });
        return command;
    }

    // Before the work: a folder that cannot be is known at once.
    private static void MakeRoom(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (File.Create(path + ".tmp", 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException($"--to {path}: it cannot be written: {e.Message}");
        }
    }

    // Written beside and renamed, so that a model is there whole or not at all.
    private static void Save(FastTextModel model, string path, Action<FastTextModel, Stream> write)
    {
        using (var stream = File.Create(path + ".tmp"))
            write(model, stream);
        File.Move(path + ".tmp", path, overwrite: true);
        Console.Out.WriteLine($"Wrote {path} ({CommandLine.Size(new FileInfo(path).Length)}, SHA-256 {FastTextModel.Open(path).Digest}): {model.Labels.Count:N0} labels.");
    }

    private static IEnumerable<(IReadOnlyList<string> Labels, string Text)> Read(string[] inputs)
    {
        if (inputs.FirstOrDefault(i => !File.Exists(i)) is { } missing)
            throw new PipelineException($"--input {missing}: there is no such file");
        return inputs.SelectMany(LabelledLines.Read);
    }

    // A pipe can be read once.
    private static IEnumerable<(IReadOnlyList<string> Labels, string Text)> Twice(IEnumerable<(IReadOnlyList<string> Labels, string Text)> lines, string[] inputs) =>
        inputs.All(i => new FileInfo(i).Length > 0) ? lines : lines.ToList();

    private static void Tell(FastTextSize size)
    {
        const long Large = 100_000_000;
        Console.Error.WriteLine($"corpusforge: {size.Words:N0} words{(size.Buckets == 0 ? "" : $" and {size.Buckets:N0} buckets")} of {size.Dimension} numbers, {size.Labels:N0} labels: the model will have {CommandLine.Size(size.Bytes)}"
            + (size.Bytes < Large ? "" : $"; {(size.Buckets > size.Words ? "fewer --buckets" : "a larger --min-count")} or a smaller --dimension make it smaller, and so does `classifier quantize` once it is trained"));
    }

    // One line for each tenth.
    private static Action<double> Tenths()
    {
        var told = 0;
        return share =>
        {
            var now = (int)(share * 10);
            if (now > Volatile.Read(ref told) && Interlocked.Exchange(ref told, now) < now)
                Console.Error.WriteLine($"corpusforge: trained {now * 10} %");
        };
    }

    private static double Share(int part, int whole) => whole == 0 ? 0 : (double)part / whole;

    private static Option<string[]> Inputs() => new("--input") { Description = "Files of labelled texts.", Required = true, AllowMultipleArgumentsPerToken = true };

    private static Option<string> To(string description) => new("--to") { Description = description, Required = true };

    private static Option<int> Number(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
