using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class BlockLabelsTests
{
    static float[] Labels(string wanted, params string[] blocks) =>
        BlockLabels.Of([.. blocks.Select(b => (IReadOnlyList<string>)b.Split(' ', StringSplitOptions.RemoveEmptyEntries))], wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Blocks_of_the_wanted_text_are_content_and_others_are_not() =>
        Assert.Equal([0, 1, 1, 0], Labels("the river rose in the night nobody slept", "home news the shop", "the river rose in the night", "nobody slept", "all rights reserved"));

    [Fact]
    public void Of_two_copies_one_is_content() =>
        Assert.Equal(1, Labels("before it rains a lot", "before it", "rains a", "rains a", "lot").Skip(1).Take(2).Sum());

    [Fact]
    public void A_block_that_the_wanted_text_has_elsewhere_is_content() =>
        Assert.Equal([1, 1, 0], Labels("one two three four five six a b c d e", "a b c d e", "one two three four five six", "e f g h i"));

    [Fact]
    public void A_part_of_a_block_counts_by_its_share() =>
        Assert.Equal(0.75f, Labels("one two three", "one two three more").Single());

    [Fact]
    public void Nothing_is_wanted_of_nothing() => Assert.Equal([0, 0], Labels("", "one two", ""));

    // The subsequence crosses the borders of machine words.
    [Fact]
    public void Long_texts_are_matched_as_a_whole()
    {
        var words = Enumerable.Range(0, 1000).Select(i => $"w{i}").ToArray();
        var blocks = words.Chunk(10).SelectMany((chunk, i) => new[] { string.Join(' ', chunk), $"x{i} y{i}" }).ToArray();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 1f : 0), Labels(string.Join(' ', words), blocks));
    }
}
