using System.CommandLine;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`stats`: the funnel of a run, what every stage and every rule took out.</summary>
internal static class StatsCommand
{
    private const int BarWidth = 12;

    public static Command Create()
    {
        var command = new Command("stats", "Shows the funnel of a run: what every stage kept, what every rule dropped, what transforms changed.");
        var run = new Argument<string?>("run") { Description = "The run's id; the latest run when left out.", Arity = ArgumentArity.ZeroOrOne };
        var pipeline = new Option<string?>("--pipeline") { Description = "The latest run of this pipeline." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(run);
        foreach (var option in (Option[])[pipeline, output, format])
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            using var folder = RunPlace.Open(parsed.GetRequiredValue(output));
            var row = ChosenRun.Of(folder, parsed.GetValue(run), parsed.GetValue(pipeline));
            var funnel = Funnel.Of(folder.Ledger, row);
            if (parsed.GetValue(format) == "json")
                CommandLine.WriteJson(funnel);
            else
                Tell(row, funnel);
            return CommandLine.Done;
        });
        return command;
    }

    private static void Tell(RunRow row, Funnel funnel)
    {
        Console.Out.WriteLine($"{row.Id}: {row.State}, created {row.Created}, {row.File}");
        if (funnel.Stages.Count == 0)
        {
            Console.Error.WriteLine($"corpusforge: no stage of {row.Id} is finished yet");
            return;
        }
        var rows = funnel.Stages.Where(s => s.In + s.Created > 0).SelectMany(Rows).ToArray();
        if (rows.Length == 0)
        {
            Console.Error.WriteLine($"corpusforge: no document came into any stage of {row.Id}");
            return;
        }
        var width = Math.Clamp(rows.Max(r => r.Name.Length), 16, 64);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"{"".PadRight(width)} {"documents",12} {"share",8}  {"",-BarWidth} {"text",10} {"tokens",14}");
        foreach (var r in rows)
            Console.Out.WriteLine($"{r.Name.PadRight(width)} {r.Count,12:N0} {Percent(r.Share),8}  {Bar(r.Share),-BarWidth} {r.Size,10} {r.Tokens,14}".TrimEnd());
    }

    private static IEnumerable<(string Name, long Count, double? Share, string Size, string Tokens)> Rows(FunnelStage stage)
    {
        yield return (stage.Id, stage.In + stage.Created, null, Size(stage.BytesIn), "");
        if (stage.Created > 0)
            yield return ("  of them found inside others", stage.Created, (double)stage.Created / (stage.In + stage.Created), "", "");
        foreach (var rule in stage.Rules)
            yield return ($"  - {rule.Name}", rule.Count, rule.Share, "", "");
        foreach (var change in stage.Changes)
            yield return ($"  ~ {change.Name}", change.Count, null, "", "");
        yield return ("  = kept", stage.Out, stage.KeptShare, Size(stage.BytesOut), stage.Tokens == 0 ? "" : $"{stage.Tokens:N0}");
    }

    private static string Size(long bytes) => bytes == 0 ? "" : CommandLine.Size(bytes);

    private static string Percent(double? share) => share is null ? "" : $"{100 * share:0.0} %";

    private static string Bar(double? share) => share is null ? "" : new string('█', (int)Math.Ceiling(share.Value * BarWidth)).PadRight(BarWidth, '·');
}
