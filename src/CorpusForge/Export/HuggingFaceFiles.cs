using System.Globalization;
using System.Text;

namespace CorpusForge.Export;

/// <summary>A folder that Hugging Face `datasets` loads by its path: Parquet under `data/`, a split a name, and the card `README.md`.</summary>
internal sealed class HuggingFaceFiles(ExportFolder folder, string name, IReadOnlyList<ExportColumn> columns, CancellationToken cancel)
{
    private const int FileRows = 100_000;
    private const long FileChars = 256L << 20;

    private readonly Dictionary<string, List<FileStream>> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (List<ExportRow> Rows, long Chars)> _waiting = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _languages = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _licenses = new(StringComparer.Ordinal);
    private long _count;

    public async Task Add(ExportRow row, string split)
    {
        var (rows, chars) = _waiting.GetValueOrDefault(split, ([], 0));
        rows.Add(row);
        _waiting[split] = (rows, chars + row.Weight);
        _count++;
        Count(_languages, row.Document.Language);
        Count(_licenses, row.Document.License);
        if (rows.Count >= FileRows || _waiting[split].Chars >= FileChars)
            await WriteFile(split);
    }

    public async Task Close()
    {
        foreach (var split in _waiting.Where(w => w.Value.Rows.Count > 0).Select(w => w.Key).ToList())
            await WriteFile(split);
        foreach (var (split, files) in _files)
        {
            for (var i = 0; i < files.Count; i++)
                folder.Rename(files[i], string.Create(CultureInfo.InvariantCulture, $"data/{split}-{i:00000}-of-{files.Count:00000}.parquet"));
        }
        await using var card = new StreamWriter(folder.Create("README.md"), leaveOpen: true) { NewLine = "\n" };
        await card.WriteAsync(Card());
    }

    private async Task WriteFile(string split)
    {
        var files = _files.TryGetValue(split, out var known) ? known : _files[split] = [];
        var file = folder.Create($"data/{split}-{files.Count}");
        await ParquetExport.Write(file, columns, _waiting[split].Rows, cancel);
        files.Add(file);
        _waiting[split] = ([], 0);
    }

    private static void Count(SortedDictionary<string, long> counts, string? value)
    {
        if (value is not null)
            counts[value] = counts.GetValueOrDefault(value) + 1;
    }

    private string Card()
    {
        var card = new StringBuilder("---\n");
        if (_languages.Count > 0)
            card.Append("language:\n").AppendJoin("", _languages.Keys.Select(l => $"- {l}\n"));
        // Only one licence for all can be said in a word.
        card.Append(CultureInfo.InvariantCulture, $"license: {(_licenses.Count == 1 && _licenses.Values.Single() == _count && !_licenses.Keys.Single().Contains(' ') ? _licenses.Keys.Single().ToLowerInvariant() : "other")}\n");
        card.Append(CultureInfo.InvariantCulture, $"size_categories:\n- {SizeOf(_count)}\nconfigs:\n- config_name: default\n  data_files:\n");
        foreach (var split in _files.Keys.Order(StringComparer.Ordinal))
            card.Append(CultureInfo.InvariantCulture, $"  - split: {split}\n    path: data/{split}-*\n");
        card.Append(CultureInfo.InvariantCulture, $"---\n\n# {name}\n\n{_count:N0} documents. The columns are described in CorpusForge's documentation.\n");
        Table(card, "Languages", _languages);
        Table(card, "Licences", _licenses);
        return card.ToString();
    }

    private void Table(StringBuilder card, string title, SortedDictionary<string, long> counts)
    {
        card.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| | documents |\n| --- | --- |\n");
        foreach (var (value, count) in counts.OrderByDescending(c => c.Value))
            card.Append(CultureInfo.InvariantCulture, $"| {value.Replace("|", "\\|", StringComparison.Ordinal)} | {count:N0} |\n");
        card.Append(CultureInfo.InvariantCulture, $"| not known | {_count - counts.Values.Sum():N0} |\n");
    }

    private static string SizeOf(long count) => count switch
    {
        < 1_000 => "n<1K",
        < 10_000 => "1K<n<10K",
        < 100_000 => "10K<n<100K",
        < 1_000_000 => "100K<n<1M",
        < 10_000_000 => "1M<n<10M",
        < 100_000_000 => "10M<n<100M",
        < 1_000_000_000 => "100M<n<1B",
        _ => "n>1B",
    };
}
