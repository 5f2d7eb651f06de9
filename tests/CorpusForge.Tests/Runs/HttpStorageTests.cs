using System.IO.Compression;
using System.Net;
using System.Text;
using CorpusForge.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>Inputs on web servers, good and bad ones.</summary>
public sealed class HttpStorageTests : IAsyncLifetime
{
    readonly JumpingClock _clock = new();
    readonly string _scratch = Directory.CreateTempSubdirectory("corpusforge-http-").FullName;
    readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    readonly List<string> _asked = [];
    WebApplication _server = null!;
    Storages _storages = null!;
    string _root = "";

    // Asked first; what it answers with, or null to serve the file.
    Func<HttpContext, IResult?> _first = _ => null;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(context =>
        {
            var path = context.Request.Path.Value!;
            lock (_asked)
                _asked.Add($"{path} {context.Request.Headers.Range}".Trim());
            return (_first(context) ?? (_files.TryGetValue(path, out var bytes) ? Ranges(bytes) : Results.NotFound())).ExecuteAsync(context);
        });
        await _server.StartAsync(TestContext.Current.CancellationToken);
        _root = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _storages = With();
    }

    Storages With(params string[] allow) => new(new StorageSettings { AllowHosts = allow.Length == 0 ? ["127.0.0.1"] : allow, Scratch = _scratch }, _clock);

    Inputs Inputs => new(new MemoryDigestCache(), _storages);

    static IResult Ranges(byte[] bytes) =>
        Results.Bytes(bytes, enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(System.IO.Hashing.XxHash3.Hash(bytes))}\""));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public void A_file_is_read_in_ranges(int bytes)
    {
        _files["/in/a.bin"] = S3Place.Bytes(bytes);
        var file = Assert.Single(Inputs.Glob([$"{_root}/in/a.bin"]));
        Assert.Equal(("a.bin", (long)bytes, $"{_root}/in/a.bin"), (file.Name, file.Bytes, file.Path));
        using var stream = file.OpenRead(Inputs.Storage);
        Assert.Equal(_files["/in/a.bin"], S3StorageTests.Read(stream, bytes + 1));
        Assert.Contains("/in/a.bin bytes=0-262143", _asked);
        Assert.Equal(_files["/in/a.bin"], File.ReadAllBytes(Inputs.Storage.LocalPath(file.Path)));
    }

    [Fact]
    public void A_server_without_ranges_is_read_by_way_of_a_copy()
    {
        _files["/a"] = S3Place.Bytes(1_000_000);
        _first = c => _files.TryGetValue(c.Request.Path.Value!, out var bytes) ? Results.Bytes(bytes, lastModified: DateTimeOffset.UnixEpoch) : null;
        var file = Assert.Single(Inputs.Glob([$"{_root}/a"]));
        using var stream = file.OpenRead(Inputs.Storage, 400_000);
        Assert.Equal(_files["/a"][400_000..], S3StorageTests.Read(stream, 2_000_000));
        using var again = file.OpenRead(Inputs.Storage);
        Assert.Equal(1_000_000, again.Length);
    }

    [Fact]
    public void Trouble_that_passes_is_waited_for_and_trouble_that_stays_is_told()
    {
        _files["/a"] = [1, 2, 3];
        var left = 3;
        _first = _ => Interlocked.Decrement(ref left) >= 0 ? Results.StatusCode(503) : null;
        var file = Assert.Single(Inputs.Glob([$"{_root}/a"]));
        Assert.Equal(3, _clock.Waits.Count);
        _first = _ => Results.StatusCode(500);
        Assert.Contains("500", Assert.Throws<IOException>(() => file.OpenRead(Inputs.Storage)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(401)]
    public void A_refusal_is_told_at_once(int status)
    {
        _first = _ => Results.StatusCode(status);
        var error = Assert.Throws<PipelineException>(() => Inputs.Glob([$"{_root}/a"]));
        Assert.Contains($"{status}", error.Message, StringComparison.Ordinal);
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public void A_file_that_changes_is_not_read_on()
    {
        _files["/a"] = S3Place.Bytes(1_000_000);
        var file = Assert.Single(Inputs.Glob([$"{_root}/a"]));
        using var stream = file.OpenRead(Inputs.Storage);
        _files["/a"] = S3Place.Bytes(1_000_000, seed: 2);
        Assert.Throws<InputException>(() => S3StorageTests.Read(stream, 1_000_000));
        Assert.Contains("since the run was planned", Assert.Throws<InputException>(() => file.OpenRead(Inputs.Storage)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("\"v1\"", "\"v1\""), InlineData("W/\"v1\"", "")]
    public void Only_a_tag_that_promises_the_same_bytes_is_a_condition(string tag, string condition)
    {
        _files["/a"] = S3Place.Bytes(3_000_000);
        string? asked = null;
        _first = context =>
        {
            asked = context.Request.Headers.IfMatch.ToString();
            return Results.Bytes(_files["/a"], enableRangeProcessing: true, entityTag: EntityTagHeaderValue.Parse(tag));
        };
        using var stream = Assert.Single(Inputs.Glob([$"{_root}/a"])).OpenRead(Inputs.Storage);
        Assert.Equal(_files["/a"], S3StorageTests.Read(stream, 3_000_001));
        Assert.Equal(condition, asked);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.2")]
    [InlineData("[::1]")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    public void A_private_address_is_not_connected_to_unless_its_host_is_allowed(string host)
    {
        _files["/a"] = [1];
        var port = new Uri(_root).Port;
        var error = Assert.Throws<PipelineException>(() => Inputs.Glob([$"http://{host}:{port}/a"]));
        Assert.Contains("AllowHosts", error.Message, StringComparison.Ordinal);
        Assert.Contains("not public", Assert.Throws<PipelineException>(() => Inputs.Glob([$"http://{host}/a"])).Message, StringComparison.Ordinal);
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public void A_host_that_is_allowed_may_still_not_be_the_metadata_service()
    {
        using var storages = With("169.254.169.254");
        Assert.Throws<PipelineException>(() => new Inputs(new MemoryDigestCache(), storages).Glob(["http://169.254.169.254/latest"]));
    }

    [Fact]
    public void Redirects_are_followed_and_held_to_the_same()
    {
        _files["/b"] = [7, 8];
        _first = c => c.Request.Path == "/a" ? Results.Redirect("/b") : c.Request.Path == "/out" ? Results.Redirect($"http://localhost:{new Uri(_root).Port}/b") : c.Request.Path == "/loop" ? Results.Redirect("/loop") : null;
        using (var stream = Assert.Single(Inputs.Glob([$"{_root}/a"])).OpenRead(Inputs.Storage))
            Assert.Equal([7, 8], S3StorageTests.Read(stream, 10));
        Assert.Contains("localhost", Assert.Throws<PipelineException>(() => Inputs.Glob([$"{_root}/out"])).Message, StringComparison.Ordinal);
        Assert.Contains("302", Assert.Throws<PipelineException>(() => Inputs.Glob([$"{_root}/loop"])).Message, StringComparison.Ordinal);
        Assert.Equal(6, _asked.Count(a => a.StartsWith("/loop", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_list_names_files_below_the_root_of_its_host()
    {
        _files["/crawl/b.warc.gz"] = [1];
        _files["/crawl/a.warc.gz"] = [2];
        _files["/crawl/warc.paths.gz"] = Gzip("crawl/b.warc.gz\n\n# a remark\ncrawl/a.warc.gz\n");
        Assert.Equal(["a.warc.gz", "b.warc.gz"], Inputs.Glob([$"@{_root}/crawl/warc.paths.gz"]).Select(f => f.Name));
        foreach (var line in (string[])["http://localhost/a", "/etc/passwd", "../a", "s3://bucket/a"])
        {
            _files["/crawl/warc.paths.gz"] = Gzip(line);
            Assert.Contains("must be relative", Assert.Throws<PipelineException>(() => Inputs.Glob([$"@{_root}/crawl/warc.paths.gz"])).Message, StringComparison.Ordinal);
        }
        _files["/crawl/warc.paths.gz"] = Gzip("\n");
        Assert.Throws<PipelineException>(() => Inputs.Glob([$"@{_root}/crawl/warc.paths.gz"]));
    }

    [Fact]
    public void A_list_of_this_machine_names_files_beside_it()
    {
        File.WriteAllText(Path.Combine(_scratch, "list.txt"), "sub/a.txt\r\n");
        Directory.CreateDirectory(Path.Combine(_scratch, "sub"));
        File.WriteAllText(Path.Combine(_scratch, "sub", "a.txt"), "hello");
        Assert.Equal(Path.Combine(_scratch, "sub", "a.txt"), Assert.Single(Inputs.Glob([$"@{_scratch}/list.txt"])).Path);
    }

    [Theory]
    [InlineData("http://127.0.0.1/*.gz", "does not say which files")]
    [InlineData("https://", "no URL")]
    [InlineData("s3://x/a", "no address in S3")]
    [InlineData("s3://a b c/x", "no address in S3")]
    public void An_address_that_is_none_is_told(string address, string problem) =>
        Assert.Contains(problem, Assert.Throws<PipelineException>(() => Inputs.Glob([address])).Message, StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        _storages.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_scratch, recursive: true);
    }

    static byte[] Gzip(string text)
    {
        var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }
}
