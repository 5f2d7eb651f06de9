using System.Globalization;
using System.Text.Json;
using CorpusForge.Host.Service;
using CorpusForge.Runs;

namespace CorpusForge.Host.Api;

/// <summary>What happened: as a list, as a stream of server-sent events, and as lines of a log.</summary>
internal static class EventEndpoints
{
    private const string Stream = "text/event-stream";
    private static readonly TimeSpan s_alive = TimeSpan.FromSeconds(15);

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/runs/{run}/events", OfRun).WithName("listRunEvents").WithSummary("Lists what happened in a run, or streams it as it happens.")
            .WithDescription("With `Accept: text/event-stream` the events come as they happen, each with its number as id: send it as Last-Event-ID to go on from there.")
            .Produces<IReadOnlyList<EventRow>>(200, "application/json", Stream);
        api.MapGet("/events", OfAll).WithName("listEvents").WithSummary("Lists what happened in all runs, or streams it as it happens.").Produces<IReadOnlyList<EventRow>>(200, "application/json", Stream);
        api.MapGet("/runs/{run}/logs", Log).WithName("showRunLog").WithSummary("Shows what happened in a run as lines of text.").Produces<string>(200, "text/plain");
    }

    private static Task OfRun(
        string run, HttpContext context, RunService service, string? stage = null, string? phase = null, string? key = null, string? level = null,
        long after = 0, long? before = null, bool newest = false, int limit = 100)
    {
        service.Run(run);
        return Answer(context, service, FilterOf(service, run, stage, phase, key, level) with { After = after, Before = before, Newest = newest }, limit);
    }

    private static Task OfAll(HttpContext context, RunService service, string? level = null, long after = 0, long? before = null, bool newest = false, int limit = 100) =>
        Answer(context, service, new EventFilter { Level = level, After = after, Before = before, Newest = newest }, limit);

    private static async Task Log(
        string run, HttpContext context, RunService service, string? stage = null, string? phase = null, string? key = null, string? level = null, long after = 0, int limit = 500)
    {
        service.Run(run);
        var lines = service.Events(FilterOf(service, run, stage, phase, key, level) with { After = after }, limit).Select(LineOf);
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(string.Concat(lines.Select(l => l + "\n")), context.RequestAborted);
    }

    /// <summary>An event as one line; a message of several lines goes on indented.</summary>
    internal static string LineOf(EventRow e)
    {
        var unit = e.Key is null ? "" : $" {e.StageId}/{e.PhaseName}/{e.Key}{(e.Attempt is null ? "" : $" attempt {e.Attempt}")}";
        return TextDiff.Printable($"{e.At} {e.Level} {e.Run}{unit}{(e.Worker is null ? "" : $" on {e.Worker}")} {e.Kind}{(e.Message.Length == 0 ? "" : ": ")}")
            + string.Join("\n    ", e.Message.Split('\n').Select(TextDiff.Printable));
    }

    internal static EventFilter FilterOf(RunService service, string run, string? stage, string? phase, string? key, string? level)
    {
        if (level is not (null or "information" or "warning" or "error"))
            throw new PipelineException($"level: '{level}' is none of information, warning, error");
        if (phase is not null && stage is null)
            throw new PipelineException("phase: needs a stage");
        var at = stage is null ? (int?)null : service.StageOf(run, stage);
        return new EventFilter { Run = run, Stage = at, Phase = phase is null ? null : service.PhaseOf(run, at!.Value, phase), Key = key, Level = level };
    }

    private static async Task Answer(HttpContext context, RunService service, EventFilter filter, int limit)
    {
        if (!context.Request.Headers.Accept.ToString().Contains(Stream, StringComparison.OrdinalIgnoreCase))
        {
            await context.Response.WriteAsJsonAsync(service.Events(filter, limit), context.RequestAborted);
            return;
        }
        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
        {
            filter = long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? filter with { After = number }
                : throw new BadHttpRequestException($"Last-Event-ID: '{last}' is no number of an event");
        }
        await Flow(context, service, filter with { Before = null });
    }

    private static async Task Flow(HttpContext context, RunService service, EventFilter filter)
    {
        // A service that stops does not wait for those who listen.
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var json = context.RequestServices.GetRequiredService<Microsoft.Extensions.Options.IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        context.Response.ContentType = Stream;
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await context.Response.Body.FlushAsync(end.Token);
        await using var events = service.Watch(filter, end.Token).GetAsyncEnumerator(end.Token);
        var next = events.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                if (await Task.WhenAny(next, Task.Delay(s_alive, time, end.Token)) != next)
                {
                    end.Token.ThrowIfCancellationRequested();
                    await context.Response.WriteAsync(": still here\n\n", end.Token);
                    await context.Response.Body.FlushAsync(end.Token);
                    continue;
                }
                if (!await next)
                    return;
                var one = events.Current;
                await context.Response.WriteAsync($"id: {one.Number}\nevent: {one.Kind}\ndata: {JsonSerializer.Serialize(one, json)}\n\n", end.Token);
                await context.Response.Body.FlushAsync(end.Token);
                next = events.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Whoever listened has gone, or the service stops.
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
