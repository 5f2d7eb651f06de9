using System.Net;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace CorpusForge.Runs;

/// <summary>Storage in a bucket of S3 or of a server that speaks its protocol.</summary>
/// <remarks>
/// A temporary file lies on a disk of this machine, and publishing uploads it to its final name, which S3 makes visible whole or not at all: nothing is ever
/// copied or renamed there, and a killed attempt leaves nothing behind but, at most, parts of an upload that nobody can read.
/// </remarks>
public sealed partial class S3Storage : IStorage
{
    // The least part of a multipart upload but the last is 5 MiB, and there may be 10,000.
    private const long PartBytes = 16L << 20;
    private const int MaxParts = 10_000;
    private const int PartsAtOnce = 4;

    private readonly IAmazonS3 _client;
    private readonly string _bucket;
    private readonly string _prefix;
    private readonly Lazy<MachineSpace> _space;
    private readonly Retries _retries;

    internal S3Storage(IAmazonS3 client, string bucket, string prefix, Lazy<MachineSpace> space, Retries retries) =>
        (_client, _bucket, _prefix, _space, _retries) = (client, bucket, prefix, space, retries);

    /// <summary>Whether this names an object or a prefix in S3.</summary>
    public static bool Is(string address) => address.StartsWith("s3://", StringComparison.Ordinal);

    /// <summary>Bucket and key of `s3://BUCKET/KEY`; the key may be empty.</summary>
    /// <exception cref="PipelineException">The bucket's name is none.</exception>
    public static (string Bucket, string Key) Parse(string address)
    {
        var match = AddressPattern().Match(address);
        return match.Success
            ? (match.Groups["bucket"].Value, match.Groups["key"].Value)
            : throw new PipelineException($"'{address}' is no address in S3: expected s3://BUCKET/PREFIX with a bucket of 3 to 63 letters, digits, dots, hyphens and underscores");
    }

    public bool Exists(string name) => IStorage.IsTemporary(name) ? File.Exists(ScratchPath(name)) : Head(name) is not null;

    public long Length(string name) => IStorage.IsTemporary(name) ? new FileInfo(ScratchPath(name)).Length : (Head(name) ?? throw Missing(name)).ContentLength;

    public Stream OpenRead(string name, long offset = 0) => RangeStream.Open(AddressOf(name), (from, length, version, cancel) => Get(name, from, length, version, cancel), _retries, offset);

