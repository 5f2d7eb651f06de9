using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace CorpusForge.Read;

/// <summary>SPDX licence expressions as people write them.</summary>
/// <remarks>SPDX specification 2.3, annex D. The ids are those that packages and data sets of the field use, not the whole list.</remarks>
public static partial class Spdx
{
    private static readonly FrozenDictionary<string, string> s_ids = new[]
    {
        "0BSD", "AFL-3.0", "AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1", "Apache-2.0", "Artistic-1.0", "Artistic-2.0",
        "BlueOak-1.0.0", "BSD-2-Clause", "BSD-2-Clause-Patent", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause", "BSL-1.0", "bzip2-1.0.6",
        "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0",
        "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-3.0", "CC-BY-ND-4.0", "CC-BY-SA-2.0", "CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0",
        "CC-PDDC", "CC0-1.0", "CDDL-1.0", "CDDL-1.1", "CECILL-2.1", "CPL-1.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "EUPL-1.1", "EUPL-1.2",
        "GFDL-1.2-or-later", "GFDL-1.3-only", "GFDL-1.3-or-later", "GPL-1.0-or-later", "GPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later",
        "GPL-3.0", "GPL-3.0-only", "GPL-3.0-or-later", "HPND", "ICU", "ISC", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1", "LGPL-2.1-only",
        "LGPL-2.1-or-later", "LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later", "Libpng", "LPPL-1.3c", "MIT", "MIT-0", "MPL-1.1", "MPL-2.0",
        "MPL-2.0-no-copyleft-exception", "MS-PL", "MS-RL", "NCSA", "ODbL-1.0", "ODC-By-1.0", "OFL-1.1", "OLDAP-2.8", "OpenSSL", "OSL-3.0",
        "PDDL-1.0", "PHP-3.01", "PostgreSQL", "PSF-2.0", "Python-2.0", "Ruby", "TCL", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense",
        "UPL-1.0", "Vim", "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.1",
    }.ToFrozenDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> s_exceptions = new[]
    {
        "Autoconf-exception-3.0", "Bison-exception-2.2", "Classpath-exception-2.0", "Font-exception-2.0", "GCC-exception-3.1",
        "Linux-syscall-note", "LLVM-exception", "Swift-exception",
    }.ToFrozenDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    /// <summary>The expression with ids as SPDX spells them, or null when it is none or names a licence that is not known.</summary>
    public static string? Normalize(string expression)
    {
        var tokens = Token().Matches(expression).Select(m => m.Value).ToList();
        if (tokens.Count == 0 || tokens.Sum(t => t.Length) != expression.Count(c => !char.IsWhiteSpace(c)))
            return null;
        var at = 0;
        var result = ReadAny(tokens, ref at, 0);
        return at == tokens.Count ? result : null;
    }

    private static string? ReadAny(List<string> tokens, ref int at, int depth)
    {
        var result = ReadOne(tokens, ref at, depth);
        while (result is not null && at < tokens.Count && tokens[at].ToUpperInvariant() is "AND" or "OR" or "WITH")
        {
            var word = tokens[at++].ToUpperInvariant();
            var right = word == "WITH"
                ? at < tokens.Count && s_exceptions.TryGetValue(tokens[at++], out var exception) ? exception : null
                : ReadOne(tokens, ref at, depth);
            result = right is null ? null : $"{result} {word} {right}";
        }
        return result;
    }

    private static string? ReadOne(List<string> tokens, ref int at, int depth)
    {
        if (at >= tokens.Count || depth > 16)
            return null;
        var token = tokens[at++];
        if (token == "(")
        {
            var inner = ReadAny(tokens, ref at, depth + 1);
            return inner is not null && at < tokens.Count && tokens[at++] == ")" ? $"({inner})" : null;
        }
        var later = token.EndsWith('+');
        return !s_ids.TryGetValue(later ? token[..^1] : token, out var id) ? null : later ? id + "+" : id;
    }

    [GeneratedRegex(@"[()]|[A-Za-z0-9.+\-]+", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
