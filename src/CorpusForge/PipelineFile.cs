using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CorpusForge.Runs;
using CorpusForge.Settings;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace CorpusForge;

/// <summary>Reads a pipeline file, strictly: every problem is reported at once, each with file, line and column.</summary>
/// <remarks>
/// YAML 1.1 as YamlDotNet reads it. `${env:NAME}` (with `${env:NAME:-default}`) and `${file:PATH}` bring in values that are then
/// redacted wherever they could be printed. Files over 1 MiB, nested deeper than 32 or with aliases are refused.
/// </remarks>
public static partial class PipelineFile
{
    private const int MaxBytes = 1 << 20;
    internal const int MaxDepth = 32;

    /// <summary>Reads and resolves a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="catalogue">What it may name.</param>
    /// <param name="overrides">`path.to.setting=value`, applied before binding.</param>
    /// <param name="limit">At most so many documents of each source.</param>
    /// <exception cref="PipelineException">Any problem, all of them.</exception>
    public static Pipeline Load(string path, Catalogue catalogue, IReadOnlyList<string>? overrides = null, long? limit = null)
    {
        if (!File.Exists(path))
            throw new PipelineException($"{path}: there is no such pipeline file");
        if (new FileInfo(path).Length > MaxBytes)
            throw new PipelineException($"{path}: a pipeline file has at most {MaxBytes:N0} bytes");
        return Parse(File.ReadAllText(path), path, catalogue, overrides, limit);
    }

    /// <summary>Reads and resolves the text of a file.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">What messages call it.</param>
    /// <param name="catalogue">What it may name.</param>
    /// <param name="overrides">`path.to.setting=value`, applied before binding.</param>
    /// <param name="limit">At most so many documents of each source.</param>
    /// <param name="within">What a pipeline from elsewhere may touch; null for the user's own.</param>
    /// <exception cref="PipelineException">Any problem, all of them.</exception>
    public static Pipeline Parse(
        string yaml, string file, Catalogue catalogue, IReadOnlyList<string>? overrides = null, long? limit = null, Confinement? within = null)
    {
        if (yaml.Length > MaxBytes || overrides?.Sum(o => (long)o.Length) > MaxBytes)
            throw new PipelineException($"{file}: a pipeline file has at most {MaxBytes:N0} bytes, and so have all overrides together");
        var problems = new List<string>();
        var binder = new SettingsBinder(file, catalogue, problems) { Within = within };
        if (limit < 1)
            problems.Add("--limit: at least 1 document");
        var pipeline = Root(yaml, file, problems) is { } root ? Bind(root, binder, catalogue, overrides ?? [], limit, problems) : null;
        if (problems.Count > 0)
            throw new PipelineException(problems);
        return pipeline!;
    }

    private static YamlMappingNode? Root(string yaml, string file, List<string> problems)
    {
        try
        {
            if (Document(yaml) is YamlMappingNode root)
                return root;
            problems.Add($"{file}:1:1: a pipeline file is one mapping with name, sources and stages");
        }
        catch (YamlException e)
        {
            problems.Add($"{file}:{e.Start.Line}:{e.Start.Column}: not valid YAML: {e.Message}");
        }
        return null;
    }

    /// <summary>The one document of a text, null when there is none or several; depth and anchors are looked at before anything is built.</summary>
    /// <exception cref="YamlException">It is not YAML, too deep, or has anchors.</exception>
    internal static YamlNode? Document(string yaml)
    {
        CheckDepth(yaml);
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents is [var document] ? document.RootNode : null;
    }

