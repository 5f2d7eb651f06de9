using System.CommandLine;
using System.Text;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Host.Commands;

/// <summary>`schema`: the JSON schema of pipeline files; with `--steps`, the reference of everything that one can name.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Prints the JSON schema of pipeline files, for editors.");
        var reference = new Option<bool>("--reference") { Description = "Prints the reference of sources, steps and stages as Markdown instead." };
        command.Options.Add(reference);
        command.SetAction(parsed =>
        {
            Console.Out.Write(parsed.GetValue(reference) ? Reference() : Schema());
            return CommandLine.Done;
        });
        return command;
    }

    public static string Schema() => SettingsSchema.Of(CommandLine.Catalogue).ToJsonString(Manifest.Indented) + "\n";

    /// <summary>The table of steps that the README shows.</summary>
    public static string StepTable()
    {
        var text = new StringBuilder("| step | is | for | does |\n| --- | --- | --- | --- |\n");
        foreach (var entry in CommandLine.Catalogue.Steps)
        {
            var step = (IStep)entry.Create();
            text.Append($"| `{entry.Name}` | {KindOf(entry.Type)} | {(step.For == Kinds.All ? "all" : step.For.ToString().ToLowerInvariant())} | {Documentation.Of(entry.Type)} |\n");
        }
        return text.ToString();
    }

    public static string Reference()
    {
        var text = new StringBuilder("# Reference\n\nGenerated from the catalogues by `corpusforge schema --reference`; a test keeps it current.\n");
        Section(text, "Sources", CommandLine.Catalogue.Sources);
        Section(text, "Stages", CommandLine.Catalogue.Stages);
        Section(text, "Steps", CommandLine.Catalogue.Steps);
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<CatalogueEntry> entries)
    {
        text.Append($"\n## {title}\n");
        foreach (var entry in entries)
        {
            text.Append($"\n### {entry.Name}\n\n{Documentation.Of(entry.Type)}\n");
            var settings = Setting.Of(entry.Type);
            if (settings.Count == 0)
                continue;
            text.Append("\n| setting | default | meaning |\n| --- | --- | --- |\n");
            var defaults = SettingsJson.Of(entry.Create(), all: true);
            foreach (var setting in settings)
            {
                var value = setting.Needed ? "needed" : defaults[setting.Name]?.ToJsonString(Manifest.Json) is { } json ? $"`{json}`" : "none";
                text.Append($"| `{setting.Name}` | {value} | {MeaningOf(setting)} |\n");
            }
        }
    }

    private static string MeaningOf(Setting setting)
    {
        var type = Setting.ItemOf(setting.Type) ?? setting.Type;
        string[] parts =
        [
            Documentation.Of(setting) is { Length: > 0 } text ? text : setting.Name == "id" ? "Another name than that of the source or stage, where a pipeline has two alike." : "",
            type.IsEnum ? $"{(type == setting.Type ? "One" : "Some")} of {string.Join(", ", Setting.MembersOf(type).Keys.Select(k => $"`{k}`"))}." : "",
            setting.Type != typeof(bool) && Setting.IsNested(type) && type != typeof(ConfiguredStep) ? $"{(type == setting.Type ? "A" : "Each is a")} mapping of {string.Join(", ", Setting.Of(type).Select(s => $"`{s.Name}`"))}." : "",
        ];
        return string.Join(" ", parts.Where(p => p.Length > 0));
    }

    private static string KindOf(Type type) =>
        type.IsAssignableTo(typeof(IExtractor)) ? "extractor"
        : type.IsAssignableTo(typeof(ITransform)) ? type.IsAssignableTo(typeof(IFilter)) ? "transform and filter" : "transform"
        : type.IsAssignableTo(typeof(IOpenable)) ? "tagger and filter"
        : type.IsAssignableTo(typeof(ITagger)) ? "tagger" : "filter";
}
