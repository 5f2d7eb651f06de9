using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class FineWebQualityTests
{
    private const string Line = "Nobody had seen the ferry since the flood in spring";

    public static TheoryData<string, string> Broken => new()
    {
        { "", "empty" },
        { "\n \n", "empty" },
        { string.Join('\n', Enumerable.Range(0, 10).Select(i => $"{Line} {i}")), "too-few-terminated-lines" },
        { string.Join('\n', Words(10).Select(w => w + ".")), "mostly-short-lines" },
        { $"{Line}.\n{Line}.", "duplicate-line-characters" },
        { string.Join('\n', Enumerable.Range(0, 10).Select(i => $"Incomprehensibilities-unintelligibilities{i}.")), "list-like" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void Drops_and_names_the_rule(string text, string rule) =>
        Assert.Equal(rule, new FineWebQuality { MaxNewlinesPerWord = 0.2 }.Judge(View(text)).Rule);

    [Theory, InlineData(0.5, true), InlineData(0.51, false)]
    public void A_document_exactly_on_a_limit_stays(double min, bool kept)
    {
        var verdict = new FineWebQuality { MinTerminalShare = min }.Judge(View($"{Line}.\n\n{Line} again"));
        Assert.Equal(kept ? null : "too-few-terminated-lines", verdict.Rule);
    }

    [Fact]
    public void A_line_of_exactly_the_short_length_is_short()
    {
        var text = View("One line of thirty characters.\n" + Line + ".");
        Assert.Equal(0.5, text.ShortLineShare(30));
        Assert.Equal(0, text.ShortLineShare(29));
    }
}
