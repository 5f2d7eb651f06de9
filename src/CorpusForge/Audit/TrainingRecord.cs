using System.Text;
using System.Text.Json;
using CorpusForge.Runs;

namespace CorpusForge.Audit;

/// <summary>Reads what a train stage left: the file of role `curve` (JSON lines) and the one of role `samples`.</summary>
internal static class TrainingRecord
{
    public const string Curve = "curve";
    public const string Samples = "samples";
    private const int MostPoints = 1000;
    private const int MostSamples = 8;
    private const int MostSampleLength = 1200;

    /// <summary>Null where no stage has a curve; the last stage that has one counts.</summary>
    public static TrainingFigures? Of(UnitWork work)
    {
        foreach (var stage in work.Input.Earlier.Reverse())
        {
            if (stage.Parts.FirstOrDefault(p => p.File(Curve) is not null) is { } part)
                return new TrainingFigures(stage.Stage.Id, ReadCurve(work, part.File(Curve)!), part.File(Samples) is { } s ? ReadSamples(work, s) : []);
        }
        return null;
    }

    private static List<CurvePoint> ReadCurve(UnitWork work, ManifestFile file)
    {
        var points = new List<CurvePoint>();
        foreach (var (line, offset) in Lines(work, file))
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                var root = json.RootElement;
                points.Add(new CurvePoint(
                    root.GetProperty("step").GetInt64(), root.GetProperty("loss").GetDouble(),
                    root.TryGetProperty("validationLoss", out var v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : null));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InputException(file.Name, offset, "a line of a training curve has step and loss", e);
            }
        }
        // A plot has no more room, and validation losses are few.
        var stride = Math.Max(1, points.Count / MostPoints);
        return [.. points.Where((p, i) => i % stride == 0 || i == points.Count - 1 || p.ValidationLoss is not null)];
    }

    // JSON lines with a `text`, or plain text: both are shown.
    private static List<string> ReadSamples(UnitWork work, ManifestFile file)
    {
        var lines = Lines(work, file).Select(l => l.Line).ToList();
        var texts = lines.Select(TextOf).ToList();
        var samples = texts.All(t => t is not null) ? texts : [string.Join('\n', lines)];
        return [.. samples.Take(MostSamples).Select(s => s!.Length > MostSampleLength ? $"{s[..MostSampleLength]}…" : s)];
    }

    private static string? TextOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("text", out var text) ? text.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<(string Line, long Offset)> Lines(UnitWork work, ManifestFile file)
    {
        using var reader = new StreamReader(work.OpenRead(file), Encoding.UTF8);
        for (var offset = 0L; reader.ReadLine() is { } line; offset += Encoding.UTF8.GetByteCount(line) + 1)
        {
            if (line.Length > 0)
                yield return (line, offset);
        }
    }
}
