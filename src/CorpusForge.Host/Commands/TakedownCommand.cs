using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CorpusForge.Deduplicate;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`takedown`: takes what a list names out of a finished corpus, and writes a receipt.</summary>
internal static class TakedownCommand
{
    private const string Folder = "takedowns";

    public static Command Create()
    {
        var command = new Command("takedown", "Takes the documents that a list names out of every finished stage of an output folder. Only shards that hold one are written anew; a receipt says what changed.");
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
        var receipt = new Takedown(look.Storage, list).Run(dry, cancel);
        var name = dry || receipt.Stages.Count == 0 ? null : Write(path, receipt);
        if (format == "json")
        {
            CommandLine.WriteJson(new { dryRun = dry, file = name, receipt.Format, receipt.List, receipt.Documents, receipt.Stages });
            return CommandLine.Done;
        }
        foreach (var stage in receipt.Stages)
            Console.Out.WriteLine($"{stage.Stage,-48} {stage.Shards.Count,6:N0} shards {stage.Shards.Sum(s => s.Rows),8:N0} rows  {stage.RootBefore[..12]} → {(dry ? "?" : stage.RootAfter[..12])}");
        Console.Out.WriteLine(receipt.Stages.Count == 0
            ? $"Nothing to take: no finished stage holds any of the {list.Count:N0} entries."
            : dry ? $"Would take {receipt.Documents.Count:N0} documents. Nothing was changed."
            : $"Took {receipt.Documents.Count:N0} documents; the receipt is {name}. Sources, crawled files, stored images, exports, reports and trained models are as they were.");
        return CommandLine.Done;
    }

    private static string Write(string path, TakedownReceipt receipt)
    {
        var folder = Path.Combine(path, Folder);
        Directory.CreateDirectory(folder);
        var number = 1;
        while (File.Exists(NameOf(number)))
            number++;
        using (var file = new FileStream(NameOf(number), FileMode.CreateNew, FileAccess.Write))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(receipt, Manifest.Indented));
            file.Flush(flushToDisk: true);
        }
        return NameOf(number);

        string NameOf(int n) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"takedown-{n:0000}.json"));
    }
}
