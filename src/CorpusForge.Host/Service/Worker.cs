using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using System.Threading.Channels;
using CorpusForge.Runs;
using Hangfire;

namespace CorpusForge.Host.Service;

/// <summary>Works on the units that this process is handed, and says in the ledger that it is alive.</summary>
/// <remarks>
/// Asked to stop, it takes no more units, goes on with those that it has for as long as <see cref="AppSettings.Drain"/> says, and gives the rest back. A disk that is
/// full is this machine's fault and no unit's: units are given back, and it takes none for half a minute.
/// </remarks>
internal sealed partial class Worker(
    AppSettings settings, Ledger ledger, RunContexts contexts, JobStorage dispatch, QueueSlots slots, ProcessName name, TimeProvider time, ILogger<Worker> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_forget = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Work> _runs = new(StringComparer.Ordinal);
    private readonly UnitRunner _runner = new(ledger, name.Value) { IsOfMachine = IsDiskFull };
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _giveBack = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _serversLock = new();
    private UnitServers? _servers;
    private Task _beating = Task.CompletedTask;
    private volatile string _state = WorkerStates.Live;
    private long _resting;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Beat();
        _servers = Open();
        _beating = Task.WhenAll(
            Task.Run(() => KeepBeating(_end.Token), CancellationToken.None),
            ledger.Listen(note => { if (note.Unit is null) _news.Writer.TryWrite(true); }, _end.Token));
        Started(log, slots, name.Value);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _state = WorkerStates.Draining;
        _news.Writer.TryWrite(true);
        _giveBack.CancelAfter(settings.Drain);
        // Waits for the units; heartbeats go on meanwhile.
        await Task.Run(
            () =>
            {
                lock (_serversLock)
                    _servers?.Dispose();
            }, CancellationToken.None);
        await _end.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            ledger.Leave(name.Value);
        }
        catch (DbException e)
        {
            // It will be missed.
            NotLeft(log, e.Message);
        }
    }

    public void Dispose()
    {
        _giveBack.Dispose();
        _end.Dispose();
    }

    private UnitServers Open() => new(dispatch, slots, Do, settings.Drain + TimeSpan.FromSeconds(5));

    private void Do(UnitId id)
    {
        if (_giveBack.IsCancellationRequested || WorkOf(id.Run) is not { } work)
            return;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_giveBack.Token, work.Cancel.Token);
        Interlocked.Increment(ref work.Units);
        try
        {
            if (_runner.Run(work.Context, id, null, cancel.Token) == Outcome.MachineFault)
                Rest();
        }
        finally
        {
            work.Used = time.GetTimestamp();
            Interlocked.Decrement(ref work.Units);
        }
    }

    // Null when the run is not running any more, or cannot be worked on here: its units wait for somebody else.
    private Work? WorkOf(string run)
    {
        var plan = ledger.PlanNumber(run);
        if (_runs.TryGetValue(run, out var known) && known.Plan == plan)
            return known;
        lock (_runs)
        {
            if (_runs.TryGetValue(run, out known) && known.Plan == plan)
                return known;
            if (ledger.Run(run) is not { State: States.Running } row)
                return null;
            DocsSite.For(row.Yaml);
            try
            {
                return _runs[run] = new Work(contexts.Of(row), plan) { Used = time.GetTimestamp() };
            }
            catch (PipelineException e)
            {
                Unable(log, run, e.Message);
                ledger.Log(run, "worker", PipelineVariables.Redact($"{name.Value}: {e.Message}"), "warning", worker: name.Value);
                return null;
            }
        }
    }

    private async Task KeepBeating(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                Beat();
                if (_resting != 0 && time.GetElapsedTime(_resting) > s_rest)
                    Wake();
            }
            catch (Exception e) when (e is DbException or IOException or TimeoutException)
            {
                NoBeat(log, e.Message);
            }
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(end);
            pause.CancelAfter(s_beat);
            await _news.Reader.ReadAsync(pause.Token).AsTask().ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Beat()
    {
        var queues = _resting == 0 ? slots.Slots : new Dictionary<string, int>();
        var halted = ledger.Beat(
            new WorkerInfo(name.Value, Environment.MachineName, Environment.ProcessId, JsonSerializer.Serialize(queues), RunFile.Version), _state);
        foreach (var (run, state) in halted)
        {
            // A run that pauses lets its units end.
            if (state is not (States.Pausing or States.Paused or States.Queued) && _runs.TryRemove(run, out var work))
                work.Cancel.Cancel();
        }
        foreach (var (run, work) in _runs)
        {
            if (work.Units == 0 && time.GetElapsedTime(work.Used) > s_forget)
                _runs.TryRemove(run, out _);
        }
    }

    // Servers are stopped by a task of their own: this is the thread of one of their workers.
    private void Rest()
    {
        if (Interlocked.CompareExchange(ref _resting, time.GetTimestamp(), 0) != 0)
            return;
        DiskFull(log, s_rest.TotalSeconds);
        _news.Writer.TryWrite(true);
        _ = Task.Run(() =>
        {
            lock (_serversLock)
            {
                _servers?.Dispose();
                _servers = null;
            }
        });
    }

    private void Wake()
    {
        lock (_serversLock)
        {
            if (_state != WorkerStates.Live)
                return;
            _servers ??= Open();
            _resting = 0;
        }
    }

    // ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL of Windows.
    private static bool IsDiskFull(Exception e) => e is IOException { HResult: 28 or 122 or unchecked((int)0x80070070) };

    [LoggerMessage(Level = LogLevel.Information, Message = "working on {Queues} as {Worker}")]
    private static partial void Started(ILogger log, QueueSlots queues, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "cannot work on run {Run}: {Problem}")]
    private static partial void Unable(ILogger log, string run, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no heartbeat: {Problem}")]
    private static partial void NoBeat(ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ended without saying so in the ledger: {Problem}")]
    private static partial void NotLeft(ILogger log, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "the disk is full: no unit is taken for {Seconds} s")]
    private static partial void DiskFull(ILogger log, double seconds);

    private sealed class Work(RunContext context, long plan)
    {
        public long Plan => plan;
        public RunContext Context => context;
        public CancellationTokenSource Cancel { get; } = new();
        public int Units;
        public long Used { get; set; }
    }
}
