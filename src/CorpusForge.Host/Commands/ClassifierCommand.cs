using System.CommandLine;
using CorpusForge.Clean.Content;
using CorpusForge.Filter;

namespace CorpusForge.Host.Commands;

/// <summary>`classifier`: fastText models, and `train-linear`, `train-toxicity` and `train-extraction`, by which the built-in models were trained.</summary>
internal static class ClassifierCommand
{
    public static Command Create() => new("classifier", "Trains, measures and shrinks text classifiers.") { FastTextCommands.Train(), FastTextCommands.Test(), FastTextCommands.Quantize(), TrainLinear(), TrainToxicity(), TrainExtraction() };

    private static Command TrainLinear()
    {
        var defaults = new LinearTraining { Inputs = [], Output = "" };
        var input = new Option<string[]>("--input") { Description = "Files of lines `label TAB text`, UTF-8.", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--to") { Description = "The model file to write.", Required = true };
        var bits = Number("--bits", "Two to the power of this many rows.", defaults.Bits);
        var dimension = Number("--dimension", "Numbers in a row.", defaults.Dimension);
        var epochs = Number("--epochs", "How often each text is seen.", defaults.Epochs);
        var saturation = Number("--saturation", "Features from which a longer text makes the model no surer; 1 averages.", defaults.Saturation);
        var characters = Number("--max-characters", "The longest character n-gram.", defaults.Features.MaxCharacters);
        var words = new Option<bool>("--words") { Description = "Whether whole words are features.", DefaultValueFactory = _ => defaults.Features.Words };
        var rate = Number("--learning-rate", "At the start; falls to zero in a straight line.", defaults.LearningRate);
        var dropout = Number("--dropout-share", "The share of the features of a text that one visit does not see.", defaults.DropoutShare);
        var heldOut = new Option<string[]>("--held-out") { Description = "Files of the same form that are only measured on; the probabilities are calibrated on them.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var seed = Number("--seed", "Of every random choice.", (long)defaults.Seed);
        var format = CommandLine.Format;
        var command = new Command("train-linear", "Trains a linear classifier of hashed n-grams; the same lines give the same bytes.")
        {
            input, output, bits, dimension, epochs, saturation, characters, words, rate, dropout, heldOut, seed, format,
        };
        command.SetAction((parsed, cancel) =>
        {
            var training = new LinearTraining
            {
                Inputs = parsed.GetRequiredValue(input),
                Output = parsed.GetRequiredValue(output),
                Bits = parsed.GetValue(bits),
                Dimension = parsed.GetValue(dimension),
                Epochs = parsed.GetValue(epochs),
                Saturation = parsed.GetValue(saturation),
                Features = new LinearModelFeatures { MaxCharacters = parsed.GetValue(characters), Words = parsed.GetValue(words) },
                LearningRate = parsed.GetValue(rate),
                DropoutShare = parsed.GetValue(dropout),
                HeldOut = parsed.GetValue(heldOut) ?? [],
                Seed = (ulong)parsed.GetValue(seed),
            };
            Tell(training, Run(training, cancel), parsed.GetRequiredValue(format));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Command TrainToxicity()
    {
        var defaults = new ToxicityTraining { Inputs = [], Calibration = [], Output = "" };
        var input = new Option<string[]>("--input") { Description = "Files of lines `heads TAB text`, UTF-8.", Required = true, AllowMultipleArgumentsPerToken = true };
        var made = new Option<string[]>("--made") { Description = "Files of the same form with sentences that a grammar made: they teach frames, and words a little.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var calibration = new Option<string[]>("--calibration") { Description = "Files of the same form that the probabilities are calibrated on.", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--to") { Description = "The model file to write.", Required = true };
        var language = new Option<string>("--language") { Description = "Whose terms tell the parts that words play.", DefaultValueFactory = _ => defaults.Language };
        language.AcceptOnlyFromAmong("en", "de");
        var bits = Number("--bits", "Two to the power of this many rows.", defaults.Bits);
        var epochs = Number("--epochs", "How often each text is seen.", defaults.Epochs);
        var rate = Number("--learning-rate", "Of AdaGrad.", defaults.LearningRate);
        var dropout = Number("--dropout-share", "The share of the features of a text that one visit does not see.", defaults.DropoutShare);
        var madeShare = Number("--made-share", "How much a made sentence moves what a word says by itself, of what another text does.", defaults.MadeShare);
        var alone = Number("--alone-share", "How much what the inputs say alone, and what the made sentences say alone, adds to what is learnt of all.", defaults.AloneShare);
        var rolesOnly = Number("--roles-only-share", "The share of the visits that see only the parts that words play.", defaults.RolesOnlyShare);
        var seed = Number("--seed", "Of every random choice.", (long)defaults.Seed);
        var format = CommandLine.Format;
        var command = new Command("train-toxicity", "Trains a toxicity model, whose lines docs/prepare-models.py makes; the same lines give the same bytes.")
        {
            input, made, calibration, output, language, bits, epochs, rate, dropout, madeShare, alone, rolesOnly, seed, format,
        };
        command.SetAction((parsed, cancel) =>
        {
            var training = new ToxicityTraining
            {
                Inputs = parsed.GetRequiredValue(input),
                Made = parsed.GetValue(made)!,
                MadeShare = parsed.GetValue(madeShare),
                AloneShare = parsed.GetValue(alone),
                Calibration = parsed.GetRequiredValue(calibration),
                Output = parsed.GetRequiredValue(output),
                Language = parsed.GetRequiredValue(language),
                Bits = parsed.GetValue(bits),
                Epochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(rate),
                DropoutShare = parsed.GetValue(dropout),
                RolesOnlyShare = parsed.GetValue(rolesOnly),
                Seed = (ulong)parsed.GetValue(seed),
            };
            if (training.Inputs.Concat(training.Made).Concat(training.Calibration).FirstOrDefault(i => !File.Exists(i)) is { } missing)
                throw new PipelineException($"{missing}: there is no such file");
            var trained = Trained(() => ToxicityTrainer.Train(training, cancel));
            if (parsed.GetRequiredValue(format) == "json")
                CommandLine.WriteJson(trained);
            else
                Console.Out.WriteLine($"Wrote {training.Output} ({CommandLine.Size(trained.Bytes)}, SHA-256 {trained.Digest}): {trained.Texts:N0} texts, calibrated on {trained.Calibrated:N0}.");
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Command TrainExtraction()
    {
        var defaults = new ContentTraining { Folder = "" };
        var folder = new Argument<string>("folder") { Description = "Pages with their main content: truth/ID.json and html/ID.html.gz." };
        var output = new Option<string?>("--to") { Description = "The model file to write." };
        var folds = Number("--folds", "Measures so many parts of the hosts by models of the other parts; 0 measures nothing.", defaults.Folds);
        var partings = Number("--partings", "Parts the hosts so many times, each time differently.", defaults.Partings);
        var trees = Number("--trees", "Trees of the model.", defaults.Trees);
        var depth = Number("--depth", "Questions in a tree.", defaults.Depth);
        var rate = Number("--learning-rate", "How much of its correction a tree makes.", defaults.LearningRate);
        var damping = Number("--damping", "Higher values keep leaves of little evidence near zero.", defaults.Damping);
        var hosts = Number("--min-hosts", "A word counts from so many hosts on.", defaults.MinHosts);
        var seed = Number("--seed", "Of every random choice.", defaults.Seed);
        var format = CommandLine.Format;
        var command = new Command("train-extraction", "Trains the model by which extract-html tells content from the rest of a page; the same pages give the same bytes.")
        {
            folder, output, folds, partings, trees, depth, rate, damping, hosts, seed, format,
        };
        command.SetAction((parsed, cancel) =>
        {
            var training = new ContentTraining
            {
                Folder = parsed.GetRequiredValue(folder),
                Output = parsed.GetValue(output),
                Folds = parsed.GetValue(folds),
                Partings = parsed.GetValue(partings),
                Trees = parsed.GetValue(trees),
                Depth = parsed.GetValue(depth),
                LearningRate = parsed.GetValue(rate),
                Damping = parsed.GetValue(damping),
                MinHosts = parsed.GetValue(hosts),
                Seed = parsed.GetValue(seed),
            };
            var trained = Trained(() => ContentTrainer.Train(training, cancel));
            if (parsed.GetRequiredValue(format) == "json")
                CommandLine.WriteJson(new { trained.Pages, trained.Blocks, trained.Words, trained.Terms, trained.Bytes, trained.Digest, unseen = trained.Unseen?.Rows });
            else
            {
                Console.Out.WriteLine($"{(training.Output is null ? "Trained" : $"Wrote {training.Output}")} ({CommandLine.Size(trained.Bytes)}, SHA-256 {trained.Digest}): {trained.Pages:N0} pages, {trained.Blocks:N0} blocks, {trained.Words:N0} names, {trained.Terms:N0} words of text.");
                if (trained.Unseen is { } unseen)
                    Console.Out.Write($"Pages of hosts that the model had not seen, {training.Folds} parts, {training.Partings} times:\n{unseen}");
            }
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static LinearTrained Run(LinearTraining training, CancellationToken cancel)
    {
        if (training.Inputs.Concat(training.HeldOut).FirstOrDefault(i => !File.Exists(i)) is { } missing)
            throw new PipelineException($"{missing}: there is no such file");
        return Trained(() => LinearTrainer.Train(training, cancel));
    }

    private static T Trained<T>(Func<T> train)
    {
        try
        {
            return train();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw new PipelineException(e.Message);
        }
    }

    private static void Tell(LinearTraining training, LinearTrained trained, string format)
    {
        if (format == "json")
            CommandLine.WriteJson(trained);
        else
            Console.Out.WriteLine($"Wrote {training.Output} ({CommandLine.Size(trained.Bytes)}, SHA-256 {trained.Digest}): {trained.Texts:N0} texts{(trained.HeldOut > 0 ? $", macro accuracy {trained.MacroAccuracy:0.0000} on {trained.HeldOut:N0} held out" : "")}.");
    }

    private static Option<T> Number<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
