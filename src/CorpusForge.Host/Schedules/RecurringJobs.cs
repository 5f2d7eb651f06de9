using CorpusForge.Runs;
using Hangfire;
using Hangfire.Common;
using Hangfire.Storage;

namespace CorpusForge.Host.Schedules;

/// <summary>The recurring jobs of Hangfire that stand for the schedules of the ledger; they carry the name of a schedule and nothing else.</summary>
/// <param name="deployment">Sets the jobs apart from those of other deployments in the same storage.</param>
internal sealed class RecurringJobs(string deployment)
{
    /// <summary>The queue that only processes that serve work on.</summary>
    public const string Queue = "schedules";

    private readonly string _prefix = $"{deployment}:schedule:";

    /// <summary>Works on the recurring jobs as they come due.</summary>
    public BackgroundJobServer Serve(JobStorage storage, Action<string> start)
    {
        var filters = new JobFilterCollection { new AutomaticRetryAttribute { Attempts = 0 } };
        return new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                ServerName = $"{deployment}-schedules",
                Queues = [Queue],
                WorkerCount = 1,
                SchedulePollingInterval = TimeSpan.FromSeconds(1),
                Activator = new Activator(new ScheduleJob(start)),
                FilterProvider = filters,
                StopTimeout = TimeSpan.Zero,
                ShutdownTimeout = TimeSpan.FromSeconds(5),
            },
            storage);
    }

    /// <summary>Makes Hangfire's recurring jobs those of the schedules that are not paused; the names of those that were added or changed.</summary>
    public IReadOnlyList<string> Match(JobStorage storage, IReadOnlyList<ScheduleRow> schedules)
    {
        var manager = new RecurringJobManager(storage);
        using var connection = storage.GetConnection();
        var there = connection.GetRecurringJobs().Where(j => j.Id.StartsWith(_prefix, StringComparison.Ordinal)).ToDictionary(j => j.Id, StringComparer.Ordinal);
        var wanted = schedules.Where(s => s.Paused == 0).ToDictionary(s => _prefix + s.Id, StringComparer.Ordinal);
        foreach (var id in there.Keys.Where(id => !wanted.ContainsKey(id)))
            manager.RemoveIfExists(id);
        var changed = new List<string>();
        foreach (var (id, schedule) in wanted)
        {
            if (there.TryGetValue(id, out var job) && job.Cron == schedule.Cron && job.TimeZoneId == schedule.Zone && job.Error is null)
                continue;
            manager.AddOrUpdate(
                id, Job.FromExpression<ScheduleJob>(j => j.Run(schedule.Id), Queue), schedule.Cron,
                new RecurringJobOptions { TimeZone = TimeZoneInfo.FindSystemTimeZoneById(schedule.Zone), MisfireHandling = MisfireHandlingMode.Ignorable });
            changed.Add(schedule.Id);
        }
        return changed;
    }

    private sealed class Activator(ScheduleJob job) : JobActivator
    {
        public override object ActivateJob(Type jobType) => job;
    }
}

/// <summary>The Hangfire job: a name, the ledger has the rest.</summary>
public sealed class ScheduleJob
{
    private readonly Action<string> _start;

    internal ScheduleJob(Action<string> start) => _start = start;

    public void Run(string schedule) => _start(schedule);
}
