using CorpusForge.Crawl;
using CorpusForge.Read;
using CorpusForge.Runs;

namespace CorpusForge;

/// <summary>Where raw documents come from. A source is a sealed record; its init properties are its settings.</summary>
/// <remarks>
/// <see cref="Plan"/> cuts the input into slices that depend on nothing but the input, so that the same input gives the
/// same units whatever the number of workers and whichever other inputs there are.
/// </remarks>
public interface ISource
{
    int Version => 1;

    /// <summary>The name of the source in the corpus; the pipeline file's key unless set.</summary>
    string? Id { get; }

    /// <summary>Whether this source wants the figures that are found in the pages of the others.</summary>
    bool WantsFigures => false;

    /// <summary>Whether documents can bring a language of their own, in a column.</summary>
    bool BringsLanguage => false;

    /// <summary>What is wrong with the settings taken together; null when nothing is.</summary>
    string? Problem => null;

    IEnumerable<Slice> Plan(Inputs inputs);

    /// <summary>Streams the raw documents of one slice, lazily.</summary>
    /// <exception cref="InputException">The file is damaged; names file and offset.</exception>
    IEnumerable<RawDocument> Read(Slice slice, SourceReader reader);
}

/// <summary>What a source has to read with: its name in the corpus, storage and cancellation.</summary>
public sealed record SourceReader(string Source, IStorage Storage, CancellationToken Cancel);

/// <summary>One input file: where it is, what it is called in the corpus, and what is in it.</summary>
/// <param name="Path">Where storage finds it.</param>
/// <param name="Name">Relative to the fixed part of the glob, forward slashes; the only name that reaches a shard.</param>
/// <param name="Bytes">The length.</param>
/// <param name="Digest">Of the content, or what stands for it where the file is remote: SHA-256 in lower-case hexadecimal.</param>
public sealed record InputFile(string Path, string Name, long Bytes, string Digest)
{
    /// <exception cref="InputException">The file is remote and is not the one that the run was planned with.</exception>
    public Stream OpenRead(IStorage storage, long offset = 0)
    {
        var stream = storage.OpenRead(Path, offset);
        if (stream is not RangeStream remote || RemoteFile.DigestOf(remote.Version, remote.Length) == Digest)
            return stream;
        stream.Dispose();
        throw new InputException(Name, offset, "the file was changed since the run was planned");
    }
}

/// <summary>A fixed piece of the input: several whole files, or one range of one file.</summary>
/// <remarks>What <see cref="Start"/> and <see cref="End"/> count is the source's business: bytes, row groups.</remarks>
public sealed record Slice(IReadOnlyList<InputFile> Files, long Start = 0, long End = long.MaxValue)
{
    /// <summary>How much of the input a slice takes, unless a single record is larger.</summary>
    public const long TargetBytes = 64L << 20;

    /// <summary>Groups whole files in order of name, cut where the content of the list says so.</summary>
    /// <remarks>
    /// A group ends at <see cref="TargetBytes"/>, or at a file whose name hashes to a multiple of 256 (one file in 256 on
    /// average): a file that is added or removed changes its own group and no other, or two neighbours.
    /// </remarks>
    public static IEnumerable<Slice> Group(IEnumerable<InputFile> files)
    {
        var group = new List<InputFile>();
        var bytes = 0L;
        foreach (var file in files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            group.Add(file);
            bytes += file.Bytes;
            var boundary = System.IO.Hashing.XxHash3.HashToUInt64(System.Text.Encoding.UTF8.GetBytes(file.Name)) % 256 == 0;
            if (bytes < TargetBytes && !boundary)
                continue;
            yield return new Slice([.. group]);
            group.Clear();
            bytes = 0;
        }
        if (group.Count > 0)
            yield return new Slice([.. group]);
    }
}

/// <summary>An input file cannot be read as what it claims to be: names file and offset, and fails its unit for good.</summary>
public sealed class InputException(string file, long offset, string problem, Exception? inner = null)
    : IOException($"{file}: at byte {offset:N0}: {problem}", inner)
{
    /// <summary>What is wrong with it.</summary>
    public string Problem => problem;

    /// <summary>Where the damage is, in bytes from the start of the file.</summary>
    public long Offset => offset;
}

/// <summary>The ordered catalogue of sources.</summary>
public static class Sources
{
    public static IReadOnlyList<CatalogueEntry> Catalogue { get; } =
    [
        CatalogueEntry.Of<CrawlSource>("crawl"),
        CatalogueEntry.Of<WarcSource>("warc"),
        CatalogueEntry.Of<FilesSource>("files"),
        CatalogueEntry.Of<JsonlSource>("jsonl"),
        CatalogueEntry.Of<ParquetSource>("parquet"),
        CatalogueEntry.Of<CodeSource>("code"),
        CatalogueEntry.Of<CaptionsSource>("captions"),
    ];
}
