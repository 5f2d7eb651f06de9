using System.CommandLine;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`backfill start|list|show|cancel`: one run of a pipeline for each line of a list, in order, a few at a time; `serve` does it.</summary>
internal static class BackfillCommand
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    public static Command Create() => new("backfill", "Runs a pipeline once for each line of a list, such as the dumps of years, on a service that is running.")
    {
        Start(),
        List(),
        Show(),
        Cancel(),
    };

    private static Command Start()
    {
        var command = new Command("start", "Starts a backfill and follows it to its end. Ctrl-C stops following, and the backfill goes on.");
        var pipeline = new PipelineArguments(command);
        var inputs = new Option<string>("--inputs") { Description = "A file with one input a line; - is standard input. A line becomes {input} in the values of --set.", Required = true };
        var parallel = new Option<int>("--parallel") { Description = "Runs at once.", DefaultValueFactory = _ => 1 };
        var priority = new Option<int>("--priority") { Description = "Units of runs with a higher one go first." };
        var detach = new Option<bool>("--detach") { Description = "Says its number and does not follow it." };
        var output = CommandLine.Out;
        foreach (var option in (Option[])[inputs, parallel, priority, detach, output])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var runs = RunPlace.Service(parsed.GetRequiredValue(output), create: true);
            var request = new BackfillRequest(RunPlace.Submission(pipeline, parsed, parsed.GetValue(priority)), Lines(parsed.GetRequiredValue(inputs))) { Parallel = parsed.GetValue(parallel) };
            var backfill = RunPlace.Asked(() => runs.AddBackfill(request));
            if (!parsed.GetValue(detach))
                return await Follow(runs, backfill, cancel);
            Console.Out.WriteLine(backfill.Number);
            return CommandLine.Done;
        });
        return command;
    }

    private static string[] Lines(string list)
    {
        if (list != "-" && !File.Exists(list))
            throw new PipelineException($"--inputs {list}: there is no such file");
        var lines = list == "-" ? Console.In.ReadToEnd().Split('\n') : File.ReadAllLines(list);
        return [.. lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')];
    }

    private static async Task<int> Follow(RunService runs, BackfillView backfill, CancellationToken cancel)
    {
        await Console.Error.WriteLineAsync($"backfill {backfill.Number}: {backfill.Inputs.Count} inputs");
        if (!runs.Ledger.Workers().Any(w => w.State == WorkerStates.Live))
            await Console.Error.WriteLineAsync("No worker is alive: the runs wait until `corpusforge serve` runs over this ledger.");
        var (told, problem) = (new HashSet<string>(StringComparer.Ordinal), (string?)null);
        try
        {
            while (true)
            {
                backfill = runs.Backfill(backfill.Number);
                foreach (var one in backfill.Inputs.Where(i => i.State is States.Done or States.Failed or States.Cancelled && told.Add(i.Input)))
                    Console.Out.WriteLine($"{one.Input}: {one.Run} {one.State}{(runs.Ledger.Run(one.Run!)?.Error is { } error ? $": {PipelineVariables.Redact(error.Split('\n')[0])}" : "")}");
                if (backfill.Problem is { } now && now != problem)
                    await Console.Error.WriteLineAsync(problem = now);
                if (backfill.State != States.Running)
                    break;
                await Task.Delay(s_look, TimeProvider.System, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"Backfill {backfill.Number} goes on: `corpusforge backfill show {backfill.Number}`.");
            return CommandLine.Cancelled;
        }
        if (backfill.Failed > 0)
            await Console.Error.WriteLineAsync($"{backfill.Failed} of {backfill.Inputs.Count} runs failed: `corpusforge runs retry RUN` tries one again.");
        return backfill.State switch { States.Done => CommandLine.Done, States.Cancelled => CommandLine.Cancelled, _ => CommandLine.RunFailed };
    }

    private static Command List()
    {
        var command = new Command("list", "Lists backfills, newest first.");
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var backfills = RunPlace.Service(parsed.GetRequiredValue(output)).Backfills();
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(backfills);
            else
            {
                foreach (var b in backfills)
                    Tell(b);
            }
            return CommandLine.Done;
        });
        return command;
    }

    private static Command Show() => OnOne("show", "Shows a backfill: each input with its run.", (runs, number) => runs.Backfill(number));

    private static Command Cancel() => OnOne("cancel", "Begins no more runs of a backfill, and cancels those that go on.", (runs, number) => runs.CancelBackfill(number, RunPlace.Who));

    private static Command OnOne(string verb, string description, Func<RunService, long, BackfillView> ask)
    {
        var command = new Command(verb, description);
        var number = new Argument<long>("number") { Description = "As `backfill list` shows it." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(number);
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var backfill = RunPlace.Asked(() => ask(RunPlace.Service(parsed.GetRequiredValue(output)), parsed.GetValue(number)));
            if (parsed.GetValue(format) == "json")
            {
                CommandLine.WriteJson(backfill);
                return CommandLine.Done;
            }
            Tell(backfill);
            foreach (var one in backfill.Inputs)
                Console.Out.WriteLine($"  {one.Input}: {(one.Run is null ? "waits" : $"{one.Run} {one.State}")}");
            return CommandLine.Done;
        });
        return command;
    }

    private static void Tell(BackfillView b)
    {
        Console.Out.WriteLine($"{b.Number,5}  {b.State,-9} {b.Done:N0} of {b.Inputs.Count:N0} done{(b.Failed > 0 ? $", {b.Failed:N0} failed" : "")}, {b.Parallel} at once, {b.File}, by {b.CreatedBy} at {b.Created}");
        if (b.Problem is not null)
            Console.Out.WriteLine($"       {b.Problem}");
    }
}
