using System.Text.Json.Nodes;
using CorpusForge.Runs;

namespace CorpusForge.Host.Service;

/// <summary>Two runs side by side: what was set otherwise, and what came of it.</summary>
/// <param name="A">The first run's id.</param>
/// <param name="B">The second run's id.</param>
/// <param name="Settings">Settings whose resolved values differ, in order of their path.</param>
/// <param name="Stages">The stages of either, in the order of the first.</param>
public sealed record Comparison(string A, string B, IReadOnlyList<SettingDifference> Settings, IReadOnlyList<StageComparison> Stages)
{
    internal static Comparison Of(string a, string b, JsonNode? describedA, JsonNode? describedB, IReadOnlyList<FunnelStage> stagesA, IReadOnlyList<FunnelStage> stagesB, Func<string, string, string?> rootOf)
    {
        var (left, right) = (Flatten(describedA), Flatten(describedB));
        var settings = left.Keys.Union(right.Keys).Order(StringComparer.Ordinal)
            .Where(path => left.GetValueOrDefault(path) != right.GetValueOrDefault(path))
            .Select(path => new SettingDifference(path, left.GetValueOrDefault(path), right.GetValueOrDefault(path)));
        var ids = stagesA.Select(s => s.Id).Concat(stagesB.Select(s => s.Id)).Distinct();
        return new Comparison(a, b, [.. settings], [.. ids.Select(id => StageComparison.Of(
            id, stagesA.FirstOrDefault(s => s.Id == id), stagesB.FirstOrDefault(s => s.Id == id), rootOf(a, id), rootOf(b, id)))]);
    }

    // Lists of stages, steps and sources go by their ids, so that one more step does not move all others.
    private static SortedDictionary<string, string> Flatten(JsonNode? node)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Walk(node, "");
        return flat;

        void Walk(JsonNode? at, string path)
        {
            if (at is JsonObject map)
            {
                // Digests and versions follow from the settings.
                foreach (var (key, value) in map.Where(m => m.Key is not ("digest" or "id" or "stage" or "source" or "name") || path.Length == 0))
                    Walk(value, Under(path, key == "settings" ? "" : key));
            }
            else if (at is JsonArray list && list.All(i => IdOf(i) is not null))
            {
                foreach (var item in list)
                    Walk(item, Under(path, IdOf(item)!));
            }
            else
            {
                flat[path] = at?.ToJsonString(Manifest.Json) ?? "null";
            }
        }
    }

    private static string Under(string path, string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}.{key}";

    private static string? IdOf(JsonNode? item) => item is JsonObject map
        ? (map["id"] ?? map["step"] ?? map["stage"] ?? map["source"])?.ToString()
        : null;
}

/// <summary>A setting that two runs have otherwise.</summary>
/// <param name="Path">As `--set` would name it.</param>
/// <param name="A">As JSON; null where the first run has no such setting.</param>
/// <param name="B">Likewise.</param>
public sealed record SettingDifference(string Path, string? A, string? B);

/// <summary>One stage of two runs.</summary>
/// <param name="Id">The stage's id.</param>
/// <param name="A">Null where the first run has not finished such a stage.</param>
/// <param name="B">Likewise.</param>
/// <param name="Identical">Whether both left the same bytes, by their Merkle roots.</param>
/// <param name="Rules">What each rule dropped in either; the largest difference first.</param>
public sealed record StageComparison(string Id, FunnelStage? A, FunnelStage? B, bool Identical, IReadOnlyList<RuleComparison> Rules)
{
    internal static StageComparison Of(string id, FunnelStage? a, FunnelStage? b, string? rootA, string? rootB)
    {
        var (left, right) = (CountsOf(a), CountsOf(b));
        var rules = left.Keys.Union(right.Keys)
            .Select(r => new RuleComparison(r, left.GetValueOrDefault(r), right.GetValueOrDefault(r)))
            .OrderByDescending(r => Math.Abs(r.B - r.A)).ThenBy(r => r.Name, StringComparer.Ordinal);
        return new StageComparison(id, a, b, rootA is not null && rootA == rootB, [.. rules]);
    }

    private static Dictionary<string, long> CountsOf(FunnelStage? stage) =>
        stage?.Rules.ToDictionary(r => r.Name, r => r.Count, StringComparer.Ordinal) ?? [];
}

/// <summary>What a rule dropped in two runs.</summary>
public sealed record RuleComparison(string Name, long A, long B);
