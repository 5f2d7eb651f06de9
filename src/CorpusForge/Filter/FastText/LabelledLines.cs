using System.Text.Json;

namespace CorpusForge.Filter.FastText;

/// <summary>Examples of a classifier: JSON lines with `text` and `label` or `labels`, or fastText's lines that begin with `__label__`.</summary>
public static class LabelledLines
{
    /// <exception cref="InputException">A line is neither, or the file cannot be read.</exception>
    public static IEnumerable<(IReadOnlyList<string> Labels, string Text)> Read(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                yield return line[0] == '{' ? OfJson(path, number, line) : OfText(path, number, line);
        }
    }

    private static (IReadOnlyList<string>, string) OfJson(string path, int number, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            string[] labels = root.TryGetProperty("labels", out var many) ? [.. many.EnumerateArray().Select(l => l.GetString()!)] : [root.GetProperty("label").GetString()!];
            return (labels, root.GetProperty("text").GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InputException(path, 0, $"line {number}: expected {{\"text\": \"…\", \"label\": \"…\"}}: {e.Message}", e);
        }
    }

    private static (IReadOnlyList<string>, string) OfText(string path, int number, string line)
    {
        var words = line.Split(' ', '\t');
        string[] labels = [.. words.Where(w => w.StartsWith(FastTextModel.LabelPrefix, StringComparison.Ordinal)).Select(w => w[FastTextModel.LabelPrefix.Length..])];
        return labels.Length > 0
            ? (labels, string.Join(' ', words.Where(w => !w.StartsWith(FastTextModel.LabelPrefix, StringComparison.Ordinal))))
            : throw new InputException(path, 0, $"line {number}: it has no label: expected __label__NAME and a text, or JSON");
    }
}
