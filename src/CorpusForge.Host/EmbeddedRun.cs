using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Host;

/// <summary>Runs a pipeline to its end in this process: ledger in SQLite, Hangfire in memory.</summary>
internal static class EmbeddedRun
{
    /// <summary>What to run, and how.</summary>
    public sealed record Request(
        Pipeline Pipeline, string Out, string File, string Yaml, IReadOnlyList<string> Overrides, int Workers, string? FromStage = null, string? Run = null);

    /// <summary>Starts a run, or goes on with the one that was interrupted, or finds that there is nothing to do.</summary>
    /// <returns>The result; null when every unit of every stage is there already and a run said so before.</returns>
    public static async Task<RunResult?> Run(Request request, Action<RunProgress> progress, TimeProvider time, CancellationToken cancel)
    {
        using var output = OutputFolder.Lock(request.Out, time);
        var context = new RunContext(request.Pipeline, output.Storage, new Inputs(output.Ledger, AppSettings.Storages));
        var first = FirstStage(request.Pipeline, request.FromStage);
        var digest = request.Pipeline.Stages[^1].Digest;
        var last = request.Run is null ? output.Ledger.Runs().FirstOrDefault(r => r.Pipeline == request.Pipeline.Name && r.Digest == digest) : output.Ledger.Run(request.Run);
        // Planning first: a source without input is a mistake of the pipeline, and nothing is started for it.
        var upToDate = Coordinator.Plan(context, first).All(p => p.Units == p.Reused)
            && Enumerable.Range(first, request.Pipeline.Stages.Count - first).All(context.StageIsWritten);
        if (last is { State: States.Done } && upToDate)
            return null;
        var overrides = JsonSerializer.Serialize(request.Overrides);
        var run = last is null or { State: States.Done } ? output.Ledger.CreateRun(request.Pipeline, digest, request.File, request.Yaml, overrides) : last;
        // The digest does not cover the sources: they may be others than when the run was interrupted.
        output.Ledger.Describe(run.Id, request.File, request.Yaml, overrides);
        output.Ledger.RetryFailed(run.Id);
        if (output.Ledger.Reconcile(run.Id) is > 0 and var lost)
            output.Ledger.Log(run.Id, "lost", $"{lost} units of a lost process wait again");
        output.Ledger.SetRunState(run.Id, States.Running);
        await using var docs = DocsSite.IsNamedIn(request.Yaml) ? await DocsSite.Start(cancel) : null;
        Crawl.CrawlStage.ConnectTo = host => docs is not null && host == DocsSite.HostName ? docs.EndPoint : null;
        return await Work(request, output, new RunContext(request.Pipeline, output.Storage, new Inputs(output.Ledger, AppSettings.Storages)), run.Id, first, progress, time, cancel);
    }

    private static async Task<RunResult> Work(
        Request request, OutputFolder output, RunContext context, string run, int first, Action<RunProgress> progress, TimeProvider time, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var runner = new UnitRunner(output.Ledger, $"{Environment.MachineName}:{Environment.ProcessId}");
        using var storage = DispatchStorage.Memory();
        var coordinator = new Coordinator(output.Ledger, context, new HangfireDispatcher(storage), new Window(request.Workers), run, time) { Progress = progress, Halt = stop.Cancel };
        using var servers = new UnitServers(storage, QueueSlots.Of(request.Workers), unit =>
        {
            try
            {
                runner.Run(context, unit, share => coordinator.Report(unit, share), stop.Token);
                coordinator.Finished(unit);
            }
            catch (Exception e)
            {
                // The ledger itself failed (a full disk, say): without it nothing can be recorded, so the run ends.
                coordinator.Abort(e);
                throw;
            }
        });
        try
        {
            return await coordinator.Run(first, stop.Token);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw new IOException($"{request.Out}/ledger.db: {e.Message} What is done is kept: once this is mended, the same command goes on.", e);
        }
        finally
        {
            // Units that are still running are given back before their servers are waited for.
            await stop.CancelAsync();
        }
    }

    internal static int FirstStage(Pipeline pipeline, string? id)
    {
        if (id is null)
            return 0;
        var index = pipeline.Stages.ToList().FindIndex(s => s.Id == id);
        return index >= 0 ? index : throw new PipelineException($"--from-stage {id}: there is no such stage; there are: {string.Join(", ", pipeline.Stages.Select(s => s.Id))}");
    }
}
