using System.Globalization;
using System.Text.Json.Nodes;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Audit;

/// <summary>Fills a datasheet from the records; what they do not say is said to be unknown.</summary>
/// <remarks>The questions follow Gebru et al., "Datasheets for Datasets", arXiv:1803.09010.</remarks>
internal static class Datasheet
{
    private const string Unknown = "Unknown: the pipeline records nothing about it. To be answered by those who publish the corpus.";

    public static IReadOnlyList<DatasheetSection> Of(PhaseInput input, Amount total, Composition composition, TokenFigures? tokens, IReadOnlyList<StageFigures> stages) =>
    [
        new("Motivation",
        [
            new("For what purpose was the dataset created, by whom, and who paid for it?", [Unknown]),
        ]),
        new("Composition",
        [
            new("What do the instances represent?", [$"Documents: {Join(composition.Kinds)}."]),
            new("How many instances are there?", [Readable.Amount(total)]),
            new("Is it a sample of a larger set?", [SampleOf(input)]),
            new("Are there recommended splits?", [SplitsOf(tokens)]),
            new("In which languages is it?", [composition.Languages.Slots.Count == 0 ? "There are no documents." : $"{Join(composition.Languages)}."]),
            new("Does it contain data that might be confidential, offensive, or identify people?",
            [
                "Not verified. What steps for personal data and safety changed and dropped stands under “Personal data and safety”; detectors miss things.",
            ]),
        ]),
        new("Collection",
        [
            new("How was the data acquired?", [.. input.Pipeline.Sources.Select(s => $"Source {s.Id}: {s.Name} (version {s.Source.Version}){SettingsOf(s.Source)}")]),
            new("Under which licences is it?", [composition.LicenseGroups.Slots.Count == 0 ? "There are no documents." : $"{Join(composition.LicenseGroups)}."]),
            new("Did the people or publishers consent?",
            [
                $"{Readable.Count(composition.WithConsentEvidence.Documents)} of {Readable.Count(total.Documents)} documents carry machine-readable evidence (robots rules, headers, meta tags). "
                    + "Whether that is consent in law is unknown.",
            ]),
            new("Over what time was it collected?", ["Unknown: the report holds no times, so that the same corpus gives the same report."]),
        ]),
        new("Preprocessing",
        [
            new("What was done to the data?", [.. input.Earlier.SelectMany(s => LinesOf(s.Stage))]),
            new("Can it be repeated?",
            [
                $"Seed {input.Pipeline.Seed.ToString(CultureInfo.InvariantCulture)}{(input.Pipeline.Limit is { } limit ? $", at most {Readable.Count(limit)} documents of each source" : "")}. "
                    + "The same pipeline, input and seed give the same bytes.",
                .. input.Earlier.Select(s => $"{s.Stage.Id}: configuration digest {s.Stage.Digest}"),
            ]),
            new("Is what was dropped kept?", ["The documents that rules dropped are kept beside the result of each stage, with step, version, rule, measured value and limit."]),
        ]),
        new("Uses, distribution and maintenance",
        [
            new("What has it been used for, and what should it not be used for?",
                [input.Earlier.Any(s => s.Stage.Stage.Produces == Product.Model) ? "A model was trained on it in this pipeline. " + Unknown : Unknown]),
            new("How is it distributed, under which terms, and who maintains it?", [Unknown]),
        ]),
    ];

    private static string SampleOf(PhaseInput input)
    {
        var entered = Funnel.Entered(input.Earlier);
        var limit = input.Pipeline.Limit is null ? "" : " The run was limited to a part of each source.";
        return entered == 0
            ? "The stages read no documents." + limit
            : $"{Readable.Count(entered)} documents were read from the sources.{limit} Whether the sources represent anything larger is unknown.";
    }

    private static string SplitsOf(TokenFigures? tokens) => tokens is null
        ? "None: the corpus was not tokenized."
        : $"{Readable.Count(tokens.Train.Documents)} documents ({Readable.Count(tokens.Train.Tokens)} tokens) for training, "
            + $"{Readable.Count(tokens.Validation.Documents)} ({Readable.Count(tokens.Validation.Tokens)} tokens) held out for validation.";

    private static string Join(Breakdown breakdown) => breakdown.Slots.Count == 0
        ? "none"
        : string.Join(", ", breakdown.Slots.Take(12).Select(s => $"{s.Key} {Readable.Share(s.DocumentShare)}"))
            + (breakdown.Slots.Count > 12 ? $" and {Readable.Count(breakdown.Slots.Count - 12)} more" : "");

    private static IEnumerable<string> LinesOf(PlannedStage stage)
    {
        if (stage.Stage is not IStepStage { Steps: var steps })
            return [$"Stage {stage.Id}: {stage.Name} (version {stage.Stage.Version}){SettingsOf(stage.Stage)}"];
        return
        [
            $"Stage {stage.Id}: {stage.Name} (version {stage.Stage.Version}), {(steps.Count == 0 ? "no steps" : "in this order:")}",
            .. steps.Select(s => $"– {s.Id} (version {s.Step.Version}){SettingsOf(s.Step)}"),
        ];
    }

    // Only what is in a digest: paths and other things of one machine are not.
    private static string SettingsOf(object record)
    {
        JsonObject settings = SettingsJson.Of(record, all: false);
        settings.Remove("id");
        var given = settings.Where(s => s.Value is not null).Select(s => $"{s.Key} {s.Value!.ToJsonString(Manifest.Json)}");
        var text = PipelineVariables.Redact(string.Join(", ", given));
        return text.Length == 0 ? "" : $": {text}";
    }
}
