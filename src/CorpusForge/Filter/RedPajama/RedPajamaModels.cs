using System.Collections.Frozen;
using System.Globalization;
using CorpusForge.Filter.FastText;

namespace CorpusForge.Filter.RedPajama;

/// <summary>The lists and models that some of the signals need; null where none was given. Shared read-only.</summary>
internal sealed record RedPajamaModels(
    FrozenSet<string>? BadWords, int LongestBadWord, IReadOnlyDictionary<string, int>? Ut1,
    FastTextModel? WikiRef, FastTextModel? Palm, FastTextModel? Wikipedia,
    double[]? Books, double[]? OpenWebText, double[]? WikipediaImportance)
{
    public const int Buckets = 10_000;

    public static RedPajamaModels Read(RedPajamaSignals settings)
    {
        try
        {
            var bad = settings.BadWords is { } file ? File.ReadLines(file).Select(l => l.Trim()).Where(l => l.Length > 0).ToFrozenSet(StringComparer.Ordinal) : null;
            return new RedPajamaModels(
                bad, bad is null || bad.Count == 0 ? 0 : bad.Max(b => b.Count(c => c == ' ') + 1), Ut1Of(settings.Ut1),
                Model(settings.WikiRefModel), Model(settings.PalmModel), Model(settings.WikipediaModel),
                Ratios(settings.BooksImportance), Ratios(settings.OpenWebTextImportance), Ratios(settings.WikipediaImportance));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or InvalidDataException)
        {
            throw new PipelineException($"redpajama-signals: {e.Message}");
        }
    }

    private static FastTextModel? Model(string? file) => file is null ? null : FastTextModel.Open(file);

    private static FrozenDictionary<string, int>? Ut1Of(IReadOnlyList<string> folders)
    {
        if (folders.Count == 0)
            return null;
        var categories = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (number, folder) in folders.Index())
            foreach (var line in File.ReadLines(Path.Combine(folder, "domains")))
                if (line.Trim() is { Length: > 0 } domain)
                    categories.TryAdd(domain, number + 1);
        return categories.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static double[]? Ratios(string? file)
    {
        if (file is null)
            return null;
        double[] ratios = [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => double.Parse(l, CultureInfo.InvariantCulture))];
        return ratios.Length == Buckets ? ratios : throw new InvalidDataException($"{file} has {ratios.Length} numbers, not {Buckets}");
    }
}
