using CorpusForge.Host.Schedules;
using Xunit;

namespace CorpusForge.Host.Tests.Schedules;

/// <summary>When schedules are due, above all where clocks are changed.</summary>
public sealed class CronTests
{
    static string[] Next(string cron, string zone, string after, int most) => [.. new Cron(cron, zone).Next(Cron.Parse(after), most).Select(Cron.Iso)];

    [Theory]
    [InlineData("30 2 * * *", "UTC", "2026-03-28T02:30:00.000Z", "2026-03-29T02:30:00.000Z")]
    // Berlin skips 02:00 to 03:00 on 29 March 2026: due at the end of the gap.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z")]
    // It repeats that hour on 25 October 2026: due in the first of the two, and once.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z")]
    // Intervals go on through the repeated hour.
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:15:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-25T01:00:00.000Z", "2026-10-25T01:30:00.000Z", "2026-10-25T02:00:00.000Z")]
    // New York skips the same hour on 8 March 2026.
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T12:00:00.000Z", "2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z")]
    [InlineData("0 0 31 * *", "UTC", "2026-01-31T00:00:00.000Z", "2026-03-31T00:00:00.000Z")]
    [InlineData("*/10 * * * * *", "UTC", "2026-01-01T00:00:05.000Z", "2026-01-01T00:00:10.000Z", "2026-01-01T00:00:20.000Z")]
    public void A_schedule_is_due_at(string cron, string zone, string after, params string[] times) => Assert.Equal(times, Next(cron, zone, after, times.Length));

    [Fact]
    public void A_day_that_never_comes_is_never_due() => Assert.Empty(Next("0 0 30 2 *", "UTC", "2026-01-01T00:00:00.000Z", 3));

    [Theory]
    [InlineData("0 3 * * *", "2026-01-01T00:00:00.000Z", "2026-01-01T03:00:00.000Z", "2026-01-01T03:00:00.000Z")]
    [InlineData("0 3 * * *", "2026-01-01T03:00:00.000Z", "2026-01-02T02:59:59.999Z", null)]
    // However many were missed, the last one counts.
    [InlineData("0 3 * * *", "2026-01-01T00:00:00.000Z", "2026-02-15T12:00:00.000Z", "2026-02-15T03:00:00.000Z")]
    [InlineData("* * * * * *", "2020-01-01T00:00:00.000Z", "2026-02-15T12:00:00.500Z", "2026-02-15T12:00:00.000Z")]
    [InlineData("0 0 29 2 *", "2020-01-01T00:00:00.000Z", "2027-06-01T00:00:00.000Z", "2024-02-29T00:00:00.000Z")]
    // A clock that was set back.
    [InlineData("* * * * *", "2026-02-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", null)]
    public void The_last_time_that_was_due_is(string cron, string after, string until, string? last) =>
        Assert.Equal(last, new Cron(cron, "UTC").Last(Cron.Parse(after), Cron.Parse(until)) is { } time ? Cron.Iso(time) : null);

    [Theory]
    [InlineData("30 25 * * *", "UTC", "cron '30 25 * * *'")]
    [InlineData("", "UTC", "Expected: minute hour day month weekday")]
    [InlineData("every day", "UTC", "Expected: minute hour day month weekday")]
    [InlineData("0 0 * * *", "Europe/Atlantis", "time zone 'Europe/Atlantis' is not known")]
    [InlineData("0 0 * * *", "", "time zone '' is not known")]
    [InlineData("0 0 * * *", "../../etc/passwd", "is not known")]
    public void What_is_wrong_is_said(string cron, string zone, string problem) =>
        Assert.Contains(problem, Assert.Throws<PipelineException>(() => new Cron(cron, zone)).Message);
}
