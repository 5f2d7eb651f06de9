using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>One document a file: HTML, plain text, Markdown, XML.</summary>
/// <remarks>
/// The media type is that of the extension, else of how the content begins, else unknown. Dropped files: `too-large`.
/// </remarks>
public sealed record FilesSource : ISource
{
    public string? Id { get; init; }

    /// <summary>Files, folders or glob patterns.</summary>
    [Needed, OutsideDigest]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Put before the file's name to make its URL; without it documents have none.</summary>
    public string? UrlPrefix { get; init; }

    /// <summary>The SPDX expression of the licence that all files are under.</summary>
    public string? License { get; init; }

    /// <summary>A larger file is dropped as `too-large`.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    public IEnumerable<Slice> Plan(Inputs inputs) => Slice.Group(inputs.Glob(Paths));

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader)
    {
        foreach (var file in slice.Files)
        {
            reader.Cancel.ThrowIfCancellationRequested();
            var document = new RawDocument
            {
                Source = reader.Source,
                Locator = $"{file.Name}@0",
                Url = UrlPrefix is null ? null : UrlPrefix + file.Name,
                License = License,
                LicenseEvidence = License is null ? null : "setting:license",
                Verdict = Verdict.Keep.AtMost("too-large", file.Bytes, MaxBytes),
            };
            if (!document.Verdict.Kept)
            {
                yield return document;
                continue;
            }
            var bytes = WholeFile.Read(reader.Storage, file);
            yield return document with { Bytes = bytes, MediaType = FileMediaType.Of(file.Name, bytes) };
        }
    }
}
