using System.Text;
using CorpusForge.Clean;
using Xunit;

namespace CorpusForge.Tests.Clean;

public class PageMarkdownTests
{
    static string Markdown(string body, bool links = false, bool emphasis = false) => new ExtractHtml { Format = ExtractionFormat.Markdown, Links = links, Emphasis = emphasis }.Extract(new RawDocument
    {
        Source = "web",
        Locator = "1",
        Url = "https://example.org/a/page.html",
        MediaType = "text/html",
        Bytes = Encoding.UTF8.GetBytes($"<!doctype html><html><head><title>A page</title></head><body>{body}</body></html>"),
    }).Document!.Text;

    public static TheoryData<string, string> Pages => new()
    {
        { "<h1>Head</h1><p>One  two\n three</p><h3>Sub <i>head</i></h3><p>Four</p>", "# Head\n\nOne two three\n\n### Sub head\n\nFour" },
        { "<p>Items:</p><ul><li>One<li><p>Two</p><p>more</p></ul><p>End</p>", "Items:\n\n- One\n- Two\n\n  more\n\nEnd" },
        { "<ol start=3><li>Three<ul><li>inner<ol><li>deep</li></ol></li></ul></li><li>Four</li></ol>", "3. Three\n   - inner\n     1. deep\n4. Four" },
        { "<ul><li></li><li>full</li><li> <ul><li>below</li></ul></li></ul>", "- full\n- - below" },
        { "<blockquote><p>First</p><p>second</p></blockquote><p>After</p>", "> First\n>\n> second\n\nAfter" },
        { "<ul><li>Said:<blockquote>Yes</blockquote></li></ul>", "- Said:\n\n  > Yes" },
        { "<p>Run:</p><pre><code class='language-python'>if x:\n    y()\n\nz()\n</code></pre><p>Done</p>", "Run:\n\n```python\nif x:\n    y()\n\nz()\n```\n\nDone" },
        { "<ul><li>Code<pre>a\nb</pre></li></ul>", "- Code\n\n  ```\n  a\n  b\n  ```" },
        { "<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````" },
        { "<p>Use <code>a|b</code> or <kbd>Ctrl</kbd><code></code>.</p>", "Use `a|b` or `Ctrl`." },
        { "<table><caption>People</caption><tr><th>Name</th><th>Age</th></tr></table>", "People\n\nName Age" },
        { "<table><thead><tr><th>Name<th>Age<tbody><tr><td>Ann | Bo<td>7<tr><td>Cy</table>", "| Name | Age |\n| --- | --- |\n| Ann \\| Bo | 7 |\n| Cy |  |" },
        { "<table><caption>Their <i>ages</i></caption><tr><td>Ann<td>7<tr><td>Cy<td>8</table>", "Their ages\n\n| Ann | 7 |\n| --- | --- |\n| Cy | 8 |" },
        { "<table><tr><td><h2>Layout</h2><p>left</p></td><td><p>right</p></td></tr></table>", "## Layout\n\nleft\n\nright" },
        { "<p># no head</p><p>1. no item</p><p>- no bullet</p><p>a # b - c 1. d</p>", "\\# no head\n\n1\\. no item\n\n\\- no bullet\n\na # b - c 1. d" },
        { "<p>x &lt;b&gt; y &lt; z</p>", "x \\<b> y < z" },
        { "<figure><img src=a.png alt=x><figcaption>A mill</figcaption></figure><p>Text</p>", "A mill\n\nText" },
        { "<p>An <b>inline</b> and a <a href=x>link</a>, <em>so</em>.</p>", "An inline and a link, so." },
        { "<h2>Überschrift</h2><p>Das Wasser stieg.</p><ol><li>Erstens</ol>", "## Überschrift\n\nDas Wasser stieg.\n\n1. Erstens" },
        { "<h2>見出し</h2><p>川の水が増えた。</p><ul><li>一つ</ul>", "## 見出し\n\n川の水が増えた。\n\n- 一つ" },
        { "<h2>عنوان</h2><blockquote>ارتفع النهر في الليل.</blockquote>", "## عنوان\n\n> ارتفع النهر في الليل." },
        { "<h2>शीर्षक</h2><p>नदी बढ़ गई।</p>", "## शीर्षक\n\nनदी बढ़ गई।" },
    };

    [Theory, MemberData(nameof(Pages))]
    public void Keeps_the_structure_as_markup(string body, string expected) => Assert.Equal(expected, Markdown(body));

    [Fact]
    public void Keeps_links_and_emphasis_where_asked()
    {
        const string Body = "<p>See <a href='../b(1).html'>the <em>other</em> page</a>, <strong>now</strong>, <a href='#top'>top</a>, <a href='javascript:x()'>run</a>, <a href=y></a><b></b>end.</p>";
        Assert.Equal("See [the other page](https://example.org/b%281%29.html), now, top, run, end.", Markdown(Body, links: true));
        Assert.Equal("See the *other* page, **now**, top, run, end.", Markdown(Body, emphasis: true));
    }
}
