using CorpusForge.Runs;

namespace CorpusForge.Audit;

/// <summary>Counts the clusters of a deduplicate stage from its survivors and rejects; all survivors come before the first reject.</summary>
public sealed class DuplicateCount(string stage, int largest = 20)
{
    private const int StartLength = 160;
    private const int MaxText = 20_000;

    private readonly PowersOfTwo _sizes = new();
    private readonly SortedDictionary<string, (long In, long Removed)> _bySource = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (long In, long Removed)> _byLanguage = new(StringComparer.Ordinal);
    private readonly SortedSet<ClusterFigures> _largest = new(Comparer<ClusterFigures>.Create((a, b) =>
        a.Size != b.Size ? b.Size.CompareTo(a.Size) : string.CompareOrdinal(a.Survivor, b.Survivor)));
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Reject Reject, string Text)> _pairs = new(StringComparer.Ordinal);
    private long _clusters, _removed;

    public void Kept(Document document)
    {
        Count(document, removed: 0);
        if (document.ClusterSize is not > 1)
            return;
        _clusters++;
        _sizes.Add(document.ClusterSize.Value);
        if (_largest.Count == largest && _largest.Max!.Size > document.ClusterSize)
            return;
        _largest.Add(new ClusterFigures(document.Id, document.ClusterSize.Value, document.Source, document.Url, StartOf(document.Text), null));
        _texts[document.Id] = Cut(document.Text);
        if (_largest.Count <= largest)
            return;
        _texts.Remove(_largest.Max!.Survivor);
        _largest.Remove(_largest.Max!);
    }

    public void Removed(Reject reject)
    {
        _removed++;
        Count(reject.Document, removed: 1);
        // Of each of the largest clusters, the document that is least like the survivor.
        if (reject.Document.Cluster is not { } survivor || !_texts.ContainsKey(survivor) || reject.Rule == Deduplicate.ApplyPhase.ExactRule)
            return;
        if (!_pairs.TryGetValue(survivor, out var pair) || (reject.Measured, reject.Document.Id).CompareTo((pair.Reject.Measured, pair.Reject.Document.Id)) < 0)
            _pairs[survivor] = (reject with { Document = reject.Document with { Text = "" } }, Cut(reject.Document.Text));
    }

    public DuplicateFigures ToFigures() => new(
        stage, _clusters, _removed, _sizes.ToBins(), [.. _largest.Select(c => c with { Pair = PairOf(c.Survivor) })],
        [.. _bySource.Select(s => new RemovedOf(s.Key, s.Value.In, s.Value.Removed, Statistics.Share(s.Value.Removed, s.Value.In)))],
        [.. _byLanguage.Select(l => new RemovedOfLanguage(l.Key, l.Value.In, l.Value.Removed, Statistics.Share(l.Value.Removed, l.Value.In)))]);

    private PairFigures? PairOf(string survivor)
    {
        if (!_pairs.TryGetValue(survivor, out var pair))
            return null;
        var (stayed, went) = WordDiff.Of(_texts[survivor], pair.Text);
        var (reject, document) = (pair.Reject, pair.Reject.Document);
        return new PairFigures(document.Id, document.Url, reject.Rule, reject.Measured, stayed, went);
    }

    private static string Cut(string text) =>
        text.Length <= MaxText ? text : text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)];

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
