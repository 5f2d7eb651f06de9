using System.Globalization;
using System.Text.RegularExpressions;

namespace CorpusForge.Clean;

/// <summary>Brings the dates that pages state into the form of ISO 8601.</summary>
internal static partial class PageDate
{
    private static readonly string[] s_forms =
    [
        "yyyy-M-d", "yyyy/M/d", "yyyy.M.d", "yyyyMMdd", "yyyy-MM", "yyyy年M月d日", "yyyy년 M월 d일", "d.M.yyyy", "d. M. yyyy",
        "MMMM d, yyyy", "MMM d, yyyy", "MMMM d yyyy", "MMM d yyyy", "d MMMM yyyy", "d MMM yyyy", "d. MMMM yyyy", "d. MMM yyyy", "d MMMM, yyyy", "d MMM, yyyy",
        "d 'de' MMMM 'de' yyyy", "dddd, MMMM d, yyyy", "dddd, d MMMM yyyy", "ddd, d MMM yyyy", "dddd, d. MMMM yyyy", "dddd d MMMM yyyy",
    ];

    [GeneratedRegex(@"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?", RegexOptions.CultureInvariant)]
    private static partial Regex Iso();

    [GeneratedRegex(@"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?:/|-|$)", RegexOptions.CultureInvariant)]
    private static partial Regex InPath();

    /// <summary>The date as `yyyy-MM-dd`, with a time where there is one; as it was when it cannot be told.</summary>
    /// <param name="text">As the page has it.</param>
    /// <param name="language">Of the page, for the names of months.</param>
    public static string Normal(string text, string? language)
    {
        text = text.Trim();
        if (Iso().Match(text) is { Success: true } iso && IsDay(iso.Groups[1].Value))
            return iso.Groups[2].Success ? $"{iso.Groups[1].Value}T{Seconds(iso.Groups[2].Value)}{Zone(iso.Groups[3].Value)}" : iso.Groups[1].Value;
        if (DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var http))
            return http.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        foreach (var culture in (CultureInfo[])[CultureInfo.InvariantCulture, Culture(language)])
            if (DateTime.TryParseExact(text, s_forms, culture, DateTimeStyles.AllowWhiteSpaces, out var day) && day.Year is > 1900 and < 2200)
                return day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return text;
    }

    /// <summary>The day that an address has in its path, as blogs and newspapers write them.</summary>
    public static string? OfUrl(Uri? url) =>
        url is { IsAbsoluteUri: true } && InPath().Match(url.AbsolutePath) is { Success: true } found
        && $"{found.Groups[1].Value}-{found.Groups[2].Value.PadLeft(2, '0')}-{found.Groups[3].Value.PadLeft(2, '0')}" is var day && IsDay(day)
            ? day : null;

    private static bool IsDay(string day) => DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static string Seconds(string time) => time.Length == 5 ? time + ":00" : time;

    private static string Zone(string zone) => zone.Length == 5 ? $"{zone[..3]}:{zone[3..]}" : zone;

    private static CultureInfo Culture(string? language)
    {
        try
        {
            var culture = string.IsNullOrWhiteSpace(language) ? CultureInfo.InvariantCulture : CultureInfo.GetCultureInfo(language.Trim().Replace('_', '-'), predefinedOnly: true);
            // Calendars that count other years would misread the common era.
            return culture.Calendar is GregorianCalendar ? culture : CultureInfo.InvariantCulture;
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.InvariantCulture;
        }
    }
}
