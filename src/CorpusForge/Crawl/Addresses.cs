using System.Net;
using System.Net.Sockets;

namespace CorpusForge.Crawl;

/// <summary>Says which addresses the program may be sent to by a page or a pipeline: those of the public Internet.</summary>
/// <remarks>The special-purpose address registries of IANA (RFC 6890), and every way to write an IPv4 address inside an IPv6 one.</remarks>
public static class Addresses
{
    private static readonly IPNetwork[] s_notPublic4 = [.. new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    }.Select(n => IPNetwork.Parse(n))];

    // Of IPv6 only 2000::/3 is given out. 2001::/23 has Teredo and ORCHID, 2002::/16 is 6to4; NAT64 and mapped addresses lie outside.
    private static readonly IPNetwork s_public6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] s_notPublic6 =
        [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(n => IPNetwork.Parse(n))];

    private static readonly IPNetwork[] s_private =
        [.. new[] { "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7" }.Select(n => IPNetwork.Parse(n))];

    // IPNetwork.Contains looks through mapped addresses, so they are refused before it is asked.
    public static bool IsPublic(IPAddress address) => !address.IsIPv4MappedToIPv6 && address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !s_notPublic4.Any(n => n.Contains(address)),
        AddressFamily.InterNetworkV6 => s_public6.Contains(address) && !s_notPublic6.Any(n => n.Contains(address)),
        _ => false,
    };

    /// <summary>Loopback and private networks: what a host that the user names may also be in. Link-local (cloud metadata) is not.</summary>
    public static bool IsPrivate(IPAddress address) => !address.IsIPv4MappedToIPv6 && s_private.Any(n => n.BaseAddress.AddressFamily == address.AddressFamily && n.Contains(address));

    /// <summary>Connects to the first address that answers; closing the stream ends the connection.</summary>
    public static async Task<Stream> Connect(IPAddress[] addresses, int port, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
