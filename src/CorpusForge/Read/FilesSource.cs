using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>One document a file: HTML, plain text, Markdown, XML.</summary>
/// <remarks>
/// The media type is that of the extension, else of how the content begins, else unknown. Dropped files: `too-large`.
/// </remarks>
public sealed record FilesSource : ISource
{
    // 2: every id of the SPDX licence list is known.
    public int Version => 2;

    public string? Id { get; init; }

    /// <summary>Files, folders or glob patterns.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Put before the file's name to make its URL; without it documents have none.</summary>
    public string? UrlPrefix { get; init; }

    /// <summary>The SPDX expression of the licence that all files are under.</summary>
    public string? License { get; init; }

    /// <summary>Where each file's licence is looked for; a fixed <see cref="License"/> comes first.</summary>
    public LicenseFrom LicenseFrom { get; init; }

    /// <summary>A larger file is dropped as `too-large`.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    public string? Problem => License is null || Spdx.Problem(License) is not { } problem ? null : $"license: {problem}";

    private bool LooksForLicenses => LicenseFrom != LicenseFrom.None && License is null;

    public IEnumerable<Slice> Plan(Inputs inputs)
    {
        if (LooksForLicenses && Paths.FirstOrDefault(Storages.IsRemote) is { } remote)
            throw new PipelineException($"source 'files' looks for licences in the folders of this machine only; '{remote}' is elsewhere: give a fixed 'license'");
        var slices = Slice.Group(inputs.Glob(Paths));
        return LooksForLicenses ? NearestLicense.Plan(slices, inputs, LicenseFrom, gitMetadata: false) : slices;
    }

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader)
    {
        var documents = (int)Math.Min(slice.End, slice.Files.Count);
        var nearest = LooksForLicenses ? new NearestLicense(slice.Files.Skip(documents), reader.Storage, LicenseFrom) : null;
        foreach (var file in slice.Files.Take(documents))
        {
            reader.Cancel.ThrowIfCancellationRequested();
            var document = new RawDocument
            {
                Source = reader.Source,
                Locator = $"{file.Name}@0",
                Url = UrlPrefix is null ? null : UrlPrefix + file.Name,
                Verdict = Verdict.Keep.AtMost("too-large", file.Bytes, MaxBytes),
            };
            if (!document.Verdict.Kept)
            {
                yield return document;
                continue;
            }
            var bytes = WholeFile.Read(reader.Storage, file);
            var (license, evidence) = nearest?.Of(file, bytes) ?? (License, License is null ? null : "setting:license");
            yield return document with { Bytes = bytes, MediaType = FileMediaType.Of(file.Name, bytes), License = license, LicenseEvidence = evidence };
        }
    }
}
