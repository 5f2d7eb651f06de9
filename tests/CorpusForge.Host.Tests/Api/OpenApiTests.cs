using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace CorpusForge.Host.Tests.Api;

/// <summary>The OpenAPI document: complete, and the one in schemas/. `CORPUSFORGE_UPDATE=1` writes that anew.</summary>
public sealed class OpenApiTests : IDisposable
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ServedApi _api = new(postgres: false, Directory.CreateTempSubdirectory("corpusforge-api-").FullName);

    public void Dispose()
    {
        _api.Dispose();
        Directory.Delete(_api.Folder, recursive: true);
    }

    private JsonObject Document() => JsonNode.Parse(_api.Text("openapi.json"))!.AsObject();

    [Fact]
    public void Every_operation_has_a_summary_a_name_an_answer_and_a_problem()
    {
        var operations = Document()["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(o => (Path: $"{o.Key} {p.Key}", Operation: o.Value!))).ToArray();

        Assert.True(operations.Length >= 30, $"{operations.Length} operations");
        Assert.Equal(operations.Length, operations.Select(o => o.Operation["operationId"]?.ToString()).Distinct().Count());
        Assert.All(operations, o =>
        {
            Assert.StartsWith("/api/v1/", o.Path.Split(' ')[1]);
            Assert.EndsWith(".", o.Operation["summary"]?.ToString());
            var responses = o.Operation["responses"]!.AsObject();
            Assert.True(responses.Any(r => r.Key is "200" or "201" or "204"), o.Path);
            Assert.NotNull(responses["default"]?["content"]?["application/problem+json"]?["schema"]);
            Assert.Equal(o.Path.StartsWith("post", StringComparison.Ordinal), o.Operation["parameters"]?.AsArray().Any(p => p!["name"]?.ToString() == "Idempotency-Key") == true);
        });
    }

    [Fact]
    public void The_document_is_the_one_that_is_promised()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "CorpusForge.sln")))
            root = Path.GetDirectoryName(root)!;
        var path = Path.Combine(root, "schemas", "openapi.json");
        var actual = Document().ToJsonString(s_indented) + "\n";

        if (Environment.GetEnvironmentVariable("CORPUSFORGE_UPDATE") == "1")
            File.WriteAllText(path, actual);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == actual,
            "schemas/openapi.json is not what the code gives: run CORPUSFORGE_UPDATE=1 dotnet test, look at the difference, and commit it");
    }

    [Fact]
    public void The_page_that_shows_it_is_served_from_here()
    {
        var page = _api.Text("api");
        Assert.Contains("CorpusForge API", page);
        Assert.DoesNotContain("https://cdn", page);
    }
}
