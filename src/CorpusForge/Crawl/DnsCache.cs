using System.Collections.Concurrent;
using System.Net;

namespace CorpusForge.Crawl;

/// <summary>Remembers the addresses of names for a while; every use of them is checked anew all the same.</summary>
internal sealed class DnsCache(Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider time)
{
    private const int MaxNames = 100_000;
    private static readonly TimeSpan s_age = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (IPAddress[] Addresses, DateTimeOffset Until)> _known = new(StringComparer.OrdinalIgnoreCase);

    public async Task<IPAddress[]> Resolve(string host, CancellationToken cancel)
    {
        if (_known.TryGetValue(host, out var known) && time.GetUtcNow() < known.Until)
            return known.Addresses;
        var addresses = await resolve(host, cancel);
        if (_known.Count >= MaxNames)
            _known.Clear();
        _known[host] = (addresses, time.GetUtcNow() + s_age);
        return addresses;
    }
}
