using System.CommandLine;
using System.Globalization;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`model curve`: how a model learnt, or is learning.</summary>
internal static class CurveCommand
{
    private const int Columns = 60;
    private static readonly string[] s_files = ["log.jsonl", "curve.jsonl"];

    public static Command Create()
    {
        var command = new Command("curve", "Shows how a model learnt: of a train stage, or of a folder of `train`, also while it trains.");
        var model = new Argument<string>("model-folder") { Description = "The folder of a train stage, its work folder, or one that `train` writes." };
        var rows = new Option<int>("--rows") { Description = "At most so many steps; those with a validation loss come besides.", DefaultValueFactory = _ => 20 };
        rows.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 1 or > 100_000)
                r.AddError("--rows: from 1 to 100000");
        });
        var format = CommandLine.Format;
        command.Arguments.Add(model);
        command.Options.Add(rows);
        command.Options.Add(format);
        command.SetAction((parsed, _) =>
        {
            Show(Read(parsed.GetRequiredValue(model), parsed.GetValue(rows)), parsed.GetRequiredValue(format));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static IReadOnlyList<TrainingPoint> Read(string folder, int rows)
    {
        var path = s_files.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);
        if (path is null && StageFolder.Is(folder))
        {
            var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
            path = StageFolder.Open(folder).Parts.Select(p => p.File("curve")).OfType<ManifestFile>().Select(f => Path.Combine(above, f.Name)).FirstOrDefault();
        }
        if (path is null)
            throw new PipelineException($"{folder}: there is no curve here: neither log.jsonl nor the stage.json of a train stage");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return TrainingCurve.Read(file, rows);
    }

    private static void Show(IReadOnlyList<TrainingPoint> points, string format)
    {
        if (format == "json")
        {
            CommandLine.WriteJson(points);
            return;
        }
        if (points.Count == 0)
        {
            Console.Out.WriteLine("No step is done yet.");
            return;
        }
        var (low, high) = (points.Min(p => p.Loss), points.Max(p => p.Loss));
        Console.Out.WriteLine($"{"step",10}  {"loss",8}  {"validation",10}  {"bits/byte",9}  {"tokens/s",9}");
        foreach (var p in points)
        {
            var bar = new string('▪', 1 + (int)((Columns - 1) * (high > low ? (p.Loss - low) / (high - low) : 0)));
            Console.Out.WriteLine($"{p.Step,10:N0}  {p.Loss,8:0.0000}  {Number(p.ValidationLoss),10}  {Number(p.ValidationBitsPerByte),9}  {p.TokensPerSecond,9:N0}  {bar}{(p.Skipped ? " skipped" : "")}");
        }

        static string Number(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";
    }
}
