using System.ComponentModel;
using System.Text;
using CorpusForge.Host.Service;

namespace CorpusForge.Host.Api;

/// <summary>A pipeline to check, to plan or to run.</summary>
/// <remarks>In JSON, or the pipeline file itself as application/yaml with the other fields in the query.</remarks>
internal sealed record PipelineSubmission
{
    public const int MaxBytes = 4 << 20;

    [Description("The pipeline file's text (YAML).")]
    public required string Pipeline { get; init; }

    [Description("What the file is called, in messages.")]
    public string File { get; init; } = "pipeline.yaml";

    [Description("Overrides, `path.to.setting=value`.")]
    public IReadOnlyList<string> Set { get; init; } = [];

    [Description("Takes at most so many documents of each source.")]
    public long? Limit { get; init; }

    [Description("Units of a run with a higher one go first.")]
    public int Priority { get; init; }

    public Submission By(string who) => new(Pipeline, File, who) { Set = Set, Limit = Limit, Priority = Priority };

    /// <exception cref="BadHttpRequestException">It is neither.</exception>
    public static async ValueTask<PipelineSubmission?> BindAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.HasJsonContentType())
        {
            try
            {
                return Checked(await request.ReadFromJsonAsync<PipelineSubmission>(context.RequestAborted) ?? throw new BadHttpRequestException("the body is null"));
            }
            catch (System.Text.Json.JsonException e)
            {
                throw new BadHttpRequestException(e.Message, 400, e);
            }
        }
        if (request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() is not ("application/yaml" or "application/x-yaml" or "text/yaml"))
            throw new BadHttpRequestException("unsupported media type", 415);
        return Checked(new PipelineSubmission
        {
            Pipeline = await ReadText(request.Body, context.RequestAborted),
            File = request.Query["file"].ToString() is { Length: > 0 } file ? file : "pipeline.yaml",
            Set = [.. request.Query["set"].Select(s => s ?? "")],
            Limit = Number(request, "limit"),
            Priority = (int)(Number(request, "priority") ?? 0),
        });
    }

    private static PipelineSubmission Checked(PipelineSubmission submission)
    {
        if (submission.File.Length is 0 or > 500 || submission.File.Any(char.IsControl))
            throw new PipelineException("file: from 1 to 500 printable characters");
        if (submission.Priority is < -1000 or > 1000)
            throw new PipelineException("priority: from -1000 to 1000");
        if (submission.Set is null || submission.Set.Count > 1000 || submission.Set.Any(s => s is null))
            throw new PipelineException("set: at most 1000 overrides, none of them null");
        return submission;
    }

    private static long? Number(HttpRequest request, string name) => request.Query[name].ToString() is not { Length: > 0 } text ? null
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw new BadHttpRequestException($"{name}: '{text}' is no whole number");

    private static async Task<string> ReadText(Stream body, CancellationToken cancel)
    {
        using var text = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await body.ReadAsync(buffer, cancel)) > 0)
        {
            if (text.Length + read > MaxBytes)
                throw new BadHttpRequestException("too large", 413);
            text.Write(buffer, 0, read);
        }
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer(), 0, (int)text.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new BadHttpRequestException("the pipeline file is not UTF-8");
        }
    }
}
