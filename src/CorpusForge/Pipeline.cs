namespace CorpusForge;

/// <summary>A pipeline file as resolved: names, settings and overrides bound, secrets in place.</summary>
/// <param name="Name">Names the folder of its output.</param>
/// <param name="Seed">Every random choice comes from it.</param>
/// <param name="Limit">At most so many documents of each source; null is all.</param>
/// <param name="Sources">In the order of the file.</param>
/// <param name="Stages">In the order of the file; a crawl stage is put in front where a source crawls.</param>
public sealed record Pipeline(
    string Name, long Seed, long? Limit, IReadOnlyList<PipelineSource> Sources, IReadOnlyList<PlannedStage> Stages);

/// <summary>A source of a pipeline.</summary>
/// <param name="Id">Unique in the pipeline; the source column of its documents.</param>
/// <param name="Name">The name in the catalogue.</param>
/// <param name="Source">The settings.</param>
/// <param name="Digest">32 hexadecimal digits over the settings that matter to what is read, paths left out.</param>
public sealed record PipelineSource(string Id, string Name, ISource Source, string Digest);
