using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CorpusForge.Servers;

/// <summary>A small web server on loopback for many hosts, with connections that stay open and a log of every request.</summary>
public sealed class SiteServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Request, Answer> _answer;
    private int _connections;

    /// <param name="answer">Answers every request at once; may be called by several connections.</param>
    /// <param name="address">Where it listens; all addresses of the machine unless set.</param>
    public SiteServer(Func<Request, Answer> answer, IPAddress? address = null)
    {
        _answer = answer;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>In the order in which answers were sent.</summary>
    public ConcurrentQueue<Entry> Log { get; } = new();

    /// <param name="Host">Without the port.</param>
    /// <param name="Path">With the query.</param>
    /// <param name="Head">The whole head.</param>
    public sealed record Request(string Host, string Path, string Head);

    /// <param name="Status">With its reason.</param>
    /// <param name="Body">As sent.</param>
    /// <param name="Headers">Lines that end in CRLF.</param>
    public sealed record Answer(string Status, byte[] Body, string Headers = "Content-Type: text/html\r\n");

    /// <param name="Request">What was asked.</param>
    /// <param name="Status">Of the answer.</param>
    /// <param name="Start">When the request had come, in milliseconds.</param>
    /// <param name="End">Just before the last byte was sent.</param>
    /// <param name="Connection">Its number.</param>
    public sealed record Entry(Request Request, int Status, double Start, double End, int Connection);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private static double Now => Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptTcpClientAsync(_stop.Token), Interlocked.Increment(ref _connections));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(TcpClient client, int connection)
    {
        try
        {
            using var _ = client;
            client.NoDelay = true;
            var stream = client.GetStream();
            var buffer = new byte[16 << 10];
            for (var length = 0; ;)
            {
                var n = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                if (n == 0)
                    return;
                length += n;
                var start = Now;
                var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                if (end < 0)
                    continue;
                var head = Encoding.Latin1.GetString(buffer, 0, end + 2);
                length = 0;
                var host = head[(head.IndexOf("\r\nHost: ", StringComparison.Ordinal) + 8)..].Split('\r', ':')[0];
                var request = new Request(host, head.Split(' ')[1], head);
                var answer = _answer(request);
                byte[] bytes = [.. Encoding.Latin1.GetBytes($"HTTP/1.1 {answer.Status}\r\n{answer.Headers}Content-Length: {answer.Body.Length}\r\n\r\n"), .. answer.Body];
                Log.Enqueue(new Entry(request, int.Parse(answer.Status.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture), start, Now, connection));
                await stream.WriteAsync(bytes, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client went away, or the test is over.
        }
    }
}