    public Stream Create(string name)
    {
        if (!IStorage.IsTemporary(name))
            throw new ArgumentException($"{name}: in S3 only temporary files can be written in place", nameof(name));
        var path = ScratchPath(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
    }

    public void Publish(string from, string to)
    {
        var file = new FileInfo(ScratchPath(from));
        if (file.Length <= PartBytes)
            Put(file, to);
        else
            PutParts(file, to);
        file.Delete();
    }

    public void Delete(string name)
    {
        if (!IStorage.IsTemporary(name))
            Call(name, cancel => _client.DeleteObjectAsync(_bucket, KeyOf(name), cancel));
        else if (File.Exists(ScratchPath(name)))
            File.Delete(ScratchPath(name));
    }

    public IEnumerable<StoredFile> List(string folder) =>
        Objects(FolderOf(folder)).Select(o => new StoredFile(o.Name, o.Bytes)).OrderBy(f => f.Name, StringComparer.Ordinal);

    public IEnumerable<string> Folders(string folder)
    {
        var prefix = KeyOf(FolderOf(folder));
        return Pages(FolderOf(folder), "/").SelectMany(p => p.CommonPrefixes ?? []).Select(f => f[prefix.Length..^1]).Order(StringComparer.Ordinal);
    }

    public string LocalPath(string name)
    {
        if (IStorage.IsTemporary(name))
            return ScratchPath(name);
        var head = Head(name) ?? throw Missing(name);
        return _space.Value.CopyOf(AddressOf(name), Plain(head.ETag), head.ContentLength, copy =>
        {
            using var stream = OpenRead(name);
            stream.CopyTo(copy);
        });
    }

    public string ScratchPath(string name) => _space.Value.ScratchPath($"{_bucket}/{KeyOf(name)}");

    /// <summary>Every object whose name begins so: one request for a thousand of them.</summary>
    internal IEnumerable<RemoteFile> Objects(string begin) =>
        Pages(begin, null).SelectMany(p => p.S3Objects ?? []).Select(o => new RemoteFile(o.Key[_prefix.Length..], o.Size ?? 0, Plain(o.ETag)));

    /// <summary>Null where there is no such object.</summary>
    internal RemoteFile? Look(string name) => Head(name) is { } head ? new RemoteFile(name, head.ContentLength, Plain(head.ETag)) : null;

    private IEnumerable<ListObjectsV2Response> Pages(string begin, string? delimiter)
    {
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = KeyOf(begin), Delimiter = delimiter };
        while (true)
        {
            var page = Call(begin, cancel => _client.ListObjectsV2Async(request, cancel));
            yield return page;
            if (page.IsTruncated != true)
                yield break;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    private GetObjectMetadataResponse? Head(string name)
    {
        try
        {
            return Call(name, cancel => _client.GetObjectMetadataAsync(_bucket, KeyOf(name), cancel));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private async Task<RangeAnswer> Get(string name, long from, long length, string? version, CancellationToken cancel)
    {
        var request = new GetObjectRequest { BucketName = _bucket, Key = KeyOf(name), ByteRange = new ByteRange(from, from + length - 1), EtagToMatch = version is null ? null : $"\"{version}\"" };
        try
        {
            var answer = await _client.GetObjectAsync(request, cancel);
            var total = answer.ContentRange is { } range && long.TryParse(range[(range.IndexOf('/') + 1)..], out var whole) ? whole : answer.ContentLength;
            return new RangeAnswer(answer.ResponseStream, total, Plain(answer.ETag), answer);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // There is nothing at this place: the file ends before it, or is empty.
            var head = await _client.GetObjectMetadataAsync(_bucket, KeyOf(name), cancel);
            return new RangeAnswer(Stream.Null, head.ContentLength, Plain(head.ETag), Stream.Null);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            throw new InputException(AddressOf(name), from, "the file was changed while it was read", e);
        }
        catch (AmazonServiceException e) when (!Retries.MayPass(e))
        {
            throw Refused(AddressOf(name), e);
        }
    }

    private void Put(FileInfo file, string name) =>
        Call(name, (progress, cancel) =>
        {
            var request = new PutObjectRequest { BucketName = _bucket, Key = KeyOf(name), FilePath = file.FullName };
            request.StreamTransferProgress += (_, _) => progress();
            return _client.PutObjectAsync(request, cancel);
        });

    private void PutParts(FileInfo file, string name)
    {
        var key = KeyOf(name);
        var size = Math.Max(PartBytes, (file.Length + MaxParts - 1) / MaxParts);
        var count = (int)((file.Length + size - 1) / size);
        var upload = Call(name, cancel => _client.InitiateMultipartUploadAsync(_bucket, key, cancel)).UploadId;
        try
        {
            var parts = new PartETag[count];
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce }, i => parts[i] = PutPart(i));
            Complete(new CompleteMultipartUploadRequest { BucketName = _bucket, Key = key, UploadId = upload, PartETags = [.. parts] }, name, file.Length);
        }
        catch (Exception e)
        {
            Abort(key, upload);
            if (e is AggregateException several)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
            throw;
        }

        PartETag PutPart(int part) => new(Call(name, (progress, cancel) =>
        {
            var request = new UploadPartRequest
            {
                BucketName = _bucket,
                Key = key,
                UploadId = upload,
                PartNumber = part + 1,
                FilePath = file.FullName,
                FilePosition = part * size,
                PartSize = Math.Min(size, file.Length - (part * size)),
                IsLastPart = part == count - 1,
            };
            request.StreamTransferProgress += (_, _) => progress();
            return _client.UploadPartAsync(request, cancel);
        }));
    }

    // When the answer was lost, the upload that is asked for again is gone, because it is done.
    private void Complete(CompleteMultipartUploadRequest request, string name, long bytes)
    {
        try
        {
            Call(name, cancel => _client.CompleteMultipartUploadAsync(request, cancel));
        }
        catch (FileNotFoundException) when (Head(name) is { } done && done.ContentLength == bytes && done.ETag.Contains($"-{request.PartETags.Count}", StringComparison.Ordinal))
        {
        }
    }

    private void Abort(string key, string upload)
    {
        try
        {
            _client.AbortMultipartUploadAsync(_bucket, key, upload).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The failure that led here is the one to tell; the bucket's lifecycle rule removes the parts.
        }
    }

    private T Call<T>(string name, Func<CancellationToken, Task<T>> request) => Call(name, (_, cancel) => request(cancel));

    private T Call<T>(string name, Func<Action, CancellationToken, Task<T>> request) => _retries.Wait(AddressOf(name), async (progress, cancel) =>
    {
        try
        {
            return await request(progress, cancel);
        }
        catch (Exception e) when ((e is AmazonServiceException or AmazonClientException) && !Retries.MayPass(e))
        {
            throw Refused(AddressOf(name), e);
        }
    });

    private static Exception Refused(string address, Exception e) => e switch
    {
        AmazonServiceException { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" } => new FileNotFoundException($"{address}: there is no such object", address, e),
        AmazonServiceException s => new PipelineException($"{address}: the server refuses: {s.Message.TrimEnd('.')} ({s.ErrorCode}, {(int)s.StatusCode})"),
        _ => new PipelineException($"{address}: {e.Message}"),
    };

    private FileNotFoundException Missing(string name) => new($"{AddressOf(name)}: there is no such object", name);

    private static string FolderOf(string name) => name.Length == 0 ? "" : name.TrimEnd('/') + "/";

    private string KeyOf(string name) => _prefix + name;

    private string AddressOf(string name) => $"s3://{_bucket}/{KeyOf(name)}";

    private static string Plain(string? etag) => (etag ?? "").Trim('"');

    [GeneratedRegex("^s3://(?<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:/(?<key>.*))?$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex AddressPattern();
}
