using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CorpusForge.Host.Tests.Commands;
using Xunit;

namespace CorpusForge.Host.Tests.Api;

/// <summary>/v1/completions over the model of a train stage.</summary>
[Collection(nameof(CorpusRun))]
public sealed class CompletionTests : IDisposable
{
    private readonly ServedApi _api;
    private readonly string _model;

    public CompletionTests(CorpusRun run)
    {
        _api = new ServedApi(postgres: false, run.Program.Folder);
        _model = $"web/{Path.GetFileName(run.StageFolder("train"))}";
    }

    public void Dispose() => _api.Dispose();

    [Fact]
    public void Models_are_listed() =>
        Assert.Contains(_model, JsonDocument.Parse(_api.Text("v1/models")).RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));

    [Fact]
    public void An_echoed_prompt_has_the_probabilities_that_harnesses_add_up()
    {
        var answer = Ask(new { model = _model, prompt = "the river", max_tokens = 1, temperature = 0, logprobs = 1, echo = true, seed = 1234, user = "harness" });
        var choice = answer.GetProperty("choices")[0];
        var told = choice.GetProperty("logprobs");
        var tokens = told.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!).ToArray();
        var probabilities = told.GetProperty("token_logprobs").EnumerateArray().ToArray();
        var top = told.GetProperty("top_logprobs").EnumerateArray().ToArray();

        Assert.Equal(9, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.StartsWith("the river", choice.GetProperty("text").GetString());
        Assert.Equal("the river", string.Concat(tokens.Take(9)));
        Assert.InRange(tokens.Length, 9, 10);
        Assert.True(tokens.Length == probabilities.Length && tokens.Length == top.Length);
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (probabilities[0].ValueKind, top[0].ValueKind));
        Assert.All(probabilities.Skip(1), p => Assert.True(p.GetDouble() < 0));
        for (var i = 1; i < tokens.Length; i++)
            Assert.True(top[i].EnumerateObject().Single().Value.GetDouble() >= probabilities[i].GetDouble());
        // The last was taken because it is the likeliest.
        if (tokens.Length == 10)
            Assert.Equal(tokens[9], top[9].EnumerateObject().Single().Name);
        Assert.Equal(Enumerable.Range(0, 9), told.GetProperty("text_offset").EnumerateArray().Take(9).Select(o => o.GetInt32()));
    }

    [Fact]
    public void Prompts_may_be_ids_and_several_and_the_same_seed_gives_the_same()
    {
        int[][] prompts = [[116, 104, 101], [97]];
        object request = new { model = _model, prompt = prompts, max_tokens = 6, n = 2, seed = 5, top_p = 0.9 };
        var texts = Texts(request);
        Assert.Equal(4, texts.Length);
        Assert.Equal(texts, Texts(request));
        Assert.NotEqual(texts[0], texts[1]);
        Assert.Equal(texts[..2], Texts(new { model = _model, prompt = "the", max_tokens = 6, n = 2, seed = 5, top_p = 0.9 }));
    }

    [Fact]
    public void A_stop_ends_the_text_before_it()
    {
        var whole = Texts(new { model = _model, prompt = "the ", max_tokens = 30, seed = 2 })[0];
        var stop = whole[3..5];
        var choice = Ask(new { model = _model, prompt = "the ", max_tokens = 30, seed = 2, stop = new[] { stop } }).GetProperty("choices")[0];
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], choice.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "e")]
    public async Task A_streamed_answer_is_the_whole_one_in_parts(bool echo, string stop)
    {
        var request = new Dictionary<string, object>
        {
            ["model"] = _model,
            ["prompt"] = new[] { "the ", "a é" },
            ["max_tokens"] = 24,
            ["seed"] = 3,
            ["logprobs"] = 2,
            ["echo"] = echo,
            ["stop"] = stop.Length == 0 ? Array.Empty<string>() : [stop + " t", stop],
        };
        var whole = Ask(request);
        (request["stream"], request["stream_options"]) = (true, new { include_usage = true });
        using var answer = await _api.Http.PostAsJsonAsync("v1/completions", request, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", lines[^1]);
        var chunks = lines[..^1].Select(l => JsonDocument.Parse(l["data: ".Length..]).RootElement).ToArray();
        Assert.Equal(whole.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
        var parts = chunks[..^1].Select(c => c.GetProperty("choices").EnumerateArray().Single()).ToArray();
        Assert.True(parts.Length > 8, $"{parts.Length} parts");
        foreach (var choice in whole.GetProperty("choices").EnumerateArray())
        {
            var mine = parts.Where(p => p.GetProperty("index").GetInt32() == choice.GetProperty("index").GetInt32()).ToArray();
            Assert.Equal(choice.GetProperty("text").GetString(), string.Concat(mine.Select(p => p.GetProperty("text").GetString())));
            foreach (var list in new[] { "tokens", "token_logprobs", "top_logprobs", "text_offset" })
                Assert.Equal(Told(choice, list), mine.SelectMany(p => Told(p, list)));
            Assert.Equal(choice.GetProperty("finish_reason").GetString(), mine[^1].GetProperty("finish_reason").GetString());
            Assert.All(mine[..^1], p => Assert.Equal(JsonValueKind.Null, p.GetProperty("finish_reason").ValueKind));
        }

        static IEnumerable<string> Told(JsonElement choice, string list) => choice.GetProperty("logprobs").GetProperty(list).EnumerateArray().Select(t => t.GetRawText());
    }

    [Theory]
    [InlineData(404, "there is no model", """{"model":"../web","prompt":"a"}""")]
    [InlineData(400, "prompt: it is missing", """{"model":"MODEL"}""")]
    [InlineData(400, "prompt: a text, or ids below 257", """{"model":"MODEL","prompt":[257]}""")]
    [InlineData(400, "temperature: a number", """{"model":"MODEL","prompt":"a","temperature":-1}""")]
    [InlineData(400, "max_tokens: a number", """{"model":"MODEL","prompt":"a","max_tokens":1e9}""")]
    [InlineData(400, "prompt: a text, or ids below 257", """{"model":"MODEL","prompt":[257],"stream":true}""")]
    [InlineData(400, "not the JSON", """{"model":""")]
    public async Task What_makes_no_sense_is_an_error(int status, string expected, string body)
    {
        using var content = new StringContent(body.Replace("MODEL", _model), Encoding.UTF8, "application/json");
        var cancel = TestContext.Current.CancellationToken;
        using var answer = await _api.Http.PostAsync("v1/completions", content, cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(expected, (await answer.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("error").GetProperty("message").GetString());
    }

    private string[] Texts(object request) => [.. Ask(request).GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!)];

    private JsonElement Ask(object request)
    {
        using var answer = _api.Http.PostAsJsonAsync("v1/completions", request).GetAwaiter().GetResult();
        var json = answer.Content.ReadFromJsonAsync<JsonElement>().GetAwaiter().GetResult();
        Assert.True(answer.IsSuccessStatusCode, json.GetRawText());
        return json;
    }
}
