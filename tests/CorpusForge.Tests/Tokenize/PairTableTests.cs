using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class PairTableTests
{
    [Fact]
    public void Of_a_pair_that_is_there_twice_the_last_counts()
    {
        var table = new PairTable(4, [(0, 1, 5), (1, 0, 6), (0, 1, 7)]);
        Assert.Equal((7, 6, int.MaxValue), (table[0, 1], table[1, 0], table[2, 3]));
    }
}
