using System.CommandLine;
using CorpusForge.Deduplicate;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`takedown`: takes what a list names out of a finished corpus, and writes a receipt.</summary>
internal static class TakedownCommand
{
    public static Command Create()
    {
        var command = new Command("takedown", "Takes the documents that a list names out of every stage of an output folder. Only shards that hold one are written anew; a receipt says what changed.");
        var from = new Option<string>("--from") { Description = "The list: id:HEX, url:URL, domain:HOST or sha256:HEX, one a line; the same file as the step `exclude` reads.", Required = true };
        var dry = new Option<bool>("--dry-run") { Description = "Only shows what would be taken." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        foreach (var option in (Option[])[from, dry, output, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            parsed.GetRequiredValue(output), parsed.GetRequiredValue(from), parsed.GetValue(dry), parsed.GetRequiredValue(format), cancel)));
        return command;
    }

    private static int Run(string path, string from, bool dry, string format, CancellationToken cancel)
    {
        var list = ExclusionList.Open(from);
        // Looking first, since locking would make a folder of a mistyped name.
        using var look = OutputFolder.Look(path, TimeProvider.System);
        using var held = dry ? null : OutputFolder.Lock(path, TimeProvider.System);
        var takedown = new Takedown(look.Storage, list);
        var (receipt, name) = dry ? (takedown.Look(cancel), null) : takedown.Run(cancel);
        name = name is null ? null : Path.Combine(path, name);
        if (format == "json")
        {
            CommandLine.WriteJson(new { dryRun = dry, file = name, receipt.Format, receipt.List, receipt.Documents, receipt.Stages, receipt.Removed });
            return CommandLine.Done;
        }
        foreach (var stage in receipt.Stages)
            Console.Out.WriteLine($"{stage.Stage,-48} {stage.Shards.Count,6:N0} shards {stage.Shards.Sum(s => s.Rows),8:N0} rows  {Short(stage.RootBefore)} → {(dry ? "?" : Short(stage.RootAfter))}");
        Console.Out.WriteLine(receipt.Stages.Count == 0
            ? $"Nothing to take: no stage holds any of the {list.Count:N0} entries."
            : dry ? $"Would take {receipt.Documents.Count:N0} documents. Nothing was changed."
            : $"Took {receipt.Documents.Count:N0} documents; the receipt is {name}. Sources, crawled files, stored images, exports and trained models are as they were.");
        if (receipt.Removed.Count(r => r.Count(c => c == '/') == 2) is > 0 and var reports)
            Console.Out.WriteLine($"{(dry ? "Would remove" : "Removed")} {reports:N0} {(reports == 1 ? "report that names one of them" : "reports that name some of them")}; write it anew with `run`, `--from-stage` and the name of the audit stage.");
        return CommandLine.Done;
    }

    private static string Short(string root) => root.Length == 0 ? "not finished" : root[..12];
}
