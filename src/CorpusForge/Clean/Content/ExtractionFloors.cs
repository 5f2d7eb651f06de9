using System.Text.Json;

namespace CorpusForge.Clean.Content;

/// <summary>The F1 by type of page that an extractor must not fall below, for each collection of pages by its digest.</summary>
/// <remarks>A floor is only raised, unless its lowering is asked for. Floors are kept to four decimals, rounded down.</remarks>
public sealed class ExtractionFloors
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n" };
    private readonly SortedDictionary<string, SortedDictionary<string, double>> _floors;

    private ExtractionFloors(SortedDictionary<string, SortedDictionary<string, double>> floors) => _floors = floors;

    /// <summary>The floors of a file; none when it does not exist.</summary>
    public static ExtractionFloors Read(string path)
    {
        try
        {
            return new(File.Exists(path) ? JsonSerializer.Deserialize<SortedDictionary<string, SortedDictionary<string, double>>>(File.ReadAllBytes(path)) ?? [] : []);
        }
        catch (JsonException e)
        {
            throw new PipelineException($"{path}: {e.Message}");
        }
    }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(_floors, s_json) + "\n");

    /// <summary>Whether there are floors for the pages of this digest.</summary>
    public bool Knows(string digest) => _floors.ContainsKey(digest);

    /// <summary>What is below its floor, or has a floor and no pages, in words.</summary>
    public IReadOnlyList<string> Check(string digest, ExtractionTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var measured = Rounded(table);
        var errors = new List<string>();
        foreach (var (type, floor) in _floors.GetValueOrDefault(digest) ?? [])
            if (!measured.TryGetValue(type, out var f1))
                errors.Add($"{type}: there are no such pages, the floor is {floor:0.0000}");
            else if (f1 < floor)
                errors.Add($"{type}: F1 {f1:0.0000} is below its floor of {floor:0.0000}");
        return errors;
    }

    /// <summary>Sets the floors to what was measured; a lower one only where <paramref name="lower"/> says so.</summary>
    public void Update(string digest, ExtractionTable table, bool lower)
    {
        ArgumentNullException.ThrowIfNull(table);
        var floors = _floors.GetValueOrDefault(digest);
        if (floors is null || lower)
            _floors[digest] = floors = [];
        foreach (var (type, f1) in Rounded(table))
            floors[type] = Math.Max(f1, floors.GetValueOrDefault(type));
    }

    private static Dictionary<string, double> Rounded(ExtractionTable table) =>
        table.Rows.ToDictionary(r => r.Type, r => Math.Floor(r.F1 * 10_000) / 10_000);
}
