using Amazon.Runtime;
using Amazon.S3;
using CorpusForge.Runs;
using CorpusForge.Servers;
using Xunit;

namespace CorpusForge.Tests.Runs;

/// <summary>A prefix of a bucket for one test: in the fake, or where CORPUSFORGE_TEST_S3 names an endpoint in that server's bucket `corpus`.</summary>
internal sealed class S3Place : IAsyncDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("corpusforge-s3-").FullName;
    private S3Fake? _fake;

    public Storages Storages { get; private set; } = null!;
    public StorageSettings Settings { get; private set; } = null!;
    public string Address { get; private set; } = "";
    public IStorage Storage { get; private set; } = null!;
    public JumpingClock Clock { get; } = new();

    public S3Fake Fake => _fake ?? throw new InvalidOperationException("only the fake misbehaves");

    public static async Task<S3Place> Open(StorageSettings? settings = null)
    {
        var place = new S3Place();
        AWSCredentials? credentials = null;
        var endpoint = Environment.GetEnvironmentVariable("CORPUSFORGE_TEST_S3");
        if (string.IsNullOrEmpty(endpoint))
        {
            place._fake = await S3Fake.Start();
            (endpoint, credentials) = (place._fake.Endpoint, new BasicAWSCredentials(S3Fake.AccessKey, S3Fake.SecretKey));
        }
        place.Settings = (settings ?? new StorageSettings()) with { Scratch = place._scratch, S3 = new S3Settings { Endpoint = endpoint } };
        place.Storages = new Storages(place.Settings, place._fake is null ? TimeProvider.System : place.Clock, credentials);
        if (place._fake is null)
            await place.CreateBucket();
        place.Address = $"s3://{S3Fake.Bucket}/{Path.GetRandomFileName()}";
        place.Storage = place.Storages.Open(place.Address);
        return place;
    }

    public Storages With(StorageSettings settings, AWSCredentials? credentials = null) =>
        new(settings with { Scratch = _scratch, S3 = Settings.S3 }, Clock, credentials ?? new BasicAWSCredentials(S3Fake.AccessKey, S3Fake.SecretKey));

    /// <summary>Publishes a file, as units do.</summary>
    public void Write(string name, byte[] bytes)
    {
        using (var file = Storage.Create(".tmp-test"))
            file.Write(bytes);
        Storage.Publish(".tmp-test", name);
    }

    public static byte[] Bytes(int count, ulong seed = 1)
    {
        var random = new SplitMix64(seed);
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)random.Next();
        return bytes;
    }

    public string[] ScratchFiles() => [.. Directory.EnumerateFiles(_scratch, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".lock")];

    public async ValueTask DisposeAsync()
    {
        if (_fake is null)
        {
            foreach (var file in Storage.List("").ToList())
                Storage.Delete(file.Name);
        }
        Storages.Dispose();
        if (_fake is not null)
            await _fake.DisposeAsync();
        Directory.Delete(_scratch, recursive: true);
    }

    private async Task CreateBucket()
    {
        using var client = new AmazonS3Client(new AmazonS3Config { ServiceURL = Settings.S3.Endpoint, ForcePathStyle = true, AuthenticationRegion = Settings.S3.Region });
        try
        {
            await client.PutBucketAsync(S3Fake.Bucket, TestContext.Current.CancellationToken);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "BucketAlreadyOwnedByYou" or "BucketAlreadyExists")
        {
        }
    }
}

/// <summary>A clock on which every wait is over at once, and that remembers them.</summary>
internal sealed class JumpingClock : TimeProvider
{
    public System.Collections.Concurrent.ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Enqueue(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
