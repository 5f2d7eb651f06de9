using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class C4LinesTests
{
    public static TheoryData<string, string, string> Edits => new()
    {
        { "Now three words.\nno final mark here", "Now three words.", "no-terminal-punctuation" },
        { "Now three words.\nAnd so on...", "Now three words.", "no-terminal-punctuation" },
        { "Now three words.\nTwo words.", "Now three words.", "few-words" },
        { "Turn on JAVASCRIPT please.\nNow three words.", "Now three words.", "javascript" },
        { "Read the Terms of Use.\nNow three words.", "Now three words.", "policy" },
        { "Now three words.[12]", "Now three words.", "citation" },
        { "Now[edit] three[] words[citation needed].", "Now three words.", "citation" },
    };

    [Theory, MemberData(nameof(Edits))]
    public void Removes_and_counts_by_rule(string text, string edited, string change)
    {
        var changes = new Changes { Step = "c4-lines" };
        Assert.Equal(edited, new C4Lines().Apply(Document(text), changes).Text);
        Assert.Equal([$"c4-lines.{change}"], changes.Counts.Keys);
    }

    [Fact]
    public void Removes_lines_with_long_words()
    {
        var changes = new Changes { Step = "c4-lines" };
        var text = new C4Lines { MaxWordLength = 5 }.Apply(Document("one three four.\nfour-score and seven."), changes).Text;
        Assert.Equal("one three four.", text);
        Assert.Equal(1, changes.Counts["c4-lines.long-word"]);
    }

    [Theory]
    [InlineData("Now three words.\n\n  And three more!  ", "Now three words.\nAnd three more!")]
    [InlineData("One [sic] and [a1] and [12 stay.", "One [sic] and [a1] and [12 stay.")]
    [InlineData("This is lorem ipsum.", "This is lorem ipsum.")]
    [InlineData("", "")]
    [InlineData("\n \n", "")]
    [InlineData("a \ud800 b.", "a \ud800 b.")]
    public void Leaves_prose(string text, string edited) =>
        Assert.Equal(edited, new C4Lines().Apply(Document(text), new Changes()).Text);

    [Theory]
    [InlineData("Now three words.\vAnd three more.\u2028two words.\u0085Four words it has.", "Now three words.\nAnd three more.\nFour words it has.", "few-words")]
    [InlineData("Now three words.\x1f\n\x1f", "Now three words.", null)]
    [InlineData("one two\x1fthree.", "one two\x1fthree.", null)]
    public void In_parity_lines_and_white_space_are_those_of_python(string text, string edited, string? change)
    {
        var changes = new Changes { Step = "c4-lines" };
        Assert.Equal(edited, new C4Lines { Mode = Mode.Parity }.Apply(Document(text), changes).Text);
        Assert.Equal(change is null ? [] : [$"c4-lines.{change}"], changes.Counts.Keys);
    }

    [Fact]
    public void Phrases_are_looked_for_without_the_citations_between()
    {
        Assert.Equal("", new C4Lines().Apply(Document("Turn on java[1]script please."), new Changes()).Text);
    }

    [Fact]
    public void Returns_the_same_document_when_nothing_changed()
    {
        var document = Document("Now three words.\nAnd three more!");
        Assert.Same(document, new C4Lines().Apply(document, new Changes()));
    }
}
