using System.CommandLine;
using System.Text.Json;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`runs list|show|start|watch|cancel|pause|resume|retry|prioritize|diff`: the runs of an output folder, or of the service that the settings name.</summary>
internal static class RunsCommand
{
    private const int MostFailed = Page.MaxSize;

    private static readonly Option<string> s_out = CommandLine.Out;
    private static readonly Option<string> s_format = CommandLine.Format;

    public static Command Create()
    {
        var command = new Command("runs", "Lists, shows, starts, steers and compares the runs of an output folder or of a service.")
        {
            List(),
            One("show", "Shows a run: its state, its stages, what failed and why.", (parsed, run) => Task.FromResult(Show(parsed, run))),
            Start(),
            Watch(),
            Going("resume", "Goes on with an interrupted run."),
            Going("retry", "Tries the failed units of a run again, and goes on."),
            One("pause", "Lets a run's units finish and starts no others.", (parsed, run) => Task.FromResult(Steer(parsed, s => s.Pause(run, RunPlace.Who)))),
            One("cancel", "Asks a run to stop; what is done stays done.", (parsed, run) => Task.FromResult(Cancel(parsed, run))),
            Prioritize(),
            Diff(),
        };
        return command;
    }

    private static Command One(string name, string description, Func<ParseResult, string, Task<int>> action)
    {
        var command = new Command(name, description) { s_out, s_format };
        var run = new Argument<string>("run") { Description = "The run's id, as `runs list` shows it." };
        command.Arguments.Add(run);
        command.SetAction((parsed, _) => action(parsed, parsed.GetRequiredValue(run)));
        return command;
    }

    private static Command Going(string name, string description)
    {
        var command = new Command(name, description) { s_out, s_format };
        var run = new Argument<string>("run") { Description = "The run's id, as `runs list` shows it." };
        var workers = new Option<int>("--workers", "-w") { Description = "Units at once.", DefaultValueFactory = _ => CommandLine.DefaultWorkers };
        command.Arguments.Add(run);
        command.Options.Add(workers);
        var failed = new Option<bool>("--failed") { Description = "Only what failed; that is what it does." };
        var unit = new Option<string?>("--unit") { Description = "Only this unit, STAGE/PHASE/KEY; where a service leads the run." };
        if (name == "retry")
        {
            command.Options.Add(failed);
            command.Options.Add(unit);
        }
        command.SetAction((parsed, cancel) =>
        {
            var id = parsed.GetRequiredValue(run);
            // Another process leads the runs here: it is asked.
            if (RunPlace.IsLed(parsed.GetRequiredValue(s_out)))
            {
                return Task.FromResult(Steer(parsed, s => name == "resume" ? s.Resume(id, RunPlace.Who)
                    : s.Retry(id, RunPlace.Who, parsed.GetValue(unit) is { } one ? UnitsCommand.IdOf(s, $"{id}/{one}") : null)));
            }
            if (name == "retry" && parsed.GetValue(unit) is not null)
                throw new PipelineException("--unit: only where a service leads the run; here all failed units are tried again");
            return RunCommand.Run(Again(parsed, id, parsed.GetValue(workers)), parsed.GetRequiredValue(s_format), cancel);
        });
        return command;
    }

    private static Command Start()
    {
        var command = new Command("start", "Hands a pipeline to the service, which runs it; `run` runs it here.") { s_out, s_format };
        var pipeline = new PipelineArguments(command);
        var priority = new Option<int>("--priority") { Description = "Units of a run with a higher one go first." };
        command.Options.Add(priority);
        command.SetAction(parsed =>
        {
            if (!RunPlace.IsLed(parsed.GetRequiredValue(s_out)))
                throw new PipelineException($"nobody would run it: no service is named in the settings (Ledger), and none serves {parsed.GetRequiredValue(s_out)}; `corpusforge run` runs it here");
            pipeline.Load(parsed);
            var file = pipeline.File(parsed);
            return Steer(parsed, s => s.Start(new Submission(File.ReadAllText(file), file, RunPlace.Who)
            {
                Set = pipeline.Set(parsed),
                Limit = pipeline.Limit(parsed),
                Priority = parsed.GetValue(priority),
            }));
        });
        return command;
    }

