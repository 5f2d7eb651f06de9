using System.Net;
using CorpusForge.Crawl;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class FetcherTests
{
    [Fact]
    public async Task A_page_comes_with_its_head_and_body()
    {
        using var server = new TestServer(_ => "HTTP/1.1 200 Fine\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        using var fetcher = Fetcher(server);
        var exchange = await fetcher.Get(new Uri("http://a.example/x?y=1"), 100);
        Assert.Equal((200, "abc"), (exchange.Status, Text(exchange.Response!.Body.Span)));
        Assert.Equal(["1", "2"], exchange.Response.All("x-a"));
        Assert.Equal(server.LastRequest, Text(exchange.Request));
        Assert.Contains("User-Agent: CorpusForge/1.0 (+https://contact.example/)\r\n", server.LastRequest, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 Fine\r\n", Text(exchange.Head), StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nTransfer-Encoding:", Text(exchange.Head), StringComparison.Ordinal);
    }

    public static TheoryData<string?, string> Wrong => new()
    {
        { "HTTP/1.1 200 OK\r\nX-Huge: " + new string('x', 100_000) + "\r\n\r\n", "header-too-large" },
        { "garbage\r\n\r\n", "bad-http" },
        { TestServer.Page(new string('x', 1001)), "body-too-large" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat("3e8\r\n" + new string('x', 1000) + "\r\n", 100)), "body-too-large" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ncut", "unreachable" },
        { "", "unreachable" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public async Task What_is_wrong_has_a_rule(string? answer, string rule)
    {
        using var server = new TestServer(_ => answer);
        using var fetcher = Fetcher(server);
        Assert.Equal(rule, (await fetcher.Get(new Uri("http://a.example/"), 1000)).Verdict.Rule);
    }

    [Fact]
    public async Task A_body_exactly_on_the_limit_stays()
    {
        using var server = new TestServer(_ => TestServer.Page(new string('x', 1000)));
        using var fetcher = Fetcher(server);
        Assert.True((await fetcher.Get(new Uri("http://a.example/"), 1000)).Verdict.Kept);
    }

    [Theory, InlineData(null), InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ndrip")]
    public async Task A_server_that_does_not_finish_times_out(string? start)
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        using var hold = new SemaphoreSlim(0);
        using var server = new TestServer(_ =>
        {
            asked.TrySetResult();
            if (start is not null)
                hold.Wait(TimeSpan.FromSeconds(30));
            return start;
        });
        using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), connectTo: _ => server.EndPoint, time: time);
        var get = fetcher.Get(new Uri("http://a.example/"), 1000);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(get.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("timeout", (await get).Verdict.Rule);
        hold.Release();
    }

    [Fact]
    public async Task Cancelling_is_not_a_timeout()
    {
        using var server = new TestServer(_ => null);
        using var fetcher = Fetcher(server);
        using var cancel = new CancellationTokenSource();
        var get = fetcher.Get(new Uri("http://a.example/"), 1000, cancel: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get);
    }

    [Theory]
    [InlineData("http://127.0.0.1/", "private-address")]
    [InlineData("http://2130706433/", "private-address")]
    [InlineData("http://[::1]/", "private-address")]
    [InlineData("http://[::ffff:127.0.0.1]/", "private-address")]
    [InlineData("http://rebound.example/", "private-address")]
    [InlineData("http://mixed.example/", "private-address")]
    [InlineData("http://metadata.example/", "private-address")]
    [InlineData("http://a.example:8080/", "port-refused")]
    [InlineData("http://a.example:22/", "port-refused")]
    [InlineData("http://allowed-metadata.example/", "private-address")]
    public async Task Connections_into_the_private_network_are_refused(string url, string rule)
    {
        using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), allowHosts: ["allowed-metadata.example"], resolve: (host, _) => Task.FromResult<IPAddress[]>(host switch
        {
            "rebound.example" => [IPAddress.Loopback],
            "mixed.example" => [IPAddress.Parse("192.0.43.7"), IPAddress.Parse("10.0.0.1")],
            _ => [IPAddress.Parse("169.254.169.254")],
        }));
        Assert.Equal(rule, (await fetcher.Get(new Uri(url), 1000)).Verdict.Rule);
    }

    [Fact]
    public async Task A_host_that_the_user_allows_may_be_on_loopback_at_any_port()
    {
        using var server = new TestServer(_ => TestServer.Page("in"));
        using var fetcher = new Fetcher("", TimeSpan.FromSeconds(30), allowHosts: ["Inner.Example"], resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));
        Assert.True((await fetcher.Get(new Uri($"http://inner.example:{server.EndPoint.Port}/"), 1000)).Verdict.Kept);
        Assert.Equal("port-refused", (await fetcher.Get(new Uri($"http://other.example:{server.EndPoint.Port}/"), 1000)).Verdict.Rule);
    }

    private static Fetcher Fetcher(TestServer server) => new("https://contact.example/", TimeSpan.FromSeconds(30), connectTo: _ => server.EndPoint);

    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);
}
