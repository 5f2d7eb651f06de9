using System.Diagnostics;
using System.Text.Json;
using CorpusForge.Host.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Host.Tests.Telemetry;

/// <summary>Lines of the log.</summary>
public sealed class LogLinesTests
{
    static string Line(string format, string message, Exception? error = null, IReadOnlyList<KeyValuePair<string, object?>>? state = null, IExternalScopeProvider? scopes = null)
    {
        var lines = new LogLines(new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), new AppSettings { Logging = new() { Format = format } });
        using var writer = new StringWriter();
        lines.Write(new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(LogLevel.Warning, "Category", 0, state ?? [], error, (_, _) => message), scopes, writer);
        return writer.ToString();
    }

    static JsonElement Json(string line)
    {
        Assert.Equal(1, line.Count(c => c == '\n'));
        return JsonDocument.Parse(line).RootElement;
    }

    [Theory, InlineData("plain"), InlineData("two\nlines \"quoted\" \\ and a tab\t"), InlineData("a lone \ud800 surrogate and \0 NUL"), InlineData("\u2028 line separator")]
    public void Any_message_is_one_line_of_valid_json(string message)
    {
        var json = Json(Line("json", message, new InvalidOperationException("why\nso")));
        Assert.Equal(("2026-01-02T03:04:05.000Z", "warning", "Category"), (json.GetProperty("time").GetString(), json.GetProperty("level").GetString(), json.GetProperty("category").GetString()));
        Assert.Equal(message.Replace('\ud800', '\ufffd'), json.GetProperty("message").GetString());
        Assert.Contains("why\nso", json.GetProperty("exception").GetString());
    }

    [Fact]
    public void Values_of_the_message_scopes_and_the_span_of_the_unit_are_fields_and_none_hides_another()
    {
        using var listener = new ActivityListener { ShouldListenTo = _ => true, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("of this test");
        using var span = source.StartActivity("unit", ActivityKind.Internal, default(ActivityContext), [new("run", "web-1"), new("unit", "abc"), new("attempt", 2)]);
        var scopes = new LoggerExternalScopeProvider();
        using var scope = scopes.Push(new Dictionary<string, object?> { ["Worker"] = "w", ["level"] = "not this" });
        var json = Json(Line("json", "m", state: [new("Seconds", 1.5), new("{OriginalFormat}", "x")], scopes: scopes));
        Assert.Equal(("warning", 1.5, "w", "web-1", "abc", 2), (json.GetProperty("level").GetString(), json.GetProperty("seconds").GetDouble(), json.GetProperty("worker").GetString(),
            json.GetProperty("run").GetString(), json.GetProperty("unit").GetString(), json.GetProperty("attempt").GetInt32()));
        Assert.Equal(span!.TraceId.ToHexString(), json.GetProperty("trace").GetString());
        Assert.False(json.TryGetProperty("{OriginalFormat}", out _));
        Assert.Equal("2026-01-02T03:04:05.000Z warning m run=web-1 unit=abc attempt=2", Line("text", "m").TrimEnd());
    }

    [Theory, InlineData("json"), InlineData("text")]
    public void Secrets_of_a_pipeline_file_are_never_in_the_log(string format)
    {
        Environment.SetEnvironmentVariable("CORPUSFORGE_TEST_LOG_SECRET", "pass\"word-1");
        PipelineFile.Parse("name: s\nsources: [jsonl: { paths: ['${env:CORPUSFORGE_TEST_LOG_SECRET}'] }]\nstages: [clean]\n", "p.yaml", CommandLine.Catalogue, []);
        var line = Line(format, "cannot open pass\"word-1", new IOException("pass\"word-1"), [new("Path", "pass\"word-1")]);
        Assert.DoesNotContain("word-1", line);
        Assert.Contains("cannot open ***", line);
    }
}
