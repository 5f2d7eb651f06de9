using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CorpusForge.Tests.Crawl;

/// <summary>A web server on a loopback port that answers with raw bytes, so that tests can also answer wrongly.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, string?> _answer;

    /// <summary>Answers `host/path` with a whole response, one character a byte; null never answers.</summary>
    public TestServer(Func<string, string?> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Accept();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>What was asked for, in order, as `host/path`.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public string? LastRequest { get; private set; }

    public static string Page(string body, string headers = "Content-Type: text/html\r\n", string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                var text = new StringBuilder();
                var buffer = new byte[4096];
                while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    var n = await stream.ReadAsync(buffer, _stop.Token);
                    if (n == 0)
                        return;
                    text.Append(Encoding.Latin1.GetString(buffer, 0, n));
                }
                LastRequest = text.ToString();
                var lines = LastRequest.Split("\r\n");
                var host = lines.First(l => l.StartsWith("Host: ", StringComparison.Ordinal))[6..];
                var asked = host + lines[0].Split(' ')[1];
                Asked.Enqueue(asked);
                if (_answer(asked) is { } answer)
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), _stop.Token);
                else
                    await Task.Delay(Timeout.Infinite, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client went away, or the test is over.
        }
    }
}

/// <summary>A clock on which every wait is over at once, and that remembers how long each would have been.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private readonly Lock _lock = new();
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<double> Waits { get; } = [];

    public override DateTimeOffset GetUtcNow() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _now += dueTime;
            Waits.Add(dueTime.TotalSeconds);
        }
        ThreadPool.UnsafeQueueUserWorkItem(_ => callback(state), null);
        return new Elapsed();
    }

    private sealed class Elapsed : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;
        public void Dispose() { }
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
