using System.CommandLine;
using CorpusForge.Filter;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`replay`: decides over a finished filter stage again, by the limits of a pipeline file, from the signals that it kept.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var command = new Command("replay", "Decides again over what a filter stage measured (`signals: all`), by the limits of a pipeline file and without reading the text; shows what would change.");
        var stage = new Argument<string>("stage") { Description = "A filter stage that ran with `signals: all`: its folder, its id (of the latest run that has it), or RUN/STAGE-ID." };
        command.Arguments.Add(stage);
        var pipeline = new PipelineArguments(command);
        var id = new Option<string?>("--stage") { Description = "The stage of the pipeline file whose limits to try; the one of the same id when left out." };
        var examples = new Option<int>("--examples", "-n") { Description = "How many ids of each kind of change.", DefaultValueFactory = _ => 3 };
        examples.Validators.Add(r => { if (r.GetValueOrDefault<int>() < 0) r.AddError("--examples: at least 0"); });
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        foreach (var option in (Option[])[id, examples, output, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var folder = InspectCommand.FolderOf(parsed.GetRequiredValue(stage), parsed.GetRequiredValue(output));
            if (folder.Parts.Count > 0 && !folder.Parts.Any(p => p.Documents is not null || p.Rejects is not null))
                throw new PipelineException($"{folder.Name} holds no documents: replay is of a filter stage");
            var loaded = pipeline.Load(parsed);
            var planned = StageOf(loaded, parsed.GetValue(id) ?? folder.Name[..Math.Max(0, folder.Name.LastIndexOf('-'))]);
            var report = Run(folder, Told(folder, loaded, planned), parsed.GetValue(examples), cancel);
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(Json(report));
            else
                Tell(report);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    internal static PlannedStage StageOf(Pipeline pipeline, string id) =>
        pipeline.Stages.FirstOrDefault(s => s.Id == id && s.Stage is IStepStage)
            ?? throw new PipelineException($"the pipeline has no stage '{id}' with steps; there are: {string.Join(", ", pipeline.Stages.Where(s => s.Stage is IStepStage).Select(s => s.Id))}");

    // What is asked otherwise than it ran must be a limit, or the answer would be wrong without a word.
    private static Replay Told(StageFolder folder, Pipeline pipeline, PlannedStage stage)
    {
        var steps = ((IStepStage)stage.Stage).Steps;
        if (folder.RanWith() is not { } ran)
        {
            Console.Error.WriteLine($"corpusforge: no run.json beside {folder.Name} tells what it ran with: only limits are compared, and a setting that changes what is measured changes nothing here");
            return new Replay(steps);
        }
        var measured = RanSettings.Measured(ran, pipeline, stage);
        return measured.Count == 0 ? new Replay(steps, RanSettings.Then(ran, steps)) : throw new PipelineException([
            .. measured, $"this changes what {folder.Name} measures, and replay only decides again over what was measured: run the stage with it, and `signals: all`"]);
    }

    private static ReplayReport Run(StageFolder folder, Replay replay, int examples, CancellationToken cancel)
    {
        var (report, measured) = (new ReplayReport(examples), false);
        var columns = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in folder.Parts.SelectMany(p => p.Files).Where(f => f.Role is Roles.Documents or Roles.Rejects))
        {
            using var stream = folder.OpenRead(file);
            columns.UnionWith(DocumentShard.SignalsOf(stream));
            stream.Position = 0;
            foreach (var row in DocumentShard.ReadSignals(stream, replay.Signals))
            {
                cancel.ThrowIfCancellationRequested();
                measured |= row.Values.Any(v => v is not null);
                report.Add(row, replay.Decide(row));
            }
        }
        if (!measured && report.Documents > 0)
            throw new PipelineException($"{folder.Name} holds none of the signals of these steps: it did not run with `signals: all`, or had other steps");
        // A step that was not there has not measured even what it does not look at.
        var missing = replay.Signals.GroupBy(s => s[..s.IndexOf('.')]).Where(g => !g.Any(columns.Contains)).Select(g => $"'{g.Key}'").ToArray();
        if (missing.Length > 0 && report.Documents > 0)
            throw new PipelineException($"{folder.Name} ran without {string.Join(", ", missing)}, so nothing is known of what it would drop: run the stage with it, and `signals: all`");
        var unmeasured = replay.Signals.Where(s => !columns.Contains(s)).ToArray();
        return unmeasured.Length == 0 || report.Documents == 0
            ? report
            : throw new PipelineException($"{folder.Name} has not measured {string.Join(", ", unmeasured)}, since its steps had other settings or it ran with an older version: run the stage with these, and `signals: all`");
    }

    private static object Json(ReplayReport report) => new
    {
        report.Documents,
        kept = new { before = report.KeptBefore, after = report.KeptAfter },
        bytes = new { before = report.BytesBefore, after = report.BytesAfter },
        rules = report.Rules.Select(r => new { rule = r.Key, before = r.Value.Before, after = r.Value.After }),
        flips = report.Flips,
    };

    private static void Tell(ReplayReport report)
    {
        var width = Math.Clamp(report.Rules.Keys.Select(k => k.Length + 4).Append(16).Max(), 16, 56);
        Console.Out.WriteLine($"{"".PadRight(width)} {"before",14} {"after",14} {"change",14}");
        Row("documents kept", report.KeptBefore, report.KeptAfter);
        Row("bytes kept", report.BytesBefore, report.BytesAfter);
        foreach (var (rule, (before, after)) in report.Rules)
            Row($"  - {rule}", before, after);
        foreach (var flip in report.Flips)
            Console.Out.WriteLine($"{flip.From} → {flip.To}: {flip.Documents:N0} documents, {CommandLine.Size(flip.Bytes)}{string.Concat(flip.Examples.Select(e => $"\n    {e}"))}");
        Console.Error.WriteLine($"{report.Documents:N0} documents decided again");

        void Row(string name, long before, long after) => Console.Out.WriteLine($"{name.PadRight(width)} {before,14:N0} {after,14:N0} {after - before,14:+#,0;-#,0;0}");
    }
}
