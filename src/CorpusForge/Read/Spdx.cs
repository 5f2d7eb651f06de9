using System.Collections.Frozen;
using System.Text.RegularExpressions;
using CorpusForge.Settings;

namespace CorpusForge.Read;

/// <summary>SPDX licence expressions as people write them.</summary>
/// <remarks>SPDX specification 2.3, annex D; the ids and exceptions of the SPDX licence list are in `spdx.txt`, those that are deprecated among them.</remarks>
public static partial class Spdx
{
    private const string With = "WITH ";

    private static readonly string[] s_list = Listed();
    private static readonly FrozenDictionary<string, string> s_ids = s_list.Where(l => !l.StartsWith(With, StringComparison.Ordinal)).ToFrozenDictionary(id => id, StringComparer.OrdinalIgnoreCase);
    private static readonly FrozenDictionary<string, string> s_exceptions =
        s_list.Where(l => l.StartsWith(With, StringComparison.Ordinal)).Select(l => l[With.Length..]).ToFrozenDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    /// <summary>All ids, as SPDX spells them.</summary>
    public static IReadOnlyCollection<string> Ids => s_ids.Keys;

    /// <summary>What is wrong with an expression in a pipeline file, which may name licences of its own (LicenseRef-…); null when it is one.</summary>
    internal static string? Problem(string expression) =>
        Normalize(expression, own: true) is not null ? null : $"'{expression}' is no SPDX expression{SettingsBinder.Nearest(expression, s_ids.Keys.Order(StringComparer.Ordinal))}";

    /// <summary>The expression with ids as SPDX spells them, or null when it is none or names a licence that is not known.</summary>
    public static string? Normalize(string expression) => Normalize(expression, own: false);

    private static string? Normalize(string expression, bool own)
    {
        var tokens = Token().Matches(expression).Select(m => m.Value).ToList();
        if (tokens.Count == 0 || tokens.Sum(t => t.Length) != expression.Count(c => !char.IsWhiteSpace(c)))
            return null;
        var at = 0;
        var result = ReadAny(tokens, ref at, 0, own);
        return at == tokens.Count ? result : null;
    }

    private static string? ReadAny(List<string> tokens, ref int at, int depth, bool own)
    {
        var result = ReadOne(tokens, ref at, depth, own);
        while (result is not null && at < tokens.Count && tokens[at].ToUpperInvariant() is "AND" or "OR" or "WITH")
        {
            var word = tokens[at++].ToUpperInvariant();
            var right = word == "WITH"
                ? at < tokens.Count && s_exceptions.TryGetValue(tokens[at++], out var exception) ? exception : null
                : ReadOne(tokens, ref at, depth, own);
            result = right is null ? null : $"{result} {word} {right}";
        }
        return result;
    }

    private static string? ReadOne(List<string> tokens, ref int at, int depth, bool own)
    {
        if (at >= tokens.Count || depth > 16)
            return null;
        var token = tokens[at++];
        if (token == "(")
        {
            var inner = ReadAny(tokens, ref at, depth + 1, own);
            return inner is not null && at < tokens.Count && tokens[at++] == ")" ? $"({inner})" : null;
        }
        if (own && token.StartsWith("LicenseRef-", StringComparison.OrdinalIgnoreCase) && token.Length > 11)
            return token;
        var later = token.EndsWith('+');
        return !s_ids.TryGetValue(later ? token[..^1] : token, out var id) ? null : later ? id + "+" : id;
    }

    private static string[] Listed()
    {
        using var lines = new StreamReader(typeof(Spdx).Assembly.GetManifestResourceStream("spdx.txt")!);
        return lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"[()]|[A-Za-z0-9.+\-]+", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
