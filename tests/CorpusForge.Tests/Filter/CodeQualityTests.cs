using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class CodeQualityTests
{
    private const string Code = "def area(width, height):\n    return width * height\n\n\nprint(area(3, 4))\n";

    public static TheoryData<string, string, string?> Judged => new()
    {
        { "python", Code, null },
        { "python", "", "too-short" },
        { "python", "x = 1", "too-short" },
        { "python", Lines(Code, 4000), "too-long" },
        { "python", Lines("a", 100_001), "too-many-lines" },
        { "python", Code + "# " + Repeat("xy", 400), "long-line" },
        { "markdown", Code + "# " + Repeat("xy", 400), null },
        { "python", Lines(Repeat("xy", 50), 4), "long-lines" },
        { "python", Code + Lines("# {}{}{}{}{}{}{}{}[][][][][][]", 30), "too-few-alphanumerics" },
        { "python", Lines("x = [1, 2, 3, 4, 5, 6, 7, 8]", 9), "too-few-letters" },
        { "c", Code + Lines("ABCD+/01", 150), "encoded-run" },
        { "c", Code + Repeat("ABCD+/01", 30, ""), "mostly-encoded" },
        { "c", Code + Lines(Repeat("0x4f, 0x52,", 7), 16) + "\n", "encoded-run" },
        { "c", Code + Repeat("\\u00e9", 25, ""), "mostly-encoded" },
        { "c", Code + Repeat("abcd", 16, ""), null },
        { "python", "<?xml version=\"1.0\"?>\n<configuration><name>value</name></configuration>", "xml-header" },
        { "xml", "<?xml version=\"1.0\"?>\n<configuration><name>value</name></configuration>", null },
        { "html", Lines("<div class=\"container\"><span class=\"name\">hi</span></div>", 60), "html-mostly-markup" },
        { "html", "<p>Only a few words can be seen here.</p>", "html-too-little-text" },
        { "html", "<p>" + Repeat("The river rose again in spring.", 10) + "</p><script>var a = 1;</script>", null },
        { "json", "{ \"name\": \"value\", \"other\": \"thing\" }", "data-too-short" },
        { "yaml", Lines("name: value of the name", 300), "data-too-long" },
    };

    [Theory, MemberData(nameof(Judged))]
    public void Names_the_rule(string language, string text, string? rule) =>
        Assert.Equal(rule, Judge(language, text, new CodeQuality()).Rule);

    [Theory, InlineData(52, true), InlineData(51, false)]
    public void A_document_exactly_on_a_limit_stays(int max, bool kept) =>
        Assert.Equal(kept, Judge("c", Lines(new string('a', 52), 3), new CodeQuality { MaxLineLength = max, MaxEncodedShare = 1 }).Kept);

    [Fact]
    public void Records_the_same_rules_for_every_language()
    {
        string[] Rules(string language)
        {
            var recorder = new SignalRecorder { Step = "c" };
            new CodeQuality().Judge(View(Document("", Kind.Code) with { Language = language }, recorder));
            return [.. recorder.Values.Keys];
        }
        Assert.Equal(Rules("html"), Rules("json"));
        Assert.Equal(14, Rules("c").Length);
    }

    [Theory]
    [InlineData("<p>a <b>b</b></p>", 3)]
    [InlineData("a < b <!-- no --> c", 7)]
    [InlineData("<style>x</style>y<script>z", 1)]
    [InlineData("a<br", 1)]
    [InlineData("<", 1)]
    [InlineData("  \n a", 1)]
    public void Counts_what_a_reader_of_html_would_see(string html, int visible) => Assert.Equal(visible, VisibleText.Count(html));

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("de ad be ef 00 11 22 33 and de ad", 24, 24)]
    [InlineData("de ad be ef 00 11 22 and", 0, 0)]
    public void Finds_hexadecimal_bytes(string text, int longest, int total) =>
        Assert.Equal((longest, total), EncodedRuns.Measure(text));

    // Each would take hours if a scan started anew at every character.
    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("<")]
    [InlineData("<!--")]
    [InlineData("<script>")]
    [InlineData("ab ")]
    [InlineData("ab ab ab ab ab ab ab g ")]
    [InlineData("ab\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t")]
    [InlineData("\\u00e9")]
    [InlineData("\ud800")]
    public void Hostile_files_are_dropped_in_linear_time(string piece) =>
        Assert.Equal("too-long", Judge("html", Repeat(piece, 4_000_000 / piece.Length, ""), new CodeQuality()).Rule);

    private static Verdict Judge(string language, string text, CodeQuality filter) =>
        filter.Judge(View(Document(text, Kind.Code) with { Language = language }));
}
