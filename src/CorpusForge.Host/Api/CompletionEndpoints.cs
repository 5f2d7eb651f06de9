using System.Text.Encodings.Web;
using System.Text.Json;
using CorpusForge.Host.Commands;
using CorpusForge.Host.Service;
using CorpusForge.Runs;
using CorpusForge.Tokenize;
using CorpusForge.Training;

namespace CorpusForge.Host.Api;

/// <summary>/v1/completions and /v1/models as OpenAI has them, so that evaluation harnesses can drive the models of train stages.</summary>
/// <remarks>A model is named PIPELINE/STAGE-FOLDER, as it lies in the output. One model is in memory and answers one request at a time.</remarks>
internal static class CompletionEndpoints
{
    // As whole answers are written.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(WebApplication app, string output)
    {
        var models = new ServedModels(output);
        app.Lifetime.ApplicationStopped.Register(models.Dispose);
        var api = app.MapGroup("/v1").RequireAuthorization("Viewer").ExcludeFromDescription();
        api.MapGet("/models", () => Results.Json(new { @object = "list", data = models.Names().Select(id => new { id, @object = "model", owned_by = "corpusforge" }) }));
        api.MapPost("/completions", (HttpContext context, TimeProvider time) => Complete(context, models, time));
    }

    private static async Task<IResult> Complete(HttpContext context, ServedModels models, TimeProvider time)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            var request = CompletionRequest.Of(body.RootElement);
            using var lease = await models.Take(request.Model, context.RequestAborted);
            // What is wrong with a prompt is said before anything is.
            var prompts = request.Prompts(lease.Tokenizer).ToArray();
            var answer = new Answer($"cmpl-{context.TraceIdentifier}", time.GetUtcNow().ToUnixTimeSeconds(), request.Model);
            if (request.Stream)
            {
                await Task.Run(() => Stream(context, request, lease, prompts, answer), context.RequestAborted);
                return Results.Empty;
            }
            var parts = await Task.Run(() => Parts(request, lease, prompts, context.RequestAborted).ToList(), context.RequestAborted);
            return Results.Json(answer.With(
                parts.GroupBy(p => p.Index).Select(c => Answer.Choice(
                    c.Key, string.Concat(c.Select(p => p.Text)), request.Alternatives is null ? null : CompletionLogProbabilities.Of(lease.Tokenizer, c.First().First, [.. c.SelectMany(p => p.Told)]), c.Last().FinishReason)),
                Usage(prompts, parts)));
        }
        catch (JsonException e)
        {
            return Wrong(400, $"not the JSON that was expected: {e.Message}");
        }
        catch (NotFoundException e)
        {
            return Wrong(404, e.Message);
        }
        catch (Exception e) when (e is PipelineException or TrainingException or InputException)
        {
            return Wrong(400, e.Message);
        }
    }

    private static IResult Wrong(int status, string message) => Results.Json(Error(message), statusCode: status);

    private static object Error(string message) => new { error = new { message = PipelineVariables.Redact(message), type = "invalid_request_error" } };

    // Server-sent events: one for each piece of text that is certain, and at last the word that it was the last.
    private static async Task Stream(HttpContext context, CompletionRequest request, ServedModels.Lease lease, IReadOnlyList<int>[] prompts, Answer answer)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        var (parts, offsets) = (new List<Part>(), new Dictionary<int, int>());
        try
        {
            foreach (var part in Parts(request, lease, prompts, context.RequestAborted))
            {
                parts.Add(part with { Told = [] });
                CompletionLogProbabilities? told = null;
                if (request.Alternatives is not null)
                    (told, offsets[part.Index]) = CompletionLogProbabilities.Of(lease.Tokenizer, part.First, part.Told, offsets.GetValueOrDefault(part.Index));
                await Write(answer.With([Answer.Choice(part.Index, part.Text, told, part.FinishReason)], null));
            }
            if (request.StreamUsage)
                await Write(answer.With([], Usage(prompts, parts)));
        }
        catch (TrainingException e)
        {
            await Write(Error(e.Message));
        }
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);

        async Task Write(object chunk)
        {
            await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(chunk, s_json)}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static IEnumerable<Part> Parts(CompletionRequest request, ServedModels.Lease lease, IReadOnlyList<int>[] prompts, CancellationToken cancel) =>
        prompts.SelectMany((prompt, p) => Enumerable.Range(0, request.Count).SelectMany(i =>
            PartsOf(request, lease, prompt, (p * request.Count) + i, request.Sampler with { Seed = request.Sampler.Seed + i }, cancel)));

    private static IEnumerable<Part> PartsOf(CompletionRequest request, ServedModels.Lease lease, IReadOnlyList<int> prompt, int index, Sampler sampler, CancellationToken cancel)
    {
        var (tokenizer, alternatives) = (lease.Tokenizer, request.Alternatives ?? 0);
        if (request.Echo)
        {
            IReadOnlyList<DrawnToken> scored = request.Alternatives is null ? [] : [.. Sampler.Score(lease.Model, prompt, alternatives)];
            yield return new Part(index, tokenizer.Decode(prompt), scored, prompt.Count > 0 ? prompt[0] : null, null, 0);
        }
        var drawn = new List<DrawnToken>();
        var (text, reason, given, told) = ("", "length", 0, 0);
        foreach (var token in sampler.Draws(lease.Model, prompt, tokenizer.EndOfText, alternatives))
        {
            cancel.ThrowIfCancellationRequested();
            if (token.Token == tokenizer.EndOfText)
            {
                reason = "stop";
                break;
            }
            drawn.Add(token);
            text = tokenizer.Decode(drawn.Select(d => d.Token));
            var cut = request.Stop.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
            if (cut >= 0)
            {
                (text, reason) = (text[..cut], "stop");
                break;
            }
            var certain = Certain(text, request.Stop);
            if (certain <= given)
                continue;
            yield return new Part(index, text[given..certain], drawn[told..], null, null, 0);
            (given, told) = (certain, drawn.Count);
        }
        yield return new Part(index, text[given..], drawn[told..], null, reason, drawn.Count);
    }

    // How much of a text stays as it is, whatever follows: without a character whose bytes may not all be there, and without the beginning of a stop.
    private static int Certain(string text, IReadOnlyList<string> stops)
    {
        var whole = text.AsSpan().TrimEnd('\uFFFD');
        var certain = whole.Length;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, whole.Length); length > 0; length--)
            {
                if (whole.EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                {
                    certain = Math.Min(certain, whole.Length - length);
                    break;
                }
            }
        }
        return certain;
    }

    private static object Usage(IReadOnlyList<int>[] prompts, List<Part> parts)
    {
        var (prompt, completion) = (prompts.Sum(p => p.Count), parts.Sum(p => p.Drawn));
        return new { prompt_tokens = prompt, completion_tokens = completion, total_tokens = prompt + completion };
    }

    // What has become certain of a choice; the last part says why there are no more and how many tokens were drawn.
    private sealed record Part(int Index, string Text, IReadOnlyList<DrawnToken> Told, int? First, string? FinishReason, int Drawn);

    private sealed record Answer(string Id, long Created, string Model)
    {
        public object With(IEnumerable<object> choices, object? usage) => usage is null
            ? new { id = Id, @object = "text_completion", created = Created, model = Model, choices }
            : new { id = Id, @object = "text_completion", created = Created, model = Model, choices, usage };

        public static object Choice(int index, string text, CompletionLogProbabilities? told, string? reason) => new { text, index, logprobs = told, finish_reason = reason };
    }
}

