using CorpusForge.Host.Service;

namespace CorpusForge.Host.Api;

/// <summary>Checking and planning pipelines.</summary>
internal static class PipelineEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/pipelines:validate", Validate).Takes().WithName("validatePipeline").WithSummary("Checks a pipeline: every problem at once, with line and column.");
        api.MapPost("/pipelines:plan", Plan).Takes().WithName("planPipeline").WithSummary("Tells what a run would do, without doing it.")
            .WithDescription("The units of each phase, how many of them exist already, and the bytes of input that would be read. Input files that were not seen before are read once for their digests.")
            .RequireAuthorization("Operator");
    }

    /// <summary>The body is a submission, in JSON or as the file itself.</summary>
    /// <remarks>Any other type comes to the binding, too, which refuses it: routing would go on to the pages.</remarks>
    internal static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint) => endpoint.Accepts<PipelineSubmission>("application/json", "application/yaml", AnyType);

    internal const string AnyType = "*/*";

    private static Validation Validate(PipelineSubmission submission, HttpContext context, RunService service) => service.Validate(submission.By(Api.Who(context)));

    private static RunPlan Plan(PipelineSubmission submission, HttpContext context, RunService service) => service.Plan(submission.By(Api.Who(context)));
}
