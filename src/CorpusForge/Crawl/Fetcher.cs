using System.Net;
using System.Text;

namespace CorpusForge.Crawl;

/// <summary>One exchange with a web server: what was sent, and what came or by which rule nothing did.</summary>
/// <param name="Uri">What was asked for.</param>
/// <param name="Request">The request as sent.</param>
/// <param name="Status">0 when there is no response.</param>
/// <param name="Head">Status line and headers up to the empty line, without transfer coding.</param>
/// <param name="Response">The response, its body with content coding.</param>
/// <param name="Verdict">Rules: `private-address`, `port-refused`, `unreachable`, `timeout`, `header-too-large`, `body-too-large`, `bad-http`.</param>
public sealed record Exchange(Uri Uri, byte[] Request, int Status, byte[] Head, HttpMessage? Response, Verdict Verdict)
{
    /// <summary>From the name to the last byte.</summary>
    public TimeSpan Took { get; init; }

    public string? Header(string name) => Response?.Header(name);
}

/// <summary>What a server marks an answer with, so that it need not be sent again (RFC 9110, section 8.8).</summary>
public sealed record Validators(string? ETag, string? Modified);

/// <summary>Fetches one URL without ever being led to an address that the user has not allowed.</summary>
/// <remarks>
/// The name is resolved here and the connection goes to an address that was looked at, so that a name that changes its
/// address between check and use (DNS rebinding) gains nothing. Proxies, cookies, redirects and automatic decoding are off.
/// </remarks>
public sealed class Fetcher : IDisposable
{
    public const string ProductToken = "CorpusForge";
    private const int MaxHeadKilobytes = 64;

    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly string _userAgent;
    private readonly HashSet<string> _allowHosts;
    private readonly Func<string, IPEndPoint?> _connectTo;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="contact">Where the owner of a site can complain: in the User-Agent.</param>
    /// <param name="timeout">For one exchange, from the name to the last byte.</param>
    /// <param name="allowHosts">Hosts that may be in a private network, at any port.</param>
    /// <param name="connectTo">Where a host really is, for hosts that the program serves itself; such a host is allowed.</param>
    /// <param name="resolve">Resolves names; the system's resolver unless set.</param>
    /// <param name="time">The clock of the timeout.</param>
    public Fetcher(
        string contact, TimeSpan timeout, IEnumerable<string>? allowHosts = null, Func<string, IPEndPoint?>? connectTo = null,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _timeout = timeout;
        _userAgent = contact.Length == 0 ? $"{ProductToken}/1.0" : $"{ProductToken}/1.0 (+{contact.ReplaceLineEndings(" ").Replace(")", "", StringComparison.Ordinal)})";
        _allowHosts = new HashSet<string>(allowHosts ?? [], StringComparer.OrdinalIgnoreCase);
        _connectTo = connectTo ?? (_ => null);
        _resolve = new DnsCache(resolve ?? ((host, cancel) => Dns.GetHostAddressesAsync(host, cancel)), _time).Resolve;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = 1,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            MaxResponseHeadersLength = MaxHeadKilobytes,
            ResponseDrainTimeout = TimeSpan.Zero,
            ActivityHeadersPropagator = null,
            ConnectCallback = Connect,
        })
        { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Fetches <paramref name="uri"/>; a redirect is an answer like any other.</summary>
    /// <param name="uri">http or https.</param>
    /// <param name="maxBodyBytes">A longer body is not read.</param>
    /// <param name="known">What an earlier answer was marked with: only another is wanted.</param>
    /// <param name="cancel">Ends the exchange.</param>
    public async Task<Exchange> Get(Uri uri, int maxBodyBytes, Validators? known = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        (string Name, string Value)[] headers =
        [
            ("Host", uri.Authority),
            ("User-Agent", _userAgent),
            ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("Accept-Encoding", "gzip, br"),
            .. known?.ETag is { } tag ? [("If-None-Match", tag)] : ReadOnlySpan<(string, string)>.Empty,
            .. known?.Modified is { } modified ? [("If-Modified-Since", modified)] : ReadOnlySpan<(string, string)>.Empty,
        ];
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var sent = Encoding.Latin1.GetBytes($"GET {uri.PathAndQuery} HTTP/1.1\r\n{string.Concat(headers.Select(h => $"{h.Name}: {h.Value}\r\n"))}\r\n");
        using var timer = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        var start = _time.GetTimestamp();
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var (head, parsed) = HeadOf(response);
            var (body, verdict) = await ReadBody(response, maxBodyBytes, both.Token);
            return new Exchange(uri, sent, (int)response.StatusCode, head, new HttpMessage((int)response.StatusCode, parsed, body), verdict) { Took = _time.GetElapsedTime(start) };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Failed(Verdict.Drop("timeout", _timeout.TotalSeconds, _timeout.TotalSeconds));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Failed(Verdict.Drop(RuleOf(e)));
        }

        Exchange Failed(Verdict verdict) => new(uri, sent, 0, [], null, verdict) { Took = _time.GetElapsedTime(start) };
    }

    private static string RuleOf(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
            if (inner is RefusedException refused)
                return refused.Rule;
        return e switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "header-too-large",
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError } => "bad-http",
            _ => "unreachable",
        };
    }

    private static (byte[] Head, List<KeyValuePair<string, string>> Headers) HeadOf(HttpResponseMessage response)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            foreach (var value in values)
                // The body is stored without its chunks, so the header must not promise them.
                headers.Add(new(name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) ? "X-Crawl-Transfer-Encoding" : name, value));
        var text = new StringBuilder($"HTTP/{response.Version.ToString(2)} {(int)response.StatusCode} {response.ReasonPhrase}\r\n");
        foreach (var (name, value) in headers)
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        return (Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()), headers);
    }

    private static async Task<(ReadOnlyMemory<byte> Body, Verdict Verdict)> ReadBody(HttpResponseMessage response, int maxBytes, CancellationToken cancel)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var body = new byte[64 << 10];
        for (var length = 0; ;)
        {
            var n = await stream.ReadAsync(body.AsMemory(length), cancel);
            length += n;
            if (length > maxBytes)
                return (default, Verdict.Drop("body-too-large", length, maxBytes));
            if (n == 0)
                return (body.AsMemory(0, length), Verdict.Keep);
            if (length == body.Length)
                Array.Resize(ref body, (int)Math.Min(2L * length, Array.MaxLength));
        }
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        if (_connectTo(host) is { } endPoint)
            return await Addresses.Connect([endPoint.Address], endPoint.Port, cancel);
        var allowed = _allowHosts.Contains(host);
        if (!allowed && port is not (80 or 443))
            throw new RefusedException("port-refused");
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancel);
        if (!addresses.All(a => Addresses.IsPublic(a) || (allowed && Addresses.IsPrivate(a))))
            throw new RefusedException("private-address");
        return await Addresses.Connect(addresses, port, cancel);
    }

    private sealed class RefusedException(string rule) : IOException($"refused by the rule {rule}")
    {
        public string Rule { get; } = rule;
    }
}
