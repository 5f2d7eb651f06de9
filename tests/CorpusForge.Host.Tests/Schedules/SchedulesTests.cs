using CorpusForge.Host.Schedules;
using CorpusForge.Host.Service;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Storage;
using Xunit;
using Cron = CorpusForge.Host.Schedules.Cron;

namespace CorpusForge.Host.Tests.Schedules;

/// <summary>Schedules on both ledgers: what they start, how often, and what they do when the last run goes on.</summary>
public sealed class SchedulesTests : IDisposable
{
    const string Yaml = "name: web\nsources: [jsonl: { paths: [in/*.jsonl] }]\nstages: [clean]\n";
    readonly string _folder = Directory.CreateTempSubdirectory("corpusforge-schedules-").FullName;

    RunService Runs(string kind) => new(
        new Ledger(kind == "sqlite" ? new SqliteDatabase(Path.Combine(_folder, "ledger.db")) : new PostgresDatabase(PostgresServer.Shared.NewDatabase()), TimeProvider.System),
        new LocalStorage(_folder), TimeProvider.System);

    static ScheduleRequest Request(string name = "nightly", string overlap = Overlaps.Skip, string cron = "* * * * *") =>
        new(name, cron, new Submission(Yaml, "web.yaml", "anna") { Set = ["seed=7"], Limit = 10, Priority = 3 }) { Overlap = overlap };

