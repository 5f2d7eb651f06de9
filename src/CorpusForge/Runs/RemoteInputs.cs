namespace CorpusForge.Runs;

/// <summary>Finds the input files that are not on this machine.</summary>
internal sealed class RemoteInputs(Storages storages)
{
    // Each file that is named exactly costs one request.
    private const int LooksAtOnce = 16;

    /// <exception cref="PipelineException">A pattern matches nothing, or a server refuses.</exception>
    public IEnumerable<InputFile> Find(IReadOnlyList<string> patterns)
    {
        var found = new IReadOnlyList<InputFile>[patterns.Count];
        try
        {
            Parallel.For(0, patterns.Count, new ParallelOptions { MaxDegreeOfParallelism = LooksAtOnce }, i => found[i] = Find(patterns[i]));
        }
        catch (AggregateException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return found.SelectMany(f => f).DistinctBy(f => f.Path);
    }

    private InputFile[] Find(string pattern)
    {
        if (!S3Storage.Is(pattern))
            return [OnTheWeb(pattern)];
        var (bucket, key) = S3Storage.Parse(pattern);
        var files = InS3(storages.Bucket(bucket), key).Select(f => new InputFile($"s3://{bucket}/{f.File.Name}", f.Name, f.File.Bytes, f.File.Digest)).ToArray();
        return files.Length > 0 ? files : throw new PipelineException($"'{pattern}' matches no object");
    }

    private static IEnumerable<(RemoteFile File, string Name)> InS3(S3Storage bucket, string key)
    {
        var wild = key.IndexOfAny(['*', '?', '[']);
        if (wild < 0 && !key.EndsWith('/') && key.Length > 0)
        {
            if (bucket.Look(key) is { } file)
                return [(file, key[(key.LastIndexOf('/') + 1)..])];
            key += '/';
        }
        // A bucket has no folders, but some programs put an empty object there for each.
        var root = wild < 0 ? key.Length : key.LastIndexOf('/', wild) + 1;
        var objects = bucket.Objects(wild < 0 ? key : key[..wild]).Where(o => !o.Name.EndsWith('/')).Select(o => (File: o, Name: o.Name[root..]));
        if (wild < 0)
            return objects;
        var match = GlobPattern.Matcher(key[root..]);
        return objects.Where(o => match.IsMatch(o.Name));
    }

    private InputFile OnTheWeb(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new PipelineException($"'{url}' is no URL");
        if (url.Contains('*', StringComparison.Ordinal))
            throw new PipelineException($"'{url}': a web server does not say which files it has; name each one, or a list of them as '@URL'");
        try
        {
            var file = storages.Http.Look(url);
            return new InputFile(url, uri.Segments[^1].Trim('/') is { Length: > 0 } last ? last : uri.Host, file.Bytes, file.Digest);
        }
        catch (FileNotFoundException e)
        {
            throw new PipelineException(e.Message);
        }
    }
}
