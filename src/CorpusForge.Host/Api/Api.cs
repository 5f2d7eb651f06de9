using System.Text.Json;
using System.Text.Json.Serialization;
using CorpusForge.Host.Security;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing.Template;
using Scalar.AspNetCore;

namespace CorpusForge.Host.Api;

/// <summary>The REST API under /api/v1, its description at /openapi.json, and a page to read and try it at /scalar.</summary>
internal static class Api
{
    public const string Prefix = "/api/v1";

    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
        builder.Services.Configure<JsonOptions>(o => Configure(o.SerializerOptions));
        // What cannot be bound becomes a problem that says so.
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Problems>();
        builder.Services.AddOpenApi("v1", Description.Configure);
    }

    public static void Map(WebApplication app)
    {
        app.UseWhen(c => c.Request.Path.StartsWithSegments("/api"), api =>
        {
            api.UseExceptionHandler();
            api.UseStatusCodePages();
            api.UseMiddleware<Idempotency>();
            // The page that says that there is no such page is not for programs.
            api.Use((context, next) =>
            {
                if (context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is null)
                    return next(context);
                context.SetEndpoint(null);
                var methods = MethodsOf(app, context.Request.Path);
                context.Response.StatusCode = methods.Count == 0 ? StatusCodes.Status404NotFound : StatusCodes.Status405MethodNotAllowed;
                if (methods.Count > 0)
                    context.Response.Headers.Allow = string.Join(", ", methods);
                return Task.CompletedTask;
            });
        });
        app.MapOpenApi("/openapi.json").RequireAuthorization("Viewer");
        app.MapScalarApiReference("/scalar", o => o.WithTitle("CorpusForge API").WithOpenApiRoutePattern("/openapi.json").DisableAgent().DisableTelemetry()).RequireAuthorization("Viewer");
        app.MapGet("/api", () => Results.LocalRedirect("~/scalar")).ExcludeFromDescription().RequireAuthorization("Viewer");

        CompletionEndpoints.Map(app, app.Services.GetRequiredService<AppSettings>().Out);

        var api = app.MapGroup(Prefix).RequireAuthorization("Viewer");
        PipelineEndpoints.Map(api.MapGroup("").WithTags("Pipelines"));
        RunEndpoints.Map(api.MapGroup("").WithTags("Runs"));
        UnitEndpoints.Map(api.MapGroup("").WithTags("Units"));
        EventEndpoints.Map(api.MapGroup("").WithTags("Events"));
        DocumentEndpoints.Map(api.MapGroup("").WithTags("Documents"));
        OutputEndpoints.Map(api.MapGroup("").WithTags("Output"));
        ScheduleEndpoints.Map(api.MapGroup("").WithTags("Schedules"));
        BackfillEndpoints.Map(api.MapGroup("").WithTags("Backfills"));
        ServiceEndpoints.Map(api.MapGroup("").WithTags("Service"));
    }

    // Pages take GET and POST of any path, so routing does not find out by itself that only the method is wrong.
    private static SortedSet<string> MethodsOf(IEndpointRouteBuilder app, PathString path) => new(
        app.DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText?.StartsWith("/api", StringComparison.Ordinal) == true
                && new TemplateMatcher(new RouteTemplate(e.RoutePattern), []).TryMatch(path, []))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []), StringComparer.Ordinal);

    /// <summary>As manifests are written, and strict in what is read: a misspelt key is an error.</summary>
    internal static void Configure(JsonSerializerOptions options)
    {
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = Manifest.Json.Encoder;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
        options.NumberHandling = JsonNumberHandling.Strict;
    }

    /// <summary>Who asks, for the record.</summary>
    internal static string Who(HttpContext context) => context.User.Who();
}
