using System.CommandLine;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`prune`: removes what no kept run needs.</summary>
internal static class PruneCommand
{
    public static Command Create()
    {
        var command = new Command("prune", "Removes the parts that no kept run needs, and forgets the runs that are not kept. Runs that did not finish are always kept.");
        var keep = new Option<int>("--keep") { Description = "How many finished runs of each pipeline to keep, newest first.", DefaultValueFactory = _ => 1 };
        keep.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() < 1)
                r.AddError("--keep: at least 1");
        });
        var dry = new Option<bool>("--dry-run") { Description = "Only shows what would be removed." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        foreach (var option in (Option[])[keep, dry, output, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            parsed.GetRequiredValue(output), parsed.GetValue(keep), parsed.GetValue(dry), parsed.GetRequiredValue(format), cancel)));
        return command;
    }

    private static int Run(string path, int keep, bool dry, string format, CancellationToken cancel)
    {
        // Looking first, since locking would make a folder of a mistyped name.
        using var look = OutputFolder.Look(path, TimeProvider.System);
        using var output = dry ? null : OutputFolder.Lock(path, TimeProvider.System);
        var plan = Prune.Plan(output ?? look, keep);
        if (output is not null)
            plan.Run(output, cancel);
        var bytes = plan.Files.Sum(f => f.Bytes);
        var folders = plan.Files.GroupBy(f => string.Join('/', f.Name.Split('/').Take(f.Name.Split('/')[1] == "runs" ? 3 : 2)))
            .Select(g => new { Folder = g.Key, Files = g.Count(), Bytes = g.Sum(f => f.Bytes) }).ToArray();
        if (format == "json")
        {
            CommandLine.WriteJson(new { dryRun = dry, kept = plan.Kept, dropped = plan.Dropped, files = plan.Files.Count, bytes, folders });
            return CommandLine.Done;
        }
        foreach (var folder in folders)
            Console.Out.WriteLine($"{folder.Folder,-64} {folder.Files,8:N0} files {CommandLine.Size(folder.Bytes),10}");
        var (would, ending) = dry ? ("Would remove", " Nothing was removed.") : ("Removed", "");
        Console.Out.WriteLine(plan.Files.Count + plan.Dropped.Count == 0
            ? $"Nothing to prune: {Named(plan.Kept, "no run")} needs everything that is there."
            : $"{would} {plan.Files.Count:N0} files, {CommandLine.Size(bytes)}; {(dry ? "would forget" : "forgot")} {Named(plan.Dropped, "no run")}; kept {Named(plan.Kept, "no run")}.{ending}");
        return CommandLine.Done;
    }

    private static string Named(IReadOnlyList<string> runs, string none) => runs.Count switch
    {
        0 => none,
        <= 5 => string.Join(", ", runs),
        _ => $"{string.Join(", ", runs.Take(4))} and {runs.Count - 4:N0} more",
    };
}
