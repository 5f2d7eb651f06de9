using System.CommandLine;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`runs list|show|resume|retry|cancel`: the runs of an output folder.</summary>
internal static class RunsCommand
{
    private static readonly Option<string> s_out = CommandLine.Out;
    private static readonly Option<string> s_format = CommandLine.Format;

    public static Command Create()
    {
        var command = new Command("runs", "Lists, shows, resumes, retries and cancels the runs of an output folder.")
        {
            One("list", "Lists the runs, newest first.", null, (parsed, _) => Task.FromResult(List(parsed))),
            One("show", "Shows a run: its state, its stages, what failed and why.", "run", (parsed, run) => Task.FromResult(Show(parsed, run))),
            Going("resume", "Goes on with an interrupted run."),
            Going("retry", "Tries the failed units of a run again, and goes on."),
            One("cancel", "Asks a run to stop; what is done stays done.", "run", (parsed, run) => Task.FromResult(Cancel(parsed, run))),
        };
        return command;
    }

    private static Command One(string name, string description, string? argument, Func<ParseResult, string, Task<int>> action)
    {
        var command = new Command(name, description) { s_out, s_format };
        var run = new Argument<string>("run") { Description = "The run's id, as `runs list` shows it." };
        if (argument is not null)
            command.Arguments.Add(run);
        command.SetAction((parsed, _) => action(parsed, argument is null ? "" : parsed.GetRequiredValue(run)));
        return command;
    }

    private static Command Going(string name, string description)
    {
        var command = new Command(name, description) { s_out, s_format };
        var run = new Argument<string>("run") { Description = "The run's id, as `runs list` shows it." };
        var workers = new Option<int>("--workers", "-w") { Description = "Units at once.", DefaultValueFactory = _ => CommandLine.DefaultWorkers };
        command.Arguments.Add(run);
        command.Options.Add(workers);
        command.SetAction((parsed, cancel) => RunCommand.Run(Again(parsed, parsed.GetRequiredValue(run), parsed.GetValue(workers)), parsed.GetRequiredValue(s_format), cancel));
        return command;
    }

    private static EmbeddedRun.Request Again(ParseResult parsed, string run, int workers)
    {
        var folder = parsed.GetRequiredValue(s_out);
        using var output = OutputFolder.Look(folder, TimeProvider.System);
        var row = Row(output, run);
        var overrides = JsonSerializer.Deserialize<string[]>(row.Overrides)!;
        var pipeline = PipelineFile.Parse(row.Yaml, row.File, CommandLine.Catalogue, overrides, row.MaxDocuments);
        if (pipeline.Stages[^1].Digest != row.Digest)
            throw new PipelineException($"run {run} was made by another version of a step or a model: start a new run with `corpusforge run {row.File} --out {folder}`");
        return new EmbeddedRun.Request(pipeline, folder, row.File, row.Yaml, overrides, workers, Run: run);
    }

    private static int List(ParseResult parsed)
    {
        using var output = OutputFolder.Look(parsed.GetRequiredValue(s_out), TimeProvider.System);
        var locked = OutputFolder.IsLocked(output.Path);
        var runs = output.Ledger.Runs().Select(r => new { r.Id, State = StateOf(r, locked), r.Created, r.Finished, r.File }).ToArray();
        if (parsed.GetValue(s_format) == "json")
        {
            CommandLine.WriteJson(runs);
            return CommandLine.Done;
        }
        Console.Out.WriteLine($"{"run",-24} {"state",-12} {"created",-25} {"finished",-25} pipeline file");
        foreach (var r in runs)
            Console.Out.WriteLine($"{r.Id,-24} {r.State,-12} {r.Created,-25} {r.Finished,-25} {r.File}");
        return CommandLine.Done;
    }

    private static int Show(ParseResult parsed, string run)
    {
        using var output = OutputFolder.Look(parsed.GetRequiredValue(s_out), TimeProvider.System);
        var row = Row(output, run);
        var stages = output.Ledger.Stages(run);
        var failed = output.Ledger.Units(run).Where(u => u.State is States.Failed or States.Quarantined).ToArray();
        var states = output.Ledger.Units(run).GroupBy(u => u.State).ToDictionary(g => g.Key, g => g.Count());
        if (parsed.GetValue(s_format) == "json")
        {
            CommandLine.WriteJson(new
            {
                row.Id,
                State = StateOf(row, OutputFolder.IsLocked(output.Path)),
                row.Created,
                row.Finished,
                row.File,
                row.Error,
                Units = states,
                Stages = stages.Select(s => new { s.Id, s.Digest, s.Folder, s.Root, Tally = JsonSerializer.Deserialize<Tally>(s.Tally, Manifest.Json) }),
                Failed = failed.Select(u => new { u.Stage, u.Phase, u.Key, u.State, u.Attempt, u.Failures, u.Error }),
                Events = output.Ledger.Events(run).Select(e => new { e.At, e.Kind, e.Message }),
            });
            return CommandLine.Done;
        }
        Console.Out.WriteLine($"{row.Id}: {StateOf(row, OutputFolder.IsLocked(output.Path))}, created {row.Created}{(row.Finished is null ? "" : $", finished {row.Finished}")}, {row.File}");
        Console.Out.WriteLine($"units: {string.Join(", ", states.Select(s => $"{s.Value:N0} {s.Key}"))}");
        foreach (var s in stages)
            Console.Out.WriteLine($"  {s.Id,-16} {s.Folder}  root {s.Root[..12]}");
        foreach (var u in failed)
            Console.Out.WriteLine($"  {u.State}: unit {u.Key} after {u.Attempt} attempts: {u.Error}");
        return CommandLine.Done;
    }

    private static int Cancel(ParseResult parsed, string run)
    {
        using var output = OutputFolder.Look(parsed.GetRequiredValue(s_out), TimeProvider.System);
        var row = Row(output, run);
        if (row.State is States.Done or States.Cancelled or States.Failed)
            throw new PipelineException($"run {run} is {row.State}: there is nothing to cancel");
        output.Ledger.SetRunState(run, OutputFolder.IsLocked(output.Path) ? States.Cancelling : States.Cancelled);
        Console.Out.WriteLine($"Run {run} is asked to stop.");
        return CommandLine.Done;
    }

    private static RunRow Row(OutputFolder output, string run) => output.Ledger.Run(run)
        ?? throw new PipelineException($"there is no run '{run}' in {output.Path}; there are: {string.Join(", ", output.Ledger.Runs().Select(r => r.Id))}");

    // The ledger cannot see a kill: a run that says running in a folder that nobody holds was interrupted.
    private static string StateOf(RunRow row, bool locked) => row.State is (States.Running or States.Cancelling) && !locked ? "interrupted" : row.State;
}
