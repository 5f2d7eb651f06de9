using CorpusForge.Clean;
using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>Captioned images: from lists of image and caption, or from the figures of the pages that other sources yield.</summary>
/// <remarks>
/// A list is JSON Lines, CSV or TSV, told apart by content; an image is a path relative to its list, or a URL, which is fetched later. A slice is a
/// run of rows with <see cref="Slice.TargetBytes"/> of images, which are inputs of the unit like the list. The locator counts rows from 0.
/// Dropped rows: `no-caption`, `no-image`, `image-missing`, `image-outside`, `image-too-large`, and those of a line of `jsonl`.
/// </remarks>
public sealed record CaptionsSource : IImageSource
{
    // 2: every id of the SPDX licence list is known.
    public int Version => 2;

    public string? Id { get; init; }

    /// <summary>The lists: files or glob patterns; may be left out with <see cref="FromPages"/>.</summary>
    [OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Take the figures of the pages of the other sources, with or without lists.</summary>
    public bool FromPages { get; init; }

    /// <summary>The column that holds the path or URL of the image.</summary>
    public string Image { get; init; } = "image";

    /// <summary>The column that holds the caption.</summary>
    public string Caption { get; init; } = "caption";

    /// <summary>The column of the id that the input brings; may be missing.</summary>
    public string SourceId { get; init; } = "id";

    /// <summary>The column of the language of the captions.</summary>
    public string? Language { get; init; }

    /// <summary>The SPDX expression of the licence that all images are under.</summary>
    public string? License { get; init; }

    /// <summary>The column of the licence; where a row has none, <see cref="License"/> holds.</summary>
    public string? LicenseColumn { get; init; }

    /// <summary>Further columns to carry along.</summary>
    public IReadOnlyList<string> Metadata { get; init; } = [];

    /// <summary>Whether a path may lead out of the folder of its list; otherwise the row is dropped as `image-outside`.</summary>
    [Reaches(Reach.OwnMachine)]
    public bool AllowOutside { get; init; }

    /// <summary>A larger image is dropped as `image-too-large`.</summary>
    public int MaxImageBytes { get; init; } = 20 << 20;

    /// <summary>How images named by URL are fetched.</summary>
    public ImageFetch Fetch { get; init; } = new();

    public bool WantsFigures => FromPages;
    public bool BringsLanguage => Language is not null;
    public string? Problem =>
        !FromPages && Paths.Count == 0 ? "it needs 'paths' or 'fromPages: true'"
        : License is not null && Spdx.Problem(License) is { } problem ? $"license: {problem}{(LicenseColumn is null ? " (the column of the licence is `licenseColumn`)" : "")}" : null;

    public IEnumerable<Slice> Plan(Inputs inputs) => Paths.Count == 0 ? [] : inputs.Glob(Paths).SelectMany(list => Cut(list, inputs));

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader)
    {
        var list = slice.Files[0];
        var images = slice.Files.Skip(1).ToDictionary(f => f.Path, StringComparer.Ordinal);
        var columns = NewColumns();
        foreach (var (row, verdict) in new CaptionList(list, columns).Rows(reader.Storage))
        {
            reader.Cancel.ThrowIfCancellationRequested();
            if (row >= slice.End)
                yield break;
            if (row >= slice.Start)
                yield return Row(new RawDocument { Kind = Kind.Caption, Source = reader.Source, Locator = $"{list.Name}@{row}" }, verdict, columns, list, images, reader.Storage);
        }
    }

    private RawDocument Row(RawDocument raw, Verdict verdict, Columns columns, InputFile list, Dictionary<string, InputFile> images, IStorage storage)
    {
        if (!verdict.Kept)
            return raw with { Verdict = verdict.Rule == "no-text" ? Verdict.Drop("no-caption") : verdict };
        raw = columns.Fill(raw);
        raw = raw with { Caption = System.Text.Encoding.UTF8.GetString(raw.Bytes.Span), Bytes = default, Url = null };
        if (raw.LicenseEvidence is null && License is not null)
            raw = raw with { License = License, LicenseEvidence = "setting:license" };
        if (columns.Url is not { Length: > 0 } image)
            return raw with { Verdict = Verdict.Drop("no-image") };
        if (IsUrl(image))
            return raw with { Url = image };
        raw = raw with { Metadata = raw.Metadata.SetItem("image-path", image) };
        if (PathOf(image, list) is not { } path)
            return raw with { Verdict = Verdict.Drop("image-outside") };
        if (!images.TryGetValue(path, out var file))
            return raw with { Verdict = Verdict.Drop("image-missing") };
        var size = Verdict.Keep.AtMost("image-too-large", file.Bytes, MaxImageBytes);
        return size.Kept ? raw with { Bytes = WholeFile.Read(storage, file) } : raw with { Verdict = size };
    }

    // A row belongs to the slice of the rows before it until their images reach the target.
    private IEnumerable<Slice> Cut(InputFile list, Inputs inputs)
    {
        var columns = NewColumns();
        var images = new SortedDictionary<string, InputFile>(StringComparer.Ordinal);
        var (start, next, bytes) = (0L, 0L, 0L);
        foreach (var (row, verdict) in new CaptionList(list, columns).Rows(inputs.Storage))
        {
            if (bytes >= Slice.TargetBytes)
            {
                yield return new Slice([list, .. images.Values], start, next);
                images.Clear();
                (start, bytes) = (next, 0);
            }
            next = row + 1;
            if (Storages.IsRemote(list.Path) && verdict.Kept && columns.Url is { Length: > 0 } relative && !IsUrl(relative))
                throw new PipelineException($"{list.Path}: row {row} names the image '{relative}'; a list that is not on this machine can name images by URL only");
            if (!verdict.Kept || columns.Url is not { Length: > 0 } image || IsUrl(image) || PathOf(image, list) is not { } path || images.ContainsKey(path) || Existing(path) is not { } found)
                continue;
            var file = new InputFile(path, image, found.Length, inputs.DigestOf(path));
            images.Add(path, file);
            bytes += file.Bytes;
        }
        yield return new Slice([list, .. images.Values], start, long.MaxValue);
    }

    /// <summary>The file, or what a link leads to; null where there is none.</summary>
    private static FileInfo? Existing(string path)
    {
        try
        {
            var file = (FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
            return file.Exists ? file : null;
        }
        catch (IOException)
        {
            // Nothing there, or a loop of links.
            return null;
        }
    }

    private Columns NewColumns() => new("captions", Caption, SourceId, Image, null, Language, LicenseColumn, Metadata) { Optional = SourceId };

    private static bool IsUrl(string image) =>
        image.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || image.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The full path, or null when it lies outside of the folder of the list.</summary>
    private string? PathOf(string image, InputFile list)
    {
        // No file system has a name with a NUL, and .NET throws for one.
        if (image.Contains('\0', StringComparison.Ordinal))
            return Path.Combine(Path.GetDirectoryName(list.Path)!, "\uFFFD");
        var folder = Path.GetDirectoryName(Path.GetFullPath(list.Path))!;
        var path = Path.GetFullPath(image.Replace('\\', '/'), folder);
        if (AllowOutside)
            return path;
        if (!path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal))
            return null;
        // A link may lead anywhere.
        for (var at = path; at.Length > folder.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at).LinkTarget is not null)
                return null;
        }
        return path;
    }
}