    private static Command Watch()
    {
        var command = new Command("watch", "Shows how a run goes until it has ended; the exit code says how.") { s_out, s_format };
        var run = new Argument<string>("run") { Description = "The run's id, as `runs list` shows it." };
        command.Arguments.Add(run);
        command.SetAction(async (parsed, cancel) =>
        {
            var (service, id) = (RunPlace.Service(parsed.GetRequiredValue(s_out)), parsed.GetRequiredValue(run));
            RunPlace.Asked(() => service.Run(id));
            var (json, told) = (parsed.GetValue(s_format) == "json", "");
            while (true)
            {
                var flow = service.FlowOf(id);
                if (json || LineOf(flow) != told)
                {
                    told = LineOf(flow);
                    if (!json)
                        Console.Out.WriteLine(told);
                }
                if (flow.Run.State is States.Done or States.Failed or States.Cancelled)
                {
                    if (json)
                        CommandLine.WriteJson(flow);
                    else if (flow.Run.Error is { } error)
                        await Console.Error.WriteLineAsync($"corpusforge: {PipelineVariables.Redact(error)}");
                    return flow.Run.State switch { States.Done => CommandLine.Done, States.Cancelled => CommandLine.Cancelled, _ => CommandLine.RunFailed };
                }
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
            }
        });
        return command;
    }

