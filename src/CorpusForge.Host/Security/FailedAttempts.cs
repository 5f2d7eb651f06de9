using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using CorpusForge.Runs;

namespace CorpusForge.Host.Security;

/// <summary>Counts wrong keys by address: the first few of a minute are put on record, the others are told to wait.</summary>
internal sealed class FailedAttempts(Ledger ledger) : IDisposable
{
    public const int MaxPerMinute = 10;

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new FixedWindowRateLimiterOptions { PermitLimit = MaxPerMinute, Window = TimeSpan.FromMinutes(1) }));

    public void Dispose() => _limiter.Dispose();

    /// <param name="context">The request.</param>
    /// <param name="key">What was tried; null when it was no key at all.</param>
    public void Count(HttpContext context, ApiKey? key)
    {
        var address = AddressOf(context);
        using var lease = _limiter.AttemptAcquire(address);
        if (lease.IsAcquired)
            ledger.Audit(address, "key.refused", key?.Id ?? "", $"{context.Request.Method} {context.Request.Path}");
        else
            context.Items[typeof(FailedAttempts)] = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromMinutes(1);
    }

    /// <summary>How long the one who asks has to wait, when there were too many wrong keys.</summary>
    public static TimeSpan? RetryAfter(HttpContext context) => context.Items[typeof(FailedAttempts)] as TimeSpan?;

    /// <summary>The address of the client; of IPv6 the network, since a client has all of it.</summary>
    internal static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address) ? new IPNetwork(Masked(address), 64).ToString() : address.ToString();
    }

    private static IPAddress Masked(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
