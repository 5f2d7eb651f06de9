using System.CommandLine;
using CorpusForge.Export;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`export`: a finished stage in the formats of others.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new Command("export", "Writes a finished stage for other programs: as rows (jsonl, parquet; rejects under rejects/), a dataset (huggingface, mds, webdataset) or bare tokens (megatron, nanogpt, llmc).");
        var stage = new Argument<string>("stage") { Description = "A folder that holds a stage.json, for example out/web/filter-0123456789abcdef (it may be in S3), or RUN/STAGE-ID." };
        var form = new Option<string>("--format") { Description = string.Join(", ", StageExport.Formats) + ".", DefaultValueFactory = _ => "jsonl" };
        form.AcceptOnlyFromAmong([.. StageExport.Formats]);
        var to = new Option<string>("--to") { Description = "The folder to write into.", Required = true };
        var (place, output) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(stage);
        foreach (var option in (Option[])[form, to, place, output])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var (target, format) = (parsed.GetRequiredValue(to), parsed.GetRequiredValue(form));
            var (documents, rejects) = await Export(parsed.GetRequiredValue(stage), parsed.GetRequiredValue(place), format, target, cancel);
            if (parsed.GetValue(output) == "json")
                CommandLine.WriteJson(new { documents, rejects, folder = target });
            else
                Console.Out.WriteLine($"Wrote {documents:N0} documents and {rejects:N0} rejects to {target}.");
            return CommandLine.Done;
        });
        return command;
    }

    private static async Task<(long Documents, long Rejects)> Export(string stage, string output, string format, string to, CancellationToken cancel)
    {
        if (!Storages.IsRemote(stage) && !Directory.Exists(stage) && stage.Split('/') is [var run, var id] && (RunPlace.IsService || File.Exists(Path.Combine(output, "ledger.db"))))
        {
            var service = RunPlace.Service(output);
            return await RunPlace.Asked(() => service.Export(run, service.StageOf(run, id), format, to, cancel));
        }
        var (above, name) = AppSettings.Storages.OpenAbove(stage);
        return await StageExport.Write(above, name, format, to, _ => { }, cancel);
    }
}