    private static string LineOf(RunFlow flow)
    {
        var phases = flow.Stages.SelectMany(s => s.Phases.Where(p => p.State == States.Running).Select(p =>
            $"{s.Id}/{p.Name} {p.Done:N0} of {p.Units:N0}{(p.Running > 0 ? $", {p.Running:N0} running" : "")}{(p.Failed > 0 ? $", {p.Failed:N0} failed" : "")}"
            + $"{(p.UnitsPerSecond is { } rate ? $", {rate:0.##} a second" : "")}{(p.SecondsLeft is { } left ? $", {TimeSpan.FromSeconds(Math.Round(left)):c} left" : "")}"));
        return string.Join("; ", phases.Prepend($"{flow.Run.Id} {flow.Run.State}"));
    }

    private static Command Prioritize()
    {
        var command = new Command("prioritize", "Sets the priority of a run: units of a run with a higher one go first.") { s_out, s_format };
        var run = new Argument<string>("run") { Description = "The run's id, as `runs list` shows it." };
        var priority = new Argument<int>("priority") { Description = "0 is what runs have by themselves." };
        command.Arguments.Add(run);
        command.Arguments.Add(priority);
        command.SetAction(parsed => Steer(parsed, s => s.SetPriority(parsed.GetRequiredValue(run), parsed.GetValue(priority), RunPlace.Who)));
        return command;
    }

    private static Command Diff()
    {
        var command = new Command("diff", "Compares two runs: settings, funnels, rules, contents.") { s_out, s_format };
        var (a, b) = (new Argument<string>("a") { Description = "A run's id." }, new Argument<string>("b") { Description = "Another." });
        command.Arguments.Add(a);
        command.Arguments.Add(b);
        command.SetAction(parsed =>
        {
            var diff = RunPlace.Asked(() => RunPlace.Service(parsed.GetRequiredValue(s_out)).Compare(parsed.GetRequiredValue(a), parsed.GetRequiredValue(b)));
            if (parsed.GetValue(s_format) == "json")
            {
                CommandLine.WriteJson(diff);
                return CommandLine.Done;
            }
            foreach (var s in diff.Settings)
                Console.Out.WriteLine(PipelineVariables.Redact($"{s.Path}: {s.A ?? "-"} → {s.B ?? "-"}"));
            foreach (var s in diff.Stages)
            {
                Console.Out.WriteLine($"{s.Id,-16} {s.A?.Out,14:N0} {s.B?.Out,14:N0} kept{(s.Identical ? ", the same bytes" : "")}");
                foreach (var r in s.Rules.Where(r => r.A != r.B))
                    Console.Out.WriteLine($"  - {r.Name,-36} {r.A,12:N0} {r.B,12:N0} {r.B - r.A,12:+#,0;-#,0;0}");
            }
            return CommandLine.Done;
        });
        return command;
    }

    private static int Steer(ParseResult parsed, Func<RunService, RunSummary> ask)
    {
        var run = RunPlace.Asked(() => ask(RunPlace.Service(parsed.GetRequiredValue(s_out))));
        if (parsed.GetValue(s_format) == "json")
            CommandLine.WriteJson(run);
        else
            Console.Out.WriteLine($"{run.Id} {run.State}");
        return CommandLine.Done;
    }

    private static EmbeddedRun.Request Again(ParseResult parsed, string run, int workers)
    {
        var folder = parsed.GetRequiredValue(s_out);
        using var output = RunPlace.Open(folder);
        var row = Row(output, run);
        var overrides = JsonSerializer.Deserialize<string[]>(row.Overrides)!;
        var pipeline = PipelineFile.Parse(row.Yaml, row.File, CommandLine.Catalogue, overrides, row.MaxDocuments);
        if (pipeline.Stages[^1].Digest != row.Digest)
            throw new PipelineException($"run {run} was made by another version of a step or a model: start a new run with `corpusforge run {row.File} --out {folder}`");
        return new EmbeddedRun.Request(pipeline, folder, row.File, row.Yaml, overrides, workers, Run: run);
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the runs, newest first.") { s_out, s_format };
        var state = new Option<string?>("--state") { Description = "Only runs in this state." };
        var pipeline = new Option<string?>("--pipeline") { Description = "Only runs of this pipeline." };
        var schedule = new Option<string?>("--schedule") { Description = "Only runs that this schedule started, or backfill:NUMBER." };
        foreach (var option in (Option[])[state, pipeline, schedule])
            command.Options.Add(option);
        command.SetAction(parsed => List(parsed, parsed.GetValue(state), parsed.GetValue(pipeline), parsed.GetValue(schedule)));
        return command;
    }

    private static int List(ParseResult parsed, string? state, string? pipeline, string? schedule)
    {
        using var output = RunPlace.Open(parsed.GetRequiredValue(s_out));
        var locked = RunPlace.IsLed(output.Path);
        var runs = output.Ledger.Runs().Where(r => (pipeline ?? r.Pipeline) == r.Pipeline && (schedule ?? r.Schedule) == r.Schedule)
            .Select(r => new { r.Id, State = StateOf(r, locked), r.Created, r.Finished, r.File }).Where(r => (state ?? r.State) == r.State).ToArray();
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
        using var output = RunPlace.Open(parsed.GetRequiredValue(s_out));
        var row = Row(output, run);
        var stages = output.Ledger.Stages(run);
        var failed = new RunService(output.Ledger, output.Storage, TimeProvider.System).Units(run, new UnitFilter { States = [States.Failed, States.Quarantined] }, null, MostFailed).Items;
        var phases = output.Ledger.Phases(run);
        var states = new Dictionary<string, long>
        {
            [States.Done] = phases.Sum(p => p.Done),
            [States.Failed] = phases.Sum(p => p.Failed),
            [States.Running] = phases.Sum(p => p.Running),
            [States.Pending] = phases.Sum(p => p.Pending),
        }.Where(c => c.Value > 0).ToDictionary(c => c.Key, c => c.Value);
        if (parsed.GetValue(s_format) == "json")
        {
            CommandLine.WriteJson(new
            {
                row.Id,
                State = StateOf(row, RunPlace.IsLed(output.Path)),
                row.Created,
                row.Finished,
                row.File,
                row.Error,
                Yaml = PipelineVariables.Redact(row.Yaml),
                Set = JsonSerializer.Deserialize<string[]>(row.Overrides),
                Units = states,
                Stages = stages.Select(s => new { s.Id, s.Digest, s.Folder, s.Root, Tally = JsonSerializer.Deserialize<Tally>(s.Tally, Manifest.Json) }),
                Failed = failed.Select(u => new { u.Stage, u.Phase, u.StageId, u.PhaseName, u.Key, u.State, u.Attempt, u.Failures, u.Error }),
                Events = output.Ledger.Events(run).Select(e => new { e.At, e.Kind, e.Message }),
            });
            return CommandLine.Done;
        }
        Console.Out.WriteLine($"{row.Id}: {StateOf(row, RunPlace.IsLed(output.Path))}, created {row.Created}{(row.Finished is null ? "" : $", finished {row.Finished}")}, {row.File}");
        Console.Out.WriteLine($"units: {string.Join(", ", states.Select(s => $"{s.Value:N0} {s.Key}"))}");
        foreach (var s in stages)
            Console.Out.WriteLine($"  {s.Id,-16} {s.Folder}  root {s.Root[..12]}");
        foreach (var u in failed)
            Console.Out.WriteLine($"  {u.State}: unit {u.StageId}/{u.PhaseName}/{u.Key} after {u.Attempt} attempts: {u.Error}");
        return CommandLine.Done;
    }

    private static int Cancel(ParseResult parsed, string run)
    {
        using var output = RunPlace.Open(parsed.GetRequiredValue(s_out));
        var row = Row(output, run);
        if (row.State is States.Done or States.Cancelled or States.Failed)
            throw new PipelineException($"run {run} is {row.State}: there is nothing to cancel");
        output.Ledger.SetRunState(run, RunPlace.IsLed(output.Path) ? States.Cancelling : States.Cancelled);
        Console.Out.WriteLine($"Run {run} is asked to stop.");
        return CommandLine.Done;
    }

    private static RunRow Row(OutputFolder output, string run) => output.Ledger.Run(run)
        ?? throw new PipelineException($"there is no run '{run}' in {output.Path}; there are: {string.Join(", ", output.Ledger.Runs().Select(r => r.Id))}");

    // The ledger cannot see a kill: a run that says running in a folder that nobody holds was interrupted.
    private static string StateOf(RunRow row, bool locked) => row.State is (States.Running or States.Cancelling) && !locked ? "interrupted" : row.State;
}
