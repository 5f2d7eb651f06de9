using System.Text.Json;
using System.Text.RegularExpressions;
using CorpusForge.Host.Service;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace CorpusForge.Host.Api;

/// <summary>Makes every error an answer of the type application/problem+json (RFC 9457); none shows how the program is made.</summary>
internal sealed partial class Problems(IProblemDetailsService service, ILogger<Problems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var problem = Of(exception);
        if (problem.Status >= 500)
            LogUnhandled(logger, context.Request.Method, context.Request.Path, exception);
        context.Response.StatusCode = problem.Status!.Value;
        return await service.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem, Exception = exception });
    }

    internal static ProblemDetails Of(Exception exception) => exception switch
    {
        PipelineException e => Wrong(e),
        NotFoundException e => Because(404, "Not found", e.Message),
        ConflictException e => Because(409, "Not possible now", e.Message),
        BadHttpRequestException { InnerException: JsonException e } => Because(
            400, "Not the JSON that was expected", $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}, at {e.Path}: {Short(e.Message)}"),
        BadHttpRequestException { StatusCode: 413 } => Because(413, "Too large", "The request is larger than this service takes."),
        BadHttpRequestException { StatusCode: 415 } => Because(415, "Unsupported media type", "Send application/json, or a pipeline file as application/yaml."),
        BadHttpRequestException e => Because(e.StatusCode, "Bad request", Plain(e.Message)),
        InputException e => Because(422, "A file of the input or output is damaged", e.Message),
        IOException or UnauthorizedAccessException => Because(503, "Storage cannot be used", exception.Message),
        System.Data.Common.DbException or TimeoutException => Because(503, "The ledger cannot be reached", "Try again in a moment."),
        _ => Because(500, "Something went wrong here", "The log of the service says what."),
    };

    // The framework speaks of types of .NET, and says the place again.
    private static string Short(string message) =>
        Unmapped().Match(message) is { Success: true } m ? $"there is no property '{m.Groups[1].Value}'"
        : Required().Match(message) is { Success: true } n ? $"it must have {n.Groups[1].Value}"
        : message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal) ? "the value is of another type than this property has"
        : message.Split(" Path: ")[0].Split(" LineNumber: ")[0];

    private static string Plain(string message) =>
        Unbound().Match(message) is { Success: true } m ? $"{m.Groups[1].Value}: '{m.Groups[2].Value}' is not a value of it"
        : Missing().Match(message) is { Success: true } n ? $"{n.Groups[1].Value}: the query must say it"
        : message;

    [GeneratedRegex("^The JSON property '([^']*)' could not be mapped", RegexOptions.CultureInvariant)]
    private static partial Regex Unmapped();

    [GeneratedRegex("was missing required properties including: (.*?)\\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex Required();

    [GeneratedRegex("^Failed to bind parameter \"[^\"]* (\\w+)\" from \"(.*)\"", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Unbound();

    [GeneratedRegex("^Required parameter \"[^\"]* (\\w+)\" was not provided from query", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();

    private static ProblemDetails Because(int status, string title, string detail) =>
        new() { Status = status, Title = title, Detail = PipelineVariables.Redact(detail) };

    private static ProblemDetails Wrong(PipelineException exception)
    {
        PipelineProblem[] problems = [.. exception.Problems.Select(PipelineProblem.Of)];
        return new ProblemDetails
        {
            Status = 422,
            Title = "Not valid",
            Detail = problems is [var one] ? one.Message : $"{problems.Length} problems",
            Extensions = { ["problems"] = problems },
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogUnhandled(ILogger logger, string method, string path, Exception exception);
}
