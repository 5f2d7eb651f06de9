using System.CommandLine;
using CorpusForge.Host.Service;

namespace CorpusForge.Host.Commands;

/// <summary>`serve`: coordinates runs and answers the API and the pages; with workers it is the whole service in one process.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Serves the API and the web pages, and coordinates runs. On one machine it works on them, too.");
        var output = CommandLine.Out;
        var listen = new Option<string>("--listen") { Description = "The address to listen on.", DefaultValueFactory = _ => AppSettings.Current.Listen };
        var workers = new Option<int>("--workers", "-w") { Description = "Units at once in this process; 0 only coordinates, for workers elsewhere.", DefaultValueFactory = _ => CommandLine.DefaultWorkers };
        workers.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is < 0 or > 1024)
                r.AddError("--workers: from 0 to 1024");
        });
        foreach (var option in (Option[])[output, listen, workers])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = AppSettings.Current with { Out = parsed.GetRequiredValue(output), Listen = parsed.GetRequiredValue(listen) };
            await using var app = Build(settings, parsed.GetValue(workers));
            await ServiceHost.Run(app, cancel);
            return CommandLine.Done;
        });
        return command;
    }

    /// <summary>The one web application.</summary>
    internal static WebApplication Build(AppSettings settings, int workers)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(ServeCommand).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(settings.Listen);
        ServiceHost.Add(builder, settings, worksAlone: workers > 0);
        Security.Security.Add(builder, settings);
        Telemetry.Telemetry.Add(builder, settings);
        Telemetry.Telemetry.Watch(builder);
        Api.Api.Add(builder, settings);
        Ui.Ui.Add(builder, settings);
        Schedules.Schedules.Add(builder, settings);
        ServiceHost.AddCoordination(builder);
        if (workers > 0)
            ServiceHost.AddWorker(builder, QueueSlots.Of(workers));
        var app = builder.Build();
        ServiceHost.Own(app);
        Security.Security.Use(app);
        Telemetry.Telemetry.Map(app);
        Api.Api.Map(app);
        Ui.Ui.Map(app);
        return app;
    }
}
