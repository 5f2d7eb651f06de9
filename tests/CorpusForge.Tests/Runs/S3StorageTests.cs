using System.Security.Cryptography;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>What every S3 server must do for us; `tests/ceph-rgw.sh` runs the same against a real one.</summary>
public sealed class S3StorageTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(9_000_001)]
    [InlineData(40_000_003)]
    public async Task What_is_published_is_read_back_whole(int bytes)
    {
        await using var place = await S3Place.Open();
        var written = S3Place.Bytes(bytes);
        place.Write("p/part.arrow", written);
        Assert.True(place.Storage.Exists("p/part.arrow"));
        Assert.Equal(bytes, place.Storage.Length("p/part.arrow"));
        using var stream = place.Storage.OpenRead("p/part.arrow");
        Assert.Equal(bytes, stream.Length);
        Assert.Equal(SHA256.HashData(written), SHA256.HashData(stream));
        Assert.Equal(written, File.ReadAllBytes(place.Storage.LocalPath("p/part.arrow")));
    }

    [Fact]
    public async Task A_temporary_file_lies_on_this_machine_until_it_is_deleted()
    {
        await using var place = await S3Place.Open();
        var name = $"p/{IStorage.TemporaryPrefix}x";
        place.Storage.Create(name).Dispose();
        Assert.True(place.Storage.Exists(name));
        place.Storage.Delete(name);
        Assert.False(place.Storage.Exists(name));
        Assert.Throws<ArgumentException>(() => place.Storage.Create("p/x"));
    }

    [Fact]
    public async Task Any_place_can_be_read_in_any_order()
    {
        await using var place = await S3Place.Open();
        var written = S3Place.Bytes(3_000_000);
        place.Write("file", written);
        var random = new SplitMix64(7);
        using var stream = place.Storage.OpenRead("file", 2_999_990);
        Assert.Equal(written[2_999_990..], Read(stream, 100));
        for (var i = 0; i < 50; i++)
        {
            var from = (int)(random.Next() % 3_000_000);
            var count = (int)(random.Next() % 400_000);
            stream.Position = from;
            Assert.Equal(written[from..Math.Min(written.Length, from + count)], Read(stream, count));
        }
        stream.Position = 5_000_000;
        Assert.Equal(-1, stream.ReadByte());
        stream.Seek(-1, SeekOrigin.End);
        Assert.Equal(written[^1], stream.ReadByte());
        using var beyond = place.Storage.OpenRead("file", 4_000_000);
        Assert.Equal(-1, beyond.ReadByte());
    }

    [Fact]
    public async Task Nobody_sees_a_file_before_it_is_published()
    {
        await using var place = await S3Place.Open();
        using (var file = place.Storage.Create("p/.tmp-1"))
            file.Write([1, 2, 3]);
        Assert.Empty(place.Storage.List(""));
        Assert.True(place.Storage.Exists("p/.tmp-1"));
        Assert.Equal(3, place.Storage.Length("p/.tmp-1"));
        place.Storage.Publish("p/.tmp-1", "p/part");
        Assert.False(place.Storage.Exists("p/.tmp-1"));
        Assert.Equal([new StoredFile("p/part", 3)], place.Storage.List(""));
        Assert.Throws<ArgumentException>(() => place.Storage.Create("p/part"));
    }

    [Fact]
    public async Task Publishing_replaces_and_deleting_is_not_minded_twice()
    {
        await using var place = await S3Place.Open();
        place.Write("a", [1]);
        place.Write("a", [2, 3]);
        using (var stream = place.Storage.OpenRead("a"))
            Assert.Equal([2, 3], Read(stream, 10));
        Assert.Equal([2, 3], File.ReadAllBytes(place.Storage.LocalPath("a")));
        place.Storage.Delete("a");
        place.Storage.Delete("a");
        Assert.False(place.Storage.Exists("a"));
        Assert.Throws<FileNotFoundException>(() => place.Storage.OpenRead("a"));
        Assert.Throws<FileNotFoundException>(() => place.Storage.Length("a"));
        Assert.Throws<FileNotFoundException>(() => place.Storage.LocalPath("a"));
    }

    [Fact]
    public async Task Files_and_folders_are_listed_in_order()
    {
        await using var place = await S3Place.Open();
        foreach (var name in (string[])["p/b/2", "p/b/1", "p/a", "p/c/rejects/9", "pq/x", "z"])
            place.Write(name, [1]);
        Assert.Equal(["p/a", "p/b/1", "p/b/2", "p/c/rejects/9"], place.Storage.List("p").Select(f => f.Name));
        Assert.Equal(["b", "c"], place.Storage.Folders("p"));
        Assert.Equal(["p", "pq"], place.Storage.Folders(""));
        Assert.Empty(place.Storage.List("nowhere"));
        Assert.Empty(place.Storage.Folders("nowhere"));
    }

    [Fact]
    public async Task Names_with_signs_of_their_own_are_names()
    {
        await using var place = await S3Place.Open();
        string[] names = ["a b+c&d=e%20.bin", "ä/ö €.txt", "emoji \U0001F600", "quote'\"<x>"];
        foreach (var name in names)
            place.Write(name, [1, 2]);
        Assert.Equal(names.Order(StringComparer.Ordinal), place.Storage.List("").Select(f => f.Name));
        foreach (var name in names)
        {
            using var stream = place.Storage.OpenRead(name);
            Assert.Equal([1, 2], Read(stream, 10));
        }
    }

    [Fact]
    public async Task Patterns_find_objects_with_names_below_their_fixed_part()
    {
        await using var place = await S3Place.Open();
        foreach (var name in (string[])["in/2026/a.warc.gz", "in/2026/b.warc.gz", "in/2026/b.txt", "in/2025/c.warc.gz", "in/2026/deep/d.warc.gz"])
            place.Write(name, S3Place.Bytes(name.Length));
        var inputs = new Inputs(new MemoryDigestCache(), place.Storages);
        string[] Names(string pattern) => [.. inputs.Glob([$"{place.Address}/{pattern}"]).Select(f => f.Name)];

        Assert.Equal(["a.warc.gz", "b.warc.gz"], Names("in/2026/*.warc.gz"));
        Assert.Equal(["2025/c.warc.gz", "2026/a.warc.gz", "2026/b.warc.gz", "2026/deep/d.warc.gz"], Names("in/**/*.warc.gz"));
        Assert.Equal(["2026/b.txt", "2026/b.warc.gz"], Names("in/2026*/b.*"));
        Assert.Equal(["b.txt"], Names("in/2026/b.txt"));
        Assert.Equal(["c.warc.gz"], Names("in/2025"));
        Assert.Equal(["c.warc.gz"], Names("in/2025/"));
        Assert.Throws<PipelineException>(() => Names("in/2026/*.zip"));
        Assert.Throws<PipelineException>(() => Names("in/2024"));
    }

    [Fact]
    public async Task The_digest_of_an_input_changes_with_its_content_and_a_changed_one_is_not_read()
    {
        await using var place = await S3Place.Open();
        place.Write("in/a.txt", [1, 2, 3]);
        var inputs = new Inputs(new MemoryDigestCache(), place.Storages);
        var exact = Assert.Single(inputs.Glob([$"{place.Address}/in/a.txt"]));
        Assert.Equal(exact.Digest, Assert.Single(inputs.Glob([$"{place.Address}/in/*.txt"])).Digest);
        using (var stream = exact.OpenRead(inputs.Storage))
            Assert.Equal([1, 2, 3], Read(stream, 10));
        place.Write("in/a.txt", [1, 2, 4]);
        Assert.NotEqual(exact.Digest, Assert.Single(inputs.Glob([exact.Path])).Digest);
        Assert.Contains("changed since the run was planned", Assert.Throws<InputException>(() => exact.OpenRead(inputs.Storage)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(999_999)]
    public async Task A_file_that_changes_while_it_is_read_is_an_error_and_never_a_mixture(int other)
    {
        await using var place = await S3Place.Open();
        place.Write("a", S3Place.Bytes(1_000_000));
        using var stream = place.Storage.OpenRead("a");
        place.Write("a", S3Place.Bytes(other, seed: 2));
        var error = Assert.Throws<InputException>(() => Read(stream, 1_000_000));
        Assert.Contains("changed while it was read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_credentials_and_a_bucket_that_is_not_there_are_told()
    {
        await using var place = await S3Place.Open();
        using var stranger = place.With(new StorageSettings(), new Amazon.Runtime.BasicAWSCredentials(S3Fake.AccessKey, "guess"));
        Assert.Throws<PipelineException>(() => { _ = stranger.Open(place.Address).Exists("a"); });
        var refused = Assert.Throws<PipelineException>(() => stranger.Open(place.Address).OpenRead("a"));
        Assert.Contains("refuses", refused.Message, StringComparison.Ordinal);
        Assert.Throws<PipelineException>(() => place.Storages.Open("s3://no-such-bucket-here/p").List("").ToList());
    }

    internal static byte[] Read(Stream stream, int count)
    {
        var bytes = new byte[count];
        return bytes[..stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
    }
}
