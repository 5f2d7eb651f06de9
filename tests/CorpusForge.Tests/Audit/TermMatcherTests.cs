using CorpusForge.Audit;
using Xunit;

namespace CorpusForge.Tests.Audit;

public class TermMatcherTests
{
    [Theory]
    [InlineData("man", "A man's work, a Man; humans and manly men", 2)]
    [InlineData("trans woman", "a trans-woman, trans  women and a TRANS Woman", 2)]
    // A vowel sign belongs to the word.
    [InlineData("क", "की क", 1)]
    [InlineData("की", "क की कीर", 1)]
    public void Whole_words_and_phrases_are_found(string term, string text, int count)
    {
        var counts = new int[1];
        new TermMatcher([[term]]).Count(text, counts);
        Assert.Equal(count, counts[0]);
    }
}
