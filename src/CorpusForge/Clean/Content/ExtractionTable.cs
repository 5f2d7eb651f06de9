using System.Globalization;
using System.Text;

namespace CorpusForge.Clean.Content;

/// <summary>The scores of an extractor over pages of several types.</summary>
public sealed class ExtractionTable
{
    /// <summary>The row of all pages.</summary>
    public const string All = "all";

    private readonly SortedDictionary<string, List<ExtractionScore>> _scores = new(StringComparer.Ordinal) { [All] = [] };

    /// <summary>One row: the means of a type's pages.</summary>
    public sealed record Row(string Type, int Pages, double Precision, double Recall, double F1, double? Found, double? Leaked);

    /// <summary>All pages first, then by type.</summary>
    public IEnumerable<Row> Rows => _scores.Where(r => r.Value.Count > 0).OrderBy(r => r.Key != All).Select(r => new Row(
        r.Key, r.Value.Count, r.Value.Average(s => s.Precision), r.Value.Average(s => s.Recall), r.Value.Average(s => s.F1), r.Value.Average(s => s.Found), r.Value.Average(s => s.Leaked)));

    /// <summary>Extracts every page of a folder and compares.</summary>
    public static ExtractionTable Measure(IEnumerable<ExtractionTruth> pages, ExtractHtml step, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pages);
        ArgumentNullException.ThrowIfNull(step);
        var table = new ExtractionTable();
        foreach (var page in pages)
        {
            cancel.ThrowIfCancellationRequested();
            table.Add(page.PageType, ExtractionScore.Of(step.Extract(page.Raw).Document?.Text ?? "", page));
        }
        return table;
    }

    public void Add(string type, ExtractionScore score)
    {
        _scores[All].Add(score);
        if (!_scores.TryGetValue(type, out var scores))
            _scores[type] = scores = [];
        scores.Add(score);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"type",-14}{"pages",6}{"P",8}{"R",8}{"F1",8}{"with",8}{"without",9}");
        foreach (var row in Rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"{row.Type,-14}{row.Pages,6}{row.Precision,8:0.0000}{row.Recall,8:0.0000}{row.F1,8:0.0000}{row.Found,8:0.0000}{row.Leaked,9:0.0000}");
        return text.ToString();
    }
}
