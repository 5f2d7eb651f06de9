using System.CommandLine;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`plan`: what a run would do, without doing it.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var command = new Command("plan", "Shows the units that a run would do, the bytes that they would read and what would be reused. Runs nothing.");
        var pipeline = new PipelineArguments(command);
        var output = CommandLine.Out;
        var format = CommandLine.Format;
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            IDigestCache cache = RunPlace.IsService || File.Exists(Path.Combine(folder, "ledger.db")) ? RunPlace.Open(folder).Ledger : new MemoryDigestCache();
            var plans = Coordinator.Plan(new RunContext(pipeline.Load(parsed), AppSettings.Storages.Open(folder), new Inputs(cache, AppSettings.Storages)), 0);
            var bytes = plans.Sum(p => p.Bytes);
            if (parsed.GetValue(format) == "json")
            {
                CommandLine.WriteJson(new { phases = plans, bytes });
                return CommandLine.Done;
            }
            Console.Out.WriteLine($"{"stage",-16} {"phase",-10} {"units",8} {"reused",8} {"to read",10}");
            foreach (var p in plans)
                Console.Out.WriteLine($"{p.Stage,-16} {p.Phase,-10} {p.Units?.ToString("N0") ?? "later",8} {p.Reused,8:N0} {(p.Bytes == 0 ? "" : CommandLine.Size(p.Bytes)),10}");
            Console.Out.WriteLine(plans.All(p => p.Units == p.Reused)
                ? "Nothing to do: everything is up to date."
                : $"A run would read {CommandLine.Size(bytes)} of input. `later` depends on stages that have not run.");
            return CommandLine.Done;
        });
        return command;
    }
}
