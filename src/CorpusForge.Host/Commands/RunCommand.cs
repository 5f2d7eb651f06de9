using System.CommandLine;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`run`: runs a pipeline to its end; the same command goes on where an interrupted one stopped.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Runs a pipeline. Repeating the command resumes an interrupted run, and does nothing when all is done.");
        var pipeline = new PipelineArguments(command);
        var output = CommandLine.Out;
        var format = CommandLine.Format;
        var workers = new Option<int>("--workers", "-w") { Description = "Units at once; one worker is one core.", DefaultValueFactory = _ => CommandLine.DefaultWorkers };
        var fromStage = new Option<string?>("--from-stage") { Description = "Takes the stages before this one as they are, without looking at their input." };
        workers.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 1 or > 1024)
                r.AddError("--workers: from 1 to 1024");
        });
        var libtorch = Libtorch.Option;
        foreach (var option in (Option[])[output, workers, fromStage, libtorch, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var loaded = pipeline.Load(parsed);
            Libtorch.Load(parsed.GetValue(libtorch));
            return Run(
                new EmbeddedRun.Request(
                    loaded, parsed.GetRequiredValue(output), pipeline.File(parsed), File.ReadAllText(pipeline.File(parsed)), pipeline.Set(parsed),
                    parsed.GetValue(workers), parsed.GetValue(fromStage)),
                parsed.GetRequiredValue(format), cancel);
        });
        return command;
    }

    /// <summary>Runs with progress on standard error and the result on standard output.</summary>
    public static async Task<int> Run(EmbeddedRun.Request request, string format, CancellationToken cancel)
    {
        RunResult? result;
        using (var progress = ProgressDisplay.Create())
            result = await EmbeddedRun.Run(request, progress.Show, TimeProvider.System, cancel);
        var folder = Path.Combine(request.Out, request.Pipeline.Name);
        if (format == "json")
            CommandLine.WriteJson(new { run = result?.Run, state = result?.State ?? "up-to-date", done = result?.Done ?? 0, reused = result?.Reused, folder, problems = result?.Problems ?? [], warnings = result?.Warnings ?? [] });
        else
            Tell(request, result, folder);
        return result?.State switch { null or States.Done => CommandLine.Done, States.Cancelled => CommandLine.Cancelled, _ => CommandLine.RunFailed };
    }

    private static void Tell(EmbeddedRun.Request request, RunResult? result, string folder)
    {
        if (result is null)
        {
            Console.Out.WriteLine($"Nothing to do: every stage of {request.Pipeline.Name} is up to date in {folder}.");
            TellReport(request);
            return;
        }
        foreach (var problem in result.Problems)
            Console.Error.WriteLine($"corpusforge: {problem}");
        foreach (var warning in result.Warnings)
            Console.Error.WriteLine($"corpusforge: warning: {warning}");
        var ending = result.State switch { States.Done => "done", States.Cancelled => "cancelled", _ => "failed" };
        Console.Out.WriteLine($"Run {result.Run} {ending}: {result.Done:N0} {(result.Done == 1 ? "unit" : "units")} done, {result.Reused:N0} reused. Output in {folder}.");
        if (result.State == States.Failed)
            Console.Out.WriteLine($"See what failed with `corpusforge runs show {result.Run} --out {request.Out}`, try again with `corpusforge runs retry {result.Run} --out {request.Out}`.");
        else if (result.State == States.Done)
            TellReport(request);
    }

    // The folder may hold reports on earlier input, too; only one of them is the result.
    private static void TellReport(EmbeddedRun.Request request)
    {
        if (request.Pipeline.Stages.LastOrDefault(s => s.Stage.Produces == Product.Report) is not { } audit)
            return;
        foreach (var part in StageFolder.Open(Path.Combine(request.Out, audit.Folder)).Parts)
        {
            if (part.File(Audit.AuditStage.Report) is { } report)
                Console.Out.WriteLine($"The report is {Path.Combine(request.Out, request.Pipeline.Name, report.Name)}");
        }
    }
}
