using System.Text.Json;
using Xunit;

namespace CorpusForge.Host.Tests.Api;

public sealed class FinishedRunTests(ServedRuns runs) : IClassFixture<ServedRuns>
{
    private readonly ServedApi _api = runs.Api;

    [Fact]
    public void The_flow_has_the_funnel_of_every_stage_with_its_phases()
    {
        var flow = _api.Get("runs/web-1/stages");

        Assert.Equal(["clean", "filter", "deduplicate", "tokenize"], flow.GetProperty("stages").EnumerateArray().Select(s => s.GetProperty("id").GetString()));
        var filter = flow.GetProperty("stages")[1];
        Assert.Equal("done", filter.GetProperty("state").GetString());
        Assert.Equal((40, 39), (filter.GetProperty("funnel").GetProperty("in").GetInt32(), filter.GetProperty("funnel").GetProperty("out").GetInt32()));
        Assert.Equal("gopher-quality.too-few-words", filter.GetProperty("funnel").GetProperty("rules")[0].GetProperty("name").GetString());
        Assert.Equal(["sign", "rank", "match", "cluster", "apply"], flow.GetProperty("stages")[2].GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal("done", flow.GetProperty("run").GetProperty("state").GetString());
    }

    [Fact]
    public void A_unit_is_shown_with_attempts_part_and_documents()
    {
        var unit = _api.Get("runs/web-1/units?stage=filter&limit=1").GetProperty("items")[0];
        var path = $"runs/web-1/units/filter/0/{unit.GetProperty("key").GetString()}";

        var detail = _api.Get(path);
        Assert.Equal("done", detail.GetProperty("attempts")[0].GetProperty("outcome").GetString());
        Assert.Equal(20, detail.GetProperty("part").GetProperty("tally").GetProperty("in").GetInt32());

        var dropped = _api.Get($"{path}/preview?kept=false&rule=gopher-quality.too-few-words").GetProperty("documents");
        Assert.Equal(1, dropped.GetArrayLength());
        Assert.Equal("the river and the stone have a garden.", dropped[0].GetProperty("text").GetString());
        Assert.Equal("too-few-words", dropped[0].GetProperty("verdict").GetProperty("rule").GetString());
        Assert.Equal(8, dropped[0].GetProperty("verdict").GetProperty("measured").GetDouble());
        Assert.Equal("0-0", dropped[0].GetProperty("sourceId").GetString());
    }

    [Fact]
    public void A_preview_has_the_text_before_and_after()
    {
        var document = _api.Get("runs/web-1/stages/filter/preview?dropped=false&limit=40").GetProperty("documents").EnumerateArray()
            .First(d => d.GetProperty("sourceId").GetString() == "0-2");

        Assert.Contains("this line ends without punctuation", document.GetProperty("before").GetString());
        Assert.DoesNotContain("this line ends without punctuation", document.GetProperty("text").GetString());
        Assert.Equal(5, _api.Get("runs/web-1/stages/filter/preview?dropped=false&limit=1&text=5").GetProperty("documents")[0].GetProperty("text").GetString()!.Length);
    }

    [Fact]
    public void A_cluster_is_found_and_shown_side_by_side()
    {
        var cluster = Assert.Single(_api.Get("runs/web-1/clusters").GetProperty("items").EnumerateArray());
        Assert.Equal("https://example.org/0/3", cluster.GetProperty("url").GetString());

        var detail = _api.Get($"runs/web-1/clusters/{cluster.GetProperty("survivor").GetString()}");
        Assert.Equal(2, detail.GetProperty("size").GetInt32());
        Assert.Equal("https://example.org/1/3", detail.GetProperty("absorbed")[0].GetProperty("url").GetString());
        Assert.Equal(detail.GetProperty("survivor").GetProperty("text").GetString(), detail.GetProperty("absorbed")[0].GetProperty("text").GetString());
        Assert.Empty(_api.Get("runs/web-1/clusters?minSize=3").GetProperty("items").EnumerateArray());
        _api.Refused("runs/web-1/clusters/none", 404);
    }

    [Fact]
    public void A_document_is_followed_through_all_stages()
    {
        var id = _api.Get("runs/web-1/clusters").GetProperty("items")[0].GetProperty("survivor").GetString()!;

        var lineage = _api.Get($"documents/{id[..12]}/lineage?run=web-1");

        Assert.Equal(id, lineage.GetProperty("id").GetString());
        Assert.Equal(["clean", "filter", "deduplicate", "tokenize"], lineage.GetProperty("stages").EnumerateArray().Select(s => s.GetProperty("stage").GetString()));
        Assert.True(lineage.GetProperty("stages")[3].GetProperty("tokens").GetInt32() > 0);
        Assert.Equal("web-2", _api.Get($"documents/{id}/lineage").GetProperty("run").GetString());
        _api.Refused("documents/00000000/lineage", 404);
        _api.Refused("documents/short/lineage", 422);
    }

    [Fact]
    public void A_dataset_has_a_version_for_each_content_and_what_it_was_made_of()
    {
        var datasets = _api.Get("datasets").EnumerateArray().ToDictionary(d => d.GetProperty("id").GetString()!);

        Assert.Equal(["web-2", "web-1"], datasets["web/clean"].GetProperty("versions")[0].GetProperty("runs").EnumerateArray().Select(r => r.GetString()));
        Assert.Equal(2, datasets["web/filter"].GetProperty("versions").GetArrayLength());
        var tokens = _api.Get("datasets/web/tokenize").GetProperty("versions")[0];
        Assert.True(tokens.GetProperty("tokens").GetInt64() > 1000);
        Assert.Equal(["web/deduplicate", "web/filter", "web/clean"], tokens.GetProperty("madeOf").EnumerateArray().Select(m => m.GetProperty("dataset").GetString()));
        _api.Refused("datasets/web/none", 404);
    }

    [Fact]
    public void Two_runs_are_compared_by_settings_rules_and_contents()
    {
        var diff = _api.Get("runs:diff?a=web-1&b=web-2");

        var setting = Assert.Single(diff.GetProperty("settings").EnumerateArray());
        Assert.Equal("stages.filter.steps.gopher-quality.minWords", setting.GetProperty("path").GetString());
        Assert.Equal(("20", "3"), (setting.GetProperty("a").GetString(), setting.GetProperty("b").GetString()));
        Assert.True(diff.GetProperty("stages")[0].GetProperty("identical").GetBoolean());
        Assert.False(diff.GetProperty("stages")[1].GetProperty("identical").GetBoolean());
        var rule = diff.GetProperty("stages")[1].GetProperty("rules")[0];
        Assert.Equal(("gopher-quality.too-few-words", 1, 0), (rule.GetProperty("name").GetString(), rule.GetProperty("a").GetInt32(), rule.GetProperty("b").GetInt32()));
        _api.Refused("runs:diff?a=web-1&b=none", 404);
        Assert.Contains("b:", _api.Refused("runs:diff?a=web-1", 400).GetProperty("detail").GetString());
    }

    [Fact]
    public void The_log_is_lines_of_text_and_events_can_be_read_on()
    {
        var log = _api.Text("api/v1/runs/web-1/logs");
        Assert.Contains("web-1 stage: filter: 40 in, 39 out\n", log);

        var events = _api.Get("runs/web-1/events?limit=2");
        var next = _api.Get($"runs/web-1/events?limit=2&after={events[1].GetProperty("number").GetInt64()}");
        Assert.True(next[0].GetProperty("number").GetInt64() > events[1].GetProperty("number").GetInt64());
        Assert.Equal("done", _api.Get("runs/web-1/events?newest=true&limit=1")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_file_of_a_unit_can_be_downloaded_whole_or_in_part()
    {
        var key = _api.Get("runs/web-1/units?stage=filter&limit=1").GetProperty("items")[0].GetProperty("key").GetString()!;
        var path = $"runs/web-1/units/filter/0/{key}";
        var file = _api.Get(path).GetProperty("part").GetProperty("files").EnumerateArray().First(f => f.GetProperty("role").GetString() == "rejects");
        var name = file.GetProperty("name").GetString()!.Split('/', 2)[1];
        Assert.StartsWith("rejects/", name);

        var bytes = await _api.Http.GetByteArrayAsync($"api/v1/{path}/files/{name}", TestContext.Current.CancellationToken);
        Assert.Equal(file.GetProperty("sha256").GetString(), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
        using var part = new HttpRequestMessage(HttpMethod.Get, $"api/v1/{path}/files/{name}");
        part.Headers.Range = new(0, 5);
        using var answer = await _api.Http.SendAsync(part, TestContext.Current.CancellationToken);
        Assert.Equal(bytes[..6], await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        _api.Refused($"{path}/files/none", 404);
        _api.Refused($"{path}/files/..%2f..%2fledger.db", 404);
    }

    [Fact]
    public async Task A_stage_is_exported_as_a_tar_file()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var answer = await _api.Http.GetAsync("api/v1/runs/web-1/stages/filter/export?format=jsonl", cancel);
        Assert.Equal("application/x-tar", answer.Content.Headers.ContentType?.MediaType);
        var lines = new SortedDictionary<string, int>(StringComparer.Ordinal);
        using var tar = new System.Formats.Tar.TarReader(await answer.Content.ReadAsStreamAsync(cancel));
        while (await tar.GetNextEntryAsync(cancellationToken: cancel) is { } entry)
        {
            if (entry.DataStream is { } data)
                lines[entry.Name.StartsWith("rejects/", StringComparison.Ordinal) ? "rejects" : "documents"] = lines.GetValueOrDefault("documents") + (await new StreamReader(data).ReadToEndAsync(cancel)).Count(c => c == '\n');
        }
        Assert.Equal(39, lines["documents"]);
        Assert.True(lines["rejects"] >= 1);
        _api.Refused("runs/web-1/stages/filter/export?format=docx", 422);
        _api.Refused("runs/web-1/stages/filter/export?format=megatron", 422);
        _api.Refused("runs/web-1/stages/none/export", 404);
        Assert.DoesNotContain(Directory.GetDirectories(Path.GetTempPath()), d => d.Contains("corpusforge-export-"));
    }

    [Fact]
    public void A_prune_tells_first_what_it_would_remove()
    {
        var report = ServedApi.Read(_api.Post("runs:prune?dryRun=true"), 200);
        Assert.Equal(("web-2", "web-1"), (report.GetProperty("kept")[0].GetString(), report.GetProperty("dropped")[0].GetString()));
        Assert.True(report.GetProperty("bytes").GetInt64() > 1000);
        Assert.Equal("done", _api.Get("runs/web-1").GetProperty("run").GetProperty("state").GetString());
    }

    [Fact]
    public void The_schema_of_pipeline_files_is_there() => Assert.Contains("gopher-quality", _api.Text("api/v1/schema"));

    [Fact]
    public void A_run_is_shown_with_its_pipeline_as_written_and_as_resolved()
    {
        var run = _api.Get("runs/web-1");

        Assert.StartsWith("name: web", run.GetProperty("yaml").GetString());
        Assert.Equal("filter", run.GetProperty("pipeline").GetProperty("stages")[1].GetProperty("stage").GetString());
        Assert.Equal(JsonValueKind.Array, _api.Get("runs/web-1/curves").ValueKind);
        Assert.Equal(0, _api.Get("runs/web-1/crawl").GetProperty("pages").GetInt32());
    }
}
