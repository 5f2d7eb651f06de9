using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using Apache.Arrow;
using CorpusForge.Host.Commands;
using CorpusForge.Runs;
using CorpusForge.Settings;
using Xunit;

namespace CorpusForge.Host.Tests;

/// <summary>What the repository promises in files is what the code does. `CORPUSFORGE_UPDATE=1` writes the files anew.</summary>
public partial class PublishedFilesTests
{
    static string Root { get; } = RootOf(AppContext.BaseDirectory);

    [Fact]
    public void The_schema_of_pipeline_files_is_current() => Holds("schemas/pipeline.schema.json", _ => SchemaCommand.Schema());

    [Fact]
    public void The_reference_is_current() => Holds("docs/reference.md", _ => SchemaCommand.Reference());

    [Fact]
    public void The_readme_shows_the_steps_of_the_catalogue() => Holds("README.md", readme =>
        StepTable().Replace(readme, _ => $"<!-- steps -->\n{SchemaCommand.StepTable()}<!-- /steps -->"));

    [Fact]
    public void The_schema_of_manifests_is_current() => Holds("schemas/manifest.schema.json", _ =>
        Manifest.Json.GetJsonSchemaAsNode(typeof(Manifest), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }).ToJsonString(Manifest.Indented) + "\n");

    [Fact]
    public void The_schema_of_stage_files_is_current() => Holds("schemas/stage.schema.json", _ =>
        Manifest.Json.GetJsonSchemaAsNode(typeof(StageFile), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }).ToJsonString(Manifest.Indented) + "\n");

    [Fact]
    public void The_schema_of_document_shards_is_current() => Holds("schemas/documents.arrow.json", _ => Describe(
        "Arrow IPC file, zstd level 1, one row per document; signal columns `step.rule` (float64) may follow", DocumentShard.SchemaOf(rejects: false, [])));

    [Fact]
    public void The_schema_of_rejects_is_current() => Holds("schemas/rejects.arrow.json", _ => Describe(
        "Arrow IPC file, zstd level 1, one row per dropped document with its verdict; signal columns `step.rule` (float64) may follow", DocumentShard.SchemaOf(rejects: true, [])));

    [Fact]
    public void The_schema_of_image_shards_is_current() => Holds("schemas/images.arrow.json", _ => Describe(
        "Arrow IPC file, uncompressed, one row per image", ImageShard.Schema));

    public static TheoryData<string> Pipelines => [.. Directory.EnumerateFiles(Path.Combine(Root, "pipelines"), "*.yaml").Select(Path.GetFileName).Select(f => f!).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Pipelines))]
    public void A_pipeline_that_we_ship_is_valid_and_names_its_schema(string file)
    {
        var path = Path.Combine(Root, "pipelines", file);
        Assert.NotEmpty(PipelineFile.Load(path, CommandLine.Catalogue).Stages);
        Assert.StartsWith("# yaml-language-server: $schema=../schemas/pipeline.schema.json\n", File.ReadAllText(path));
    }

    [Fact]
    public void Every_record_that_can_be_named_is_in_a_catalogue_once_and_has_a_summary()
    {
        CatalogueEntry[] entries = [.. CommandLine.Catalogue.Sources, .. CommandLine.Catalogue.Stages, .. CommandLine.Catalogue.Steps];
        var types = new[] { typeof(Document).Assembly, typeof(Training.Train).Assembly }.SelectMany(a => a.GetTypes())
            .Where(t => t is { IsClass: true, IsAbstract: false, IsNested: false, IsPublic: true } && (t.IsAssignableTo(typeof(IStep)) || t.IsAssignableTo(typeof(ISource)) || t.IsAssignableTo(typeof(IStage))));
        Assert.Equal(types.OrderBy(t => t.FullName, StringComparer.Ordinal), entries.Select(e => e.Type).OrderBy(t => t.FullName, StringComparer.Ordinal));
        Assert.Empty(entries.Where(e => Documentation.Of(e.Type).Length == 0).Select(e => e.Name));
        Assert.Equal(entries.Length, entries.Select(e => (e.Name, e.Type)).Distinct().Count());
    }

    static string Describe(string container, Schema schema) => new JsonObject
    {
        ["format"] = schema.Metadata["corpusforge.format"],
        ["container"] = container,
        ["fields"] = new JsonArray([.. schema.FieldsList.Select(f => (JsonNode)new JsonObject { ["name"] = f.Name, ["type"] = f.DataType.Name, ["nullable"] = f.IsNullable })]),
    }.ToJsonString(Manifest.Indented) + "\n";

    static void Holds(string name, Func<string, string> expected)
    {
        var path = Path.Combine(Root, name);
        var actual = File.Exists(path) ? File.ReadAllText(path) : "";
        var wanted = expected(actual);
        if (Environment.GetEnvironmentVariable("CORPUSFORGE_UPDATE") == "1")
            File.WriteAllText(path, wanted);
        else
            Assert.True(wanted == actual, $"{name} is not what the code gives: run CORPUSFORGE_UPDATE=1 dotnet test, look at the difference, and commit it");
    }

    static string RootOf(string folder) => File.Exists(Path.Combine(folder, "CorpusForge.sln")) ? folder : RootOf(Path.GetDirectoryName(folder)!);

    [GeneratedRegex("<!-- steps -->.*<!-- /steps -->", RegexOptions.Singleline)]
    private static partial Regex StepTable();
}
