namespace CorpusForge.Audit;

/// <summary>What a licence lets others do, coarsely; a later member is stricter.</summary>
public enum LicenseGroup
{
    /// <summary>Use for any purpose with attribution at most; the public domain included.</summary>
    Permissive,

    /// <summary>Derivatives must carry the same licence.</summary>
    Copyleft,

    /// <summary>No derivatives may be shared.</summary>
    NoDerivatives,

    /// <summary>No commercial use.</summary>
    NonCommercial,

    /// <summary>No licence is known, or it is not in the table.</summary>
    Unknown,
}

/// <summary>Groups SPDX licence expressions for the report. An overview for people, not legal advice.</summary>
/// <remarks>`A OR B` counts as the freer of the two, `A AND B` as the stricter; what is not an expression is unknown.</remarks>
public static class Licenses
{
    /// <summary>The table, in order: the first prefix of the upper-case identifier that fits decides.</summary>
    public static IReadOnlyList<(string Prefix, LicenseGroup Group)> Table { get; } =
    [
        ("CC-BY-NC", LicenseGroup.NonCommercial), ("POLYFORM-NONCOMMERCIAL", LicenseGroup.NonCommercial),
        ("CC-BY-ND", LicenseGroup.NoDerivatives),
        ("CC-BY-SA", LicenseGroup.Copyleft), ("GPL-", LicenseGroup.Copyleft), ("LGPL-", LicenseGroup.Copyleft), ("AGPL-", LicenseGroup.Copyleft),
        ("GFDL-", LicenseGroup.Copyleft), ("MPL-", LicenseGroup.Copyleft), ("EPL-", LicenseGroup.Copyleft), ("CDDL-", LicenseGroup.Copyleft),
        ("EUPL-", LicenseGroup.Copyleft), ("OSL-", LicenseGroup.Copyleft), ("CECILL-2", LicenseGroup.Copyleft), ("MS-RL", LicenseGroup.Copyleft),
        ("ODBL-", LicenseGroup.Copyleft), ("SSPL-", LicenseGroup.Copyleft), ("CPL-", LicenseGroup.Copyleft), ("CPAL-", LicenseGroup.Copyleft),
        ("CC0-", LicenseGroup.Permissive), ("CC-BY-", LicenseGroup.Permissive), ("CC-PDDC", LicenseGroup.Permissive), ("PDDL-", LicenseGroup.Permissive),
        ("ODC-BY-", LicenseGroup.Permissive), ("MIT", LicenseGroup.Permissive), ("APACHE-", LicenseGroup.Permissive), ("BSD-", LicenseGroup.Permissive),
        ("0BSD", LicenseGroup.Permissive), ("ISC", LicenseGroup.Permissive), ("ZLIB", LicenseGroup.Permissive), ("BSL-1.0", LicenseGroup.Permissive),
        ("UNLICENSE", LicenseGroup.Permissive), ("WTFPL", LicenseGroup.Permissive), ("POSTGRESQL", LicenseGroup.Permissive),
        ("PYTHON-2", LicenseGroup.Permissive), ("PSF-2", LicenseGroup.Permissive), ("NCSA", LicenseGroup.Permissive), ("X11", LicenseGroup.Permissive),
        ("UPL-1", LicenseGroup.Permissive), ("MS-PL", LicenseGroup.Permissive), ("ARTISTIC-2", LicenseGroup.Permissive), ("AFL-", LicenseGroup.Permissive),
        ("UNICODE-", LicenseGroup.Permissive), ("ICU", LicenseGroup.Permissive), ("BLUEOAK-", LicenseGroup.Permissive), ("HPND", LicenseGroup.Permissive),
        ("LIBPNG", LicenseGroup.Permissive), ("CURL", LicenseGroup.Permissive), ("FTL", LicenseGroup.Permissive), ("W3C", LicenseGroup.Permissive),
    ];

    public static LicenseGroup GroupOf(string? expression)
    {
        if (string.IsNullOrWhiteSpace(expression) || expression.Length > 1000)
            return LicenseGroup.Unknown;
        var words = new Queue<string>(expression.Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal)
            .ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var group = Any(words, 0);
        return words.Count == 0 ? group : LicenseGroup.Unknown;
    }

    public static string NameOf(LicenseGroup group) => group switch
    {
        LicenseGroup.Permissive => "permissive",
        LicenseGroup.Copyleft => "copyleft",
        LicenseGroup.NoDerivatives => "no-derivatives",
        LicenseGroup.NonCommercial => "non-commercial",
        _ => "unknown",
    };

    private static LicenseGroup Any(Queue<string> words, int depth)
    {
        var group = All(words, depth);
        while (words.TryPeek(out var word) && word == "OR")
        {
            words.Dequeue();
            group = (LicenseGroup)Math.Min((int)group, (int)All(words, depth));
        }
        return group;
    }

    private static LicenseGroup All(Queue<string> words, int depth)
    {
        var group = One(words, depth);
        while (words.TryPeek(out var word) && word == "AND")
        {
            words.Dequeue();
            group = (LicenseGroup)Math.Max((int)group, (int)One(words, depth));
        }
        return group;
    }

    private static LicenseGroup One(Queue<string> words, int depth)
    {
        if (depth > 32 || !words.TryDequeue(out var word))
            return LicenseGroup.Unknown;
        if (word == "(")
        {
            var inner = Any(words, depth + 1);
            return words.TryDequeue(out var close) && close == ")" ? inner : LicenseGroup.Unknown;
        }
        // An exception only ever adds permission.
        if (words.TryPeek(out var with) && with == "WITH")
        {
            words.Dequeue();
            words.TryDequeue(out _);
        }
        foreach (var (prefix, group) in Table)
        {
            if (word.StartsWith(prefix, StringComparison.Ordinal))
                return group;
        }
        return LicenseGroup.Unknown;
    }
}
