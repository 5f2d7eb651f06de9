using System.Text;
using System.Text.RegularExpressions;

namespace CorpusForge.Crawl;

/// <summary>What a URL has in common with others that the same program made, and whether it leads into a trap.</summary>
/// <remarks>
/// A trap is a part of a site that makes new URLs for ever. Three are seen from the URL alone: path segments that repeat, parameters that pile up, and
/// calendars. A calendar is a budget and no drop, since archives have dates, too. Whatever else repeats itself is found by its bodies.
/// </remarks>
public static partial class UrlShape
{
    private const int MaxSegments = 20;
    private const int MaxParameters = 16;
    private const int MaxSameSegment = 3;
    private const int MaxSameParameter = 3;

    /// <summary>The URL without what counts: every run of digits is one `0`, and parameters have no values.</summary>
    public static string Of(Uri uri)
    {
        var shape = new StringBuilder(Digits().Replace(uri.AbsolutePath, "0"));
        var separator = '?';
        foreach (var name in Names(uri).Order(StringComparer.Ordinal))
        {
            shape.Append(separator).Append(Digits().Replace(name, "0"));
            separator = '&';
        }
        return shape.Length <= 256 ? shape.ToString() : Digests.Short(shape.ToString());
    }

    /// <summary>The rule that a URL breaks, whatever the site: `trap-path`, `trap-parameters`; null when it breaks none.</summary>
    public static string? TrapOf(Uri uri)
    {
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length > MaxSegments || segments.GroupBy(s => s, StringComparer.Ordinal).Any(g => g.Count() > MaxSameSegment) || Repeats(segments))
            return "trap-path";
        var names = Names(uri).ToList();
        return names.Count > MaxParameters || names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Any(g => g.Count() > MaxSameParameter) ? "trap-parameters" : null;
    }

    /// <summary>Whether the URL names a time and no thing: a month of a calendar, not an article with a date.</summary>
    public static bool IsCalendar(Uri uri)
    {
        if (Names(uri).Count(n => TimeName().IsMatch(n)) is var times && (times > 1 || (times == 1 && (DateValue().IsMatch(uri.Query) || CalendarWord().IsMatch(uri.AbsolutePath)))))
            return true;
        return CalendarWord().IsMatch(uri.AbsolutePath) && DatePath().IsMatch(uri.AbsolutePath);
    }

    // The same two or more segments three times in a row.
    private static bool Repeats(string[] segments)
    {
        for (var length = 1; 3 * length <= segments.Length; length++)
            for (var start = 0; start + (3 * length) <= segments.Length; start++)
                if (segments.AsSpan(start, length).SequenceEqual(segments.AsSpan(start + length, length)) && segments.AsSpan(start, length).SequenceEqual(segments.AsSpan(start + (2 * length), length)))
                    return true;
        return false;
    }

    private static IEnumerable<string> Names(Uri uri) => uri.Query.Length < 2 ? [] : uri.Query[1..].Split('&').Select(p => p.Split('=', 2)[0]);

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [GeneratedRegex("^(?:tribe-bar-)?(?:y|yr|year|m|mo|month|monthly|d|day|date|week|w|start|end|start_?date|end_?date|from|to|cal|calendar|when|after|before|tribe-bar-date|eventdate)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TimeName();

    [GeneratedRegex(@"=(?:1[0-9]|2[0-9])\d\d(?:[-./]?[01]?\d){0,2}(?:&|$)", RegexOptions.CultureInvariant)]
    private static partial Regex DateValue();

    [GeneratedRegex(@"(?:^|[/_.-])(?:calendar|calendars|calendrier|kalender|calendario|events?|agenda|schedule|termine|veranstaltungen|month|week|day|year|cal)(?:$|[/_.-])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CalendarWord();

    [GeneratedRegex(@"[/_-](?:1\d|2\d|3\d|[4-9]\d)\d\d(?:[/_-][01]?\d(?:[/_-][0-3]?\d)?)?/?$", RegexOptions.CultureInvariant)]
    private static partial Regex DatePath();
}
