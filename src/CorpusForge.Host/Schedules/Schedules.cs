namespace CorpusForge.Host.Schedules;

/// <summary>Starts runs by the clock.</summary>
internal static class Schedules
{
    public static void Add(WebApplicationBuilder builder, AppSettings settings)
    {
        builder.Services.AddSingleton(new RecurringJobs(settings.Dispatch.Name));
        builder.Services.AddHostedService<ScheduleKeeper>();
    }
}
