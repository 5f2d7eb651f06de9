using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>S3 storage over a server in trouble, and what it may cost.</summary>
public sealed class S3FaultTests
{
    const int Attempts = 7;

    [Theory]
    [InlineData(500, "InternalError")]
    [InlineData(503, "SlowDown")]
    [InlineData(503, "ServiceUnavailable")]
    [InlineData(429, "TooManyRequests")]
    public async Task A_server_that_is_in_trouble_for_a_while_is_asked_again(int status, string code)
    {
        await using var place = await S3Place.Open();
        place.Fake.Misbehave = Times(3, _ => true, new S3Fault(status, code));
        place.Write("a", [1, 2, 3]);
        place.Fake.Misbehave = Times(3, _ => true, new S3Fault(status, code));
        Assert.Equal(3, place.Storage.Length("a"));
        place.Fake.Misbehave = Times(3, _ => true, new S3Fault(status, code));
        Assert.Equal([new StoredFile("a", 3)], place.Storage.List(""));
        place.Fake.Misbehave = Times(3, _ => true, new S3Fault(status, code));
        using (var stream = place.Storage.OpenRead("a"))
            Assert.Equal([1, 2, 3], S3StorageTests.Read(stream, 10));
        Assert.Equal(12, place.Clock.Waits.Count);
        Assert.True(place.Clock.Waits.ElementAt(2) > place.Clock.Waits.ElementAt(0), "the waits do not grow");
    }