    // As if nobody had looked for a while.
    static void Ago(RunService runs, string name, int minutes = 2)
    {
        var since = Cron.Iso(DateTimeOffset.FromUnixTimeMilliseconds(runs.Ledger.Milliseconds()).UtcDateTime - TimeSpan.FromMinutes(minutes));
        using var db = runs.Ledger.Database.Open();
        using var command = db.CreateCommand();
        command.CommandText = $"UPDATE schedules SET lastTime = '{since}' WHERE id = '{name}'";
        command.ExecuteNonQuery();
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void A_schedule_starts_its_run_once_with_everything_that_it_was_given(string kind)
    {
        var runs = Runs(kind);
        var view = runs.AddSchedule(Request(), "anna");
        Assert.Equal(("nightly", "web", "* * * * *", "UTC", "skip", false, 10L, 3L), (view.Name, view.Pipeline, view.Cron, view.Zone, view.Overlap, view.Paused, view.Limit, view.Priority));
        Assert.Equal(5, view.Next.Count);
        Assert.Null(runs.StartDue("nightly"));
        // A thousand minutes were missed: one run.
        Ago(runs, "nightly", 1000);
        Assert.Equal("web-1", runs.StartDue("nightly"));
        Assert.Null(runs.StartDue("nightly"));
        var run = runs.Ledger.Run("web-1")!;
        Assert.Equal((States.Queued, "nightly", "schedule nightly", 3L, 10L, """["seed=7"]"""), (run.State, run.Schedule, run.RequestedBy, run.Priority, run.MaxDocuments, run.Overrides));
        Assert.Equal(("web-1", States.Queued), (runs.Schedule("nightly").LastRun, runs.Schedule("nightly").LastState));
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void Many_processes_that_see_the_same_time_start_one_run(string kind)
    {
        var runs = Runs(kind);
        runs.AddSchedule(Request(), "anna");
        for (var round = 1; round <= 3; round++)
        {
            Ago(runs, "nightly");
            var started = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ => runs.StartDue("nightly")).Where(r => r is not null).ToArray();
            Assert.Equal([$"web-{round}"], started);
            runs.Ledger.SetRunState($"web-{round}", States.Done);
        }
        Assert.Equal(3, runs.Ledger.Runs().Count);
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void Overlap_skip_leaves_out_what_is_due_while_the_last_run_goes_on(string kind)
    {
        var runs = Started(kind, Overlaps.Skip);
        Assert.Null(runs.StartDue("nightly"));
        Assert.Matches("^left out at .*: run web-1 was still queued$", runs.Schedule("nightly").Problem);
        runs.Ledger.SetRunState("web-1", States.Failed);
        Assert.Null(runs.StartDue("nightly"));
        Ago(runs, "nightly");
        Assert.Equal("web-2", runs.StartDue("nightly"));
        Assert.Null(runs.Schedule("nightly").Problem);
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void Overlap_queue_starts_one_run_when_the_last_has_ended(string kind)
    {
        var runs = Started(kind, Overlaps.Queue);
        Assert.Null(runs.StartDue("nightly"));
        Assert.Contains("waits for the end of web-1", runs.Schedule("nightly").Problem);
        runs.Ledger.SetRunState("web-1", States.Done);
        Assert.Equal("web-2", runs.StartDue("nightly"));
        Assert.Null(runs.StartDue("nightly"));
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void Overlap_cancel_previous_cancels_and_starts_when_that_has_ended(string kind)
    {
        var runs = Started(kind, Overlaps.CancelPrevious);
        Assert.Null(runs.StartDue("nightly"));
        Assert.Equal(States.Cancelling, runs.Ledger.Run("web-1")!.State);
        Assert.Null(runs.StartDue("nightly"));
        runs.Ledger.SetRunState("web-1", States.Cancelled);
        Assert.Equal("web-2", runs.StartDue("nightly"));
    }

    RunService Started(string kind, string overlap)
    {
        var runs = Runs(kind);
        runs.AddSchedule(Request(overlap: overlap), "anna");
        Ago(runs, "nightly");
        Assert.Equal("web-1", runs.StartDue("nightly"));
        Ago(runs, "nightly");
        return runs;
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void A_paused_schedule_starts_nothing_but_when_asked_and_leaves_out_what_was_due(string kind)
    {
        var runs = Runs(kind);
        runs.AddSchedule(Request(), "anna");
        Assert.True(runs.PauseSchedule("nightly", true, "anna").Paused);
        Assert.Empty(runs.Schedule("nightly").Next);
        Ago(runs, "nightly");
        Assert.Null(runs.StartDue("nightly"));
        Assert.Equal("web-1", runs.RunSchedule("nightly", "ben").Id);
        Assert.Equal("ben", runs.Ledger.Run("web-1")!.RequestedBy);
        Assert.Contains("web-1 of schedule nightly is queued", Assert.Throws<ConflictException>(() => runs.RunSchedule("nightly", "ben")).Message);
        runs.Ledger.SetRunState("web-1", States.Done);
        runs.PauseSchedule("nightly", false, "anna");
        Assert.Null(runs.StartDue("nightly"));
        runs.RemoveSchedule("nightly", "anna");
        Assert.Throws<NotFoundException>(() => runs.Schedule("nightly"));
        Assert.Throws<NotFoundException>(() => runs.PauseSchedule("nightly", true, "anna"));
        Assert.NotNull(runs.Ledger.Run("web-1"));
    }

    static BackfillRequest Dumps(params string[] inputs) =>
        new(new Submission(Yaml, "web.yaml", "anna") { Set = ["sources.jsonl.paths=[{input}]"], Limit = 10, Priority = 3 }, inputs) { Parallel = 2 };

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void A_backfill_runs_each_input_in_order_a_few_at_a_time(string kind)
    {
        var runs = Runs(kind);
        var backfill = runs.AddBackfill(Dumps("in/2024-10.jsonl.gz", "in/2024-11.jsonl.gz", "s3://dumps/2024-12/*", "in/2024-10.jsonl"));
        Assert.Equal((1L, States.Running, 0, 0), (backfill.Number, backfill.State, backfill.Done, backfill.Failed));
        Assert.Equal(["web-2024-10-1", "web-2024-11-1", null, null], backfill.Inputs.Select(i => i.Run));
        runs.ContinueBackfills();
        Assert.Equal(2, runs.Ledger.Runs().Count);
        var run = runs.Ledger.Run("web-2024-11-1")!;
        Assert.Equal(
            (States.Queued, "backfill:1", "anna", 3L, 10L, """["sources.jsonl.paths=[in/2024-11.jsonl.gz]","name=web-2024-11"]"""),
            (run.State, run.Schedule, run.RequestedBy, run.Priority, run.MaxDocuments, run.Overrides));

        runs.Ledger.SetRunState("web-2024-11-1", States.Failed);
        Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).ForAll(_ => runs.ContinueBackfills());
        Assert.Equal(["web-2024-10-1", "web-2024-11-1", "web-input-1", null], runs.Backfill(1).Inputs.Select(i => i.Run));
        foreach (var ended in (string[])["web-2024-10-1", "web-input-1"])
            runs.Ledger.SetRunState(ended, States.Done);
        runs.ContinueBackfills();
        Assert.Equal("web-2024-10-2-1", runs.Backfill(1).Inputs[3].Run);
        runs.Ledger.SetRunState("web-2024-10-2-1", States.Done);
        runs.ContinueBackfills();
        Assert.Equal((States.Failed, 3, 1), (runs.Backfill(1).State, runs.Backfill(1).Done, runs.Backfill(1).Failed));
        Assert.Throws<ConflictException>(() => runs.CancelBackfill(1, "anna"));
    }

    [Theory, InlineData("sqlite"), InlineData("postgres")]
    public void A_cancelled_backfill_begins_no_more_runs_and_cancels_those_that_go_on(string kind)
    {
        var runs = Runs(kind);
        runs.AddBackfill(Dumps("in/a.jsonl", "in/b.jsonl", "in/c.jsonl"));
        runs.Ledger.SetRunState("web-a-1", States.Done);
        Assert.Equal(States.Cancelled, runs.CancelBackfill(1, "ben").State);
        runs.ContinueBackfills();
        Assert.Equal([States.Done, States.Cancelling, null], runs.Backfill(1).Inputs.Select(i => i.State));
        Assert.Equal("backfill.cancel", runs.AuditTrail().Items.First(a => a.Target == "1").Action);
        Assert.Throws<NotFoundException>(() => runs.CancelBackfill(2, "ben"));
    }

    [Theory]
    [InlineData("seed={input}", new string[0], "inputs: from 1 to 10,000, and there are 0")]
    [InlineData("seed=1", new[] { "a" }, "set: one must have {input} in it")]
    [InlineData("sources.jsonl.paths=[{input}]", new[] { "a", "a" }, "inputs: 'a' is in the list 2 times")]
    [InlineData("sources.jsonl.paths=[{input}]", new[] { "a, b" }, "inputs: 'a, b' is empty or has a character")]
    [InlineData("sources.jsonl.paths=[{input}]", new[] { "" }, "inputs: '' is empty")]
    [InlineData("nothing.like.it={input}", new[] { "a" }, "nothing")]
    public void A_list_that_cannot_be_run_starts_nothing(string set, string[] inputs, string problem)
    {
        var runs = Runs("sqlite");
        var thrown = Assert.Throws<PipelineException>(() => runs.AddBackfill(Dumps(inputs) with { Pipeline = new Submission(Yaml, "web.yaml", "anna") { Set = [set] } }));
        Assert.Contains(problem, string.Join('\n', thrown.Problems));
        Assert.Empty(runs.Ledger.Runs());
        Assert.Empty(runs.Backfills());
    }

    [Fact]
    public void A_run_of_this_machine_is_shown_with_all_its_stages_where_submissions_are_confined()
    {
        var runs = Runs("sqlite");
        var run = runs.Start(new Submission(Yaml.Replace("[clean]", "[clean, deduplicate]"), "web.yaml", "anna")).Id;
        var confined = new RunService(runs.Ledger, runs.Storage, TimeProvider.System, new Confinement([], [], []));
        Assert.Equal(["clean", "deduplicate"], confined.FlowOf(run).Stages.Select(s => s.Id));
        Assert.Throws<PipelineException>(() => confined.Start(new Submission(Yaml, "web.yaml", "anna")));
    }

    [Fact]
    public void Nothing_is_pruned_while_a_run_goes_on()
    {
        var runs = Runs("sqlite");
        var run = runs.Start(new Submission(Yaml, "web.yaml", "anna")).Id;
        Assert.Equal([run], runs.Prune(1, dry: true, "anna").Kept);
        Assert.Contains("a run is queued", Assert.Throws<ConflictException>(() => runs.Prune(1, dry: false, "anna")).Message);
        runs.Ledger.SetRunState(run, States.Paused);
        Assert.Equal([run], runs.Prune(1, dry: false, "anna").Kept);
        Assert.Equal("prune", runs.AuditTrail().Items[0].Action);
        Assert.Throws<PipelineException>(() => runs.Prune(0, dry: false, "anna"));
    }

    [Fact]
    public void A_changed_schedule_forgets_what_was_due_before()
    {
        var runs = Runs("sqlite");
        runs.AddSchedule(Request(), "anna");
        Ago(runs, "nightly");
        Assert.Equal("0 3 * * *", runs.ChangeSchedule(Request(cron: "0 3 * * *"), "anna").Cron);
        Assert.Null(runs.StartDue("nightly"));
        Assert.Throws<NotFoundException>(() => runs.ChangeSchedule(Request("other"), "anna"));
        Assert.Throws<ConflictException>(() => runs.AddSchedule(Request(), "anna"));
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var wrong = new ScheduleRequest("Nightly!", "61 * * * *", new Submission("name: web\nstages: [claen]\n", "web.yaml", "anna")) { Zone = "UTC", Overlap = "both" };
        var problems = Assert.Throws<PipelineException>(() => Runs("sqlite").AddSchedule(wrong, "anna")).Problems;
        foreach (var part in (string[])["the name 'Nightly!'", "overlap 'both'", "cron '61 * * * *'", "claen"])
            Assert.Contains(problems, p => p.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void A_pipeline_that_is_wrong_by_now_is_left_out_and_says_why()
    {
        Environment.SetEnvironmentVariable("CORPUSFORGE_TEST_SCHEDULE", "in/*.jsonl");
        var runs = Runs("sqlite");
        runs.AddSchedule(Request() with { Pipeline = new Submission(Yaml.Replace("in/*.jsonl", "'${env:CORPUSFORGE_TEST_SCHEDULE}'", StringComparison.Ordinal), "web.yaml", "anna") }, "anna");
        Environment.SetEnvironmentVariable("CORPUSFORGE_TEST_SCHEDULE", null);
        Ago(runs, "nightly");
        Assert.Null(runs.StartDue("nightly"));
        Assert.Contains("CORPUSFORGE_TEST_SCHEDULE is not set", runs.Schedule("nightly").Problem);
        Assert.Empty(runs.Ledger.Runs());
    }

    [Theory, InlineData("memory"), InlineData("postgres")]
    public void Recurring_jobs_of_hangfire_follow_the_ledger_and_come_back_when_its_store_is_wiped(string kind)
    {
        var runs = Runs("sqlite");
        var jobs = new RecurringJobs("test");
        var storage = Storage(kind);
        runs.AddSchedule(Request("a") with { Zone = "Europe/Berlin" }, "anna");
        runs.AddSchedule(Request("b"), "anna");
        new RecurringJobManager(storage).AddOrUpdate("somebody else's", () => Console.WriteLine(), "0 0 * * *");
        Assert.Equal(["a", "b"], jobs.Match(storage, runs.Ledger.Schedules()));
        Assert.Empty(jobs.Match(storage, runs.Ledger.Schedules()));
        Assert.Equal(["somebody else's", "test:schedule:a", "test:schedule:b"], Ids());
        runs.ChangeSchedule(Request("a", cron: "0 4 * * *"), "anna");
        runs.PauseSchedule("b", true, "anna");
        Assert.Equal(["a"], jobs.Match(storage, runs.Ledger.Schedules()));
        Assert.Equal(["somebody else's", "test:schedule:a"], Ids());
        storage = Storage(kind);
        Assert.Equal(["a"], jobs.Match(storage, runs.Ledger.Schedules()));
        Assert.Equal(["test:schedule:a"], Ids());

        string[] Ids()
        {
            using var connection = storage.GetConnection();
            return [.. connection.GetRecurringJobs().Select(j => j.Id).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task Hangfire_says_when()
    {
        var jobs = new RecurringJobs("test");
        var storage = Storage("memory");
        var runs = Runs("sqlite");
        runs.AddSchedule(Request(cron: "* * * * * *"), "anna");
        jobs.Match(storage, runs.Ledger.Schedules());
        var called = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = jobs.Serve(storage, name => called.TrySetResult(name));
        Assert.Equal("nightly", await called.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    static JobStorage Storage(string kind)
    {
        if (kind == "memory")
            return new InMemoryStorage();
        var options = new PostgreSqlStorageOptions { SchemaName = "jobs" };
        return new PostgreSqlStorage(new NpgsqlConnectionFactory(PostgresServer.Shared.NewDatabase(), options), options);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
