using System.Text.Json;

namespace CorpusForge.Filter.FastText;

/// <summary>Examples of a classifier: JSON lines with `text` and `label` or `labels`, or fastText's lines that begin with `__label__`.</summary>
public static class LabelledLines
{
    /// <exception cref="PipelineException">A line is neither.</exception>
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
            string?[] labels = root.TryGetProperty("labels", out var many) ? [.. many.EnumerateArray().Select(l => l.GetString())] : [root.GetProperty("label").GetString()];
            return ([.. labels.Select(l => IsLabel(l) ? l! : throw new PipelineException($"{path}: line {number}: a label is a word or some, in one line"))],
                root.GetProperty("text").GetString() ?? throw new KeyNotFoundException());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new PipelineException($"{path}: line {number}: expected {{\"text\": \"…\", \"label\": \"…\"}}, both of them strings");
        }
    }

    // What other programs that read the model take for one string.
    private static bool IsLabel(string? label) => !string.IsNullOrWhiteSpace(label) && !label.Any(char.IsControl);

    private static (IReadOnlyList<string>, string) OfText(string path, int number, string line)
    {
        var words = line.Split(' ', '\t');
        string[] labels = [.. words.Where(w => w.StartsWith(FastTextModel.LabelPrefix, StringComparison.Ordinal)).Select(w => w[FastTextModel.LabelPrefix.Length..])];
        return labels.Length > 0 && labels.All(IsLabel)
            ? (labels, string.Join(' ', words.Where(w => !w.StartsWith(FastTextModel.LabelPrefix, StringComparison.Ordinal))))
            : throw new PipelineException($"{path}: line {number}: it has no label: expected __label__NAME and a text, or JSON");
    }
}
