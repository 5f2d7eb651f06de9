using CorpusForge.Audit;
using Xunit;
using static CorpusForge.Tests.Audit.AuditCorpus;

namespace CorpusForge.Tests.Audit;

public class TokenCountTests
{
    [Theory]
    [InlineData(2.0, 5, 5, 5, 5)]
    [InlineData(1.875, 8, 4, 2, 1, 1, 0)]
    [InlineData(0.0, 7)]
    public void Entropy_is_that_of_the_distribution(double bits, params int[] counts) =>
        Assert.Equal(bits, TokenCount.EntropyBits([.. counts.Select(c => (long)c)])!.Value, 12);

    [Fact]
    public void Nothing_has_no_entropy() => Assert.Null(TokenCount.EntropyBits([0, 0]));

    [Theory, InlineData(256), InlineData(100_000)]
    public void Splits_are_counted_apart_and_the_end_of_text_with_them(int vocabulary)
    {
        Document[] documents = [Doc(0, "a"), Doc(1, "b"), Doc(2, "c")];
        using var corpus = new AuditCorpus().Documents("clean", [documents])
            .Tokens(documents, d => d == documents[2] ? [9] : [1, 1, 2], d => d == documents[2], vocabulary, endOfText: 0);
        var tokens = AuditStageTests.Parse(corpus.Audit().Json).Tokens!;
        // Train: 1 four times, 2 twice, the end of text twice; validation: one token and the end.
        Assert.Equal(new SplitFigures(2, 6, 3, 1.5, Statistics.Round(1.5 * Math.Log(2))), tokens.Train);
        Assert.Equal(new SplitFigures(1, 1, 2, 1, Statistics.Round(Math.Log(2))), tokens.Validation);
        Assert.Equal([new Bin(1, 1, 1), new Bin(2, 2, 0), new Bin(3, 4, 2)], tokens.Lengths);
    }
}
