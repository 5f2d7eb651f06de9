using System.CommandLine;
using CorpusForge.Clean;
using CorpusForge.Clean.Content;

namespace CorpusForge.Host.Commands;

/// <summary>`bench`: measures quality on labelled data, and holds it to floors.</summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Measures the quality of the program on labelled data.") { Extraction() };

    private static Command Extraction()
    {
        var folder = new Argument<string>("folder") { Description = "Pages with their main content: truth/ID.json and html/ID.html.gz." };
        var floors = new Option<string?>("--floors") { Description = "A file of floors that the F1 of no type of page may fall below." };
        var update = new Option<bool>("--update") { Description = "Raises the floors to what is measured." };
        var lower = new Option<bool>("--lower") { Description = "With --update: lowers floors, too." };
        var mode = new Option<ExtractionMode>("--mode") { Description = "The mode of extract-html.", DefaultValueFactory = _ => ExtractionMode.Balanced };
        var format = CommandLine.Format;
        var command = new Command("extraction", "Extracts pages and compares the words with those of their main content, by type of page.") { folder, floors, update, lower, mode, format };
        command.SetAction((parsed, cancel) =>
        {
            if (parsed.GetValue(floors) is null && (parsed.GetValue(update) || parsed.GetValue(lower)) || parsed.GetValue(lower) && !parsed.GetValue(update))
                throw new PipelineException("--update needs --floors, and --lower needs --update");
            var pages = ExtractionTruth.Read(parsed.GetRequiredValue(folder));
            var table = ExtractionTable.Measure(pages, new ExtractHtml { Mode = parsed.GetValue(mode) }, cancel);
            if (parsed.GetRequiredValue(format) == "json")
                CommandLine.WriteJson(table.Rows);
            else
                Console.Out.Write(table);
            return Task.FromResult(parsed.GetValue(floors) is { } file ? Hold(file, ExtractionTruth.Digest(parsed.GetRequiredValue(folder)), table, parsed.GetValue(update), parsed.GetValue(lower)) : CommandLine.Done);
        });
        return command;
    }

    private static int Hold(string file, string digest, ExtractionTable table, bool update, bool lower)
    {
        var floors = ExtractionFloors.Read(file);
        if (!floors.Knows(digest) && !update)
        {
            Console.Error.WriteLine($"{file}: there are no floors for these pages ({digest}); --update sets them");
            return CommandLine.RunFailed;
        }
        var errors = lower ? [] : floors.Check(digest, table);
        foreach (var error in errors)
            Console.Error.WriteLine(error);
        if (errors.Count > 0)
        {
            if (update)
                Console.Error.WriteLine($"{file} is unchanged; --lower lowers floors");
            return CommandLine.RunFailed;
        }
        if (update)
        {
            floors.Update(digest, table, lower);
            floors.Write(file);
        }
        return CommandLine.Done;
    }
}
