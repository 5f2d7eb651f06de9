namespace CorpusForge.Audit;

/// <summary>Counts the clusters of a deduplicate stage from its survivors and rejects.</summary>
internal sealed class DuplicateCount(string stage)
{
    private const int LargestListed = 20;
    private const int StartLength = 160;

    private readonly PowersOfTwo _sizes = new();
    private readonly SortedDictionary<string, (long In, long Removed)> _bySource = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (long In, long Removed)> _byLanguage = new(StringComparer.Ordinal);
    private readonly SortedSet<ClusterFigures> _largest = new(Comparer<ClusterFigures>.Create((a, b) =>
        a.Size != b.Size ? b.Size.CompareTo(a.Size) : string.CompareOrdinal(a.Survivor, b.Survivor)));
    private long _clusters, _removed;

    public void Kept(Document document)
    {
        Count(document, removed: 0);
        if (document.ClusterSize is not > 1)
            return;
        _clusters++;
        _sizes.Add(document.ClusterSize.Value);
        if (_largest.Count == LargestListed && _largest.Max!.Size > document.ClusterSize)
            return;
        _largest.Add(new ClusterFigures(document.Id, document.ClusterSize.Value, document.Source, document.Url, StartOf(document.Text)));
        if (_largest.Count > LargestListed)
            _largest.Remove(_largest.Max!);
    }

    public void Removed(Document document)
    {
        _removed++;
        Count(document, removed: 1);
    }

    public DuplicateFigures ToFigures() => new(
        stage, _clusters, _removed, _sizes.ToBins(), [.. _largest],
        [.. _bySource.Select(s => new RemovedOf(s.Key, s.Value.In, s.Value.Removed, Statistics.Share(s.Value.Removed, s.Value.In)))],
        [.. _byLanguage.Select(l => new RemovedOfLanguage(l.Key, l.Value.In, l.Value.Removed, Statistics.Share(l.Value.Removed, l.Value.In)))]);

    private void Count(Document document, long removed)
    {
        Add(_bySource, document.Source);
        Add(_byLanguage, document.Language ?? "unknown");

        void Add(SortedDictionary<string, (long In, long Removed)> counts, string key)
        {
            var (all, gone) = counts.GetValueOrDefault(key);
            counts[key] = (all + 1, gone + removed);
        }
    }

    private static string StartOf(string text)
    {
        var start = text.AsSpan(0, Math.Min(text.Length, 4 * StartLength));
        var line = string.Join(' ', start.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= StartLength && start.Length == text.Length)
            return line;
        var cut = Math.Min(line.Length, StartLength);
        return (cut > 0 && char.IsHighSurrogate(line[cut - 1]) ? line[..(cut - 1)] : line[..cut]) + "…";
    }
}
