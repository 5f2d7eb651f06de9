using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Api;

/// <summary>What stages left: documents, clusters, datasets, crawls, training curves.</summary>
internal static class DocumentEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/documents/{document}/lineage", (string document, RunService s, CancellationToken cancel, string? run = null) => DocumentLineage.Of(s.Lineage(document, run, cancel)))
            .WithName("showLineage").WithSummary("Follows a document through every stage of a run.")
            .WithDescription("The id, or at least 8 of its first digits. Every part of the run is read until it is found: this takes as long as the corpus is large. Without `run` the latest 20 runs are looked through.");
        api.MapGet("/runs/{run}/clusters", (string run, RunService s, CancellationToken cancel, int minSize = 2, string? cursor = null, int limit = 50) => s.Clusters(run, minSize, cursor, limit, cancel))
            .WithName("listClusters").WithSummary("Lists the clusters of duplicates that a run found.");
        api.MapGet("/runs/{run}/clusters/{survivor}", (string run, string survivor, RunService s, CancellationToken cancel, int limit = 20, int text = 4000) => s.Cluster(run, survivor, limit, text, cancel))
            .WithName("showCluster").WithSummary("Shows a cluster of duplicates with the texts side by side.");
        api.MapGet("/runs/{run}/crawl", (string run, RunService s) => s.CrawlHosts(run)).WithName("showCrawl").WithSummary("Shows what the crawls of a run have brought, by host.");
        api.MapGet("/runs/{run}/curves", (string run, RunService s, int points = 2000) =>
                s.Curves(run, points is >= 2 and <= 20_000 ? points : throw new PipelineException("points: from 2 to 20000")))
            .WithName("showCurves").WithSummary("Shows how the models of a run learnt, or learn.");
        api.MapGet("/datasets", (RunService s, string? pipeline = null) => s.Datasets(pipeline)).WithName("listDatasets")
            .WithSummary("Lists what the stages of all pipelines have produced, with the versions and what each was made of.");
        api.MapGet("/datasets/{pipeline}/{stage}", (string pipeline, string stage, RunService s) => s.Datasets(pipeline).FirstOrDefault(d => d.Stage == stage)
                ?? throw new NotFoundException($"there is no dataset {pipeline}/{stage}"))
            .WithName("showDataset").WithSummary("Shows the versions of one dataset.");
    }
}

/// <summary>A document's way through a run.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Id">The document's whole id.</param>
/// <param name="Url">Where it is from.</param>
/// <param name="Source">The source's id.</param>
/// <param name="Locator">Where the source has it.</param>
/// <param name="SourceId">The id that the input brought.</param>
/// <param name="Kind">text, code or caption.</param>
/// <param name="License">An SPDX expression.</param>
/// <param name="LicenseEvidence">What the licence was read from.</param>
/// <param name="Stages">The stages that have it, in order.</param>
internal sealed record DocumentLineage(
    string Run, string Id, string? Url, string Source, string Locator, string? SourceId, Kind Kind, string? License, string? LicenseEvidence, IReadOnlyList<DocumentStop> Stages)
{
    public static DocumentLineage Of(Lineage lineage)
    {
        var d = lineage.Document;
        return new DocumentLineage(lineage.Run, lineage.Id, d.Url, d.Source, d.Locator, d.SourceId, d.Kind, d.License, d.LicenseEvidence, [.. lineage.Stops.Select(DocumentStop.Of)]);
    }
}

/// <summary>A stage that a document came to.</summary>
/// <param name="Stage">The stage's id.</param>
/// <param name="Folder">Relative to the output.</param>
/// <param name="Kept">Whether it went on.</param>
/// <param name="File">The file that it lies in, relative to the output.</param>
/// <param name="Row">The row in the file, from 0.</param>
/// <param name="Verdict">Why it was dropped.</param>
/// <param name="Survivor">The document that stayed of its duplicates.</param>
/// <param name="Duplicates">The documents that went.</param>
/// <param name="Tokens">How many it has, in a token shard.</param>
/// <param name="Validation">Whether it is held out from training.</param>
/// <param name="Readers">What was made of the token shard that it is in: figures by STAGE/UNIT.</param>
internal sealed record DocumentStop(
    string Stage, string Folder, bool Kept, string File, long Row, DocumentVerdict? Verdict, string? Survivor, IReadOnlyList<DocumentDuplicate>? Duplicates, int? Tokens, bool? Validation,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>? Readers)
{
    public static DocumentStop Of(LineageStop s) => new(
        s.Stage, s.Folder, s.At.Reject is null, s.File, s.At.Row, DocumentVerdict.Of(s.At.Reject), s.Cluster?.Survivor,
        s.Cluster?.Absorbed.Select(a => new DocumentDuplicate(a.Document.Id, a.Document.Url, a.Rule, DocumentVerdict.Finite(a.Measured))).ToArray(),
        s.At.Tokens, s.At.Tokens is null ? null : s.At.Validation,
        s.At.Tokens is null ? null : s.Readers.ToDictionary(r => $"{r.Stage}/{r.Part.Unit}", r => (IReadOnlyDictionary<string, double>)r.Part.Figures));
}

/// <summary>A document that went because it duplicates another.</summary>
internal sealed record DocumentDuplicate(string Id, string? Url, string Rule, double? Similarity);
