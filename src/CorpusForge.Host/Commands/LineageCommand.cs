using System.CommandLine;
using System.Globalization;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`lineage`: one document through every stage of a run.</summary>
internal static class LineageCommand
{
    private const int MostAbsorbed = 20;

    public static Command Create()
    {
        var command = new Command("lineage", "Follows a document through every stage of a run: its source, its verdicts, its duplicates, its tokens, the model.");
        var document = new Argument<string>("document") { Description = $"The document's id, or at least {Lineage.MinPrefix} of its first digits." };
        var run = new Option<string?>("--run") { Description = "The run to look in; the latest when left out." };
        var (output, format) = (CommandLine.Out, CommandLine.Format);
        command.Arguments.Add(document);
        foreach (var option in (Option[])[run, output, format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            parsed.GetRequiredValue(document), parsed.GetValue(run), parsed.GetRequiredValue(output), parsed.GetRequiredValue(format), cancel)));
        return command;
    }

    private static int Run(string document, string? run, string output, string format, CancellationToken cancel)
    {
        using var folder = RunPlace.Open(output);
        var row = ChosenRun.Of(folder, run);
        if (Lineage.Find(folder.Ledger, folder.Storage, row, document, cancel) is not { } lineage)
        {
            var stages = folder.Ledger.Stages(row.Id);
            Console.Error.WriteLine(stages.Count == 0
                ? $"corpusforge: no stage of run {row.Id} is finished yet: there is nowhere to look for {document}"
                : $"corpusforge: no document {document} in run {row.Id}, neither kept nor dropped (looked in {string.Join(", ", stages.Select(s => s.Id))})");
            return CommandLine.RunFailed;
        }
        if (format == "json")
            CommandLine.WriteJson(Json(lineage));
        else
            Tell(lineage);
        return CommandLine.Done;
    }

    private static object Json(Lineage lineage) => new
    {
        lineage.Run,
        lineage.Id,
        lineage.Document.Url,
        lineage.Document.Source,
        lineage.Document.Locator,
        lineage.Document.SourceId,
        kind = lineage.Document.Kind,
        lineage.Document.License,
        lineage.Document.LicenseEvidence,
        stages = lineage.Stops.Select(s => new
        {
            s.Stage,
            s.Folder,
            kept = s.At.Reject is null,
            s.File,
            s.At.Row,
            verdict = s.At.Reject is not { } r ? null : new { r.Step, version = r.StepVersion, r.Rule, measured = Finite(r.Measured), limit = Finite(r.Limit) },
            cluster = s.Cluster is not { } c ? null : new
            {
                c.Survivor,
                c.SurvivorUrl,
                members = c.Absorbed.Select(a => new { a.Document.Id, a.Document.Url, a.Rule, similarity = Finite(a.Measured) }),
            },
            s.At.Tokens,
            validation = s.At.Tokens is null ? (bool?)null : s.At.Validation,
            readers = s.At.Tokens is null ? null : s.Readers.Select(r => new { r.Stage, r.Folder, unit = r.Part.Unit, figures = r.Part.Figures }),
        }),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static void Tell(Lineage lineage)
    {
        var d = lineage.Document;
        Line(lineage.Id, "");
        Line("source", string.Join(" · ", ((string?[])[d.Source, d.Locator.Length == 0 ? null : d.Locator, d.SourceId is null ? null : $"its id {d.SourceId}"]).Where(v => v is not null)));
        if (d.Url is not null)
            Line("", d.Url);
        Line("", $"{DocumentShard.NameOf(d.Kind)}{(d.License is null ? ", licence unknown" : $", licence {d.License}{(d.LicenseEvidence is null ? "" : $" from {d.LicenseEvidence}")}")}");
        foreach (var stop in lineage.Stops)
        {
            Line(stop.Stage, stop.At.Reject is { } r
                ? $"dropped by {r.Step} (version {r.StepVersion}), {r.Rule}: measured {Number(r.Measured)}, limit {Number(r.Limit)}"
                : stop.At.Tokens is { } tokens ? $"{tokens:N0} tokens, {(stop.At.Validation ? "held out for validation" : "for training")}" : "kept");
            Line("", $"{stop.File} row {stop.At.Row:N0}");
            if (stop.Cluster is { } cluster)
                Tell(lineage.Id, cluster);
            foreach (var reader in stop.Readers)
            {
                var figures = reader.Part.Figures.Select(f => $"{f.Key} {f.Value.ToString("#,0.####", CultureInfo.InvariantCulture)}");
                Line(reader.Stage, $"read this shard: {string.Join(", ", figures)}");
                Line("", $"{reader.Folder}/part-{reader.Part.Unit}.json");
            }
        }
    }

    private static void Tell(string id, LineageCluster cluster)
    {
        Line("", cluster.Survivor == id
            ? $"survivor of a cluster of {cluster.Absorbed.Count + 1:N0}; it absorbed:"
            : $"in a cluster of {cluster.Absorbed.Count + 1:N0}; survivor {cluster.Survivor[..16]} {cluster.SurvivorUrl}".TrimEnd());
        foreach (var other in cluster.Absorbed.Where(a => a.Document.Id != id).Take(MostAbsorbed))
            Line("", $"  {other.Document.Id[..16]} {other.Rule} {Number(other.Measured)} {other.Document.Url}".TrimEnd());
        if (cluster.Absorbed.Count > MostAbsorbed)
            Line("", $"  and {cluster.Absorbed.Count - MostAbsorbed:N0} more; -o json has all");
    }

    private static void Line(string name, string value) =>
        Console.Out.WriteLine($"{name,-16} {TextDiff.Printable(PipelineVariables.Redact(value))}".TrimEnd());

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
