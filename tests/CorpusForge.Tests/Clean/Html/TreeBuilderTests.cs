using Xunit;

namespace CorpusForge.Tests.Clean.Html;

public class TreeBuilderTests
{
    /// <summary>The body of a page with a doctype, derived by hand from section 13.2.6 of the HTML standard.</summary>
    public static TheoryData<string, string> Bodies => new()
    {
        // End tags that may be left out.
        { "<p>a<p>b", "p(a)p(b)" },
        { "<p>a<div>b</div>c", "p(a)div(b)c" },
        { "<p>a<span>b<p>c", "p(aspan(b))p(c)" },
        { "</p>a", "p()a" },
        { "<div><p>a</div>b", "div(p(a))b" },
        { "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "ul(li(a)li(bul(li(c)))li(d))" },
        { "<ul><li><div>a<li>b</ul>", "ul(li(div(a))li(b))" },
        { "<dl><dt>a<dd>b<dt>c</dl>", "dl(dt(a)dd(b)dt(c))" },
        { "<h1>a<h2>b</h1>c", "h1(a)h2(b)c" },
        { "<h1>a</h3>b", "h1(a)b" },
        { "<button>a<button>b", "button(a)button(b)" },
        { "<button><p>a</button>b", "button(p(a))b" },
        { "<ruby>a<rb>b<rt>c<rtc>d<rt>e<rp>f</ruby>", "ruby(arb(b)rt(c)rtc(drt(e)rp(f)))" },
        { "<p><table><tr><td>a</table>", "p()table(tbody(tr(td(a))))" },
        { "<p>a<button><p>b</button><p>c", "p(abutton(p(b)))p(c)" },
        // Tables.
        { "<table><td>a<td>b<tr><th>c</table>d", "table(tbody(tr(td(a)td(b))tr(th(c))))d" },
        { "<table><caption>a<tr><td>b<tfoot><tr><td>c</table>", "table(caption(a)tbody(tr(td(b)))tfoot(tr(td(c))))" },
        { "<table><col><tr><td>a", "table(colgroup(col())tbody(tr(td(a))))" },
        { "<table>a<tr>b<td>c</td>d</table>e", "abdtable(tbody(tr(td(c))))e" },
        { "<table><b>a<tr><td>b</table>c", "b(a)table(tbody(tr(td(b))))b(c)" },
        { "<table><p>a<tr><td>b</table>", "p(a)table(tbody(tr(td(b))))" },
        { "<table><tr><table><tr><td>a</table>b", "table(tbody(tr()))table(tbody(tr(td(a))))b" },
        { "<table><td><table><td>a</table>b</table>c", "table(tbody(tr(td(table(tbody(tr(td(a))))b))))c" },
        { "<table><input type=hidden><input><tr><td>a</table>", "input()table(input()tbody(tr(td(a))))" },
        { "<table><form><tr><td>a</form>b</table>", "table(form()tbody(tr(td(ab))))" },
        { "<div>a<td>b</div>c", "div(ab)c" },
        { "<table><tr><td>a</table></td>b", "table(tbody(tr(td(a))))b" },
        { "<table> <tr> <td>a", "table( tbody(tr( td(a))))" },
        // Formatting elements.
        { "<b>a<p>b</b>c", "b(a)p(b(b)c)" },
        { "<b>a<i>b</b>c</i>d", "b(ai(b))i(c)d" },
        { "<p><b>a<p>b", "p(b(a))p(b(b))" },
        { "<a>a<a>b", "a(a)a(b)" },
        { "<a>a<div>b<a>c</div>d", "a(a)div(a(b)a(c))a(d)" },
        { "<a>1<p>2</a>3</p>", "a(1)p(a(2)3)" },
        { "<b><b><b><b>a<p>b", "b(b(b(b(ap(b)))))" },
        { "<p><b><b><b><b>a</p>b", "p(b(b(b(b(a)))))b(b(b(b)))" },
        { "<nobr>a<nobr>b", "nobr(a)nobr(b)" },
        { "<i>a<object>b</i>c</object>d", "i(aobject(bc)d)" },
        { "<b>a<td>b</b>c", "b(ab)c" },
        { "</b>a", "a" },
        { "<font><p>a</font>b", "font()p(font(a)b)" },
        // Elements without markup inside, and void ones.
        { "<xmp><b>a</xmp>b", "xmp(<b>a)b" },
        { "<textarea>\n<b>a&amp;</textarea>b", "textarea(<b>a&)b" },
        { "<pre>\n\na</pre>", "pre(\na)" },
        { "<plaintext>a</plaintext>", "plaintext(a</plaintext>)" },
        { "<br>a</br>b<img>c", "br()abr()bimg()c" },
        { "<div/>a", "div(a)" },
        { "<image>a", "img()a" },
        { "<noscript><p>a</p></noscript>b", "noscript(p(a))b" },
        { "<script><!--<script>a</script>--></script>b", "script()b" },
        { "<style><!-- </style>b", "style()b" },
        { "<iframe><p>a</iframe>b", "iframe()b" },
        { "<template><td>a</template>b", "template()b" },
        // Selects take what the standard allows since 2025.
        { "<select><option>a<option>b<optgroup><option>c</select>d", "select(option(a)option(b)optgroup(option(c)))d" },
        { "<select><option>a<select>b", "select(option(a))b" },
        { "<select><option>a<input>b", "select(option(a))input()b" },
        { "<div><select>a</div>b</select>c", "div(select(ab)c)" },
        // SVG and MathML.
        { "<svg><g>a</g><p>b", "svg(g(a))p(b)" },
        { "<svg><title><p>a</title>b</svg>c", "svg(title(p(abc)))" },
        { "<svg/>a<svg><path/>b</svg>", "svg()asvg(path()b)" },
        { "<svg><![CDATA[a<b>]]></svg><![CDATA[c]]>d", "svg(a<b>)d" },
        { "<math><mi><b>a</mi></math>b", "math(mi(b(ab)))" },
        { "<math><annotation-xml encoding=text/html><p>a</math>b", "math(annotation-xml(p(ab)))" },
        { "<svg><font>a<font color=x>b", "svg(font(a))font(b)" },
        { "<svg><title>a</title>b</svg>c", "svg(title(a)b)c" },
        { "<math><mi><b>a</b></mi></math>b", "math(mi(b(a)))b" },
        { "<svg><desc></svg>a</svg>b", "svg(desc())ab" },
        // Text.
        { "a&amp;b&ampc&notit;&#65;&#x42&#0;&#x80;&bogus;&", "a&b&c¬it;AB\uFFFD€&bogus;&" },
        { "<p title='&ampb=&amp;'>a", "p(a)" },
        { "a<!-- -- > -->b<!-->c<!--->d<!--x--!>e", "abcde" },
        { "a</>b</ x>c<?y>d<!z>e", "abcde" },
        { "a < b <3 <", "a < b <3 <" },
        { "a\0b", "ab" },
        { "<p\n", "" },
        { "<p a='>' b=\">\" c=d/>a", "p(a)" },
        // Around the body.
        { "a</body>b</html>c<p>d", "abcp(d)" },
        { "<form>a<form>b</form>c", "form(ab)c" },
        { "<div><form></div>a</form>b", "div(form())ab" },
        { "<x-y>a<p>b</x-y>c", "x-y(ap(bc))" },
        { "<X-y>a</x-Y>b", "x-y(a)b" },
        { "<marquee><b>a</marquee>b", "marquee(b(a))b" },
    };

    [Theory, MemberData(nameof(Bodies))]
    public void Builds_what_the_standard_says(string html, string expected) => Assert.Equal(expected, DomText.Body("<!doctype html><body>" + html));

    [Theory]
    [InlineData("", "html(head()body())")]
    [InlineData("<frameset><frame></frameset><noframes><p>a</noframes>b", "html(head()frameset(frame())noframes())")]
    [InlineData("<p><frameset>", "html(head()frameset())")]
    [InlineData("a<frameset>b", "html(head()body(ab))")]
    [InlineData("<html lang=a><head><meta name=b><noscript><link></noscript><p>c<html lang=d id=e><body class=f><body class=g>", "html[id=e][lang=a](head(meta[name=b]()noscript(link()))body[class=f](p(c)))")]
    [InlineData("<title>a&lt;</title> <script type=x/json>{}</script>b", "html(head(title(a<) script[type=x/json]({}))body(b))")]
    [InlineData("<template>a", "html(head(template())body())")]
    [InlineData("</p><meta></p></head></p><title>a</title> <script></script>b<meta>", "html(head(meta()title(a)script()) body(bmeta()))")]
    public void Builds_head_and_frames(string html, string expected) => Assert.Equal(expected, DomText.Whole(html));

    [Theory]
    [InlineData("<!doctype html>", false), InlineData("", true), InlineData("<!doctype html public '-//W3C//DTD HTML 4.01 Transitional//EN'>", true), InlineData("<!doctype x>", true)]
    [InlineData("<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">", false), InlineData("<!doctype html system 'about:legacy-compat'>", false)]
    public void Old_doctypes_let_a_table_into_a_paragraph(string doctype, bool inside) =>
        Assert.Equal(inside ? "p(atable(tbody(tr(td(b)))))" : "p(a)table(tbody(tr(td(b))))", DomText.Body($"{doctype}<p>a<table><td>b"));

    [Theory]
    [InlineData("<div/>a<p/>b<b/>c", "div()ap()bb()c")]
    [InlineData("<script src='x'/>a<title/>b<![CDATA[<c>]]>", "script()atitle()b<c>")]
    [InlineData("<table><tr><td/><td>a</td></tr></table>", "table(tbody(tr(td()td(a))))")]
    public void Xhtml_may_close_any_element_at_once(string html, string expected) => Assert.Equal(expected, DomText.Body("<body>" + html, xml: true));

    /// <remarks>
    /// Left out is where AngleSharp does not follow the standard: `select`, which is neither the old nor the new one, U+0000 before the body, CDATA after `&lt;svg/&gt;`,
    /// `&lt;/td&gt;` in a `th`, and `&lt;/&gt;` and a lone line feed in `pre`, which open formatting elements again.
    /// </remarks>
    static readonly string[] s_pieces =
    [
        "<p>", "</p>", "<div>", "</div>", "<div class=a>", "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<tbody>", "</tbody>", "<thead>", "<caption>", "</caption>", "<colgroup>", "<col>",
        "<svg>", "</svg>", "<math>", "</math>", "<mi>", "<foreignObject>", "<desc>", "<annotation-xml encoding=text/html>", "<title>", "</title>", "<a href=x>", "</a>", "<b>", "<b id=1>", "</b>", "<i>", "</i>", "<em>", "</em>",
        "<font color=red>", "</font>", "<nobr>", "</nobr>", "<code>", "</code>", "text ", "more", " ", "\n", "<!--", "-->", "<!-- c -->", "<li>", "</li>", "<ul>", "</ul>", "<ol>", "<dl>", "<dt>", "<dd>", "</dd>", "<pre>\nx", "</pre>",
        "&amp;", "&amp", "&lt;b", "&notit;", "&#65;", "&#x80;", "&#0;", "&bogus;", "<img alt='a&ampb' src=b>", "<br>", "</br>", "<hr>", "<input>", "<input type=hidden>", "<textarea>\n", "</textarea>", "<button>", "</button>", "<h1>", "<h2>", "</h2>", "</h1>",
        "<html lang=de>", "</html>", "<head>", "</head>", "<body class=z>", "</body>", "<frameset>", "</frameset>", "<frame>", "<noframes>", "</noframes>", "<script>", "</script>", "<script type=application/ld+json>", "<style>", "</style>",
        "<noscript>", "</noscript>", "<form>", "</form>", "<object>", "</object>", "<marquee>", "<iframe>", "</iframe>", "<xmp>", "</xmp>", "<span>", "</span>", "<x-y>", "</x-y>", "<section>", "</section>", "<article>", "<ruby>", "<rt>", "<rp>", "</ruby>",
        "<meta charset=x>", "<link rel=a>", "<base href=b>", "<!doctype html>", "<?pi?>", "</ x>", "<", "< ", "<p/>", "<br/>", "<a/>", "<svg/>", "<image>", "<details>", "<summary>", "<address>", "<blockquote>", "</blockquote>",
        "<center>", "<video>", "</video>", "<plaintext>", "<label>", "<p a=1 A=2 b>", "<div a=\"x>y\" b='q'/c>",
    ];

    [Fact]
    public void Any_tag_soup_is_the_tree_of_AngleSharp()
    {
        var random = new SplitMix64(11);
        for (var round = 0; round < 3_000; round++)
        {
            var html = string.Concat(Enumerable.Range(0, 1 + (int)random.Next(12)).Select(_ => s_pieces[random.Next((ulong)s_pieces.Length)]));
            Assert.Equal(DomText.AngleSharp(html), DomText.Whole(html));
        }
    }
}
