using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class DclmLinesTests
{
    [Theory]
    [InlineData("SIGN UP FOR OUR list", "capitals")]
    [InlineData("12345", "digits")]
    [InlineData("3 likes", "counter")]
    [InlineData("• 1.2K Shares •", "counter")]
    [InlineData("Home", "few-words")]
    [InlineData("Sign-in to read the rest", "menu")]
    [InlineData("The wheel stood still. Read more...", "menu")]
    [InlineData("You have 0 items in cart", "menu")]
    public void Removes_a_line_and_counts_it_by_its_rule(string line, string rule)
    {
        var changes = new Changes { Step = "dclm-lines" };
        var edited = new DclmLines().Apply(Document($"The miller went down to the river.\n{line}\nThe wheel stood still."), changes);
        Assert.Equal("The miller went down to the river.\nThe wheel stood still.", edited.Text);
        Assert.Equal([$"dclm-lines.{rule}"], changes.Counts.Keys);
    }

    [Theory]
    [InlineData("The miller likes 3 likes more than none.")]
    [InlineData("AB cd")]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("one two three four five six seven eight nine ten, and items in cart")]
    public void Leaves_other_lines_and_the_document_itself(string text)
    {
        var document = Document(text);
        Assert.Same(document, new DclmLines().Apply(document, new Changes()));
    }

    [Fact]
    public void Drops_a_document_that_lost_too_many_words()
    {
        var edited = new DclmLines().Apply(Document("the mill stood there\nHome"), new Changes());
        var verdict = new DclmLines().Judge(View(edited));
        Assert.Equal(("too-many-words-removed", 0.2, 0.05), (verdict.Rule, verdict.Measured, verdict.Limit));
        Assert.True(new DclmLines { MaxRemovedShare = 0.2 }.Judge(View(edited)).Kept);
        Assert.True(new DclmLines().Judge(View("Home")).Kept);
    }
}
