using CorpusForge.Runs;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>JSON Lines, one document a line: plain, gzip or zstd, told apart by content.</summary>
/// <remarks>
/// A plain file is cut into ranges of <see cref="Slice.TargetBytes"/>; a line belongs to the range in which it starts. A compressed
/// file is one slice. The locator counts bytes in a plain file and rows from 0 in a compressed one. Blank lines are no documents.
/// Of a key that repeats the last one counts. A column that is not a string is taken as its JSON; null is absent.
/// Dropped lines: `line-too-long`, `invalid-utf8`, `invalid-json`, `lone-surrogate`, `no-text`.
/// </remarks>
public sealed record JsonlSource : ISource
{
    // 2: every id of the SPDX licence list is known.
    public int Version => 2;

    public string? Id { get; init; }

    /// <summary>Files, folders or glob patterns.</summary>
    [Needed, OutsideDigest, Reaches(Reach.Inputs)]
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>The column that holds the text; a line where it is missing or not a string is dropped as `no-text`.</summary>
    public string Text { get; init; } = "text";

    /// <summary>The column of the id that the input brings.</summary>
    public string SourceId { get; init; } = "id";

    public string Url { get; init; } = "url";
    public string? Title { get; init; }
    public string? Language { get; init; }

    /// <summary>The column of the licence, an SPDX expression; any other value is kept as evidence only.</summary>
    public string? License { get; init; }

    /// <summary>Further columns to carry along.</summary>
    public IReadOnlyList<string> Metadata { get; init; } = [];

    /// <summary>What the documents are.</summary>
    public Kind Kind { get; init; } = Kind.Text;

    /// <summary>What the text column holds; `text/html` sends it through the HTML extractor.</summary>
    public string MediaType { get; init; } = "text/plain";

    /// <summary>A longer line is dropped as `line-too-long` and never held in memory.</summary>
    public int MaxLineBytes { get; init; } = 64 << 20;

    public string? Problem => Kind == Kind.Text ? FileMediaType.Problem(MediaType) : null;
    public bool BringsLanguage => Language is not null;

    public IEnumerable<Slice> Plan(Inputs inputs)
    {
        foreach (var file in inputs.Glob(Paths))
        {
            if (file.Bytes == 0 || Compressed.Of(inputs.Storage, file) != Compression.None)
            {
                yield return new Slice([file]);
                continue;
            }
            for (var start = 0L; start < file.Bytes; start += Slice.TargetBytes)
                yield return new Slice([file], start, Math.Min(start + Slice.TargetBytes, file.Bytes));
        }
    }

    public IEnumerable<RawDocument> Read(Slice slice, SourceReader reader)
    {
        var file = slice.Files[0];
        using var lines = Open(slice, reader.Storage, out var raw);
        var columns = new Columns("jsonl", Text, SourceId, Url, Title, Language, License, Metadata);
        var compressed = slice.End == long.MaxValue;
        while (Advance(lines, raw, file) && (compressed || lines.Offset < slice.End))
        {
            reader.Cancel.ThrowIfCancellationRequested();
            var locator = $"{file.Name}@{(compressed ? lines.Row : lines.Offset)}";
            if (Parse(lines, columns, reader.Source, locator) is { } document)
                yield return document;
        }
    }

    private LineReader Open(Slice slice, IStorage storage, out Stream raw)
    {
        var file = slice.Files[0];
        if (slice.End == long.MaxValue)
        {
            (var content, raw) = Compressed.Open(storage, file);
            return new LineReader(content, MaxLineBytes);
        }
        // One byte earlier: when that is a line feed, a line starts exactly at the cut and is ours.
        var from = Math.Max(0, slice.Start - 1);
        raw = file.OpenRead(storage, from);
        var lines = new LineReader(raw, MaxLineBytes, from);
        if (slice.Start > 0)
            lines.Next();
        return lines;
    }

    private static bool Advance(LineReader lines, Stream raw, InputFile file)
    {
        try
        {
            return lines.Next();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException)
        {
            throw new InputException(file.Name, raw.Position, $"the compressed data is damaged or cut off after line {lines.Row}: {e.Message}", e);
        }
    }

    private RawDocument? Parse(LineReader lines, Columns columns, string source, string locator)
    {
        if (lines.IsBlank)
            return null;
        var verdict = Verdict.Keep.AtMost("line-too-long", lines.Length, MaxLineBytes);
        if (verdict.Kept)
            verdict = JsonLine.Read(lines.WithoutMark, columns);
        var document = new RawDocument { Kind = Kind, Source = source, Locator = locator, Verdict = verdict };
        return verdict.Kept ? columns.Fill(document with { MediaType = MediaType }) : document;
    }
}
