using System.CommandLine;
using CorpusForge.Host.Service;
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
        var report = RunPlace.Asked(() => Prune(path, keep, dry, cancel));
        if (format == "json")
        {
            CommandLine.WriteJson(report);
            return CommandLine.Done;
        }
        foreach (var folder in report.Folders)
            Console.Out.WriteLine($"{folder.Folder,-64} {folder.Files,8:N0} files {CommandLine.Size(folder.Bytes),10}");
        var (would, ending) = dry ? ("Would remove", " Nothing was removed.") : ("Removed", "");
        Console.Out.WriteLine(report.Files + report.Dropped.Count == 0
            ? $"Nothing to prune: {(report.Kept.Count == 0 ? "nothing is there that a run has made." : $"{Named(report.Kept, "")} {(report.Kept.Count == 1 ? "needs" : "need")} everything that is there.")}"
            : $"{would} {report.Files:N0} files, {CommandLine.Size(report.Bytes)}; {(dry ? "would forget" : "forgot")} {Named(report.Dropped, "no run")}; kept {Named(report.Kept, "no run")}.{ending}");
        return CommandLine.Done;
    }

    private static PruneReport Prune(string path, int keep, bool dry, CancellationToken cancel)
    {
        if (RunPlace.IsService)
            return RunPlace.Service(path).Prune(keep, dry, RunPlace.Who, cancel: cancel);
        // Looking first, since locking would make a folder of a mistyped name.
        using var look = OutputFolder.Look(path, TimeProvider.System);
        using var output = dry ? null : OutputFolder.Lock(path, TimeProvider.System);
        return new RunService((output ?? look).Ledger, look.Storage, TimeProvider.System).Prune(keep, dry, RunPlace.Who, alone: true, cancel);
    }

    private static string Named(IReadOnlyList<string> runs, string none) => runs.Count switch
    {
        0 => none,
        <= 5 => string.Join(", ", runs),
        _ => $"{string.Join(", ", runs.Take(4))} and {runs.Count - 4:N0} more",
    };
}
