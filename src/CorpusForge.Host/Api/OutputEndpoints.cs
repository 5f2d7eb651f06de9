using System.Formats.Tar;
using CorpusForge.Host.Commands;
using CorpusForge.Host.Service;

namespace CorpusForge.Host.Api;

/// <summary>What stages left, to take away: files of units, exports; and its removal.</summary>
internal static class OutputEndpoints
{
    // A report is a page with styles and pictures of its own, and nothing that runs.
    private const string ReportPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/runs/{run}/units/{stage}/{phase}/{key}/files/{*file}", File).WithName("downloadFile").WithSummary("Downloads a file that a unit made: a report, a curve, documents.")
            .WithDescription("`file` is a name of the unit's part, as `showUnit` lists them, without the first folder: `rejects/part-….arrow`.").Produces<string>(200, "application/octet-stream", "text/html");
        api.MapGet("/runs/{run}/stages/{stage}/export", Export).WithName("exportStage").WithSummary("Downloads a finished stage in a format of other programs, as a tar file.")
            .WithDescription("jsonl, parquet, huggingface, mds, webdataset; megatron, nanogpt and llmc of tokens. It is written to a disk of the service first: this takes as long as the stage is large.")
            .Produces<string>(200, "application/x-tar").RequireAuthorization("Operator");
        api.MapPost("/runs:prune", (HttpContext c, RunService s, CancellationToken cancel, int keep = 1, bool dryRun = false) => s.Prune(keep, dryRun, Api.Who(c), cancel: cancel)).WithName("pruneRuns")
            .WithSummary("Removes the parts that no kept run needs, and forgets the runs that are not kept.")
            .WithDescription("Kept are the newest `keep` finished runs of each pipeline, and all that did not finish. With `dryRun` nothing is removed.").RequireAuthorization("Administrator");
        api.MapGet("/schema", () => Results.Text(SchemaCommand.Schema(), "application/schema+json")).WithName("showSchema").WithSummary("Shows the JSON schema of pipeline files.")
            .Produces<object>(200, "application/schema+json");
    }

    private static IResult File(string run, string stage, string phase, string key, string file, HttpContext context, RunService service)
    {
        var (found, content) = service.Open(UnitEndpoints.IdOf(service, run, stage, phase, key), file);
        if (!file.EndsWith(".html", StringComparison.Ordinal))
            return Results.File(content, "application/octet-stream", file.Split('/')[^1], enableRangeProcessing: true);
        context.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        context.Response.ContentLength = found.Bytes;
        return Results.File(content, "text/html; charset=utf-8");
    }

    private static async Task Export(string run, string stage, HttpContext context, RunService service, CancellationToken cancel, string format = "jsonl")
    {
        var at = service.StageOf(run, stage);
        var folder = Directory.CreateTempSubdirectory("corpusforge-export-");
        try
        {
            // Written whole before the answer begins, so that what fails is a problem and no file that breaks off.
            await service.Export(run, at, format, folder.FullName, cancel);
            context.Response.ContentType = "application/x-tar";
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{run}-{service.FolderNameOf(run, at).Split('/')[^1]}.{format}.tar\"";
            await TarFile.CreateFromDirectoryAsync(folder.FullName, context.Response.Body, includeBaseDirectory: false, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
