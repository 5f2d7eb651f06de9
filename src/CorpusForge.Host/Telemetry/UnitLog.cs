using System.Diagnostics;

namespace CorpusForge.Host.Telemetry;

/// <summary>Logs how every attempt at a unit, and every phase, of this process ended; their spans say it.</summary>
/// <remarks>While it listens there are spans even where no exporter wants them, so that log lines know their unit.</remarks>
internal sealed partial class UnitLog(ILogger<UnitLog> log) : IHostedService, IDisposable
{
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = source => source.Name == Metrics.Source,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        ActivityStopped = span => Ended(log, span),
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        ActivitySource.AddActivityListener(_listener);
        Metrics.Begin();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _listener.Dispose();

    private static void Ended(ILogger log, Activity span)
    {
        var (seconds, outcome) = (Math.Round(span.Duration.TotalSeconds, 3), span.GetTagItem("outcome") as string);
        if (span.OperationName != "unit")
            PhaseEnded(log, span.OperationName, seconds);
        else if (span.Status == ActivityStatusCode.Error)
            UnitFailed(log, seconds, span.StatusDescription);
        else
            UnitEnded(log, outcome, seconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "unit {Outcome} in {Seconds} s")]
    private static partial void UnitEnded(ILogger log, string? outcome, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "unit failed after {Seconds} s: {Error}")]
    private static partial void UnitFailed(ILogger log, double seconds, string? error);

    [LoggerMessage(Level = LogLevel.Information, Message = "phase {Name} ended after {Seconds} s")]
    private static partial void PhaseEnded(ILogger log, string name, double seconds);
}