    private static void CheckDepth(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var (depth, documents) = (0, 0);
        while (parser.MoveNext())
        {
            var now = parser.Current!;
            depth += now.NestingIncrease;
            if (now is DocumentStart && ++documents > 1)
                throw new YamlException(now.Start, now.End, "there is a second document");
            if (depth > MaxDepth + 2)
                throw new YamlException(now.Start, now.End, $"nested deeper than {MaxDepth}");
            if (now is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
                throw new YamlException(now.Start, now.End, "anchors and aliases are not used in pipeline files: write the settings out");
        }
    }

    private static Pipeline? Bind(
        YamlMappingNode root, SettingsBinder binder, Catalogue catalogue, IReadOnlyList<string> overrides, long? limit, List<string> problems)
    {
        PipelineOverrides.Apply(root, overrides, binder, problems);
        PipelineVariables.Expand(root, binder);
        string[] keys = ["name", "seed", "sources", "stages"];
        foreach (var key in root.Children.Keys)
        {
            if (binder.IsFull)
                break;
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (!keys.Contains(name))
                binder.Problem(key, $"a pipeline has no '{name}'{SettingsBinder.Nearest(name, keys)}");
        }
        var pipelineName = Scalar(root, "name");
        if (pipelineName is null || !NamePattern().IsMatch(pipelineName))
            binder.Problem(Child(root, "name") ?? root, "a pipeline needs a name of lower-case letters, digits, '-', '_' and '.', at most 64");
        var seed = 0L;
        if (Child(root, "seed") is { } seedNode && !long.TryParse(Scalar(root, "seed"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seed))
            binder.Problem(seedNode, "'seed' must be a whole number");
        var sources = Entries(root, "sources", "source", catalogue.Sources, binder);
        var stages = Entries(root, "stages", "stage", catalogue.Stages, binder);
        if (problems.Count > 0)
            return null;
        return Resolve(pipelineName!, seed, limit, sources, stages, catalogue, binder);
    }

    private static List<(string Id, string Name, object Record, YamlNode Node)> Entries(
        YamlMappingNode root, string key, string what, IReadOnlyList<CatalogueEntry> entries, SettingsBinder binder)
    {
        var found = new List<(string, string, object, YamlNode)>();
        if (Child(root, key) is not YamlSequenceNode { Children.Count: > 0 } list)
        {
            binder.Problem(Child(root, key) ?? root, $"a pipeline needs '{key}', a list of at least one {what}");
            return found;
        }
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in list.Children)
        {
            if (binder.IsFull)
                break;
            if (binder.BindEntry(node, what, entries) is not { } bound)
                continue;
            var id = (bound.Record as IStage)?.Id ?? (bound.Record as ISource)?.Id ?? bound.Name;
            if (!NamePattern().IsMatch(id))
                binder.Problem(node, $"the id '{id}' must consist of lower-case letters, digits, '-', '_' and '.'");
            else if (!ids.Add(id))
                binder.Problem(node, $"two {key} are called '{id}': give one an id, as `{bound.Name}: {{ id: other }}`");
            if (bound.Record is ISource { Problem: { } problem })
                binder.Problem(node, $"{what} '{bound.Name}': {problem}");
            found.Add((id, bound.Name, bound.Record, bound.Node));
        }
        return found;
    }

    private static Pipeline Resolve(
        string name, long seed, long? limit, List<(string Id, string Name, object Record, YamlNode Node)> sourceEntries,
        List<(string Id, string Name, object Record, YamlNode Node)> stageEntries, Catalogue catalogue, SettingsBinder binder)
    {
        var sources = sourceEntries.Select(s => new PipelineSource(s.Id, s.Name, (ISource)s.Record, SourceDigest(s.Id, s.Name, (ISource)s.Record))).ToList();
        if (sources.Any(s => s.Name == "crawl") && stageEntries.All(s => s.Name != "crawl"))
            stageEntries.Insert(0, ("crawl", "crawl", catalogue.Stages.First(s => s.Name == "crawl").Create(), stageEntries[0].Node));
        var digest = Digests.Short($"corpusforge/1 seed={seed} limit={limit} codec=zstd-{DocumentShard.CompressionLevel} "
            + $"icu={CultureInfo.InvariantCulture.CompareInfo.Version.FullVersion} format={DocumentShard.Format}");
        var available = new HashSet<Product> { Product.Raw };
        var stages = new List<PlannedStage>();
        foreach (var (id, stageName, record, node) in stageEntries)
        {
            var stage = (IStage)record;
            if (!available.Contains(stage.Consumes))
                binder.Problem(node, $"stage '{id}' needs {Needs(stage.Consumes)} before it");
            if (stageName == "clean" && available.Contains(Product.Documents))
                binder.Problem(node, "a pipeline has one clean stage, before every other stage that reads documents");
            available.Add(stage.Produces);
            foreach (var step in (record as IStepStage)?.Steps.Where(s => s.Step is IExtractor && stageName != "clean") ?? [])
                binder.Problem(node, $"step '{step.Id}' extracts text from raw bytes, so it belongs in the clean stage");
            if (Resolved(stage, sources, node, binder) is not { } resolved)
                continue;
            stage = resolved;
            var settings = SettingsJson.Of(stage, all: false);
            digest = Digests.Short($"{digest}\n{stageName} {stage.Version} {settings.ToJsonString(Manifest.Json)}");
            stages.Add(new PlannedStage(id, stageName, stage, digest, $"{name}/{id}-{digest[..16]}"));
        }
        return new Pipeline(name, seed, limit, sources, stages);
    }

    // What steps and stages read is looked at here, so that what is not there is known before anything runs.
    private static IStage? Resolved(IStage stage, IReadOnlyList<PipelineSource> sources, YamlNode node, SettingsBinder binder)
    {
        var problems = new List<(YamlNode Node, string Text)>();
        foreach (var step in (stage as IStepStage)?.Steps ?? [])
        {
            if (step.Step.Problem(sources) is { } problem)
                problems.Add((binder.PlaceOf(step) ?? node, $"step '{step.Id}': {problem}"));
            else if (step.Step is IOpenable model)
                Try(binder.PlaceOf(step) ?? node, () => OpenedSteps.DigestOf(model));
        }
        IStage? resolved = null;
        Try(node, () => resolved = stage.Resolve(sources));
        foreach (var (at, text) in problems)
            binder.Problem(at, text);
        return problems.Count == 0 ? resolved : null;

        void Try(YamlNode at, Action action)
        {
            try
            {
                action();
            }
            catch (PipelineException e)
            {
                problems.AddRange(e.Problems.Select(p => (at, p)));
            }
        }
    }

    private static string SourceDigest(string id, string name, ISource source) =>
        Digests.Short($"{id} {name} {source.Version} {SettingsJson.Of(source, all: false).ToJsonString(Manifest.Json)}");

    private static string Needs(Product product) => product switch
    {
        Product.Documents => "a stage that makes documents (clean)",
        Product.Tokens => "a stage that makes tokens (tokenize)",
        Product.Model => "a stage that makes a model (train)",
        _ => "other stages",
    };

    /// <summary>The pipeline with every setting at its resolved value; secrets are redacted.</summary>
    public static JsonObject Describe(Pipeline pipeline) => new()
    {
        ["name"] = pipeline.Name,
        ["seed"] = pipeline.Seed,
        ["limit"] = pipeline.Limit,
        ["sources"] = new JsonArray([.. pipeline.Sources.Select(s => (JsonNode)new JsonObject
        {
            ["source"] = s.Name,
            ["id"] = s.Id,
            ["settings"] = SettingsJson.Of(s.Source, all: true),
        })]),
        ["stages"] = new JsonArray([.. pipeline.Stages.Select(s => (JsonNode)new JsonObject
        {
            ["stage"] = s.Name,
            ["id"] = s.Id,
            ["version"] = s.Stage.Version,
            ["digest"] = s.Digest,
            ["settings"] = SettingsJson.Of(s.Stage, all: true),
        })]),
    };

    private static YamlNode? Child(YamlMappingNode map, string key) =>
        map.Children.FirstOrDefault(c => c.Key is YamlScalarNode k && k.Value == key).Value;

    private static string? Scalar(YamlMappingNode map, string key) => (Child(map, key) as YamlScalarNode)?.Value;

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
