using System.CommandLine;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`schedule`: pipelines that `serve` starts by the clock.</summary>
internal static class ScheduleCommand
{
    public static Command Create() => new("schedule", "Schedules pipelines, which `serve` starts by the clock.")
    {
        Add(),
        List(),
        OnOne("show", "Shows a schedule as JSON, its pipeline included.", (runs, name) => CommandLine.WriteJson(runs.Schedule(name))),
        OnOne("pause", "Pauses a schedule.", (runs, name) => Say(runs.PauseSchedule(name, true, RunPlace.Who))),
        OnOne("resume", "Lets a schedule go on; what was due meanwhile is left out.", (runs, name) => Say(runs.PauseSchedule(name, false, RunPlace.Who))),
        OnOne("run-now", "Starts a run of a schedule now.", (runs, name) => Console.Out.WriteLine(runs.RunSchedule(name, RunPlace.Who).Id)),
        OnOne("remove", "Forgets a schedule; its runs stay.", (runs, name) =>
        {
            runs.RemoveSchedule(name, RunPlace.Who);
            Console.Out.WriteLine($"{name} removed");
        }),
    };

    private static Argument<string> Name => new("name") { Description = "The name of the schedule." };

    private static Command Add()
    {
        var command = new Command("add", "Adds a schedule, or changes one.");
        var name = Name;
        command.Arguments.Add(name);
        var pipeline = new PipelineArguments(command);
        var output = CommandLine.Out;
        var cron = new Option<string>("--cron") { Description = "minute hour day month weekday, such as \"30 2 * * *\"; with six fields the first is the second.", Required = true };
        var zone = new Option<string>("--zone") { Description = "The time zone of the fields, such as Europe/Berlin.", DefaultValueFactory = _ => "UTC" };
        var overlap = new Option<string>("--overlap") { Description = "When the last run has not ended: skip, queue or cancel-previous.", DefaultValueFactory = _ => Overlaps.Skip };
        overlap.AcceptOnlyFromAmong([.. Overlaps.All]);
        var priority = new Option<int>("--priority") { Description = "Units of runs with a higher one go first." };
        var paused = new Option<bool>("--paused") { Description = "Starts nothing until it is resumed." };
        var replace = new Option<bool>("--replace") { Description = "Changes the schedule of this name." };
        foreach (var option in (Option[])[cron, zone, overlap, priority, paused, replace, output])
            command.Options.Add(option);
        command.SetAction(parsed => RunPlace.Asked(() =>
        {
            var request = new ScheduleRequest(parsed.GetRequiredValue(name), parsed.GetRequiredValue(cron), RunPlace.Submission(pipeline, parsed, parsed.GetValue(priority)))
            {
                Zone = parsed.GetRequiredValue(zone),
                Overlap = parsed.GetRequiredValue(overlap),
                Paused = parsed.GetValue(paused),
            };
            var runs = RunPlace.Service(parsed.GetRequiredValue(output), create: true);
            Say(parsed.GetValue(replace) ? runs.ChangeSchedule(request, RunPlace.Who) : runs.AddSchedule(request, RunPlace.Who));
            return CommandLine.Done;
        }));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists schedules with the time that each is due next.");
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var schedules = RunPlace.Service(parsed.GetRequiredValue(output)).Schedules();
            if (parsed.GetValue(format) == "json")
            {
                CommandLine.WriteJson(schedules);
                return CommandLine.Done;
            }
            Console.Out.WriteLine($"{"name",-20} {"pipeline",-20} {"cron",-16} {"zone",-18} {"overlap",-16} {"next",-25} last run");
            foreach (var s in schedules)
            {
                var next = s.Paused ? "paused" : s.Next is [var first, ..] ? first : "never";
                Console.Out.WriteLine($"{s.Name,-20} {s.Pipeline,-20} {s.Cron,-16} {s.Zone,-18} {s.Overlap,-16} {next,-25} {s.LastRun} {s.LastState}");
                if (s.Problem is not null)
                    Console.Out.WriteLine($"  {s.Problem}");
            }
            return CommandLine.Done;
        });
        return command;
    }

    private static Command OnOne(string verb, string description, Action<RunService, string> work)
    {
        var (command, name, output) = (new Command(verb, description), Name, CommandLine.Out);
        command.Arguments.Add(name);
        command.Options.Add(output);
        command.SetAction(parsed => RunPlace.Asked(() =>
        {
            work(RunPlace.Service(parsed.GetRequiredValue(output)), parsed.GetRequiredValue(name));
            return CommandLine.Done;
        }));
        return command;
    }

    private static void Say(ScheduleView schedule) =>
        Console.Out.WriteLine($"{schedule.Name}: {schedule.Cron} {schedule.Zone}, {(schedule.Paused ? "paused" : schedule.Next is [var next, ..] ? $"next at {next}" : "never due")}");
}