    [Fact]
    public async Task A_server_that_stays_in_trouble_ends_in_an_error_that_a_unit_may_be_retried_for()
    {
        await using var place = await S3Place.Open();
        place.Fake.Misbehave = _ => new S3Fault(503, "SlowDown");
        var error = Assert.Throws<IOException>(() => { _ = place.Storage.Exists("a"); });
        Assert.Contains($"{Attempts} attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(Attempts, place.Fake.Requests.Count);
    }

    [Fact]
    public async Task A_refusal_is_not_repeated()
    {
        await using var place = await S3Place.Open();
        place.Fake.Misbehave = _ => new S3Fault(403, "AccessDenied");
        Assert.Contains("AccessDenied", Assert.Throws<PipelineException>(() => place.Storage.OpenRead("a")).Message, StringComparison.Ordinal);
        Assert.Single(place.Fake.Requests);
    }

    [Fact]
    public async Task A_body_that_is_cut_off_is_continued_where_it_was()
    {
        await using var place = await S3Place.Open();
        var written = S3Place.Bytes(1_000_000);
        place.Write("a", written);
        place.Fake.Misbehave = Times(3, r => r.Method == "GET", new S3Fault(After: 100_000));
        using var stream = place.Storage.OpenRead("a");
        Assert.Equal(written, S3StorageTests.Read(stream, 2_000_000));
        var ranges = place.Fake.Requests.Where(r => r.Method == "GET").Select(r => r.Range).ToArray();
        Assert.Equal(["bytes=0-262143", "bytes=100000-262143", "bytes=200000-262143", "bytes=262144-"], [.. ranges[..3], ranges[3][..13]]);
    }

    [Fact]
    public async Task A_body_that_stops_coming_is_asked_for_again_from_there()
    {
        await using var place = await S3Place.Open(new StorageSettings { IdleSeconds = 0.3 });
        var written = S3Place.Bytes(200_000);
        place.Write("a", written);
        place.Fake.Misbehave = Times(1, r => r.Method == "GET", new S3Fault(After: 50_000, Stall: true));
        using var stream = place.Storage.OpenRead("a");
        Assert.Equal(written, S3StorageTests.Read(stream, 200_000));
        Assert.Equal(["bytes=0-262143", "bytes=50000-262143"], place.Fake.Requests.Where(r => r.Method == "GET").Select(r => r.Range));
    }

    [Fact]
    public async Task An_upload_that_fails_leaves_nothing()
    {
        await using var place = await S3Place.Open();
        place.Fake.Misbehave = r => r.Query.Contains("partNumber=2", StringComparison.Ordinal) ? new S3Fault(500) : null;
        Assert.Throws<IOException>(() => place.Write("a", S3Place.Bytes(40_000_000)));
        Assert.Equal(0, place.Fake.OpenUploads);
        Assert.Empty(place.Fake.Objects);
        place.Fake.Misbehave = Times(4, r => r.Query.Contains("partNumber", StringComparison.Ordinal), new S3Fault(500));
        place.Write("a", S3Place.Bytes(40_000_000));
        Assert.Equal(S3Place.Bytes(40_000_000), place.Fake.Objects.Values.Single());
    }

    [Fact]
    public async Task An_upload_whose_last_answer_is_lost_is_done()
    {
        await using var place = await S3Place.Open();
        place.Fake.Misbehave = Times(1, r => r.Method == "POST" && r.Query.Contains("uploadId", StringComparison.Ordinal), new S3Fault(Lost: true));
        place.Write("a", S3Place.Bytes(20_000_000));
        Assert.Equal(20_000_000, place.Storage.Length("a"));
        Assert.Equal(2, place.Fake.Requests.Count(r => r.Method == "POST" && r.Query.Contains("uploadId", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_listing_of_several_pages_is_whole()
    {
        await using var place = await S3Place.Open();
        place.Fake.PageSize = 3;
        for (var i = 0; i < 10; i++)
            place.Write($"p{i % 4}/{i}", [1]);
        Assert.Equal(10, place.Storage.List("").Count());
        Assert.Equal(["p0", "p1", "p2", "p3"], place.Storage.Folders(""));
        Assert.Equal(["p1/1", "p1/5", "p1/9"], place.Storage.List("p1").Select(f => f.Name));
    }

    [Fact]
    public async Task Copies_are_made_once_and_take_no_more_room_than_they_may()
    {
        await using var place = await S3Place.Open(new StorageSettings { CacheBytes = 250_000 });
        foreach (var name in (string[])["a", "b", "c"])
            place.Write(name, S3Place.Bytes(100_000));
        var a = place.Storage.LocalPath("a");
        Assert.Equal(a, place.Storage.LocalPath("a"));
        Assert.Equal(1, place.Fake.Requests.Count(r => r.Method == "GET"));
        _ = place.Storage.LocalPath("b");
        _ = place.Storage.LocalPath("a");
        _ = place.Storage.LocalPath("c");
        Assert.True(File.Exists(a), "what was used last went first");
        Assert.Equal(200_000, place.ScratchFiles().Sum(f => new FileInfo(f).Length));
        place.Write("a", S3Place.Bytes(50_000, seed: 3));
        Assert.Equal(S3Place.Bytes(50_000, seed: 3), File.ReadAllBytes(place.Storage.LocalPath("a")));
    }

    [Fact]
    public async Task The_space_of_a_process_that_died_is_taken_back_and_that_of_a_living_one_is_not()
    {
        await using var place = await S3Place.Open();
        place.Write("a", [1]);
        var living = place.Storage.LocalPath("a");
        var space = Path.GetDirectoryName(Path.GetDirectoryName(living))!;
        var dead = Path.Combine(Path.GetDirectoryName(space)!, "corpusforge-space-dead");
        Directory.CreateDirectory(dead);
        await File.WriteAllBytesAsync(Path.Combine(dead, ".lock"), [1], TestContext.Current.CancellationToken);
        using var next = place.With(new StorageSettings());
        _ = next.Open(place.Address).LocalPath("a");
        Assert.False(Directory.Exists(dead));
        Assert.True(File.Exists(living));
    }

    [Fact]
    public async Task Two_hundred_parts_are_looked_for_with_a_listing_and_not_one_by_one()
    {
        await using var place = await S3Place.Open();
        var stage = new PlannedStage("s", "s", new Nothing(), new string('d', 32), "p/s-d");
        var context = new RunContext(new Pipeline("p", 0, null, [], [stage]), place.Storage, new Inputs(new MemoryDigestCache(), place.Storages));
        string[] keys = [.. Enumerable.Range(0, 200).Select(i => Digests.Short($"{i}"))];
        foreach (var key in keys.Skip(1))
        {
            var file = new ManifestFile(Roles.Documents, $"s-d/part-{key}.arrow", 1, key == keys[1] ? 4 : 3, "");
            place.Write($"p/s-d/part-{key}.arrow", [1, 2, 3]);
            place.Write($"p/s-d/part-{key}.json", new Manifest { Unit = key, Stage = "s", StageDigest = "", Phase = "work", Inputs = [], Files = [file], Tally = new Tally(), ContentDigest = "" }.ToBytes());
        }
        place.Fake.Requests.Clear();
        var found = context.Find(0, 0, keys);
        Assert.Equal(keys.Skip(2), found.Skip(2).Select(m => m!.Unit));
        Assert.Null(found[0]);
        Assert.Null(found[1]);
        Assert.Equal((1, 199, 0), (place.Fake.Requests.Count(r => r.Key.Length == 0), place.Fake.Requests.Count(r => r.Key.Length > 0 && r.Method == "GET"), place.Fake.Requests.Count(r => r.Method == "HEAD")));
    }

    static Func<S3Request, S3Fault?> Times(int times, Func<S3Request, bool> which, S3Fault fault)
    {
        var left = times;
        return request => which(request) && Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }

    sealed record Nothing : IStage, IPhase
    {
        public string? Id => null;
        public Product Consumes => Product.Raw;
        public Product Produces => Product.Documents;
        public IReadOnlyList<IPhase> Phases => [this];
        public string Name => "work";
        public bool Result => true;
        public IEnumerable<Unit> Plan(PhaseInput input) => [];

        public void Execute(UnitWork work)
        {
        }
    }
}
