using System.CommandLine;
using System.Text;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`backfill`: one run of a pipeline for each line of a list, in order, a few at a time.</summary>
/// <remarks>The ledger knows which lines are done, so the same command goes on where it stopped.</remarks>
internal static class BackfillCommand
{
    private const string Input = "{input}";
    private static readonly System.Buffers.SearchValues<char> s_notPlain = System.Buffers.SearchValues.Create(",[]{}\"'#&!|>%`");
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var command = new Command("backfill", "Runs a pipeline once for each line of a list, such as the dumps of years, on a service that is running.");
        var pipeline = new PipelineArguments(command);
        var inputs = new Option<string>("--inputs") { Description = "A file with one input a line; - is standard input. A line becomes {input} in the values of --set.", Required = true };
        var parallel = new Option<int>("--parallel") { Description = "Runs at once.", DefaultValueFactory = _ => 1 };
        var priority = new Option<int>("--priority") { Description = "Units of runs with a higher one go first." };
        var output = CommandLine.Out;
        parallel.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 1 or > 1000)
                r.AddError("--parallel: from 1 to 1000");
        });
        foreach (var option in (Option[])[inputs, parallel, priority, output])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var asked = ServiceRuns.Submission(pipeline, parsed, parsed.GetValue(priority));
            var items = Items(asked, Lines(parsed.GetRequiredValue(inputs)));
            return await Work(ServiceRuns.Open(parsed.GetRequiredValue(output)), items, parsed.GetValue(parallel), cancel);
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

    /// <summary>What is run for each line: the settings with the line in them, and a name of its own, so that results lie apart.</summary>
    /// <exception cref="PipelineException">A line cannot be put into a setting, or the pipeline is wrong.</exception>
    internal static IReadOnlyList<(string Line, Submission Submission)> Items(Submission asked, IReadOnlyList<string> lines)
    {
        if (!asked.Set.Any(s => s.Contains(Input, StringComparison.Ordinal)))
            throw new PipelineException("backfill needs a --set with {input} in it, such as --set 'sources.warc.paths=[{input}]'");
        if (lines.Count == 0)
            throw new PipelineException("--inputs: the list is empty");
        // They are put into YAML as they are.
        var problems = lines.Where(l => l.AsSpan().ContainsAny(s_notPlain) || l.Any(char.IsControl)).Select(l => $"--inputs: '{l}' has a character that a setting cannot hold").ToArray();
        if (problems.Length > 0)
            throw new PipelineException(problems);
        var named = asked.Set.Any(s => s.StartsWith("name=", StringComparison.Ordinal));
        var name = PipelineFile.Parse(asked.Yaml, asked.File, CommandLine.Catalogue, [.. asked.Set.Select(s => s.Replace(Input, lines[0], StringComparison.Ordinal))], asked.Limit).Name;
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. lines.Select(line =>
        {
            string[] set = [.. asked.Set.Select(s => s.Replace(Input, line, StringComparison.Ordinal))];
            return (line, asked with { Set = named ? set : [.. set, $"name={Unlike(taken, $"{name}-{Slug(line)}")}"] });
        })];
    }

    // The last part of a path without its extension, as a pipeline may be called.
    private static string Slug(string line)
    {
        var last = line.TrimEnd('/').Split('/')[^1].Split('*')[0].ToLowerInvariant();
        var slug = new StringBuilder();
        foreach (var c in last.Contains('.', StringComparison.Ordinal) ? last[..last.IndexOf('.', StringComparison.Ordinal)] : last)
            slug.Append(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' ? c : '-');
        return slug.ToString().Trim('-') is { Length: > 0 } text ? text : "input";
    }

    private static string Unlike(HashSet<string> taken, string name)
    {
        var shorter = name.Length > 58 ? name[..58] : name;
        var (own, number) = (shorter, 2);
        while (!taken.Add(own))
            own = $"{shorter}-{number++}";
        return own;
    }

    private static async Task<int> Work(RunService runs, IReadOnlyList<(string Line, Submission Submission)> items, int parallel, CancellationToken cancel)
    {
        var waiting = new Queue<(string Line, Submission Submission)>(items);
        var going = new List<(string Line, string Run)>();
        var (failed, alone) = (0, false);
        try
        {
            while (waiting.Count + going.Count > 0)
            {
                while (going.Count < parallel && waiting.TryDequeue(out var item))
                {
                    var (run, state) = Begin(runs, item.Submission);
                    if (state == States.Done)
                    {
                        Console.Out.WriteLine($"{item.Line}: {run} is done");
                        continue;
                    }
                    await Console.Error.WriteLineAsync($"{item.Line}: {run} {state}");
                    going.Add((item.Line, run));
                }
                foreach (var one in going.ToArray())
                {
                    if (runs.Ledger.Run(one.Run) is { State: not (States.Done or States.Failed or States.Cancelled) })
                        continue;
                    going.Remove(one);
                    var end = runs.Ledger.Run(one.Run);
                    failed += end?.State == States.Done ? 0 : 1;
                    Console.Out.WriteLine($"{one.Line}: {one.Run} {end?.State ?? "was pruned"}{(end?.Error is { } error ? $": {error.Split('\n')[0]}" : "")}");
                }
                if (going.Count == 0)
                    continue;
                if (!alone && !runs.Ledger.Workers().Any(w => w.State == WorkerStates.Live))
                {
                    alone = true;
                    await Console.Error.WriteLineAsync("No worker is alive: the runs wait until `corpusforge serve` runs over this ledger.");
                }
                await Task.Delay(s_look, TimeProvider.System, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"The runs that were started go on ({string.Join(", ", going.Select(g => g.Run))}); the same command follows them and starts the others.");
            return CommandLine.Cancelled;
        }
        if (failed > 0)
            await Console.Error.WriteLineAsync($"{failed} of {items.Count} runs failed; the same command tries them again.");
        return failed > 0 ? CommandLine.RunFailed : CommandLine.Done;
    }

    /// <summary>The run of a line: the one that there is, tried again if it failed, or a new one.</summary>
    internal static (string Run, string State) Begin(RunService runs, Submission item)
    {
        var pipeline = PipelineFile.Parse(item.Yaml, item.File, CommandLine.Catalogue, item.Set, item.Limit);
        var overrides = System.Text.Json.JsonSerializer.Serialize(item.Set);
        var last = runs.Ledger.Runs().FirstOrDefault(r => r.Pipeline == pipeline.Name && r.Digest == pipeline.Stages[^1].Digest && r.Overrides == overrides);
        return last switch
        {
            null => (runs.Start(item).Id, "started"),
            { State: States.Failed or States.Cancelled } => (runs.Retry(last.Id, item.Who).Id, "tried again"),
            _ => (last.Id, last.State),
        };
    }
}
