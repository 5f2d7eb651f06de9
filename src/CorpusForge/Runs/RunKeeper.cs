using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using System.Threading.Channels;

namespace CorpusForge.Runs;

/// <summary>Coordinates every run of a ledger that nobody else does: claims them by lease, renews the leases, takes back the units of lost workers.</summary>
/// <remarks>
/// Any number of processes may do so; a run goes to whoever claims it first, and to another 15 seconds after its coordinator was last
/// heard of. Should two have the same run for a moment, they do the same thing.
/// </remarks>
/// <param name="ledger">Of the runs.</param>
/// <param name="contexts">Makes their contexts.</param>
/// <param name="dispatcher">Carries their units.</param>
/// <param name="name">Of this process and no other, ever.</param>
/// <param name="time">For pauses; leases are by the database's clock.</param>
public sealed class RunKeeper(Ledger ledger, RunContexts contexts, IDispatcher dispatcher, string name, TimeProvider time)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan[] s_pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25)];

    private readonly ConcurrentDictionary<string, Kept> _runs = new(StringComparer.Ordinal);
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile Dictionary<string, QueueLoad> _load = [];

    /// <summary>Called after every look at the ledger that succeeded.</summary>
    public Action Looked { get; init; } = () => { };

    /// <summary>The runs that are coordinated here.</summary>
    public IReadOnlyCollection<string> Runs => [.. _runs.Keys];

    /// <summary>Goes on until cancelled; then gives the runs back, as they are.</summary>
    public async Task Keep(CancellationToken cancel)
    {
        var (window, reaper) = (new Window(queue => _load.GetValueOrDefault(queue)), new Reaper(ledger, time));
        var listening = ledger.Listen(Hear, cancel);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                Look(window, reaper, cancel);
                Looked();
            }
            catch (Exception e) when (e is DbException or IOException or TimeoutException && !cancel.IsCancellationRequested)
            {
                // The ledger is out of reach for longer than it waits itself: look again.
            }
            await News(cancel);
        }
        await Task.WhenAll([listening, .. _runs.Values.Select(r => r.Task)]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Look(Window window, Reaper reaper, CancellationToken cancel)
    {
        reaper.Look();
        ReadLoad();
        var held = ledger.RenewLease(name, (long)s_lease.TotalMilliseconds).Select(r => r.Run).ToHashSet(StringComparer.Ordinal);
        foreach (var (id, kept) in _runs)
        {
            if (!held.Contains(id))
                kept.Stop.Cancel();
        }
        foreach (var run in ledger.ClaimRuns(name, (long)s_lease.TotalMilliseconds))
        {
            // One that is begun, or gone on with, takes its input as it is now; one whose coordinator was lost goes on with its plan.
            if (run.State == States.Queued)
                ledger.Unplan(run.Id);
            ledger.ChangeRun(run.Id, States.Running, States.Queued);
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var kept = new Kept(stop);
            // One that was lost and is claimed again may still be ending.
            if (_runs.TryAdd(run.Id, kept))
                kept.Task = Task.Run(() => Coordinate(run, kept, window), CancellationToken.None);
            else
                ledger.Release(run.Id, name);
        }
    }

    private void ReadLoad()
    {
        var running = ledger.RunningByQueue();
        var load = new Dictionary<string, QueueLoad>(StringComparer.Ordinal);
        foreach (var (queue, slots) in ledger.LiveQueues().SelectMany(q => JsonSerializer.Deserialize<Dictionary<string, int>>(q)!))
            load[queue] = new QueueLoad(load.GetValueOrDefault(queue).Slots + slots, running.GetValueOrDefault(queue));
        _load = load;
    }

    private async Task Coordinate(RunRow run, Kept kept, Window window)
    {
        var cancel = kept.Stop.Token;
        try
        {
            for (var tried = 0; !await Coordinate(run, kept, window, tried); tried++)
                await Task.Delay(s_pauses[tried], time, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Somebody else goes on with it.
        }
        catch (OvertakenException)
        {
            // Somebody else does.
        }
        finally
        {
            _runs.TryRemove(run.Id, out _);
            try
            {
                ledger.Release(run.Id, name);
            }
            catch (DbException)
            {
                // The lease runs out by itself.
            }
            _news.Writer.TryWrite(true);
        }
    }

    // False when a fault of the storage may pass.
    private async Task<bool> Coordinate(RunRow run, Kept kept, Window window, int tried)
    {
        try
        {
            var coordinator = new Coordinator(ledger, contexts.Of(run), dispatcher, window, run.Id, time) { Holder = name };
            kept.Coordinator = coordinator;
            await coordinator.Run((int)run.FirstStage, kept.Stop.Token);
            return true;
        }
        catch (Exception e) when (e is (IOException and not InputException) or DbException or TimeoutException && tried < s_pauses.Length)
        {
            ledger.Log(run.Id, "coordinator", PipelineVariables.Redact(e.Message), "warning");
            return false;
        }
        catch (Exception e) when (e is not (OperationCanceledException or OvertakenException or OutOfMemoryException))
        {
            // The boundary of a run: the others go on, and this one says why it does not.
            var problem = PipelineVariables.Redact(e is PipelineException or IOException ? e.Message : e.ToString());
            ledger.SetRunState(run.Id, States.Failed, problem, name);
            ledger.Log(run.Id, States.Failed, problem, "error");
            return true;
        }
    }

    private void Hear(LedgerNote note)
    {
        foreach (var (id, kept) in _runs)
        {
            if (note.Run.Length == 0 || note.Run == id)
                kept.Coordinator?.Wake();
        }
        if (note.Unit is null)
            _news.Writer.TryWrite(true);
    }

    private async Task News(CancellationToken cancel)
    {
        using var backstop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        backstop.CancelAfter(s_look);
        await _news.Reader.ReadAsync(backstop.Token).AsTask().ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private sealed class Kept(CancellationTokenSource stop)
    {
        public CancellationTokenSource Stop => stop;
        public volatile Coordinator? Coordinator;
        public Task Task { get; set; } = Task.CompletedTask;
    }
}
