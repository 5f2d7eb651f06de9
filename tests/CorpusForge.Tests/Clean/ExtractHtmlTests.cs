using System.Text;
using CorpusForge.Clean;
using CorpusForge.Settings;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class ExtractHtmlTests
{
    const string Prose = "The river had risen in the night, and by the morning the lower meadow was under water. Nobody in the village remembered a flood so early in the year, and the miller said so twice.";

    static Extraction Extract(string html, ExtractHtml? step = null, string? url = "https://example.org/a/page.html") =>
        (step ?? new ExtractHtml()).Extract(Raw(Encoding.UTF8.GetBytes(html), url));

    static RawDocument Raw(byte[] bytes, string? url = "https://example.org/a/page.html", string? charset = null) => new()
    {
        Source = "web",
        Locator = "pages.warc@0",
        Url = url,
        Bytes = bytes,
        MediaType = "text/html",
        Charset = charset,
    };

    static string Text(string html, ExtractHtml? step = null) => Extract(html, step).Document!.Text;

    static string Page(string body) => $"<!doctype html><html lang=en><head><title>A page</title></head><body>{body}</body></html>";

    static string Repeat(Func<int, string> piece, int times) => string.Concat(Enumerable.Range(0, times).Select(piece));

    public static TheoryData<string, string> Layouts => new()
    {
        { "<h1>Head</h1><p>One  two\n three</p><p>Four</p>", "Head\n\nOne two three\n\nFour" },
        { "<p>Items:</p><ul><li>One</li><li><p>Two</p></li></ul><p>End</p>", "Items:\n\n- One\n- Two\n\nEnd" },
        { "<p>Nested</p><ul><li>One<ul><li>Inner</li></ul></li><li>Two</li></ul>", "Nested\n\n- One\n- Inner\n- Two" },
        { "<table><tr><th>Name</th><th>Age</th></tr><tr><td>Ann</td><td>7</td></tr></table>", "Name | Age\nAnn | 7" },
        { "<p>Run:</p><pre>if x:\n    y()\n\nz()</pre><p>Done</p>", "Run:\n\nif x:\n    y()\n\nz()\n\nDone" },
        { "<p>Run:</p><pre>x\ry\r\nz</pre><p>Done\rhere</p>", "Run:\n\nx\ny\nz\n\nDone here" },
        { "<blockquote>First line<br>second line</blockquote>", "First line\nsecond line" },
        { "<dl><dt>Term</dt><dd>Meaning</dd></dl>", "Term\nMeaning" },
        { "<p>An <b>inline</b><i>word</i> and a <a href=x>link</a>.</p>", "An inlineword and a link." },
        { "<p>x &lt;b&gt; &amp; y</p><script>var a = 1;</script><style>p {}</style>", "x <b> & y" },
        { "<p>Seen on the page</p><p hidden>Not so</p><p style='display: none'>Nor this</p><noscript>Nor that</noscript>", "Seen on the page" },
    };

    [Theory, MemberData(nameof(Layouts))]
    public void Keeps_the_structure_of_lines(string body, string expected) => Assert.Equal(expected, Text(Page(body)));

    [Fact]
    public void Cuts_navigation_sidebar_footer_and_comments_from_an_article()
    {
        var text = Text(Page($"""
            <header><a href=/>Home of the site</a></header>
            <nav><ul><li><a href=/1>First section</a><li><a href=/2>Second section</a></ul></nav>
            <div class="layout has-sidebar">
              <article><h1>The flood</h1><p>{Prose}</p><p>{Prose}</p><p>{Prose}</p></article>
              <div class="sidebar-right"><p>Read this other story about a different thing.</p></div>
              <div id="comments"><p>What a story, I liked it a lot.</p></div>
            </div>
            <footer>All rights reserved</footer>
            """));
        // The heading of the whole page is its title and may go.
        Assert.Equal($"{Prose}\n\n{Prose}\n\n{Prose}", text.Replace("The flood\n\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public void The_heading_that_says_an_articles_title_is_left_to_the_title()
    {
        var sections = Repeat(i => $"<h2>The night of day {i}</h2><p>On day {i} the mill stood in {i + 3} feet of water. {Prose}</p><p>Nobody of the {i + 20} families slept. {Prose}</p>", 6);
        var document = Extract($"""
            <html><head><title>The flood of the year</title></head><body>
            <header class=site-header><nav class=main-menu><ul><li><a href=/>Home</a><li><a href=/all>All stories</a><li><a href=/about>About us</a></ul></nav></header>
            <main><article class=post><header class=entry-header><h1 class=entry-title>The flood of the year</h1><div class=entry-meta>By <a href=/ann>Ann Lee</a> on 3 May 2020</div></header>
            <div class=entry-content>{sections}</div></article></main>
            <footer class=site-footer><p>All rights reserved</p></footer></body></html>
            """).Document!;
        Assert.Equal("The flood of the year", document.Title);
        Assert.StartsWith("The night of day 0\n\nOn day 0 the mill stood", document.Text, StringComparison.Ordinal);
        Assert.EndsWith(Prose, document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Replies_are_the_content_of_a_forum()
    {
        var page = Page($"<div class=comments><div class=comment><p>{Prose}</p></div><div class=comment><p>I agree.</p></div></div><p>The question is short but it is one.</p>");
        Assert.Contains("I agree.", Extract(page, url: "https://example.org/forum/t/7").Document!.Text);
    }

    [Fact]
    public void A_page_whose_wrapper_is_named_like_a_sidebar_is_not_lost() =>
        Assert.Contains(Prose, Text(Page($"<div class='sidebar'><p>{Prose}</p></div>")));

    [Fact]
    public void A_word_that_most_of_the_page_calls_itself_by_is_no_region() =>
        Assert.Equal(8, Text(Page(Repeat(_ => $"<div class='builder-widget'><p>{Prose}</p></div>", 8))).Split("\n\n").Length);

    [Theory, InlineData("<body><div hidden>{0}</div>"), InlineData("<body style='visibility:hidden'>{0}"), InlineData("<body><noscript>{0}</noscript>")]
    public void A_page_that_scripts_would_show_is_read(string page) =>
        Assert.Equal($"{Prose}\n\n{Prose}", Text(page.Replace("{0}", $"<p>{Prose}</p><p>{Prose}</p>", StringComparison.Ordinal)));

    [Fact]
    public void A_page_that_only_asks_for_scripts_has_no_text()
    {
        Assert.Equal("no-text", Extract(Page("<noscript>Please enable JavaScript to run this app.</noscript><div id=root></div>")).Verdict.Rule);
        Assert.Contains("It rained", Text(Page("<noscript>Please enable JavaScript.</noscript><p>It rained.</p>")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_of_links_keeps_its_links() =>
        Assert.Contains("Red kettle", Text(Page("<main><h1>Kettles</h1><ul><li><a href=1>Red kettle</a><li><a href=2>Blue kettle</a></ul></main>")));

    [Fact]
    public void Precision_keeps_no_more_and_recall_no_less_than_balanced()
    {
        var page = Page($"<div><div>{Repeat(_ => $"<p>{Prose}</p>", 5)}</div><div class=widget><p>{Prose}</p></div><p>{Prose}</p></div>");
        int Length(ExtractionMode mode) => Text(page, new ExtractHtml { Mode = mode }).Length;
        Assert.True(Length(ExtractionMode.Precision) <= Length(ExtractionMode.Balanced));
        Assert.True(Length(ExtractionMode.Balanced) <= Length(ExtractionMode.Recall));
    }

    [Fact]
    public void On_pages_of_many_blocks_each_mode_keeps_what_the_stricter_one_keeps()
    {
        var lengths = new HashSet<int>();
        for (var seed = 1UL; seed <= 12; seed++)
        {
            // Without the names of its boxes little about a page is sure.
            var html = Content.MarkedPages.Page(seed).Html.Replace("class=", "data-box=", StringComparison.Ordinal).Replace("<p>", seed % 2 == 0 ? "<p>" : "<div>", StringComparison.Ordinal).Replace("</p>", seed % 2 == 0 ? "</p>" : "</div>", StringComparison.Ordinal);
            var kept = Array.ConvertAll((ExtractionMode[])[ExtractionMode.Precision, ExtractionMode.Balanced, ExtractionMode.Recall], mode => Text(html, new ExtractHtml { Mode = mode }).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Subset(kept[1].ToHashSet(), kept[0].ToHashSet());
            Assert.Subset(kept[2].ToHashSet(), kept[1].ToHashSet());
            lengths.Add(kept[2].Length - kept[0].Length);
        }
        Assert.True(lengths.Max() > 0, "the modes differ somewhere");
    }

    [Fact]
    public void Comments_are_kept_with_an_article_only_where_asked()
    {
        var page = Page($"<article><h1>The flood</h1>{Repeat(_ => $"<p>{Prose}</p>", 8)}</article><section id=comments><h3>Two comments</h3><div class=comment><p>What a story, I liked it a lot.</p></div><div class=comment><p>I was there myself.</p></div></section><footer>All rights reserved</footer>");
        Assert.DoesNotContain("I was there", Text(page), StringComparison.Ordinal);
        var text = Text(page, new ExtractHtml { Comments = true });
        Assert.Contains("I liked it a lot.", text, StringComparison.Ordinal);
        Assert.Contains("I was there myself.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("All rights", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_title_language_author_and_date()
    {
        var document = Extract($"<html lang=de-AT><head><title> A \n title </title><meta name=author content='Ann Lee'><meta property=article:published_time content=2020-02-03></head><body><p>{Prose}</p></body></html>").Document!;
        Assert.Equal("A title", document.Title);
        Assert.Equal("de-AT", document.Metadata["html-lang"]);
        Assert.Equal("Ann Lee", document.Metadata["author"]);
        Assert.Equal("2020-02-03", document.Metadata["date"]);
        var marked = Extract($"<html lang=fr><head><title>La crue | Le Journal</title><meta property=og:site_name content='Le Journal'></head><body><article><a rel=author href=/x>Jeanne Dupont</a><time datetime='3 février 2020'>lundi</time><p>{Prose}</p></article></body></html>").Document!;
        Assert.Equal(("La crue", "Le Journal", "Jeanne Dupont", "2020-02-03"), (marked.Title, marked.Metadata["site-name"], marked.Metadata["author"], marked.Metadata["date"]));
        Assert.False(document.Metadata.ContainsKey("charset"));
    }

    public static TheoryData<string, string?, string?> Licenses => new()
    {
        { "<a rel='license noopener' href='https://creativecommons.org/licenses/by-sa/4.0/'>x</a>", "CC-BY-SA-4.0", "html:rel-license" },
        { "<link rel=license href='http://creativecommons.org/licenses/by-nc-nd/3.0/us/'>", "CC-BY-NC-ND-3.0", "html:rel-license" },
        { "<a rel=license href='https://opensource.org/licenses/MIT'>x</a>", "MIT", "html:rel-license" },
        { "<a href='//creativecommons.org/publicdomain/zero/1.0/'>x</a>", "CC0-1.0", "html:creative-commons-link" },
        { "<script type='application/ld+json'>{\"@type\":\"Article\",\"license\":\"https://creativecommons.org/licenses/by/4.0/\"}</script>", "CC-BY-4.0", "html:json-ld" },
        { "<figure><img src=a alt=b><a href='https://creativecommons.org/licenses/by/2.0/'>photo</a></figure>", null, null },
        { "<a href='https://creativecommons.org/licenses/by/4.0/'>a</a><a href='https://creativecommons.org/licenses/by-nc/4.0/'>b</a>", null, null },
        { "<a href='https://example.org/creativecommons.org/licenses/by/4.0/'>a</a>", null, null },
        { "<a rel=license href='https://example.org/terms'>a</a>", null, null },
        { "<script type='application/ld+json'>{broken</script>", null, null },
    };

    [Theory, MemberData(nameof(Licenses))]
    public void Reads_the_declared_licence(string declaration, string? license, string? evidence)
    {
        var document = Extract(Page($"<p>{Prose}</p>{declaration}")).Document!;
        Assert.Equal((license, evidence), (document.License, document.LicenseEvidence));
    }

    [Fact]
    public void Robots_rules_of_the_page_join_the_consent_of_the_source()
    {
        var raw = Raw(Encoding.UTF8.GetBytes($"<head><meta name=robots content='noai, noimageai'><meta name=tdm-reservation content=1></head><p>{Prose}</p>"));
        Assert.Equal("""{"meta-robots":"noai, noimageai","meta-tdm-reservation":"1"}""", new ExtractHtml().Extract(raw).Document!.Consent);
        Assert.Equal(
            """{"x-robots-tag":"none","meta-robots":"noai, noimageai","meta-tdm-reservation":"1"}""",
            new ExtractHtml().Extract(raw with { Consent = """{"x-robots-tag":"none"}""" }).Document!.Consent);
    }

    [Fact]
    public void Figures_are_created_only_when_asked_for()
    {
        var page = Page($"""
            <nav><img src=/logo.png alt=Logo></nav>
            <article><p>{Prose}</p><p>{Prose}</p>
            <figure><img src="../i/one.jpg" alt="An alternative text"><figcaption>The <b>mill</b> in flood</figcaption></figure>
            <img data-src="//cdn.example.org/two.png" src="data:image/gif;base64,AA" alt="Two boats">
            <img src=pixel.gif alt=pixel width=1 height=1><img src=none.jpg alt=""><img src=none2.jpg></article>
            """);
        Assert.Empty(Extract(page).Created);
        var created = Extract(page, new ExtractHtml { Figures = true }).Created;
        Assert.Equal(
            [("https://example.org/i/one.jpg", "The mill in flood", "pages.warc@0#figure-1"), ("https://cdn.example.org/two.png", "Two boats", "pages.warc@0#figure-2")],
            created.Select(f => (f.Url, f.Caption, f.Locator)));
        Assert.All(created, f => Assert.Equal((Kind.Caption, "https://example.org/a/page.html"), (f.Kind, f.Metadata["page-url"])));
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "", "no-text" },
        { "<html><body></body></html>", "no-text" },
        { "<body><script>only()</script>", "no-text" },
        { "<frameset><frame src=a></frameset>", "no-text" },
        { "<frameset><noframes><body><p>No frames here</body></noframes></frameset>", "no-text" },
        { Repeat(_ => "<div>", 100_000), "too-deep" },
        { Repeat(i => $"<p><b id={i}>", 3_000), "too-many-steps" },
        { Repeat(i => $"<p><b id={i}>", 10_000), "too-many-steps" },
        { Repeat(i => $"<svg><p><b id={i}>", 10_000), "too-many-steps" },
        { Repeat(i => $"<svg><style><p><b id={i}></style></svg>", 10_000), "too-many-steps" },
        { Repeat(_ => "<br>", 300_000), "too-many-elements" },
        { Repeat(_ => "<span>", 480) + Repeat(_ => "</x>", 100_000), "too-many-steps" },
        { Repeat(_ => "<div>", 480) + Repeat(_ => "<p>x", 100_000), "too-many-steps" },
        { "<a>" + Repeat(i => $"<b id={i}>", 480) + Repeat(_ => "</a>", 100_000), "too-many-steps" },
        { $"<p><b class='{new string('x', 60_000)}'>" + Repeat(_ => "x</p><p>", 1_000), "too-many-elements" },
        { Repeat(_ => "<table><b>x", 100_000), "too-many-elements" },
        { Repeat(_ => "<table><tr><td>", 10_000), "too-deep" },
        { Repeat(_ => "<a href=x>t", 200_000), "too-many-elements" },
        { Repeat(i => $"<font color={i}>t", 10_000), "too-deep" },
        { "<select>" + Repeat(_ => "<optgroup><option>x", 200_000), "too-many-elements" },
        { Repeat(_ => "<template>", 10_000), "too-deep" },
        { Repeat(_ => "<svg><foreignObject>", 10_000), "too-deep" },
        { "<p><marquee>" + Repeat(i => $"<b id={i}>", 450) + Repeat(_ => "<div></div>", 100_000), "too-many-steps" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void Hostile_pages_are_dropped_by_counting(string html, string rule) => Assert.Equal(rule, Extract(html).Verdict.Rule);

    [Theory, InlineData("application/xhtml+xml", true), InlineData("text/html", false)]
    public void A_script_closed_at_once_ends_only_in_xhtml(string mediaType, bool ends)
    {
        var page = Encoding.UTF8.GetBytes($"<html><head><title>A</title><script src='a.js'/></head><body><p>{Prose}</p></body></html>");
        Assert.Equal(ends ? Prose : null, new ExtractHtml().Extract(Raw(page) with { MediaType = mediaType }).Document?.Text);
    }

    [Fact]
    public void A_page_leaves_nothing_to_the_next()
    {
        var page = Page($"<article><p>{Prose} &amp;</p></article>") + "\r\n";
        var expected = Extract(page).Document!;
        foreach (var before in Hostile.Select(h => h.Data.Item1).Append("<html lang=xx><title>other</title><table>a<b><template><svg>\0&lt;"))
        {
            Extract(before);
            var again = Extract(page).Document!;
            Assert.Equal((expected.Text, expected.Title, expected.Metadata["html-lang"]), (again.Text, again.Title, again.Metadata["html-lang"]));
        }
    }

    [Fact]
    public void A_page_too_large_is_dropped_unread()
    {
        var verdict = new ExtractHtml().Extract(Raw(new byte[100_000_000])).Verdict;
        Assert.Equal(("page-too-large", 100_000_000, 8_000_000), (verdict.Rule, verdict.Measured, verdict.Limit));
    }

    public static TheoryData<string> Harmless => new()
    {
        { $"<p {Repeat(i => $"a{i}=1 ", 20_000)}>{Prose}</p>" },
        { $"<p title='{new string('x', 4_000_000)}'>{Prose}</p>" },
        { $"<!--{new string('-', 4_000_000)}--><p>{Prose}</p>" },
        { $"<p>{Prose}</p><p>{Repeat(_ => "&amp;", 500_000)}</p>" },
        { $"<p>{Prose}</p><p>{Repeat(_ => "&aaaaaaa", 200_000)}</p>" },
        { $"<p>{Prose}</p><table>{Repeat(_ => "x<tr>y<td>z</td>", 10_000)}" },
        { $"<p>{Prose}</p><figure>{Repeat(i => $"<img src={i} alt=b>", 20_000)}<figcaption>{Repeat(_ => Prose, 1_000)}" },
        { $"<p>{Prose}</p>" + Repeat(_ => "<table><tr><td>x", 100) },
        { $"<p>{Prose}</p>" + Repeat(_ => "<p><font color=red>x", 3_000) },
        { $"<p>{Prose}</p>" + Repeat(i => $"<b id={i}>", 400) + Repeat(_ => "<p>x</p>", 10_000) + "</b>" },
        { $"<p>{Prose}</p>" + Repeat(_ => "<li><p>x", 3_000) },
        { $"<p>{Prose}</p>\0\0<p>&#0;&#xD800;&#x110000;</p>" },
        { $"<p>{Prose}</p><!-- never closed <p>x" },
        { $"<p>{Prose}</p><a href='http://[bad' rel=license>x</a><base href='::'><img src='http://[::1' alt=x>" },
    };

    [Theory, MemberData(nameof(Harmless))]
    public void Odd_pages_are_read(string html)
    {
        var text = Extract(html, new ExtractHtml { Figures = true }).Document?.Text;
        Assert.Contains(Prose, text);
        Assert.Equal(text, Charset.WellFormed(text!));
    }

    [Fact]
    public void Random_tags_never_throw()
    {
        var random = new SplitMix64(7);
        string[] pieces = ["<p>", "</p>", "<div class='nav'>", "</div>", "<table>", "<td>", "<svg>", "</svg>", "<a href=x>", "<b id=1>", "</b>", "text, more text. ", "<!--", "-->", "<li>", "<ul>", "<pre>\n", "</pre>", "<select>", "<option>", "<template>", "<math>", "&amp", "<img alt=a src=b>", "\0", "<figure>", "<body class=z>", "<frameset>", "<button>", "<h2>", "</html>", "<script type=application/ld+json>[[{}]]</script>"];
        for (var round = 0; round < 300; round++)
        {
            var html = new StringBuilder();
            for (var i = 0; i < 60; i++)
                html.Append(pieces[random.Next((ulong)pieces.Length)]);
            var extraction = Extract(html.ToString(), new ExtractHtml { Figures = true });
            Assert.True(extraction.Document is not null || extraction.Verdict.Rule == "no-text");
        }
    }

    [Theory]
    [InlineData("<!DOCTYPE HTML><p>x", true), InlineData("  \n<html>", true), InlineData("<?xml version='1.0'?><html xmlns='x'>", true), InlineData("\uFEFF<!doctype html>", true)]
    [InlineData("<?xml version='1.0'?><doc/>", false), InlineData("plain < text", false), InlineData("", false)]
    public void Bytes_of_unknown_type_are_a_page_when_they_begin_like_one(string text, bool html)
    {
        foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode])
        {
            var raw = Raw(encoding.GetBytes(text)) with { MediaType = null };
            Assert.Equal((html, !html), (new ExtractHtml().Handles(raw), new ExtractText().Handles(raw)));
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Figures_are_taken_where_the_step_asks_for_them(bool figures)
    {
        var stage = new CleanStage { Steps = [new ConfiguredStep("extract-html", "extract-html", new ExtractHtml { Figures = figures })] };
        Assert.Equal(figures, Assert.Single(((CleanStage)stage.Resolve([])).Steps.Select(s => s.Step).OfType<ExtractHtml>()).Figures);
    }

    [Fact]
    public void A_file_of_code_is_no_page_whatever_its_type_says()
    {
        Assert.True(new ExtractHtml().Handles(Raw([])));
        Assert.False(new ExtractHtml().Handles(Raw([]) with { Kind = Kind.Code }));
    }

    [Fact]
    public void The_charset_is_recorded_when_it_is_not_utf_8()
    {
        var raw = Raw(Encoding.Unicode.GetBytes($"\uFEFF<p>{Prose}</p>"));
        Assert.Equal("utf-16", new ExtractHtml().Extract(raw).Document!.Metadata["charset"]);
    }
}
