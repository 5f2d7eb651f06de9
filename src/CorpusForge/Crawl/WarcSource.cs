using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Crawl;

/// <summary>What becomes of a file that is damaged.</summary>
public enum DamagedFile
{
    /// <summary>Its unit fails and names file and offset.</summary>
    Fail,

    /// <summary>What is damaged is dropped by `damaged-record`, and the next whole record is looked for.</summary>
    Salvage,
}

/// <summary>Reads the web pages of WARC and ARC files, plain or compressed, as crawlers and Common Crawl write them.</summary>
/// <remarks>
/// Compressed files are cut into byte ranges of <see cref="Slice.TargetBytes"/>; a record belongs to the range that its member
/// starts in. Files that are not compressed are read whole: only their records' lengths say where the next one starts.
/// </remarks>
public sealed record WarcSource : ISource
{
    public string? Id { get; init; }

    /// <summary>Files and patterns, for example `crawl/*.warc.gz`.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>A longer body, once decoded, is dropped by `body-too-large`.</summary>
    public int MaxBodyBytes { get; init; } = 32 << 20;

    /// <summary>What becomes of a damaged file.</summary>
    public DamagedFile Damaged { get; init; }

    public IEnumerable<Slice> Plan(Inputs inputs) => inputs.Glob(Paths).SelectMany(Cut);

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader) => slice.Files.SelectMany(file => WarcDocuments.Read(
        at => file.OpenRead(reader.Storage, at), file.Name, reader.Source, slice.Start, slice.End, MaxBodyBytes, salvage: Damaged == DamagedFile.Salvage, cancel: reader.Cancel));

    internal static IEnumerable<Slice> Cut(InputFile file)
    {
        if (!file.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || file.Bytes <= Slice.TargetBytes)
            return [new Slice([file])];
        var count = (file.Bytes + Slice.TargetBytes - 1) / Slice.TargetBytes;
        return from k in Enumerable.Range(0, (int)count)
               select new Slice([file], k * Slice.TargetBytes, k == count - 1 ? long.MaxValue : (k + 1) * Slice.TargetBytes);
    }
}
