using System.Diagnostics;
using System.Globalization;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Host.Tests.Api;

public sealed class SqliteAnswerTimesTests() : AnswerTimesTests(postgres: false);

public sealed class PostgresAnswerTimesTests() : AnswerTimesTests(postgres: true);

/// <summary>Pages and API over a run of 100,000 units; the times of a quiet machine are in docs/LOG.md.</summary>
public abstract class AnswerTimesTests : IDisposable
{
    private const int Units = 100_000;
    private readonly ServedApi _api;

    protected AnswerTimesTests(bool postgres)
    {
        var folder = Directory.CreateTempSubdirectory("corpusforge-times-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "in"));
        _api = new ServedApi(postgres, folder);
        var ledger = _api.Ledger;
        var pipeline = PipelineFile.Parse(_api.Pipeline("big"), "big.yaml", CommandLine.Catalogue);
        var run = ledger.CreateRun(pipeline, pipeline.Stages[^1].Digest, "big.yaml", _api.Pipeline("big"), "[]", new RunRequest { State = States.Paused }).Id;
        ledger.PlanPhase(run, 0, 0, "extract", "cpu", Enumerable.Range(0, Units).Select(i => (new Unit(Key(i), [], "{}"), i < 60_000)));
        for (var i = 0; i < 2000; i++)
            ledger.Log(run, "stage", $"event {i}");
    }

    private static string Key(int unit) => unit.ToString("x32", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Everything_answers_quickly_over_a_hundred_thousand_units()
    {
        var cancel = TestContext.Current.CancellationToken;
        var last = _api.Get("runs/big-1/units?limit=500").GetProperty("next").GetString();
        string[] paths =
        [
            "", "runs", "runs/big-1", "runs/big-1/units", "runs/big-1/units?stage=0&phase=0&state=pending", "runs/big-1/units?stage=0&phase=0&state=failed", "runs/big-1/events", "events",
            $"runs/big-1/units/0/0/{Key(70_000)}", "datasets", "workers", "schedules", "backfills", "audit", "compare?a=big-1&b=big-1",
            .. ((string[])["runs", "runs:counts", "runs/big-1", "runs/big-1/stages", "runs/big-1/units?limit=500", $"runs/big-1/units?limit=500&cursor={last}", "runs/big-1/units?state=pending&limit=500",
                "runs/big-1/units?state=failed,quarantined", "runs/big-1/grid?stage=0&phase=0", $"runs/big-1/units/clean/0/{Key(70_000)}", "runs/big-1/events?limit=500", "runs/big-1/logs", "events?newest=true",
                "datasets", "workers", "schedules", "backfills", "audit", "runs:diff?a=big-1&b=big-1"]).Select(p => $"api/v1/{p}"),
        ];
        foreach (var path in paths)
        {
            await _api.Http.GetStringAsync(path, cancel);
            var times = new List<double>();
            for (var i = 0; i < 7; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await _api.Http.GetStringAsync(path, cancel);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            times.Sort();
            TestContext.Current.TestOutputHelper?.WriteLine($"/{path}: best {times[0]:0} ms, median {times[3]:0} ms, worst {times[^1]:0} ms");
            // 200 ms on a machine that does nothing else; on a busy one the best of seven says most.
            Assert.True(times[0] < 1000, $"/{path} took {times[0]:0} ms");
        }
    }

    public void Dispose()
    {
        _api.Dispose();
        Directory.Delete(_api.Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
