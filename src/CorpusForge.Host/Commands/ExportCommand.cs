using System.CommandLine;
using CorpusForge.Export;

namespace CorpusForge.Host.Commands;

/// <summary>`export`: a finished stage in the formats of others.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new Command("export", "Writes a finished stage for other programs: as rows (jsonl, parquet; rejects under rejects/), a dataset (huggingface, mds, webdataset) or bare tokens (megatron, nanogpt, llmc).");
        var stage = new Argument<string>("stage-folder") { Description = "A folder of an output that holds a stage.json, for example out/web/filter-0123456789abcdef; it may be in S3." };
        var form = new Option<string>("--format") { Description = string.Join(", ", StageExport.Formats) + ".", DefaultValueFactory = _ => "jsonl" };
        form.AcceptOnlyFromAmong([.. StageExport.Formats]);
        var to = new Option<string>("--to") { Description = "The folder to write into.", Required = true };
        var output = CommandLine.Format;
        command.Arguments.Add(stage);
        foreach (var option in (Option[])[form, to, output])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var target = parsed.GetRequiredValue(to);
            var (above, name) = AppSettings.Storages.OpenAbove(parsed.GetRequiredValue(stage));
            var (documents, rejects) = await StageExport.Write(above, name, parsed.GetRequiredValue(form), target, _ => { }, cancel);
            if (parsed.GetValue(output) == "json")
                CommandLine.WriteJson(new { documents, rejects, folder = target });
            else
                Console.Out.WriteLine($"Wrote {documents:N0} documents and {rejects:N0} rejects to {target}.");
            return CommandLine.Done;
        });
        return command;
    }
}
