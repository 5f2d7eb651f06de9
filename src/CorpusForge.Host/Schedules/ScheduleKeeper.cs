using System.Data.Common;
using CorpusForge.Host.Service;
using CorpusForge.Runs;
using Hangfire;

namespace CorpusForge.Host.Schedules;

/// <summary>Starts what is due: Hangfire's recurring jobs say when, the ledger says what, and that it is started once.</summary>
/// <remarks>
/// Every few seconds it also looks by itself. So a schedule that was added or changed elsewhere is registered, one that Hangfire lost is
/// registered again, a time that passed while nobody served is caught up once, and what waits for another run's end starts.
/// </remarks>
internal sealed partial class ScheduleKeeper(RunService runs, RecurringJobs jobs, IServiceProvider services, TimeProvider time, ILogger<ScheduleKeeper> log) : BackgroundService
{
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var storage = services.GetService<JobStorage>();
        using var server = storage is null ? null : jobs.Serve(storage, name => Start(name, "Hangfire"));
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            Look(storage);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal void Look(JobStorage? storage)
    {
        try
        {
            var schedules = runs.Ledger.Schedules();
            if (storage is not null)
                Register(storage, schedules);
            foreach (var schedule in schedules)
                Start(schedule.Id, "look");
            runs.ContinueBackfills();
        }
        catch (DbException e)
        {
            NotNow(log, e.Message);
        }
    }

    private void Register(JobStorage storage, IReadOnlyList<ScheduleRow> schedules)
    {
        try
        {
            foreach (var name in jobs.Match(storage, schedules))
                Registered(log, name);
        }
        // Every storage has exceptions of its own, and the look does without it.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            NotRegistered(log, e.Message);
        }
    }

    private void Start(string schedule, string by)
    {
        if (runs.StartDue(schedule) is { } run)
            Started(log, schedule, run, by);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "schedule {Schedule} started run {Run} ({By})")]
    private static partial void Started(ILogger log, string schedule, string run, string by);

    [LoggerMessage(Level = LogLevel.Information, Message = "schedule {Schedule} registered with Hangfire")]
    private static partial void Registered(ILogger log, string schedule);

    [LoggerMessage(Level = LogLevel.Warning, Message = "schedules could not be registered with Hangfire: {Error}")]
    private static partial void NotRegistered(ILogger log, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the ledger could not be asked for schedules: {Error}")]
    private static partial void NotNow(ILogger log, string error);
}
