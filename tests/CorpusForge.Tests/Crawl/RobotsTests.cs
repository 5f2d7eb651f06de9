using System.Text;
using CorpusForge.Crawl;
using Xunit;

namespace CorpusForge.Tests.Crawl;

public class RobotsTests
{
    public static TheoryData<string, string, bool> Rules => new()
    {
        // Nothing to obey.
        { "", "/a", true },
        { "User-agent: *\nDisallow:", "/a", true },
        { "Disallow: /", "/a", true },
        { "User-agent: other\nDisallow: /", "/a", true },
        { "<html>not found</html>", "/a", true },
        // Groups.
        { "User-agent: *\nDisallow: /", "/a", false },
        { "User-agent: CorpusForge\nDisallow: /", "/a", false },
        { "user-AGENT : corpusforge/2.0\ndisALLOW : /", "/a", false },
        { "User-agent: CorpusForgeX\nDisallow: /", "/a", true },
        { "User-agent: Corpus\nDisallow: /", "/a", true },
        { "User-agent: CorpusForge\nAllow: /\nUser-agent: *\nDisallow: /", "/a", true },
        { "User-agent: *\nDisallow: /\nUser-agent: CorpusForge\nDisallow:", "/a", true },
        { "User-agent: CorpusForge\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: CorpusForge\nDisallow: /b", "/b", false },
        { "User-agent: CorpusForge\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: CorpusForge\nDisallow: /b", "/c", true },
        { "User-agent: x\nUser-agent: CorpusForge\nDisallow: /a", "/a", false },
        { "User-agent: CorpusForge\nSitemap: https://a.example/s.xml\nUser-agent: x\nDisallow: /a", "/a", false },
        { "User-agent: CorpusForge\n\n\nDisallow: /a", "/a", false },
        { "User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/b", false },
        // Longest match; allow wins ties; order is nothing.
        { "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true },
        { "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", true },
        { "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", false },
        { "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true },
        { "User-agent: *\nAllow: /a\nDisallow: /a/*.html", "/a/x.html", false },
        { "User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", false },
        { "User-agent: *\nAllow: /$\nDisallow: /", "/", true },
        { "User-agent: *\nAllow: /$\nDisallow: /", "/page.htm", false },
        // Prefixes, case, wildcards, anchors.
        { "User-agent: *\nDisallow: /fish", "/fish.html", false },
        { "User-agent: *\nDisallow: /fish", "/Fish", true },
        { "User-agent: *\nDisallow: /fish/", "/fish", true },
        { "User-agent: *\nDisallow: fish", "/fish", true },
        { "User-agent: *\nDisallow: /*.php", "/a/index.php?x=1", false },
        { "User-agent: *\nDisallow: /*.php$", "/a/index.php?x=1", true },
        { "User-agent: *\nDisallow: /*.php$", "/a.php/b.php", false },
        { "User-agent: *\nDisallow: /a*b*c", "/aXbXbYc/d", false },
        { "User-agent: *\nDisallow: /a*b*c$", "/abc/d", true },
        { "User-agent: *\nDisallow: *", "/a", false },
        { "User-agent: *\nDisallow: /**//***", "/x/y//z", false },
        { "User-agent: *\nDisallow: /a$b", "/a$b", false },
        { "User-agent: *\nDisallow: /?", "/?q=1", false },
        { "User-agent: *\nDisallow: /?", "/q?1", true },
        // Percent-encoding.
        { "User-agent: *\nDisallow: /foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar", false },
        { "User-agent: *\nDisallow: /ツ", "/%E3%83%84", false },
        { "User-agent: *\nDisallow: /%e3%83%84", "/%E3%83%84", false },
        { "User-agent: *\nDisallow: /%62%61%7A", "/baz", false },
        { "User-agent: *\nDisallow: /baz", "/%62%61%7a", false },
        { "User-agent: *\nDisallow: /a%2Fb", "/a/b", true },
        { "User-agent: *\nDisallow: /a%2fb", "/a%2Fb", false },
        { "User-agent: *\nDisallow: /100%", "/100%", false },
        { "User-agent: *\nDisallow: /a%6x%x6", "/a%6x%x6b", false },
        // The file itself, comments, ends of line, byte order mark, NUL.
        { "User-agent: *\nDisallow: /", "/robots.txt", true },
        { "User-agent: * # all\nDisallow: /a # private", "/a", false },
        { "#Disallow: /\nUser-agent: *\n#Disallow: /", "/a", true },
        { "User-agent: *\r\nDisallow: /a\r\n", "/a", false },
        { "User-agent: *\rDisallow: /a\r", "/a", false },
        { "\uFEFFUser-agent: *\nDisallow: /a", "/a", false },
        { "\0\0\nUser-agent: *\nDisallow: /a\n\0", "/a", false },
        // What Google's matcher forgives.
        { "User-agent: *\nDisallow /a", "/a", false },
        { "User-agent *\nDisallow\t /a", "/a", false },
        { "User-agent: *\nDisallow /a b", "/a", true },
        { "Useragent: *\nDissallow: /a", "/a", false },
        { "User agent: *\ndisalow: /a", "/a", false },
        { "User-agent: *\ndiasllow: /a\ndisallaw: /b\ndissalow: /c", "/b", false },
        { "User-agent: *\nAllow: /a/index.html\nDisallow: /", "/a/", true },
        { "User-agent: *\nAllow: /a/index.html\nDisallow: /", "/a/index.html", true },
        { "User-agent: *\nAllow: /a/index.htm\nDisallow: /", "/a/index.html", true },
        { "User-agent: *\nAllow: /a/index.html\nDisallow: /", "/a/b", false },
        { "User-agent: *\nDisallow: /a/index.html", "/a/", true },
        { "User-agent: * baz\nDisallow: /a", "/a", false },
        { "User-agent: *baz\nDisallow: /a", "/a", true },
        { "User-agent: CorpusForge other\nDisallow: /a", "/a", false },
        { "User-agent: CorpusForge/1.0 (+x)\nDisallow: /a", "/a", false },
        { "User-agent: CorpusForge-Image\nDisallow: /a", "/a", true },
        { "User-agent: CORPUSFORGE\nDisallow: /a", "/a", false },
        { "User-agent:\nDisallow: /a", "/a", true },
        // A group ends with the first agent behind a rule, an empty one included, and with nothing else.
        { "User-agent: CorpusForge\nDisallow:\nUser-agent: x\nDisallow: /", "/a", true },
        { "User-agent: CorpusForge\nCrawl-delay: 1\nUser-agent: x\nDisallow: /", "/a", false },
        { "User-agent: CorpusForge\nNo-such-thing: 1\nUser-agent: x\nDisallow: /", "/a", false },
        { "User-agent: CorpusForge\nContent-Usage: train-ai=n\nDisallow: /a", "/a", false },
        { "User-agent: x\nDisallow: /\nUser-agent: *\nUser-agent: CorpusForge\nAllow: /", "/a", true },
        { "User-agent: *\nDisallow: /a\nUser-agent: CorpusForge", "/a", true },
        // The examples of RFC 9309, section 2.2.2 and 5.
        { "User-agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/", "/x.gif", false },
        { "User-agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/", "/publications/x.gif", true },
        { "User-agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/", "/example/x", false },
        { "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false },
        { "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/", true },
        { "User-agent: *\nDisallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false },
        { "User-agent: *\nDisallow: /foo/bar/%E3%83%84", "/foo/bar/%e3%83%84", false },
        { "User-agent: *\nDisallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html", true },
        { "User-agent: *\nDisallow: /path/foo-%24", "/path/foo-%24", false },
        // The lengths of Google's documentation.
        { "User-agent: *\nAllow: /p\nDisallow: /", "/page", true },
        { "User-agent: *\nAllow: /folder\nDisallow: /folder", "/folder/page", true },
        { "User-agent: *\nAllow: /page\nDisallow: /*.ph", "/page.php5", true },
        { "User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", false },
        { "User-agent: *\nDisallow: /fish*", "/fishheads/yummy.html", false },
        { "User-agent: *\nDisallow: /fish*", "/catfish?id=fish", true },
        { "User-agent: *\nDisallow: /fish/", "/fish/?id=anything", false },
        { "User-agent: *\nDisallow: /*.php$", "/filename.php/", true },
        { "User-agent: *\nDisallow: /*.php$", "/windows.PHP", true },
        { "User-agent: *\nDisallow: /fish*.php", "/fishheads/catfish.php?parameters", false },
        { "User-agent: *\nDisallow: /$", "/", false },
        { "User-agent: *\nDisallow: /$", "/?q", true },
        { "User-agent: *\nDisallow: /**", "/a", false },
        { "User-agent: *\nDisallow: $", "/a", true },
        { "User-agent: *\nDisallow: /a$$", "/a$", false },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Rules_are_applied(string robots, string path, bool allowed) =>
        Assert.Equal(allowed, Robots.Parse(Encoding.UTF8.GetBytes(robots), "CorpusForge").Allows(path));

    [Theory]
    [InlineData("User-agent: *\nCrawl-delay: 2.5", 2.5)]
    [InlineData("User-agent: *\nCrawl-delay: 2\nUser-agent: CorpusForge\nCrawl-delay: 7", 7.0)]
    [InlineData("User-agent: *\nCrawl-delay: 2\nUser-agent: CorpusForge\nDisallow: /x", null)]
    [InlineData("User-agent: *\nCrawl-delay: -1", null)]
    [InlineData("User-agent: *\nCrawl-delay: soon", null)]
    [InlineData("User-agent: *\nCrawl-delay: NaN", null)]
    public void Crawl_delay_is_read(string robots, double? delay) =>
        Assert.Equal(delay, Robots.Parse(Encoding.UTF8.GetBytes(robots), "CorpusForge").CrawlDelay);

    [Fact]
    public void Rules_up_to_500_kibibytes_count_and_a_line_cut_there_does_not()
    {
        var filler = string.Concat(Enumerable.Repeat("# filler\n", 56_000));
        Assert.InRange(filler.Length, 490 << 10, 500 << 10);
        Assert.False(Robots.Parse(Encoding.UTF8.GetBytes("User-agent: *\n" + filler + "Disallow: /a\n"), "CorpusForge").Allows("/a"));

        var edge = "User-agent: *\n" + new string('#', Robots.MaxBytes - 30) + "\nDisallow: /public/but-longer-than-that";
        Assert.True(Robots.Parse(Encoding.UTF8.GetBytes(edge), "CorpusForge").Allows("/public/x"));
    }

    [Fact]
    public void A_hostile_pattern_costs_no_more_than_its_length_times_the_path()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 1000)) + "b";
        Assert.True(Robots.Parse(Encoding.UTF8.GetBytes($"User-agent: *\nDisallow: /{pattern}"), "CorpusForge").Allows("/" + new string('a', 2000)));
    }

    [Theory]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF }, false)]
    [InlineData(new byte[] { 0xEF, 0xBB }, false)]
    [InlineData(new byte[] { 0xEF }, false)]
    [InlineData(new byte[] { 0xEF, 0x11, 0xBF }, true)]
    public void A_byte_order_mark_is_read_past_also_a_cut_one(byte[] mark, bool allowed) =>
        Assert.Equal(allowed, Robots.Parse([.. mark, .. "User-agent: CorpusForge\nDisallow: /"u8], "CorpusForge").Allows("/a"));

    [Fact]
    public void The_line_that_decided_is_named()
    {
        var robots = Robots.Parse("# c\r\nUser-agent: *\r\n\r\nDisallow: /a  # why\r\nAllow: /a/b"u8, "CorpusForge");
        Assert.Equal(new RobotsRule(false, "Disallow: /a", 4), robots.Decide("/a/x"));
        Assert.Equal(new RobotsRule(true, "Allow: /a/b", 5), robots.Decide("/a/b"));
        Assert.Null(robots.Decide("/c"));
        Assert.Equal("*", robots.Group);
    }

    [Theory]
    [InlineData("Sitemap: https://a.example/s.xml", "https://a.example/s.xml")]
    [InlineData("User-agent: x\nDisallow: /\nSITEMAP:/s.xml # c\nsite-map: /t.xml", "/s.xml /t.xml")]
    [InlineData("Sitemap: /s.xml\nSitemap: /s.xml", "/s.xml")]
    public void Sitemaps_belong_to_no_group(string robots, string sitemaps) =>
        Assert.Equal(sitemaps, string.Join(' ', Robots.Sitemaps(Encoding.UTF8.GetBytes(robots))));

    [Theory]
    [InlineData("User-agent: *\nContent-Usage: train-ai=n", "/a", "train-ai=n")]
    [InlineData("User-agent: *\nContent-Usage: /a train-ai=n\nContent-Usage: /a/b train-ai=y", "/a/b/c", "train-ai=y")]
    [InlineData("User-agent: *\nContent-Usage: /a train-ai=n", "/b", null)]
    [InlineData("User-agent: other\nContent-Usage: train-ai=n", "/a", null)]
    public void The_usage_preference_of_the_longest_path_counts(string robots, string path, string? usage) =>
        Assert.Equal(usage, Robots.Parse(Encoding.UTF8.GetBytes(robots), "CorpusForge").Usage(path)?.Text);

    [Fact]
    public void Missing_allows_and_unreachable_disallows()
    {
        Assert.True(Robots.AllowAll.Allows("/a"));
        Assert.False(Robots.DisallowAll.Allows("/a"));
        Assert.True(Robots.DisallowAll.Allows("/robots.txt"));
    }
}
