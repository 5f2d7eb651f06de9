using CorpusForge.Clean.Content;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class WordScoresTests
{
    [Fact]
    public void Every_word_has_its_score_and_no_other_word_has_one() =>
        Gen.Dictionary(Gen.String[Gen.Char['a', 'z'], 1, 4], Gen.SByte.Where(s => s != 0))[0, 200].Sample(words =>
        {
            var scores = new WordScores(words);
            foreach (var (word, score) in words)
                Assert.Equal(score / 16f, scores[WordHash.Of(word)]);
            foreach (var other in words.Keys.Select(w => w + "ends"))
                Assert.Equal(0, scores[WordHash.Of(other)]);
        });

    [Fact]
    public void Odds_beyond_three_are_three() =>
        Assert.Equal((-48, 48, 8), (WordScores.Round(-9), WordScores.Round(5.5), WordScores.Round(0.51)));
}
