using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CorpusForge.Filter;

/// <summary>The line edit of RefinedWeb and DCLM: removes lines of menus, counters and shouting, and drops a document that lost too many words by it.</summary>
/// <remarks>
/// Penedo et al. 2023, arXiv:2306.01116, appendix G.2, with DCLM's limits (Li et al. 2024, arXiv:2406.11794). Words are divided by white space. The share of words that went is kept
/// in the metadata as `removed-words`, where there are any.
/// </remarks>
public sealed partial record DclmLines : ITransform, IFilter
{
    private const string Removed = "removed-words";

    public Kinds For => Kinds.Text;

    /// <summary>Of the characters of a line, capitals.</summary>
    public double MaxUpperShare { get; init; } = 0.5;

    /// <summary>Of the characters of a line, digits.</summary>
    public double MaxDigitShare { get; init; } = 0.999999;

    public int MinWordsPerLine { get; init; } = 2;

    /// <summary>Longer lines are not looked at for phrases of menus.</summary>
    public int MaxMenuWords { get; init; } = 10;

    /// <summary>Of the words of the document, those in lines that were removed.</summary>
    public double MaxRemovedShare { get; init; } = 0.05;

    public Document Apply(Document document, Changes changes)
    {
        var (kept, words, removed) = (new StringBuilder(document.Text.Length), 0, 0);
        var rest = document.Text.AsSpan();
        for (var last = false; !last;)
        {
            var end = rest.IndexOf('\n');
            last = end < 0;
            var line = last ? rest : rest[..end];
            rest = last ? [] : rest[(end + 1)..];
            var content = line.Trim();
            var count = CountWords(content);
            words += count;
            if (content.IsEmpty || RuleOf(content, count) is not { } rule)
            {
                kept.Append(line).Append('\n');
                continue;
            }
            removed += count;
            changes.Count(rule);
        }
        if (removed == 0)
            return document;
        var share = Math.Round((double)removed / words, 6);
        return document with
        {
            Text = kept.ToString().Trim('\n'),
            Metadata = document.Metadata.SetItem(Removed, share.ToString(CultureInfo.InvariantCulture)),
        };
    }

    public Verdict Judge(TextView text)
    {
        var share = text.Document.Metadata.TryGetValue(Removed, out var removed) ? double.Parse(removed, CultureInfo.InvariantCulture) : 0;
        return text.Verdict.AtMost("too-many-words-removed", share, MaxRemovedShare);
    }

    private string? RuleOf(ReadOnlySpan<char> line, int words)
    {
        var (upper, digits) = (0, 0);
        foreach (var c in line)
        {
            upper += char.IsUpper(c) ? 1 : 0;
            digits += char.IsDigit(c) ? 1 : 0;
        }
        if ((double)upper / line.Length > MaxUpperShare)
            return "capitals";
        if ((double)digits / line.Length > MaxDigitShare)
            return "digits";
        if (words <= MaxMenuWords && Counter().IsMatch(line))
            return "counter";
        if (words < MinWordsPerLine)
            return "few-words";
        return words <= MaxMenuWords && IsMenu(line) ? "menu" : null;
    }

    private static bool IsMenu(ReadOnlySpan<char> line) =>
        line.StartsWith("sign-in", StringComparison.OrdinalIgnoreCase)
        || line.EndsWith("read more...", StringComparison.OrdinalIgnoreCase)
        || line.Contains("items in cart", StringComparison.OrdinalIgnoreCase);

    private static int CountWords(ReadOnlySpan<char> line)
    {
        var (count, inside) = (0, false);
        foreach (var c in line)
        {
            var space = char.IsWhiteSpace(c);
            count += !space && !inside ? 1 : 0;
            inside = !space;
        }
        return count;
    }

    // `3 likes`, `1.2K shares`: a number and what social networks count.
    [GeneratedRegex(
        @"^\W*[0-9][0-9.,]*\s?[kmb]?\s+(?:likes?|shares?|comments?|retweets?|reposts?|quotes?|bookmarks?|upvotes?|downvotes?|downloads?|views?|followers?)\W*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Counter();
}