/// <summary>What is asked of a model; members that are not known are not minded, as clients send many.</summary>
internal sealed record CompletionRequest(string Model, JsonElement Prompt, Sampler Sampler, int Count, int? Alternatives, bool Echo, IReadOnlyList<string> Stop, bool Stream, bool StreamUsage)
{
    private const int MostPrompts = 256, MostTokens = 8192, MostCount = 16, MostAlternatives = 100;

    /// <exception cref="PipelineException">A member is out of its range.</exception>
    public static CompletionRequest Of(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw new PipelineException("a completion is asked for with a JSON object");
        var sampler = new Sampler
        {
            MaxTokens = (int)Number("max_tokens", 16, 0, MostTokens),
            Temperature = Number("temperature", 1, 0, 100),
            TopP = Number("top_p", 1, 1e-9, 1),
            TopK = (int)Number("top_k", 0, 0, int.MaxValue),
            Seed = (long)Number("seed", 1, long.MinValue, long.MaxValue),
        };
        var alternatives = Member("logprobs") is null ? (int?)null : (int)Number("logprobs", 0, 0, MostAlternatives);
        var model = Member("model") is { ValueKind: JsonValueKind.String } named ? named.GetString()! : throw new PipelineException("model: name one of /v1/models");
        IReadOnlyList<string> stop = Member("stop") switch
        {
            null => [],
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            { ValueKind: JsonValueKind.Array } several when several.EnumerateArray().All(s => s.ValueKind == JsonValueKind.String) =>
                [.. several.EnumerateArray().Select(s => s.GetString()!).Where(s => s.Length > 0)],
            _ => throw new PipelineException("stop: a text or several"),
        };
        return new CompletionRequest(
            model, Member("prompt")?.Clone() ?? throw new PipelineException("prompt: it is missing"), sampler, (int)Number("n", 1, 1, MostCount), alternatives,
            Member("echo") is { ValueKind: JsonValueKind.True }, stop, Member("stream") is { ValueKind: JsonValueKind.True },
            Member("stream_options") is { ValueKind: JsonValueKind.Object } options && options.TryGetProperty("include_usage", out var usage) && usage.ValueKind == JsonValueKind.True);

        JsonElement? Member(string name) => body.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
        double Number(string name, double otherwise, double least, double most) => Member(name) is not { } value ? otherwise
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most ? number
            : throw new PipelineException(FormattableString.Invariant($"{name}: a number from {least} to {most}"));
    }

