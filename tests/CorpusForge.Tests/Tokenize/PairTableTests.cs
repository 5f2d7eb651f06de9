using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Tests.Tokenize;

public class PairTableTests
{
    [Fact]
    public void Every_pair_is_found_and_no_other()
    {
        // Small tables, of which some have pairs that went on from the last place to the first.
        var random = new SplitMix64(1);
        for (var table = 0; table < 200; table++)
        {
            var pairs = Enumerable.Range(0, 7).Select(rank => (Left: random.Next(1000), Right: random.Next(1000), Rank: rank)).DistinctBy(p => (p.Left, p.Right)).Select(p => ((int)p.Left, (int)p.Right, p.Rank)).ToArray();
            var ranks = new PairTable(1000, pairs);
            Assert.All(pairs, p => Assert.Equal(p.Rank, ranks[p.Item1, p.Item2]));
            Assert.DoesNotContain(Enumerable.Range(0, 100), i => ranks[i, i + 1] != int.MaxValue && !pairs.Any(p => (p.Item1, p.Item2) == (i, i + 1)));
        }
    }

    [Fact]
    public void Of_a_pair_that_is_there_twice_the_last_counts()
    {
        var table = new PairTable(4, [(0, 1, 5), (1, 0, 6), (0, 1, 7)]);
        Assert.Equal((7, 6, int.MaxValue), (table[0, 1], table[1, 0], table[2, 3]));
    }
}
