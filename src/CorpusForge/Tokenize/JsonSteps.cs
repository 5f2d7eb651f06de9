using System.Text.Json;
using System.Text.RegularExpressions;

namespace CorpusForge.Tokenize;

/// <summary>How the parts of `tokenizer.json` are read.</summary>
internal static class JsonSteps
{
    /// <summary>What a Sequence holds, one after another, each with its place in the file.</summary>
    public static IEnumerable<(JsonElement Step, string Path)> Flat(JsonElement owner, string property, string children) =>
        owner.TryGetProperty(property, out var found) && found.ValueKind != JsonValueKind.Null ? Steps(found, children, property) : [];

    public static string? Text(JsonElement owner, string property) =>
        owner.TryGetProperty(property, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    public static bool Flag(JsonElement owner, string property) => owner.TryGetProperty(property, out var found) && found.ValueKind == JsonValueKind.True;

    /// <exception cref="NotSupportedException">.NET does not understand the pattern.</exception>
    public static Regex Compile(string pattern, string path)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled);
        }
        catch (ArgumentException e)
        {
            throw new NotSupportedException($"{path}: the pattern '{pattern}' is not one that .NET understands: {e.Message}");
        }
    }

    private static IEnumerable<(JsonElement Step, string Path)> Steps(JsonElement step, string children, string path) =>
        Text(step, "type") == "Sequence"
            ? step.GetProperty(children).EnumerateArray().SelectMany((s, i) => Steps(s, children, $"{path}.{children}[{i}]"))
            : [(step, path)];
}
