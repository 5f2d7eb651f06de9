using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class PairTableTests
{
    [Fact]
    public void Every_pair_is_found_and_no_other()
    {
        // Small tables that are as full as they get, so that some pairs stand where they begin anew.
        for (var left = 0; left < 500; left++)
        {
            var table = new PairTable(left + 1, [(left, 1, 5), (left, 2, 6), (left, 3, 7)]);
            Assert.Equal((5, 6, 7, int.MaxValue), (table[left, 1], table[left, 2], table[left, 3], table[left, 4]));
        }
    }

    [Fact]
    public void Of_a_pair_that_is_there_twice_the_last_counts()
    {
        var table = new PairTable(4, [(0, 1, 5), (1, 0, 6), (0, 1, 7)]);
        Assert.Equal((7, 6, int.MaxValue), (table[0, 1], table[1, 0], table[2, 3]));
    }
}
