using System.CommandLine;
using CorpusForge.Host.Api;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`logs`: what happened in a run, a stage or a unit.</summary>
internal static class LogsCommand
{
    private const int Latest = 100;

    public static Command Create()
    {
        var command = new Command("logs", "Shows what happened in a run, one of its stages or one of its units.");
        var what = new Argument<string?>("run") { Description = "RUN, RUN/STAGE, or RUN/STAGE/PHASE/KEY; the latest of all runs when left out.", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on as things happen, until the run has ended." };
        var failed = new Option<bool>("--failed") { Description = "Only warnings and errors, and why units failed." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(what);
        foreach (var option in (Option[])[follow, failed, output, format])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var service = RunPlace.Service(parsed.GetRequiredValue(output));
            var json = parsed.GetValue(format) == "json";
            if (parsed.GetValue(what) is null)
            {
                await All(service, parsed.GetValue(follow), parsed.GetValue(failed), json, cancel);
                return CommandLine.Done;
            }
            var filter = RunPlace.Asked(() => FilterOf(service, parsed.GetRequiredValue(what)!));
            await foreach (var one in Events(service, filter, parsed.GetValue(follow), cancel))
            {
                if (parsed.GetValue(failed) && one.Level == "information" && one.Kind != States.Failed)
                    continue;
                Tell(one, json);
            }
            if (parsed.GetValue(failed) && !json)
            {
                foreach (var u in service.Units(filter.Run!, new UnitFilter { Stage = filter.Stage, Phase = filter.Phase, States = [States.Failed, States.Quarantined] }, null, Page.MaxSize).Items.Where(u => filter.Key is null || u.Key == filter.Key))
                    Console.Out.WriteLine($"{u.StageId}/{u.PhaseName}/{u.Key} {u.State} after {u.Attempt} attempts: {string.Join("\n    ", (u.Error ?? "").Split('\n').Select(TextDiff.Printable))}");
            }
            return CommandLine.Done;
        });
        return command;
    }

    private static async Task All(RunService service, bool follow, bool failed, bool json, CancellationToken cancel)
    {
        var latest = service.Events(new EventFilter { Newest = true }, Latest).Reverse().ToArray();
        foreach (var one in latest.Where(IsWanted))
            Tell(one, json);
        if (!follow)
            return;
        await foreach (var one in service.Watch(new EventFilter { After = latest is [.., var last] ? last.Number : 0 }, cancel))
        {
            if (latest.All(e => e.Number != one.Number) && IsWanted(one))
                Tell(one, json);
        }

        bool IsWanted(EventRow one) => !failed || one.Level != "information" || one.Kind == States.Failed;
    }

    /// <summary>One event: a line of text, or of JSON.</summary>
    internal static void Tell(EventRow one, bool json) => Console.Out.WriteLine(
        PipelineVariables.Redact(json ? System.Text.Json.JsonSerializer.Serialize(one, Manifest.Json) : EventEndpoints.LineOf(one)));

    /// <summary>Those that there are; with <paramref name="follow"/> those that come, until the run has ended.</summary>
    internal static async IAsyncEnumerable<EventRow> Events(
        RunService service, EventFilter filter, bool follow, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            // Asked before the events are read, so that none of an ended run is missed.
            var ended = !follow || service.Run(filter.Run!).State is States.Done or States.Failed or States.Cancelled;
            var page = service.Events(filter, Page.MaxSize);
            foreach (var one in page)
                yield return one;
            if (page.Count > 0)
                filter = filter with { After = page[^1].Number };
            else if (ended)
                yield break;
            else
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancel);
        }
    }

    private static EventFilter FilterOf(RunService service, string what)
    {
        var parts = what.Split('/');
        service.Run(parts[0]);
        return parts.Length switch
        {
            1 => new EventFilter { Run = parts[0] },
            2 or 3 => EventEndpoints.FilterOf(service, parts[0], parts[1], parts.Length == 3 ? parts[2] : null, null, null),
            4 => EventEndpoints.FilterOf(service, parts[0], parts[1], parts[2], parts[3], null),
            _ => throw new PipelineException($"'{what}': give RUN, RUN/STAGE, or RUN/STAGE/PHASE/KEY"),
        };
    }
}
