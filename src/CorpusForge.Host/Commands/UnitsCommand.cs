using System.CommandLine;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`units list|show|get`: the units of a run.</summary>
internal static class UnitsCommand
{
    public static Command Create() => new("units", "Lists the units of a run, and shows one with its attempts.") { List(), Show(), Get() };

    private static Command List()
    {
        var command = new Command("list", "Lists the units of a run in order.");
        var run = new Argument<string>("run") { Description = "The run's id, RUN/STAGE, or RUN/STAGE/PHASE." };
        var state = new Option<string[]>("--state") { Description = "Only units in this state; may be repeated.", AllowMultipleArgumentsPerToken = true };
        state.AcceptOnlyFromAmong(States.Pending, States.Running, States.Done, States.Failed, States.Quarantined);
        var most = new Option<int>("--max", "-n") { Description = "At most so many.", DefaultValueFactory = _ => 100 };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(run);
        foreach (var option in (Option[])[state, most, output, format])
            command.Options.Add(option);
        command.SetAction(parsed => RunPlace.Asked(() =>
        {
            var service = RunPlace.Service(parsed.GetRequiredValue(output));
            var parts = parsed.GetRequiredValue(run).Split('/');
            var stage = parts.Length > 1 ? service.StageOf(parts[0], parts[1]) : (int?)null;
            var filter = new UnitFilter { Stage = stage, Phase = parts.Length > 2 ? service.PhaseOf(parts[0], stage!.Value, parts[2]) : null, States = parsed.GetValue(state) ?? [] };
            var units = All(service, parts[0], filter, parsed.GetValue(most));
            if (parsed.GetValue(format) == "json")
            {
                CommandLine.WriteJson(units);
                return CommandLine.Done;
            }
            Console.Out.WriteLine($"{"unit",-52} {"state",-12} {"attempt",7} {"documents",10}  worker");
            foreach (var u in units)
            {
                Console.Out.WriteLine($"{$"{u.StageId}/{u.PhaseName}/{u.Key}",-52} {u.State,-12} {u.Attempt,7} {u.Documents,10:N0}  {u.Worker}".TrimEnd());
                if (u.Error is not null)
                    Console.Out.WriteLine($"    {TextDiff.Printable(u.Error.Split('\n')[0])}");
            }
            return CommandLine.Done;
        }));
        return command;
    }

    private static List<UnitSummary> All(RunService service, string run, UnitFilter filter, int most)
    {
        var units = new List<UnitSummary>();
        string? cursor = null;
        do
        {
            var page = service.Units(run, filter, cursor, Math.Clamp(most - units.Count, 1, Page.MaxSize));
            units.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null && units.Count < most);
        return units;
    }

    private static Command Show()
    {
        var command = new Command("show", "Shows a unit: its attempts, its inputs, what it made.");
        var unit = new Argument<string>("unit") { Description = "RUN/STAGE/PHASE/KEY." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(unit);
        foreach (var option in (Option[])[output, format])
            command.Options.Add(option);
        command.SetAction(parsed => RunPlace.Asked(() =>
        {
            var service = RunPlace.Service(parsed.GetRequiredValue(output));
            var detail = service.Unit(IdOf(service, parsed.GetRequiredValue(unit)));
            if (parsed.GetValue(format) == "json")
            {
                CommandLine.WriteJson(detail);
                return CommandLine.Done;
            }
            Console.Out.WriteLine($"{detail.Unit.Run}/{detail.StageId}/{detail.PhaseName}/{detail.Unit.Key}: {detail.Unit.State}");
            foreach (var a in detail.Attempts)
                Console.Out.WriteLine($"  attempt {a.Attempt} on {a.Worker}, {a.Started} to {a.Finished ?? "now"}: {a.Outcome ?? "running"}{(a.Error is null ? "" : $"\n    {a.Error}")}");
            foreach (var i in detail.Inputs)
                Console.Out.WriteLine($"  reads {TextDiff.Printable(i.Name)}");
            foreach (var f in detail.Part?.Files ?? [])
                Console.Out.WriteLine($"  made {f.Name}: {f.Rows:N0} rows, {CommandLine.Size(f.Bytes)}");
            return CommandLine.Done;
        }));
        return command;
    }

    private static Command Get()
    {
        var command = new Command("get", "Copies a file that a unit made, such as a report, wherever the output is.");
        var unit = new Argument<string>("unit") { Description = "RUN/STAGE/PHASE/KEY." };
        var file = new Argument<string>("file") { Description = "Its name as `units show` has it, without the first folder." };
        var to = new Option<string?>("--to") { Description = "Where to write it; under its own name here when left out." };
        var output = CommandLine.Out;
        command.Arguments.Add(unit);
        command.Arguments.Add(file);
        command.Options.Add(to);
        command.Options.Add(output);
        command.SetAction((parsed, cancel) => RunPlace.Asked(async () =>
        {
            var service = RunPlace.Service(parsed.GetRequiredValue(output));
            var (found, content) = service.Open(IdOf(service, parsed.GetRequiredValue(unit)), parsed.GetRequiredValue(file));
            var target = parsed.GetValue(to) ?? parsed.GetRequiredValue(file).Split('/')[^1];
            await using (content)
            await using (var copy = new FileStream(target, FileMode.Create))
                await content.CopyToAsync(copy, cancel);
            Console.Out.WriteLine($"Wrote {CommandLine.Size(found.Bytes)} to {target}.");
            return CommandLine.Done;
        }));
        return command;
    }

    /// <exception cref="PipelineException">It does not name a unit.</exception>
    internal static UnitId IdOf(RunService service, string unit)
    {
        if (unit.Split('/') is not [var run, var stage, var phase, var key])
            throw new PipelineException($"'{unit}' names no unit: give RUN/STAGE/PHASE/KEY");
        var at = service.StageOf(run, stage);
        return new UnitId(run, at, service.PhaseOf(run, at, phase), key);
    }
}
