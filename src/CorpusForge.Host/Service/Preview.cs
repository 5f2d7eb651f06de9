using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>Which documents a preview shows.</summary>
public sealed record PreviewFilter
{
    public bool Kept { get; init; } = true;
    public bool Dropped { get; init; } = true;

    /// <summary>Only documents that this rule dropped, `step.rule`.</summary>
    public string? Rule { get; init; }

    /// <summary>At most so many of the kept, and so many of the dropped.</summary>
    public int Limit { get; init; } = 10;

    /// <summary>How many characters of each text.</summary>
    public int Text { get; init; } = 4000;
}

/// <summary>Documents of one unit, or of a whole stage, with what became of them.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Stage">The stage's id.</param>
/// <param name="Unit">The unit's key; null for a whole stage.</param>
/// <param name="Documents">The kept, then the dropped, each in order of part and row.</param>
public sealed record Preview(string Run, string Stage, string? Unit, IReadOnlyList<PreviewDocument> Documents)
{
    public const int MaxLimit = 100;
    public const int MaxText = 100_000;

    internal static Preview Of(string run, string stage, string? unit, StageFolder folder, PreviewFilter filter, CancellationToken cancel)
    {
        var limit = Math.Clamp(filter.Limit, 1, MaxLimit);
        var chosen = new List<StageDocument>();
        if (filter.Kept && filter.Rule is null)
            chosen.AddRange(Take(folder.Documents(dropped: false), limit, cancel));
        if (filter.Dropped)
            chosen.AddRange(Take(folder.Documents(kept: false).Where(d => filter.Rule is null || $"{d.Reject!.Step}.{d.Reject.Rule}" == filter.Rule), limit, cancel));
        var before = folder.Before(chosen);
        var text = Math.Clamp(filter.Text, 0, MaxText);
        return new Preview(run, stage, unit, [.. chosen.Select(d => PreviewDocument.Of(d, before.GetValueOrDefault(d.Document.Id), text))]);
    }

    private static IEnumerable<StageDocument> Take(IEnumerable<StageDocument> documents, int limit, CancellationToken cancel) => documents.Take(limit).Select(d =>
    {
        cancel.ThrowIfCancellationRequested();
        return d;
    });
}

/// <summary>A document as a stage left it: where it is from, why it went if it did, and its text before and after.</summary>
/// <param name="Id">The whole id.</param>
/// <param name="SourceId">The id that the input brought.</param>
/// <param name="Url">Verbatim as the input has it.</param>
/// <param name="Title">As the page gave it.</param>
/// <param name="Kind">text, code or caption.</param>
/// <param name="Language">ISO 639-1 for text.</param>
/// <param name="License">An SPDX expression.</param>
/// <param name="Source">The source's id in the pipeline.</param>
/// <param name="Locator">Where the source has it.</param>
/// <param name="Cluster">The survivor of its duplicates.</param>
/// <param name="ClusterSize">Only on a survivor.</param>
/// <param name="Verdict">Why it was dropped; null where it was kept.</param>
/// <param name="File">The file that it lies in, relative to the pipeline's folder.</param>
/// <param name="Row">The row in the file, from 0.</param>
/// <param name="Tokens">How many tokens it has, in a token shard.</param>
/// <param name="Characters">Of the whole text.</param>
/// <param name="Text">The text, cut to what was asked for.</param>
/// <param name="Before">The text as the stage before left it, cut likewise; null where that is not kept.</param>
public sealed record PreviewDocument(
    string Id, string? SourceId, string? Url, string? Title, Kind Kind, string? Language, string? License, string Source, string? Locator,
    string? Cluster, int? ClusterSize, DocumentVerdict? Verdict, string File, long Row, int? Tokens, int Characters, string Text, string? Before)
{
    internal static PreviewDocument Of(StageDocument at, Document? before, int text)
    {
        var d = at.Document;
        return new PreviewDocument(
            d.Id, d.SourceId, d.Url, d.Title, d.Kind, d.Language, d.License, d.Source, d.Locator.Length == 0 ? before?.Locator : d.Locator,
            d.Cluster, d.ClusterSize, DocumentVerdict.Of(at.Reject), at.File.Name, at.Row, at.Tokens, d.Text.Length, Cut(d.Text, text),
            before is null ? null : Cut(before.Text, text));
    }

    internal static string Cut(string text, int limit) =>
        text.Length <= limit ? text : text[..(limit > 0 && char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit)];
}

/// <summary>Why a document was dropped.</summary>
/// <param name="Step">The step, or the stage's phase.</param>
/// <param name="Version">Of the step.</param>
/// <param name="Rule">What it broke.</param>
/// <param name="Measured">Null where it is no finite number.</param>
/// <param name="Limit">Likewise.</param>
public sealed record DocumentVerdict(string Step, int Version, string Rule, double? Measured, double? Limit)
{
    internal static DocumentVerdict? Of(Reject? reject) =>
        reject is null ? null : new DocumentVerdict(reject.Step, reject.StepVersion, reject.Rule, Finite(reject.Measured), Finite(reject.Limit));

    // JSON has no infinities and no NaN.
    internal static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
