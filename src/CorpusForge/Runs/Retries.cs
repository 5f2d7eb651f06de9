using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.Runtime;

namespace CorpusForge.Runs;

/// <summary>Repeats requests that failed for a reason that may pass: a broken connection, silence, a server in trouble.</summary>
/// <param name="time">Waits between attempts.</param>
/// <param name="idle">An attempt that makes no progress for so long is broken off.</param>
internal sealed class Retries(TimeProvider time, TimeSpan idle)
{
    private const int Attempts = 7;
    private const double FirstWaitSeconds = 0.1;
    private const double MaxWaitSeconds = 20;

    /// <param name="name">What is asked for, for the error.</param>
    /// <param name="request">Calls the action whenever it makes progress; what it learned in an attempt that broke off it may keep.</param>
    /// <param name="cancel">Ends it at once.</param>
    /// <exception cref="IOException">The last attempt failed, too.</exception>
    public async Task<T> Run<T>(string name, Func<Action, CancellationToken, Task<T>> request, CancellationToken cancel = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(idle);
            Metrics.Request(name, again: attempt > 1);
            try
            {
                return await request(() => timer.CancelAfter(idle), timer.Token);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && MayPass(e))
            {
                var problem = e is OperationCanceledException ? string.Create(CultureInfo.InvariantCulture, $"nothing came for {idle.TotalSeconds:0.#} s") : e.Message;
                if (attempt == Attempts)
                    throw new IOException($"{name}: {problem} ({Attempts} attempts)", e);
            }
            await Task.Delay(WaitAfter(name, attempt), time, cancel);
        }
    }

    /// <summary>As <see cref="Run"/> for callers that are not asynchronous.</summary>
    public T Wait<T>(string name, Func<Action, CancellationToken, Task<T>> request) => Task.Run(() => Run(name, request)).GetAwaiter().GetResult();

    /// <summary>Whether the same request may succeed a little later.</summary>
    internal static bool MayPass(Exception e) => e switch
    {
        InputException or FileNotFoundException => false,
        AmazonServiceException { ErrorCode: "InternalError" or "SlowDown" or "RequestTimeout" or "ServiceUnavailable" } => true,
        AmazonServiceException service => MayPass(service.StatusCode),
        AmazonClientException client => client.InnerException is HttpRequestException or IOException or SocketException,
        HttpRequestException { StatusCode: { } status } => MayPass(status),
        HttpRequestException http => http.InnerException is not PipelineException,
        OperationCanceledException or IOException or SocketException => true,
        _ => false,
    };

    private static bool MayPass(HttpStatusCode status) => (int)status is 0 or 408 or 429 or >= 500;

    // Doubled each time, and spread by name, so that many who were sent away do not all come back at once.
    private static TimeSpan WaitAfter(string name, int attempt)
    {
        var spread = SplitMix64.Mix(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(name)) + (ulong)attempt) % 1000 / 1000.0;
        return TimeSpan.FromSeconds(Math.Min(FirstWaitSeconds * (1 << attempt), MaxWaitSeconds) * (0.5 + spread));
    }
}
