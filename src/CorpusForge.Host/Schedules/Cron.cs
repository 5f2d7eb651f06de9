using System.Globalization;
using Cronos;

namespace CorpusForge.Host.Schedules;

/// <summary>When a schedule is due: a cron expression in a time zone.</summary>
/// <remarks>
/// Where clocks go forward, a time that does not exist is due at the first instant after the gap; where they go back, a time that exists twice is
/// due at the first of the two, but intervals such as `*/30 * * * *` go on through both. This is what Hangfire does, too: it has the same parser.
/// </remarks>
internal sealed class Cron
{
    // From a moment back to a century: how far to look for the last time that something was due.
    private static readonly TimeSpan[] s_spans = [.. ((double[])[1.0 / 1440, 1.0 / 24, 1, 32, 366, 5 * 366, 100 * 366]).Select(TimeSpan.FromDays)];

    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    /// <exception cref="PipelineException">One of them is wrong: what, and what was expected.</exception>
    public Cron(string expression, string zone)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        try
        {
            _expression = CronExpression.Parse(expression, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        catch (CronFormatException e)
        {
            throw new PipelineException($"cron '{expression}': {e.Message} Expected: minute hour day month weekday, such as '30 2 * * *', or six fields with the second first");
        }
        try
        {
            _zone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException or System.Security.SecurityException or ArgumentException)
        {
            throw new PipelineException($"time zone '{zone}' is not known; expected a name such as UTC or Europe/Berlin");
        }
    }

    public TimeZoneInfo Zone => _zone;

    /// <summary>The next times after one, in UTC; fewer when it is never due again.</summary>
    public IReadOnlyList<DateTime> Next(DateTime after, int most)
    {
        var times = new List<DateTime>();
        while (times.Count < most && _expression.GetNextOccurrence(times.Count == 0 ? after : times[^1], _zone) is { } next)
            times.Add(next);
        return times;
    }

    /// <summary>The last time after one and not after the other; null when there is none.</summary>
    public DateTime? Last(DateTime after, DateTime until)
    {
        foreach (var span in s_spans)
        {
            var from = until - span > after ? until - span : after;
            if (from < until && _expression.GetOccurrences(from, until, _zone, fromInclusive: false, toInclusive: true).Select(t => (DateTime?)t).LastOrDefault() is { } last)
                return last;
            if (from == after)
                return null;
        }
        return null;
    }

    /// <summary>As the ledger writes times.</summary>
    public static string Iso(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static DateTime Parse(string iso) => DateTime.Parse(iso, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
}
