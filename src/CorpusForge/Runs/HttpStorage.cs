using System.Net;
using System.Net.Http.Headers;
using CorpusForge.Crawl;

namespace CorpusForge.Runs;

/// <summary>Files of web servers, to be read only; the whole URL is the name.</summary>
/// <remarks>
/// Only public addresses are connected to, at the ports 80 and 443, unless the settings allow the host; redirects are followed, five at most, and each is
/// held to the same. From a server that does not serve ranges a file is copied to this machine first.
/// </remarks>
internal sealed class HttpStorage : IStorage, IDisposable
{
    private const int MaxRedirects = 5;
    private static readonly TimeSpan s_connectionLife = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;
    private readonly HashSet<string> _allowHosts;
    private readonly Lazy<MachineSpace> _space;
    private readonly Retries _retries;

    public HttpStorage(IEnumerable<string> allowHosts, Lazy<MachineSpace> space, Retries retries)
    {
        (_space, _retries) = (space, retries);
        _allowHosts = new HashSet<string>(allowHosts, StringComparer.OrdinalIgnoreCase);
        _client = new HttpClient(new SocketsHttpHandler
        {
            MaxAutomaticRedirections = MaxRedirects,
            // A proxy would connect where we may not.
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = s_connectionLife,
            ActivityHeadersPropagator = null,
            ConnectCallback = Connect,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd($"{Fetcher.ProductToken}/1.0");
        _client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    public static bool Is(string name) => name.StartsWith("https://", StringComparison.Ordinal) || name.StartsWith("http://", StringComparison.Ordinal);

    /// <exception cref="FileNotFoundException">There is none.</exception>
    public RemoteFile Look(string name) => _retries.Wait(name, async (_, cancel) =>
    {
        using var answer = await Get(name, 0, 1, null, cancel);
        return new RemoteFile(name, answer.Total, answer.Version);
    });

    public bool Exists(string name)
    {
        try
        {
            return Look(name).Bytes >= 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    public long Length(string name) => Look(name).Bytes;

    public Stream OpenRead(string name, long offset = 0)
    {
        try
        {
            return RangeStream.Open(name, RangesOf(name), _retries, offset);
        }
        catch (NoRangesException)
        {
            return new FileStream(LocalPath(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16) { Position = offset };
        }
    }

    public string LocalPath(string name)
    {
        var file = Look(name);
        return _space.Value.CopyOf(name, file.Version, file.Bytes, copy => Copy(name, copy));
    }

    public void Dispose() => _client.Dispose();

    public Stream Create(string name) => throw ReadOnly(name);

    public void Publish(string from, string to) => throw ReadOnly(to);

    public void Delete(string name) => throw ReadOnly(name);

    public IEnumerable<StoredFile> List(string folder) => throw new PipelineException($"{folder}: a web server does not say which files it has; name each one");

    public IEnumerable<string> Folders(string folder) => throw new PipelineException($"{folder}: a web server does not say which folders it has");

    public string ScratchPath(string name) => throw ReadOnly(name);

    private static NotSupportedException ReadOnly(string name) => new($"{name}: files of web servers are read only");

    private void Copy(string name, Stream copy)
    {
        try
        {
            using var stream = RangeStream.Open(name, RangesOf(name), _retries, 0);
            stream.CopyTo(copy);
        }
        catch (NoRangesException)
        {
            _retries.Wait(name, async (progress, cancel) =>
            {
                copy.SetLength(0);
                using var response = await Send(name, null, null, cancel);
                await using var body = await response.Content.ReadAsStreamAsync(cancel);
                var buffer = new byte[1 << 16];
                for (int n; (n = await body.ReadAsync(buffer, cancel)) > 0; progress())
                    copy.Write(buffer, 0, n);
                return copy.Length;
            });
        }
    }

    private RangeRequest RangesOf(string name) => async (from, length, version, cancel) =>
    {
        var answer = await Get(name, from, length, version, cancel);
        if (!answer.Ranged && (from > 0 || answer.Total > length))
        {
            answer.Dispose();
            throw new NoRangesException(name);
        }
        return answer;
    };

    private async Task<HttpAnswer> Get(string name, long from, long length, string? version, CancellationToken cancel)
    {
        var response = await Send(name, new RangeHeaderValue(from, from + length - 1), version, cancel);
        try
        {
            var range = response.Content.Headers.ContentRange;
            var total = range?.Length ?? response.Content.Headers.ContentLength
                ?? throw new PipelineException($"{name}: the server does not say how long the file is");
            var (etag, changed) = (response.Headers.ETag?.ToString(), response.Content.Headers.LastModified?.ToString("R"));
            var nothing = response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable;
            return new HttpAnswer(nothing ? Stream.Null : await response.Content.ReadAsStreamAsync(cancel), total, etag ?? changed ?? "", response, range is not null);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> Send(string name, RangeHeaderValue? range, string? version, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, name);
        request.Headers.Range = range;
        // Weak tags and times do not promise the same bytes: those are compared when they have come.
        if (version?.StartsWith('"') == true)
            request.Headers.TryAddWithoutValidation("If-Match", version);
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e) when (e.InnerException is PipelineException refused)
        {
            throw new PipelineException($"{name}: {refused.Message}");
        }
        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return response;
        using (response)
        {
            var problem = $"{name}: the server answers {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd();
            var trouble = new HttpRequestException(problem, null, response.StatusCode);
            throw response.StatusCode switch
            {
                HttpStatusCode.NotFound or HttpStatusCode.Gone => new FileNotFoundException(problem, name),
                HttpStatusCode.PreconditionFailed => new InputException(name, range?.Ranges.First().From ?? 0, "the file was changed while it was read"),
                _ when Retries.MayPass(trouble) => trouble,
                _ => new PipelineException(problem),
            };
        }
    }

    // The name is resolved here and the connection goes to an address that was looked at, so that a name cannot come to mean another between the two.
    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var allowed = _allowHosts.Contains(host);
        if (!allowed && port is not (80 or 443))
            throw new PipelineException($"port {port} of {host} is not connected to; allow the host in Storage.AllowHosts");
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel);
        if (!addresses.All(a => Addresses.IsPublic(a) || (allowed && Addresses.IsPrivate(a))))
            throw new PipelineException($"{host} has an address that is not public; allow the host in Storage.AllowHosts");
        return await Addresses.Connect(addresses, port, cancel);
    }

    private sealed record HttpAnswer(Stream Body, long Total, string Version, IDisposable Owner, bool Ranged) : RangeAnswer(Body, Total, Version, Owner);

    private sealed class NoRangesException(string name) : Exception($"{name}: the server does not serve ranges");
}
