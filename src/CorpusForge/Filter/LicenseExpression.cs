namespace CorpusForge.Filter;

/// <summary>A parsed SPDX licence expression: one licence, or several joined by AND or OR.</summary>
/// <remarks>
/// SPDX 2.3, annex D: WITH binds tighter than AND, AND tighter than OR; operators in upper or lower case; identifiers are compared
/// without case. Expressions of more than <see cref="MaxLength"/> characters are not parsed.
/// </remarks>
public abstract record LicenseExpression
{
    public const int MaxLength = 4096;

    private LicenseExpression()
    {
    }

    /// <summary>One licence. <see cref="OrLater"/> is the suffix `+`.</summary>
    public sealed record License(string Id, bool OrLater, string? Exception) : LicenseExpression
    {
        public override string ToString() => Id + (OrLater ? "+" : "") + (Exception is null ? "" : $" WITH {Exception}");
    }

    /// <summary>Both licences bind.</summary>
    public sealed record And(LicenseExpression Left, LicenseExpression Right) : LicenseExpression
    {
        public override string ToString() => $"{Grouped(Left)} AND {Grouped(Right)}";

        private static string Grouped(LicenseExpression part) => part is Or ? $"({part})" : part.ToString();
    }

    /// <summary>The user of the work chooses.</summary>
    public sealed record Or(LicenseExpression Left, LicenseExpression Right) : LicenseExpression
    {
        public override string ToString() => $"{Left} OR {Right}";
    }

    /// <summary>Whether some choice among the ORs leaves only licences for which <paramref name="holds"/>.</summary>
    public bool Permits(Func<License, bool> holds) => this switch
    {
        License license => holds(license),
        And both => both.Left.Permits(holds) && both.Right.Permits(holds),
        Or either => either.Left.Permits(holds) || either.Right.Permits(holds),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>The expression, or null when the text is none.</summary>
    public static LicenseExpression? Parse(string text)
    {
        if (text.Length > MaxLength)
            return null;
        var tokens = new Queue<string>(text.Replace("(", " ( ").Replace(")", " ) ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return ParseOr(tokens, 0) is { } expression && tokens.Count == 0 ? expression : null;
    }

    private static LicenseExpression? ParseOr(Queue<string> tokens, int depth)
    {
        var left = ParseAnd(tokens, depth);
        while (left is not null && Take(tokens, "OR"))
            left = ParseAnd(tokens, depth) is { } right ? new Or(left, right) : null;
        return left;
    }

    private static LicenseExpression? ParseAnd(Queue<string> tokens, int depth)
    {
        var left = ParseOne(tokens, depth);
        while (left is not null && Take(tokens, "AND"))
            left = ParseOne(tokens, depth) is { } right ? new And(left, right) : null;
        return left;
    }

    private static LicenseExpression? ParseOne(Queue<string> tokens, int depth)
    {
        const int maxDepth = 64;
        if (Take(tokens, "("))
            return depth < maxDepth && ParseOr(tokens, depth + 1) is { } inner && Take(tokens, ")") ? inner : null;
        if (TakeId(tokens, plus: true) is not { } id)
            return null;
        var license = new License(id.TrimEnd('+'), id.EndsWith('+'), null);
        if (!Take(tokens, "WITH"))
            return license;
        return TakeId(tokens, plus: false) is { } exception ? license with { Exception = exception } : null;
    }

    private static bool Take(Queue<string> tokens, string word)
    {
        var found = tokens.TryPeek(out var next) && (next == word || (next.Equals(word, StringComparison.OrdinalIgnoreCase) && next.All(char.IsLower)));
        if (found)
            tokens.Dequeue();
        return found;
    }

    private static string? TakeId(Queue<string> tokens, bool plus)
    {
        if (!tokens.TryPeek(out var id) || IsOperator(id))
            return null;
        var body = plus && id.EndsWith('+') ? id.AsSpan(0, id.Length - 1) : id;
        foreach (var c in body)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or ':'))
                return null;
        return body.IsEmpty ? null : tokens.Dequeue();
    }

    private static bool IsOperator(string word) => word.ToUpperInvariant() is "AND" or "OR" or "WITH";
}
