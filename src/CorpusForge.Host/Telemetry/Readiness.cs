using CorpusForge.Runs;
using Hangfire;

namespace CorpusForge.Host.Telemetry;

/// <summary>Something that this process needs in order to be of use.</summary>
/// <param name="Name">As `/readyz` has it.</param>
/// <param name="Check">Returns when all is well; otherwise throws what is wrong, or does not come back.</param>
internal sealed record ReadyCheck(string Name, Action Check);

/// <summary>What `/readyz` answers.</summary>
/// <param name="Ready">Whether every check is ok.</param>
/// <param name="Checks">`ok`, or what is wrong, by check.</param>
internal sealed record ReadyAnswer(bool Ready, SortedDictionary<string, string> Checks);

/// <summary>Asks everything that this process needs, at the moment that somebody wants to know.</summary>
/// <remarks>
/// Checks run side by side. One that does not answer within <see cref="Patience"/> is wrong, and is not started again until it comes back.
/// An answer serves everybody who asks within a second, so that asking often costs nothing.
/// </remarks>
internal sealed class Readiness(IEnumerable<ReadyCheck> checks, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);

    private readonly (ReadyCheck Check, Pending Pending)[] _checks = [.. checks.Select(c => (c, new Pending()))];
    private readonly Lock _lock = new();
    private Task<ReadyAnswer>? _answer;
    private long _asked;

    public Task<ReadyAnswer> Ask()
    {
        lock (_lock)
        {
            if (_answer is null || (_answer.IsCompleted && time.GetElapsedTime(_asked) >= s_fresh))
            {
                _asked = time.GetTimestamp();
                _answer = Look();
            }
            return _answer;
        }
    }

    private async Task<ReadyAnswer> Look()
    {
        var results = await Task.WhenAll(_checks.Select(c => One(c.Check, c.Pending)));
        return new ReadyAnswer(results.All(r => r.Problem is null), new SortedDictionary<string, string>(
            results.ToDictionary(r => r.Name, r => r.Problem ?? "ok", StringComparer.Ordinal), StringComparer.Ordinal));
    }

    private async Task<(string Name, string? Problem)> One(ReadyCheck check, Pending pending)
    {
        // One that hangs holds one thread, however often somebody asks.
        if (pending.Task is null or { IsCompleted: true })
            pending.Task = Task.Run(() => Problem(check));
        try
        {
            return (check.Name, await pending.Task.WaitAsync(Patience, time));
        }
        catch (TimeoutException)
        {
            return (check.Name, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    private static string? Problem(ReadyCheck check)
    {
        try
        {
            check.Check();
            return null;
        }
        catch (Exception e)
        {
            // Whatever is wrong is the answer.
            return PipelineVariables.Redact(e.Message.Split('\n')[0].TrimEnd());
        }
    }

    private sealed class Pending
    {
        public Task<string?>? Task { get; set; }
    }

    /// <summary>Whether jobs can be handed out.</summary>
    public static void Dispatch(JobStorage storage)
    {
        using var connection = storage.GetConnection();
        connection.GetAllItemsFromSet("corpusforge:ready");
    }

    /// <summary>Whether files can be written where the output goes; of a remote storage, whether it answers.</summary>
    public static void Storage(IStorage storage, string process)
    {
        if (storage is not LocalStorage)
        {
            storage.Exists(".ready");
            return;
        }
        var name = $".ready-{process}";
        using (storage.Create(name))
        {
        }
        storage.Delete(name);
    }
}

/// <summary>Whether something that goes on for ever still does.</summary>
internal sealed class Pulse(TimeProvider time)
{
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(20);

    private long _last = time.GetTimestamp();

    public void Beat() => Interlocked.Exchange(ref _last, time.GetTimestamp());

    /// <exception cref="InvalidOperationException">It was silent for too long.</exception>
    public void Check()
    {
        var silence = time.GetElapsedTime(Interlocked.Read(ref _last));
        if (silence > MaxSilence)
            throw new InvalidOperationException($"no look at the runs for {silence.TotalSeconds:0} s");
    }
}
