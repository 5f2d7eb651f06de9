using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>A cluster of duplicates, by its survivor.</summary>
/// <param name="Survivor">The id of the document that stayed.</param>
/// <param name="Url">Where it is from.</param>
/// <param name="Size">The survivor included.</param>
/// <param name="Text">How its text begins.</param>
public sealed record ClusterSummary(string Survivor, string? Url, int Size, string Text);

/// <summary>A cluster of duplicates with the texts side by side.</summary>
/// <param name="Survivor">The document that stayed.</param>
/// <param name="Absorbed">Documents that went, most similar first; measured in their verdict is the similarity.</param>
/// <param name="Size">The survivor included; more than are shown where the cluster is large.</param>
public sealed record ClusterDetail(PreviewDocument Survivor, IReadOnlyList<PreviewDocument> Absorbed, int Size);

/// <summary>Reads clusters from what a deduplicate stage kept and dropped.</summary>
internal static class Clusters
{
    private const int HeadLength = 240;

    /// <summary>Clusters in order of part and row.</summary>
    /// <param name="keys">Of the parts.</param>
    /// <param name="folderOf">Opens one part.</param>
    /// <param name="minSize">Smaller ones are left out.</param>
    /// <param name="after">The part and row behind which to go on.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <returns>Each with the part and row that it was found in.</returns>
    public static IEnumerable<(int Part, long Row, ClusterSummary Cluster)> List(
        IReadOnlyList<string> keys, Func<string, StageFolder> folderOf, int minSize, (int Part, long Row) after, CancellationToken cancel)
    {
        for (var part = after.Part; part < keys.Count; part++)
        {
            foreach (var at in folderOf(keys[part]).Documents(dropped: false))
            {
                cancel.ThrowIfCancellationRequested();
                if ((part > after.Part || at.Row > after.Row) && at.Document.ClusterSize >= minSize)
                    yield return (part, at.Row, new ClusterSummary(at.Document.Id, at.Document.Url, at.Document.ClusterSize.Value, PreviewDocument.Cut(at.Document.Text, HeadLength)));
            }
        }
    }

    /// <summary>One cluster; null when the stage has none of this survivor.</summary>
    public static ClusterDetail? Of(StageFolder folder, string survivor, int limit, int text, CancellationToken cancel)
    {
        if (folder.Documents(dropped: false, id: i => i == survivor).FirstOrDefault() is not { } stayed)
            return null;
        var absorbed = new List<StageDocument>();
        foreach (var at in folder.DroppedInto(survivor))
        {
            cancel.ThrowIfCancellationRequested();
            absorbed.Add(at);
        }
        var shown = absorbed.OrderByDescending(a => a.Reject!.Measured).ThenBy(a => a.Document.Id, StringComparer.Ordinal).Take(limit);
        return new ClusterDetail(PreviewDocument.Of(stayed, null, text), [.. shown.Select(a => PreviewDocument.Of(a, null, text))], absorbed.Count + 1);
    }
}
