using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace CorpusForge.Runs;

/// <summary>Opens storage by its address: a folder of this machine, or `s3://BUCKET/PREFIX`.</summary>
/// <remarks>One is enough for a process: what it opens shares connections and the space for copies. It is thread-safe.</remarks>
public sealed class Storages : IDisposable
{
    private readonly Lazy<AmazonS3Client> _s3;
    private readonly Lazy<HttpStorage> _http;
    private readonly Lazy<MachineSpace> _space;
    private readonly Retries _retries;

    public Storages(StorageSettings? settings = null, TimeProvider? time = null)
        : this(settings ?? new StorageSettings(), time ?? TimeProvider.System, null)
    {
    }

    internal Storages(StorageSettings settings, TimeProvider time, AWSCredentials? credentials)
    {
        _retries = new Retries(time, TimeSpan.FromSeconds(settings.IdleSeconds));
        _space = new Lazy<MachineSpace>(() => new MachineSpace(settings.Scratch, settings.CacheBytes));
        _s3 = new Lazy<AmazonS3Client>(() => ClientOf(settings.S3, credentials));
        _http = new Lazy<HttpStorage>(() => new HttpStorage(settings.AllowHosts, _space, _retries));
    }

    internal HttpStorage Http => _http.Value;

    /// <summary>Whether the address is none of this machine.</summary>
    public static bool IsRemote(string address) => S3Storage.Is(address) || HttpStorage.Is(address);

    /// <summary>Storage for output.</summary>
    /// <param name="address">A folder, or `s3://BUCKET/PREFIX`.</param>
    /// <exception cref="PipelineException">The address is none.</exception>
    public IStorage Open(string address)
    {
        if (HttpStorage.Is(address))
            throw new PipelineException($"{address}: web servers can only be read from");
        if (!S3Storage.Is(address))
            return new LocalStorage(address);
        var (bucket, key) = S3Storage.Parse(address);
        return Bucket(bucket, key.Trim('/') is { Length: > 0 } prefix ? prefix + "/" : "");
    }

    /// <summary>The storage that a folder lies in, and its name there.</summary>
    /// <exception cref="PipelineException">The address is none, or that of a bucket.</exception>
    public (IStorage Above, string Name) OpenAbove(string address)
    {
        var path = (IsRemote(address) ? address : Path.GetFullPath(address)).TrimEnd('/');
        var cut = path.LastIndexOf('/');
        return cut > 0 && path[cut - 1] != '/' ? (Open(path[..cut]), path[(cut + 1)..]) : throw new PipelineException($"{address} is no folder of a stage");
    }

    /// <summary>Storage in which absolute names are files of this machine, of S3 or of web servers, and others those of <paramref name="output"/>.</summary>
    public IStorage WithInputs(IStorage output) => output is RoutedStorage ? output : new RoutedStorage(this, output);

    public void Dispose()
    {
        if (_s3.IsValueCreated)
            _s3.Value.Dispose();
        if (_http.IsValueCreated)
            _http.Value.Dispose();
        if (_space.IsValueCreated)
            _space.Value.Dispose();
    }

    internal S3Storage Bucket(string name, string prefix = "") => new(_s3.Value, name, prefix, _space, _retries);

    private static AmazonS3Client ClientOf(S3Settings settings, AWSCredentials? credentials)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = settings.PathStyle,
            // Servers other than Amazon's do not know the checksums that the SDK adds by itself; the signature covers the content.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            // Requests are repeated by Retries, in which an answer that breaks off goes on where it did.
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (settings.Endpoint.Length > 0)
            (config.ServiceURL, config.AuthenticationRegion) = (settings.Endpoint, settings.Region);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        return credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
    }
}

/// <summary>An output with the inputs beside it, told apart by name.</summary>
internal sealed class RoutedStorage(Storages storages, IStorage output) : IStorage
{
    private readonly LocalStorage _local = new("/");

    public bool IsLocal => output.IsLocal;

    public bool Exists(string name) => Of(ref name).Exists(name);

    public long Length(string name) => Of(ref name).Length(name);

    public Stream OpenRead(string name, long offset = 0) => Of(ref name).OpenRead(name, offset);

    public Stream Create(string name) => output.Create(name);

    public void Publish(string from, string to) => output.Publish(from, to);

    public void Delete(string name) => output.Delete(name);

    public IEnumerable<StoredFile> List(string folder) => output.List(folder);

    public IEnumerable<string> Folders(string folder) => output.Folders(folder);

    public string LocalPath(string name) => Of(ref name).LocalPath(name);

    public string ScratchPath(string name) => output.ScratchPath(name);

    private IStorage Of(ref string name)
    {
        if (HttpStorage.Is(name))
            return storages.Http;
        if (!S3Storage.Is(name))
            return Path.IsPathRooted(name) ? _local : output;
        (var bucket, name) = S3Storage.Parse(name);
        return storages.Bucket(bucket);
    }
}
