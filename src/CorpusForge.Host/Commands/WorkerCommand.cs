using System.CommandLine;
using CorpusForge.Host.Service;

namespace CorpusForge.Host.Commands;

/// <summary>`worker`: works on the units that a coordinator elsewhere hands out.</summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        var command = new Command("worker", "Works on the units of runs that `serve` coordinates; any number of them, on any machines.");
        var output = CommandLine.Out;
        var queues = new Option<string>("--queues") { Description = "The queues to work on, with units at once: cpu=4,net=8.", DefaultValueFactory = _ => "cpu,net" };
        var listen = new Option<string?>("--listen") { Description = "Serves /healthz and /metrics on this address; without it the worker does not listen." };
        foreach (var option in (Option[])[output, queues, listen])
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = AppSettings.Current with { Out = parsed.GetRequiredValue(output) };
            using var host = Build(settings, QueueSlots.Parse(parsed.GetRequiredValue(queues)), parsed.GetValue(listen));
            ServiceHost.Own(host);
            await ServiceHost.Run(host, cancel);
            return CommandLine.Done;
        });
        return command;
    }

    private static IHost Build(AppSettings settings, QueueSlots slots, string? listen)
    {
        if (listen is null)
        {
            var plain = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            Add(plain, settings, slots);
            return plain.Build();
        }
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(listen);
        Add(builder, settings, slots);
        var app = builder.Build();
        Telemetry.Telemetry.Map(app);
        return app;
    }

    private static void Add(IHostApplicationBuilder builder, AppSettings settings, QueueSlots slots)
    {
        ServiceHost.Add(builder, settings, worksAlone: false);
        Telemetry.Telemetry.Add(builder, settings);
        ServiceHost.AddWorker(builder, slots);
    }
}