    /// <summary>The prompts as ids: a text, ids, or several of either.</summary>
    public IEnumerable<IReadOnlyList<int>> Prompts(ITokenizer tokenizer)
    {
        var several = Prompt.ValueKind == JsonValueKind.Array && !(Prompt.GetArrayLength() > 0 && Prompt[0].ValueKind == JsonValueKind.Number);
        if (several && Prompt.GetArrayLength() is 0 or > MostPrompts)
            throw new PipelineException($"prompt: from 1 to {MostPrompts} prompts");
        return several ? [.. Prompt.EnumerateArray().Select(Ids)] : [Ids(Prompt)];

        IReadOnlyList<int> Ids(JsonElement prompt)
        {
            if (prompt.ValueKind == JsonValueKind.String)
            {
                var ids = new List<int>();
                tokenizer.Encode(prompt.GetString()!, ids);
                return ids;
            }
            return prompt.ValueKind == JsonValueKind.Array && prompt.EnumerateArray().All(t => t.ValueKind == JsonValueKind.Number && t.TryGetInt32(out var id) && (uint)id < (uint)tokenizer.VocabularySize)
                ? [.. prompt.EnumerateArray().Select(t => t.GetInt32())]
                : throw new PipelineException($"prompt: a text, or ids below {tokenizer.VocabularySize}");
        }
    }
}

/// <summary>How likely each token was, in four lists of equal length; the first token of an echoed prompt has no probability.</summary>
internal sealed record CompletionLogProbabilities(
    [property: System.Text.Json.Serialization.JsonPropertyName("tokens")] IReadOnlyList<string> Tokens,
    [property: System.Text.Json.Serialization.JsonPropertyName("token_logprobs")] IReadOnlyList<double?> TokenLogProbabilities,
    [property: System.Text.Json.Serialization.JsonPropertyName("top_logprobs")] IReadOnlyList<IReadOnlyDictionary<string, double>?> Top,
    [property: System.Text.Json.Serialization.JsonPropertyName("text_offset")] IReadOnlyList<int> Offsets)
{
    public static CompletionLogProbabilities Of(ITokenizer tokenizer, int? first, IReadOnlyList<DrawnToken> told) => Of(tokenizer, first, told, 0).Told;

    /// <summary>The same for tokens whose text begins at <paramref name="offset"/>, and where the next begins.</summary>
    public static (CompletionLogProbabilities Told, int Next) Of(ITokenizer tokenizer, int? first, IReadOnlyList<DrawnToken> told, int offset)
    {
        int[] ids = [.. first is { } id ? new[] { id } : [], .. told.Select(t => t.Token)];
        var offsets = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            offsets[i] = offset;
            offset += tokenizer.Decode([ids[i]]).Length;
        }
        double?[] unknown = first is null ? [] : [null];
        IReadOnlyDictionary<string, double>?[] none = first is null ? [] : [null];
        return (
            new CompletionLogProbabilities(
                [.. ids.Select(Name)], [.. unknown, .. told.Select(t => (double?)t.LogProbability)],
                [.. none, .. told.Select(t => t.Alternatives.ToDictionary(a => Name(a.Token), a => a.LogProbability))], offsets),
            offset);

        // A part of a character has no text of its own, and names must not be alike.
        string Name(int token) => tokenizer.Decode([token]) is var text && (text.Length == 0 || text.Contains('\uFFFD', StringComparison.Ordinal)) ? $"token_id:{token}" : text;
    }
}

/// <summary>The models in an output folder, one of them in memory.</summary>
internal sealed class ServedModels(string output) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private (string Name, DateTime Written, Transformer Model, ITokenizer Tokenizer)? _open;

    public IEnumerable<string> Names() => !Directory.Exists(output) ? [] : Directory.EnumerateDirectories(output)
        .SelectMany(p => Directory.EnumerateDirectories(p).Where(s => Directory.EnumerateFiles(s, "*.safetensors").Any() && StageFolder.Is(s)))
        .Select(s => Path.GetRelativePath(output, s).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>Waits for its turn with a model.</summary>
    /// <exception cref="NotFoundException">There is none of this name.</exception>
    public async Task<Lease> Take(string name, CancellationToken cancel)
    {
        // Only names that are listed: a path from elsewhere is none.
        if (!Names().Contains(name, StringComparer.Ordinal))
            throw new NotFoundException($"there is no model {name}; /v1/models lists them");
        await _turn.WaitAsync(cancel);
        try
        {
            var found = ModelFolder.Find(Path.Combine(output, name), null);
            var written = File.GetLastWriteTimeUtc(found.Weights);
            if (_open is not { } open || open.Name != name || open.Written != written)
            {
                _open?.Model.Dispose();
                _open = null;
                var tokenizer = Tokenizers.Open(found.Tokenizer);
                _open = (name, written, found.Open(tokenizer), tokenizer);
            }
            return new Lease(_open.Value.Model, _open.Value.Tokenizer, _turn);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    public void Dispose()
    {
        _open?.Model.Dispose();
        _turn.Dispose();
    }

    /// <summary>A model until the turn is given on.</summary>
    public sealed record Lease(Transformer Model, ITokenizer Tokenizer, SemaphoreSlim Turn) : IDisposable
    {
        public void Dispose() => Turn.Release();
    }
}
