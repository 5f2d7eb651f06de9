using System.CommandLine;
using System.Globalization;
using CorpusForge.Runs;

namespace CorpusForge.Host.Commands;

/// <summary>`inspect`: documents of a stage, kept or dropped, with their verdict and what the stage did to their text.</summary>
internal sealed class InspectCommand
{
    private const int TextWidth = 96;

    private readonly Argument<string> _stage = new("stage") { Description = "A stage's folder (it may be in S3), a stage's id (of the latest run that has it), RUN/STAGE-ID, or a unit: RUN/STAGE-ID/PHASE/KEY." };
    private readonly Option<bool> _kept = new("--kept") { Description = "Only documents that the stage kept." };
    private readonly Option<bool> _dropped = new("--dropped") { Description = "Only documents that the stage dropped." };
    private readonly Option<string?> _rule = new("--rule") { Description = "Only documents dropped by this rule, step.rule." };
    private readonly Option<string?> _kind = new("--kind") { Description = "text, code or caption." };
    private readonly Option<string?> _source = new("--source") { Description = "Only documents of this source, by its id in the pipeline file." };
    private readonly Option<string?> _id = new("--id") { Description = "Only documents whose id begins so." };
    private readonly Option<string?> _url = new("--url") { Description = "Only documents whose URL contains this." };
    private readonly Option<int> _sample = new("--sample", "-n") { Description = "How many to show, chosen by id and seed.", DefaultValueFactory = _ => 5 };
    private readonly Option<long> _seed = new("--seed") { Description = "Another seed shows other documents.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _text = new("--text") { Description = "How many characters of text to show of each.", DefaultValueFactory = _ => 600 };
    private readonly Option<string> _out = CommandLine.Out;
    private readonly Option<string> _format = CommandLine.Format;

    public static Command Create()
    {
        var own = new InspectCommand();
        var command = new Command("inspect", "Shows documents of a stage, kept or dropped: where they are from, their verdict, and the text before and after.");
        command.Arguments.Add(own._stage);
        own._kind.AcceptOnlyFromAmong("text", "code", "caption");
        foreach (var option in (Option<int>[])[own._sample, own._text])
            option.Validators.Add(r => { if (r.Tokens.Count == 1 && int.TryParse(r.Tokens[0].Value, CultureInfo.InvariantCulture, out var n) && n < 0) r.AddError($"{option.Name}: at least 0"); });
        foreach (var option in (Option[])[own._kept, own._dropped, own._rule, own._kind, own._source, own._id, own._url, own._sample, own._seed, own._text, own._out, own._format])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.FromResult(own.Run(parsed, cancel)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        var folder = FolderOf(parsed.GetRequiredValue(_stage), parsed.GetRequiredValue(_out));
        if (!folder.HoldsDocuments)
            throw new PipelineException($"{folder.Name} holds no documents but {string.Join(", ", folder.Parts.SelectMany(p => p.Files).Select(f => f.Role).Distinct().Take(5))}");
        var (chosen, kept, dropped) = Choose(folder, parsed, cancel);
        var before = folder.Before(chosen);
        var limit = parsed.GetValue(_text);
        if (parsed.GetValue(_format) == "json")
        {
            CommandLine.WriteJson(new { stage = folder.Name, kept, dropped, documents = chosen.Select(d => Json(d, before.GetValueOrDefault(d.Document.Id), limit)) });
            return CommandLine.Done;
        }
        foreach (var document in chosen)
            Tell(document, before.GetValueOrDefault(document.Document.Id), limit);
        Console.Error.WriteLine(kept + dropped == 0
            ? $"corpusforge: no document of {folder.Name} matches"
            : $"{chosen.Count:N0} of {kept + dropped:N0} documents that match ({kept:N0} kept, {dropped:N0} dropped) in {folder.Name}");
        return CommandLine.Done;
    }

    /// <summary>A stage by its folder, its id or RUN/STAGE-ID.</summary>
    /// <exception cref="PipelineException">There is none.</exception>
    internal static StageFolder FolderOf(string name, string place)
    {
        if (Storages.IsRemote(name))
        {
            var (above, folder) = AppSettings.Storages.OpenAbove(name);
            return StageFolder.Open(above, folder);
        }
        if (Directory.Exists(name))
            return StageFolder.Open(name);
        using var output = RunPlace.Open(place);
        var unit = name.Split('/') is [_, _, _, var key] ? key : null;
        if (unit is not null)
            name = string.Join('/', name.Split('/')[..2]);
        var cut = name.LastIndexOf('/');
        var runs = cut < 0 ? output.Ledger.Runs() : [ChosenRun.Of(output, name[..cut])];
        foreach (var run in runs)
        {
            var stages = output.Ledger.Stages(run.Id);
            if (stages.FirstOrDefault(s => s.Id == name[(cut + 1)..]) is not { } stage)
                continue;
            var keys = output.Ledger.Keys(run.Id, (int)stage.Ordinal);
            return unit is null || keys.Contains(unit)
                ? StageFolder.Of(output.Storage, stage.Folder, unit is null ? keys : [unit], stages.Select(s => s.Folder))
                : throw new PipelineException($"stage '{stage.Id}' of run {run.Id} has no unit '{unit}'; `corpusforge units list {run.Id}/{stage.Id}` shows them");
        }
        var ids = runs.SelectMany(r => output.Ledger.Stages(r.Id)).Select(s => s.Id).Distinct().ToArray();
        throw new PipelineException($"'{name}' is no folder, and no finished stage in {output.Path}; {(ids.Length == 0 ? "there is none yet" : $"there are: {string.Join(", ", ids)}")}");
    }

    // The documents whose mixed id is smallest: a sample that is the same however the stage was cut into parts.
    private (IReadOnlyList<StageDocument> Chosen, long Kept, long Dropped) Choose(StageFolder folder, ParseResult parsed, CancellationToken cancel)
    {
        var (sample, seed) = (parsed.GetValue(_sample), SplitMix64.Mix((ulong)parsed.GetValue(_seed)));
        var (id, rule) = (parsed.GetValue(_id)?.ToLowerInvariant(), parsed.GetValue(_rule));
        var (onlyKept, onlyDropped) = (parsed.GetValue(_kept), parsed.GetValue(_dropped) || rule is not null);
        if (parsed.GetValue(_kept) && rule is not null)
            throw new PipelineException("--kept and --rule exclude each other: a document that a rule dropped was not kept");
        var chosen = new PriorityQueue<StageDocument, (ulong, long)>(Comparer<(ulong, long)>.Create((a, b) => b.CompareTo(a)));
        var (kept, dropped) = (0L, 0L);
        foreach (var document in folder.Documents(onlyKept || !onlyDropped, onlyDropped || !onlyKept, id is null ? null : i => i.StartsWith(id, StringComparison.Ordinal)))
        {
            cancel.ThrowIfCancellationRequested();
            if (!Matches(document, parsed) || (rule is not null && $"{document.Reject!.Step}.{document.Reject.Rule}" != rule))
                continue;
            var ordinal = document.Reject is null ? kept++ : dropped++;
            var place = SplitMix64.Mix(ulong.Parse(document.Document.Id.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) ^ seed);
            if (chosen.Count < sample)
                chosen.Enqueue(document, (place, ordinal));
            else if (sample > 0)
                chosen.EnqueueDequeue(document, (place, ordinal));
        }
        var ordered = new List<StageDocument>();
        while (chosen.TryDequeue(out var document, out _))
            ordered.Insert(0, document);
        return (ordered, kept, dropped);
    }

    private bool Matches(StageDocument document, ParseResult parsed) =>
        (parsed.GetValue(_kind) is not { } kind || DocumentShard.NameOf(document.Document.Kind) == kind)
        && (parsed.GetValue(_source) is not { } source || document.Document.Source == source)
        && (parsed.GetValue(_url) is not { } url || document.Document.Url?.Contains(url, StringComparison.OrdinalIgnoreCase) == true);

    private static object Json(StageDocument at, Document? before, int limit)
    {
        var d = at.Document;
        return new
        {
            d.Id,
            d.SourceId,
            d.Url,
            kind = d.Kind,
            d.Title,
            d.Language,
            d.LanguageScore,
            d.Toxicity,
            d.License,
            d.LicenseEvidence,
            d.Source,
            locator = d.Locator.Length == 0 ? before?.Locator : d.Locator,
            d.Cluster,
            d.ClusterSize,
            metadata = d.Metadata.IsEmpty ? null : d.Metadata,
            signals = d.Signals.IsEmpty ? null : d.Signals.ToDictionary(s => s.Key, s => Finite(s.Value)),
            verdict = at.Reject is not { } r ? null : new { r.Step, version = r.StepVersion, r.Rule, measured = Finite(r.Measured), limit = Finite(r.Limit) },
            at.Tokens,
            validation = at.Tokens is null ? (bool?)null : at.Validation,
            file = at.File.Name,
            at.Row,
            before = before is null ? null : Cut(before.Text, limit),
            text = Cut(d.Text, limit),
            characters = d.Text.Length,
        };
    }

    // JSON has no infinities and no NaN.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static void Tell(StageDocument at, Document? before, int limit)
    {
        var d = at.Document;
        var verdict = at.Reject is { } r ? $"dropped by {r.Step}.{r.Rule}" : "kept";
        Console.Out.WriteLine($"━━ {verdict} {new string('━', Math.Max(2, 96 - verdict.Length))}");
        Line("id", d.Id);
        Line("url", d.Url);
        Line("title", d.Title);
        Line("kind", Listed([DocumentShard.NameOf(d.Kind), d.Language is null ? null : $"language {d.Language}{(d.LanguageScore is { } s ? $" ({s:0.00})" : "")}",
            d.License is null ? null : $"licence {d.License}", d.Toxicity is { } t ? $"toxicity {t:0.00}" : null]));
        Line("source", Listed([d.Source, d.Locator.Length == 0 ? before?.Locator : d.Locator, d.SourceId is null ? null : $"its id {d.SourceId}"]));
        if (at.Reject is { } reject)
            Line("verdict", $"{reject.Step} (version {reject.StepVersion}), {reject.Rule}: measured {Number(reject.Measured)}, limit {Number(reject.Limit)}");
        if (d.Cluster is not null)
            Line("cluster", d.Cluster == d.Id ? $"the survivor of {d.ClusterSize:N0}" : $"its survivor is {d.Cluster}");
        Line("file", $"{at.File.Name} row {at.Row:N0}");
        if (at.Tokens is { } tokens)
            Line("tokens", $"{tokens:N0}, {(at.Validation ? "held out for validation" : "for training")}; the text below is decoded from them");
        TellText(d.Text, before?.Text, limit);
        Console.Out.WriteLine();
    }

    private static void TellText(string text, string? before, int limit)
    {
        Line("text", before is null || before == text
            ? $"{text.Length:N0} characters{(before is null ? "" : ", as the stage before left it")}"
            : $"{text.Length:N0} characters, {before.Length:N0} before; lines that went (-) and came (+):");
        var lines = before is null || before == text ? text.Split('\n').Select(l => ('│', l)) : TextDiff.Of(before, text);
        var left = limit;
        foreach (var (sign, line) in lines)
        {
            if (left <= 0)
            {
                if (limit > 0)
                    Console.Out.WriteLine("    …");
                break;
            }
            foreach (var piece in Wrapped(TextDiff.Printable(Cut(line, left))))
                Console.Out.WriteLine($"  {sign} {piece}".TrimEnd());
            left -= Math.Max(1, line.Length);
        }
    }

    private static void Line(string name, string? value)
    {
        if (value is not null)
            Console.Out.WriteLine($"{name,-9}{TextDiff.Printable(PipelineVariables.Redact(value))}");
    }

    private static string Listed(IEnumerable<string?> values) => string.Join(" · ", values.Where(v => v is not null));

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);


    // At the last space that fits, so that words stay whole where there are any.
    private static IEnumerable<string> Wrapped(string line)
    {
        while (line.Length > TextWidth)
        {
            var cut = line.LastIndexOf(' ', TextWidth - 1) is var space and > 0 ? space + 1 : char.IsHighSurrogate(line[TextWidth - 1]) ? TextWidth - 1 : TextWidth;
            yield return line[..cut];
            line = line[cut..];
        }
        yield return line;
    }

    private static string Cut(string text, int limit) =>
        text.Length <= limit ? text : $"{text[..(limit > 0 && char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit)]}…";
}
