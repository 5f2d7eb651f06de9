using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class UrlShapeTests
{
    [Theory]
    [InlineData("/a/17/b2?page=3&sort=x", "/a/0/b0?page&sort")]
    [InlineData("/a/4711/b9?sort=y&page=9", "/a/0/b0?page&sort")]
    [InlineData("/", "/")]
    public void The_shape_has_no_numbers_and_no_values(string path, string shape) => Assert.Equal(shape, UrlShape.Of(Url(path)));

    [Fact]
    public void A_long_shape_is_its_digest() => Assert.InRange(UrlShape.Of(Url("/" + new string('x', 1000))).Length, 16, 256);

    [Theory]
    [InlineData("/a/b/c", null)]
    [InlineData("/a/b/a/b", null)]
    [InlineData("/en/docs/en/guide/en", null)]
    [InlineData("/a/b/a/b/a/b", "trap-path")]
    [InlineData("/x/x/x", "trap-path")]
    [InlineData("/a/1/a/2/a/3/a/4", "trap-path")]
    [InlineData("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20", null)]
    [InlineData("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21", "trap-path")]
    [InlineData("/?a=1&a=2&a=3", null)]
    [InlineData("/?a=1&a=2&a=3&A=4", "trap-parameters")]
    [InlineData("/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p", null)]
    [InlineData("/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", "trap-parameters")]
    public void Paths_that_repeat_and_parameters_that_pile_up_are_traps(string path, string? rule) => Assert.Equal(rule, UrlShape.TrapOf(Url(path)));

    [Theory]
    [InlineData("/calendar?year=2026&month=3", true)]
    [InlineData("/events/2026/03/", true)]
    [InlineData("/kalender/2031-12", true)]
    [InlineData("/index.php?date=2026-03-01", true)]
    [InlineData("/calendar?day=7", true)]
    [InlineData("/calendar", false)]
    [InlineData("/2026/03/an-article-about-calendars", false)]
    [InlineData("/news/2026/03/14/title.html", false)]
    [InlineData("/list?from=10", false)]
    [InlineData("/events/concert-in-the-park", false)]
    public void A_calendar_is_no_archive(string path, bool calendar) => Assert.Equal(calendar, UrlShape.IsCalendar(Url(path)));

    private static Uri Url(string path) => new("http://a.example" + path);
}
