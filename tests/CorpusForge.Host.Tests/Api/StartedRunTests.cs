using System.Net;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Host.Tests.Api;

public sealed class SqliteStartedRunTests() : StartedRunTests(postgres: false);

public sealed class PostgresStartedRunTests() : StartedRunTests(postgres: true);

public abstract class StartedRunTests : IDisposable
{
    private readonly ServedApi _api;

    protected StartedRunTests(bool postgres)
    {
        var folder = Directory.CreateTempSubdirectory("corpusforge-api-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "in"));
        File.WriteAllText(Path.Combine(folder, "in", "0.jsonl"), """{"text":"one"}""");
        _api = new ServedApi(postgres, folder);
    }

    public void Dispose()
    {
        _api.Dispose();
        Directory.Delete(_api.Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    // A run with units that no coordinator takes up.
    private void Planned(string name, int units)
    {
        _api.Ledger.CreateRun(new Pipeline(name, 0, null, [], []), "d", "p.yaml", _api.Pipeline(name), "[]", new RunRequest { State = States.Paused });
        _api.Ledger.PlanPhase($"{name}-1", 0, 0, "extract", "cpu", Enumerable.Range(0, units).Select(i => (new Unit($"{i:D32}", [], "{}"), false)));
    }

    [Fact]
    public void A_run_that_is_started_is_in_the_ledger_and_can_be_found()
    {
        var response = _api.Post("runs", new { pipeline = _api.Pipeline(), file = "mine.yaml", priority = 5, limit = 3 });

        var run = ServedApi.Read(response, 201);
        Assert.Equal("/api/v1/runs/api-1", response.Headers.Location?.ToString());
        Assert.Equal(("api-1", "mine.yaml", 5, 3), (run.GetProperty("id").GetString(), run.GetProperty("file").GetString(), run.GetProperty("priority").GetInt32(), run.GetProperty("limit").GetInt32()));
        Assert.Equal("api-1", _api.Get("runs?pipeline=api").GetProperty("items")[0].GetProperty("id").GetString());
        Assert.NotEmpty(_api.Ledger.Run("api-1")!.RequestedBy!);
        Assert.Equal(("run.start", "api-1"), _api.Ledger.AuditTrail(10).Where(a => a.Target == "api-1").Select(a => (a.Action, a.Target)).Single());
    }

    [Fact]
    public void A_pipeline_file_can_be_sent_as_it_is()
    {
        var run = ServedApi.Read(_api.PostYaml("runs?limit=7&file=web.yaml&priority=-2&set=seed%3D4", _api.Pipeline()), 201);

        Assert.Equal((7, -2, "web.yaml"), (run.GetProperty("limit").GetInt32(), run.GetProperty("priority").GetInt32(), run.GetProperty("file").GetString()));
        Assert.Equal("seed=4", _api.Get("runs/api-1").GetProperty("set")[0].GetString());
    }

    [Fact]
    public void The_same_key_starts_one_run_and_gets_the_first_answer()
    {
        var first = _api.Post("runs", new { pipeline = _api.Pipeline() }, "k1");
        var again = _api.Post("runs", new { pipeline = _api.Pipeline() }, "k1");

        Assert.Equal(ServedApi.Read(first, 201).ToString(), ServedApi.Read(again, 201).ToString());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.Single(_api.Ledger.Runs());
        Assert.Equal("api-2", ServedApi.Read(_api.Post("runs", new { pipeline = _api.Pipeline() }, "k2"), 201).GetProperty("id").GetString());
    }

    [Fact]
    public void The_same_key_with_another_request_is_refused()
    {
        ServedApi.Read(_api.Post("runs", new { pipeline = _api.Pipeline() }, "k1"), 201);

        ServedApi.Problem(_api.Post("runs", new { pipeline = _api.Pipeline(), priority = 1 }, "k1"), 422);
        ServedApi.Problem(_api.Post("runs/api-1:pause", null, "k1"), 422);
        Assert.Single(_api.Ledger.Runs());
    }

    [Fact]
    public void A_wrong_request_is_answered_alike_with_the_same_key()
    {
        var first = ServedApi.Problem(_api.Post("runs/none:cancel", null, "k1"), 404);
        var again = ServedApi.Problem(_api.Post("runs/none:cancel", null, "k1"), 404);
        Assert.Equal(first.ToString(), again.ToString());
        ServedApi.Problem(_api.Post("runs", new { pipeline = _api.Pipeline() }, new string('k', 201)), 400);
    }

    [Fact]
    public async Task Requests_at_the_same_time_with_the_same_key_start_one_run()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => _api.Post("runs", new { pipeline = _api.Pipeline() }, "k1"))));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.StatusCode));
        Assert.Single(_api.Ledger.Runs());
    }

    [Fact]
    public async Task Runs_started_at_the_same_time_without_keys_get_ids_of_their_own()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => ServedApi.Read(_api.Post("runs", new { pipeline = _api.Pipeline() }), 201).GetProperty("id").GetString())));

        Assert.Equal(12, answers.Distinct().Count());
    }

    [Fact]
    public void A_run_is_steered_and_what_cannot_be_done_in_its_state_is_a_conflict()
    {
        Planned("p", 3);

        Assert.Equal(States.Cancelled, ServedApi.Read(_api.Post("runs/p-1:cancel"), 200).GetProperty("state").GetString());
        ServedApi.Problem(_api.Post("runs/p-1:cancel"), 409);
        ServedApi.Problem(_api.Post("runs/p-1:pause"), 409);
        Assert.Equal(9, ServedApi.Read(_api.Post("runs/p-1:prioritize?priority=9"), 200).GetProperty("priority").GetInt32());
        Assert.NotEqual(States.Cancelled, ServedApi.Read(_api.Post("runs/p-1:resume"), 200).GetProperty("state").GetString());
        ServedApi.Problem(_api.Post("runs/none:retry"), 404);
    }

    [Fact]
    public void Retrying_one_unit_leaves_the_other_failed_ones()
    {
        Planned("p", 3);
        // Another coordinator has it, and for long.
        using (var db = _api.Ledger.Database.Open())
        using (var command = db.CreateCommand())
        {
            command.CommandText = $"UPDATE runs SET state = 'running', coordinator = 'other', lease = {_api.Ledger.Database.Clock} + 3600000 WHERE id = 'p-1'";
            command.ExecuteNonQuery();
        }
        foreach (var i in (int[])[0, 1])
        {
            var id = new UnitId("p-1", 0, 0, $"{i:D32}");
            _api.Ledger.Fail(id, _api.Ledger.Take(id, "w")!.Value, "damaged", permanent: true);
        }

        ServedApi.Read(_api.Post($"runs/p-1/units/0/0/{0:D32}:retry"), 200);

        Assert.Equal([$"{1:D32}"], _api.Get("runs/p-1/units?state=failed,quarantined").GetProperty("items").EnumerateArray().Select(u => u.GetProperty("key").GetString()));
        ServedApi.Problem(_api.Post($"runs/p-1/units/0/0/{7:D32}:retry"), 404);
    }

    [Fact]
    public void Pages_of_runs_and_units_follow_each_other()
    {
        Planned("p", 25);
        for (var i = 0; i < 4; i++)
            _api.Ledger.CreateRun(new Pipeline("q", 0, null, [], []), "d", "q.yaml", _api.Pipeline("q"), "[]", new RunRequest { State = States.Paused });

        Assert.Equal(["q-4", "q-3", "q-2", "q-1", "p-1"], All("runs?limit=2", "id"));
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i:D32}"), All("runs/p-1/units?limit=10", "key"));
        Assert.Equal(25, All("runs/p-1/units?limit=10&stage=clean&phase=extract&state=pending", "key").Count);
        Assert.Equal(25, _api.Get("runs/p-1/grid?stage=clean&phase=extract&cells=4").EnumerateArray().Sum(c => c.GetProperty("states").GetProperty("pending").GetInt32()));

        List<string> All(string path, string name)
        {
            var (found, cursor) = (new List<string>(), "");
            do
            {
                var page = _api.Get(path + cursor);
                found.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty(name).GetString()!));
                cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : "";
            }
            while (cursor.Length > 0);
            return found;
        }
    }

    [Theory]
    [InlineData("runs?limit=0", 422)]
    [InlineData("runs?limit=501", 422)]
    [InlineData("runs?limit=x", 400)]
    [InlineData("runs?cursor=%25", 422)]
    [InlineData("runs?cursor=dTAuMC4x", 422)]
    [InlineData("runs?cursor=cjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", 422)]
    [InlineData("runs/none", 404)]
    [InlineData("runs/none/stages", 404)]
    [InlineData("runs/none/units", 404)]
    [InlineData("runs/none/grid?stage=0&phase=0", 404)]
    [InlineData("runs/none/events", 404)]
    [InlineData("runs/none/logs", 404)]
    [InlineData("runs/none/units/0/0/key", 404)]
    [InlineData("runs/p-1/units/0/0/key", 404)]
    [InlineData("runs/p-1/units/9/0/key", 404)]
    [InlineData("runs/p-1/units?stage=none", 404)]
    [InlineData("runs/p-1/units?stage=clean&phase=none", 404)]
    [InlineData("runs/p-1/units?state=wrong", 422)]
    [InlineData("runs/p-1/units?phase=0", 422)]
    [InlineData("runs/p-1/events?level=wrong", 422)]
    [InlineData("runs/p-1/grid?stage=0", 400)]
    [InlineData("runs/p-1/clusters", 404)]
    [InlineData("runs/p-1/stages/0/preview?limit=0", 422)]
    [InlineData("nothing/here", 404)]
    public void What_cannot_be_answered_is_a_problem(string path, int status)
    {
        Planned("p", 1);
        _api.Refused(path, status);
    }

    [Theory]
    [InlineData("application/json", "{", 400, "line 1")]
    [InlineData("application/json", "null", 400, "null")]
    [InlineData("application/json", "{}", 400, "pipeline")]
    [InlineData("application/json", """{"pipeline":"x","pipelines":1}""", 400, "there is no property 'pipelines'")]
    [InlineData("application/json", """{"pipeline":1}""", 400, "$.pipeline")]
    [InlineData("application/json", """{"pipeline":"x","priority":100000}""", 422, "priority")]
    [InlineData("application/json", """{"pipeline":"x","set":[null]}""", 422, "set")]
    [InlineData("application/xml", "<x/>", 415, "")]
    [InlineData("application/yaml", "name: [", 422, "not valid YAML")]
    [InlineData("application/yaml", "a: &x 1\nb: *x", 422, "anchors")]
    [InlineData("application/yaml", "", 422, "one mapping")]
    public void A_body_that_cannot_be_used_is_a_problem_that_says_why(string type, string body, int status, string expected)
    {
        var problem = ServedApi.Problem(_api.Send(HttpMethod.Post, "runs", type, System.Text.Encoding.UTF8.GetBytes(body)), status);
        Assert.Contains(expected, problem.ToString());
        Assert.Empty(_api.Ledger.Runs());
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused_and_bytes_that_are_no_text_too()
    {
        ServedApi.Problem(_api.PostYaml("runs", new string('#', 5 << 20)), 413);
        ServedApi.Problem(_api.Send(HttpMethod.Post, "runs", "application/yaml", [0xff, 0xfe, 0x00]), 400);
    }

    [Fact]
    public void Another_method_is_a_problem_that_names_those_that_there_are()
    {
        var response = _api.Send(HttpMethod.Put, "runs", "application/json", [(byte)'{', (byte)'}']);
        ServedApi.Problem(response, 405);
        Assert.Contains("POST", response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("POST", "workers", "GET")]
    [InlineData("POST", "runs/p-1", "GET")]
    [InlineData("GET", "runs/p-1:pause", null)]
    [InlineData("GET", "schedules/nightly:run", null)]
    [InlineData("POST", "schedules/nightly", "DELETE, GET, PUT")]
    [InlineData("POST", "nothing/here", null)]
    public void A_method_that_a_path_does_not_have_is_405_and_a_path_that_is_not_there_404(string method, string path, string? allowed)
    {
        var response = _api.Send(new HttpMethod(method), path, "application/json", "{}"u8.ToArray());
        ServedApi.Problem(response, allowed is null ? 404 : 405);
        Assert.Equal(allowed ?? "", string.Join(", ", response.Content.Headers.Allow));
    }

    [Fact]
    public void A_schedule_is_added_changed_paused_run_and_removed()
    {
        var schedule = new { name = "nightly", cron = "0 3 * * *", zone = "Europe/Berlin", overlap = "queue", pipeline = _api.Pipeline(), limit = 5, priority = 2 };
        var added = _api.Post("schedules", schedule);
        Assert.Equal(("nightly", "api", "queue", 5), (
            ServedApi.Read(added, 201).GetProperty("name").GetString(), _api.Get("schedules/nightly").GetProperty("pipeline").GetString(),
            _api.Get("schedules")[0].GetProperty("overlap").GetString(), _api.Get("schedules/nightly").GetProperty("limit").GetInt32()));
        Assert.Equal("/api/v1/schedules/nightly", added.Headers.Location?.ToString());
        ServedApi.Problem(_api.Post("schedules", schedule), 409);
        Assert.Contains("often", ServedApi.Problem(_api.Post("schedules", schedule with { name = "other", cron = "often" }), 422).GetProperty("detail").GetString());

        var changed = _api.Send(HttpMethod.Put, "schedules/nightly", "application/json", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(schedule with { cron = "0 4 * * *" }));
        Assert.Equal("0 4 * * *", ServedApi.Read(changed, 200).GetProperty("cron").GetString());
        Assert.True(ServedApi.Read(_api.Post("schedules/nightly:pause"), 200).GetProperty("paused").GetBoolean());
        Assert.False(ServedApi.Read(_api.Post("schedules/nightly:resume"), 200).GetProperty("paused").GetBoolean());
        var run = ServedApi.Read(_api.Post("schedules/nightly:run"), 201);
        Assert.Equal(("api-1", "nightly"), (run.GetProperty("id").GetString(), run.GetProperty("schedule").GetString()));
        Assert.Equal("api-1", _api.Get("runs?schedule=nightly").GetProperty("items")[0].GetProperty("id").GetString());

        Assert.Equal(HttpStatusCode.NoContent, _api.Send(HttpMethod.Delete, "schedules/nightly", "application/json", []).StatusCode);
        _api.Refused("schedules/nightly", 404);
        Assert.Equal(
            ["schedule.remove", "schedule.run", "schedule.resume", "schedule.pause", "schedule.change", "schedule.add"],
            _api.Ledger.AuditTrail(20).Where(a => a.Action.StartsWith("schedule.", StringComparison.Ordinal)).Select(a => a.Action));
    }

    [Fact]
    public void A_backfill_is_started_shown_and_cancelled()
    {
        var asked = new { pipeline = _api.Pipeline(), set = new[] { $"sources.jsonl.paths=[{_api.Folder}/in/{{input}}]" }, inputs = new[] { "0.jsonl", "1.jsonl" } };
        var started = _api.Post("backfills", asked, "b1");
        Assert.Equal("/api/v1/backfills/1", started.Headers.Location?.ToString());
        Assert.Equal("api-0-1", ServedApi.Read(started, 201).GetProperty("inputs")[0].GetProperty("run").GetString());
        ServedApi.Read(_api.Post("backfills", asked, "b1"), 201);
        Assert.Single(_api.Get("backfills").EnumerateArray());
        Assert.Equal(2, _api.Get("backfills/1").GetProperty("inputs").GetArrayLength());
        Assert.Equal("cancelled", ServedApi.Read(_api.Post("backfills/1:cancel"), 200).GetProperty("state").GetString());
        ServedApi.Problem(_api.Post("backfills/1:cancel"), 409);
        _api.Refused("backfills/2", 404);
        Assert.Contains("/etc/passwd", ServedApi.Problem(_api.Post("backfills", new { asked.pipeline, set = new[] { "sources.jsonl.paths=[{input}]" }, inputs = new[] { "/etc/passwd" } }), 422).ToString());
    }

    [Fact]
    public void Problems_of_a_pipeline_have_line_and_column()
    {
        var answer = ServedApi.Read(_api.PostYaml("pipelines:validate", _api.Pipeline().Replace("redact-pii", "redact-pi")), 200);
        Assert.False(answer.GetProperty("valid").GetBoolean());
        var problem = answer.GetProperty("problems")[0];
        Assert.Equal((5, 22), (problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32()));
        Assert.StartsWith("there is no step 'redact-pi'", problem.GetProperty("message").GetString());

        var good = ServedApi.Read(_api.PostYaml("pipelines:validate", _api.Pipeline()), 200);
        Assert.True(good.GetProperty("valid").GetBoolean());
        Assert.Equal("clean", good.GetProperty("pipeline").GetProperty("stages")[0].GetProperty("stage").GetString());

        var refused = ServedApi.Problem(_api.PostYaml("runs", _api.Pipeline().Replace("redact-pii", "redact-pi")), 422);
        Assert.Equal(5, refused.GetProperty("problems")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public void A_plan_tells_units_and_bytes_and_starts_nothing()
    {
        var plan = ServedApi.Read(_api.PostYaml("pipelines:plan", _api.Pipeline()), 200);

        Assert.False(plan.GetProperty("upToDate").GetBoolean());
        Assert.Equal(1, plan.GetProperty("phases")[0].GetProperty("units").GetInt32());
        Assert.True(plan.GetProperty("bytes").GetInt64() > 0);
        Assert.Empty(_api.Ledger.Runs());
    }

    [Fact]
    public async Task Events_stream_as_they_happen_and_go_on_from_the_last_that_was_seen()
    {
        Planned("p", 1);
        var cancel = TestContext.Current.CancellationToken;
        _api.Ledger.Log("p-1", "one", "first\nsecond line");
        var from = _api.Ledger.EventPage(new EventFilter { Run = "p-1", Newest = true }, 1)[0].Number;
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/runs/p-1/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Add("Last-Event-ID", $"{from - 1}");
        using var response = await _api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        await using var events = System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(cancel).GetAsyncEnumerator(cancel);

        Assert.True(await events.MoveNextAsync());
        Assert.Equal("one", events.Current.EventType);
        _api.Ledger.Log("p-1", "two", "");
        _api.Ledger.Log("other-1", "three", "");
        _api.Ledger.Log("p-1", "four", "");
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("two", events.Current.EventType);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("four", events.Current.EventType);
        Assert.Equal(from + 3, long.Parse(events.Current.EventId!, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_audit_trail_says_who_did_what()
    {
        Planned("p", 1);
        _api.Post("runs/p-1:cancel");

        var entry = _api.Get("audit?limit=1").GetProperty("items")[0];

        Assert.Equal(("run.cancel", "p-1", "paused"), (entry.GetProperty("action").GetString(), entry.GetProperty("target").GetString(), entry.GetProperty("detail").GetString()));
    }

    [Fact]
    public void Paths_outside_the_roots_are_refused()
    {
        foreach (var path in (string[])["/etc/passwd", $"{_api.Folder}/in/../../x", "file:///etc/passwd"])
            ServedApi.Problem(_api.PostYaml("runs", _api.Pipeline().Replace($"{_api.Folder}/in/*.jsonl", path)), 422);
        Assert.Empty(_api.Ledger.Runs());
    }
}
