using CorpusForge.Tokenize;
using Xunit;

namespace CorpusForge.Training.Tests;

public sealed class SequenceLoaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Every_token_but_the_first_is_a_target_exactly_once_an_epoch(int context)
    {
        using var folder = new Shards();
        var documents = Documents(500);
        var loader = new SequenceLoader(folder.Open(100_000, 99_999, documents[..200], documents[200..]), context, validation: false, seed: 1);
        var stream = documents.Where(d => !d.Validation).SelectMany(d => d.Tokens.Append(99_999)).Select(t => (long)t).ToArray();
        Assert.Equal(stream.Length, loader.Tokens);
        for (var epoch = 0L; epoch < 2; epoch++)
        {
            var pairs = new List<(long, long)>();
            for (var i = 0L; i < loader.Count; i++)
            {
                var tokens = new int[context + 1];
                var counted = loader.Fill(loader.At((epoch * loader.Count) + i), tokens);
                Assert.Equal(counted + 1, tokens.Count(t => t != SequenceLoader.None));
                pairs.AddRange(tokens.Take(counted).Select(t => (long)t).Zip(tokens.Skip(1).Select(t => (long)t)));
            }
            Assert.Equal(stream.Zip(stream.Skip(1)).Order(), pairs.Order());
        }
    }

    [Fact]
    public void Splits_share_no_document()
    {
        using var folder = new Shards();
        var shards = folder.Open([([1, 2], false), ([3], true), ([4, 5], false), ([], true), ([6], true)]);
        Assert.Equal([1, 2, 0, 4, 5, 0], InOrder(new SequenceLoader(shards, 5, validation: false, seed: 1)));
        Assert.Equal([3, 0, 0, 6, 0], InOrder(new SequenceLoader(shards, 4, validation: true, seed: 1)));
    }

    [Fact]
    public void Without_an_end_of_text_documents_follow_each_other()
    {
        using var folder = new Shards();
        Assert.Equal([1, 2, 3], InOrder(new SequenceLoader(folder.Open(64, null, [([1, 2], false), ([3], false)]), 2, false, 1)));
    }

    [Fact]
    public void Positions_past_the_end_have_no_target()
    {
        using var folder = new Shards();
        var loader = new SequenceLoader(folder.Open([([5, 6], false)]), 4, validation: false, seed: 1);
        var tokens = new int[5];
        Assert.Equal((1, 2), ((int)loader.Count, loader.Fill(loader.At(0), tokens)));
        Assert.Equal([5, 6, 0, SequenceLoader.None, SequenceLoader.None], tokens);
    }

    [Theory]
    [InlineData(0, new[] { 1, 2, 0, 3, 0, 0, 4 }, new[] { 0, 0, 2, 2, 4, 5, 5 })]
    [InlineData(null, new[] { 1, 2, 3, 4, 5, 6, 7 }, new[] { 0, 0, 2, 3, 3, 3, 3 })]
    public void It_says_where_documents_start(int? endOfText, int[] expected, int[] starts)
    {
        using var folder = new Shards();
        var loader = new SequenceLoader(folder.Open(64, endOfText, [([1, 2], false), ([3], false), ([], false), ([4, 5, 6, 7], false)]), 6, false, 1);
        var (tokens, actual) = (new int[7], new int[7]);
        loader.FillInOrder(0, tokens, actual);
        Assert.Equal(expected, tokens);
        Assert.Equal(starts, actual);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(200)]
    public void Widening_copies_and_finds_the_largest(int length)
    {
        var random = new SplitMix64(3);
        ushort[] narrow = [.. Enumerable.Range(0, length).Select(_ => (ushort)random.Next(1 << 16))];
        uint[] wide = [.. narrow.Select(t => (uint)t * 3)];
        var copy = new int[length];
        Assert.Equal(narrow.DefaultIfEmpty().Max(), SequenceLoader.Widen(narrow, copy));
        Assert.Equal(narrow.Select(t => (int)t), copy);
        Assert.Equal(wide.DefaultIfEmpty().Max(), SequenceLoader.Widen(wide, copy));
        Assert.Equal(wide.Select(t => (int)t), copy);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(1000)]
    public void Each_epoch_is_another_permutation_that_the_seed_decides(int sequences)
    {
        using var folder = new Shards();
        var shards = folder.Open([(new int[sequences], false)]);
        var (loader, again, other) = (new SequenceLoader(shards, 1, false, 1), new SequenceLoader(shards, 1, false, 1), new SequenceLoader(shards, 1, false, 2));
        Assert.Equal(sequences, loader.Count);
        var orders = new[] { Order(loader, 0), Order(loader, 1), Order(other, 0) };
        Assert.Equal(orders[0], Order(again, 0));
        Assert.All(orders, o => Assert.Equal(Enumerable.Range(0, sequences).Select(i => (long)i), o.Order()));
        if (sequences == 1000)
        {
            Assert.NotEqual(orders[0], orders[1]);
            Assert.NotEqual(orders[0], orders[2]);
            Assert.InRange(orders[0].Zip(orders[0].Skip(1)).Count(p => p.Second == p.First + 1), 0, 10);
        }

        static long[] Order(SequenceLoader loader, long epoch) =>
            [.. Enumerable.Range(0, (int)loader.Count).Select(i => loader.Permute(i, epoch))];
    }

    [Fact]
    public void Shards_of_two_tokenizers_are_refused()
    {
        using var one = new Shards();
        using var two = new Shards();
        TokenShardReader[] shards = [.. one.Open([([1], false)]), .. two.Open(65, 0, [([1], false)])];
        Assert.Contains("another tokenizer", Assert.Throws<TrainingException>(() => new SequenceLoader(shards, 4, false, 1)).Message);
    }

    private static long[] InOrder(SequenceLoader loader)
    {
        var stream = new List<long>();
        for (var i = 0L; i < loader.Count; i++)
        {
            var tokens = new int[loader.Context + 1];
            var counted = loader.FillInOrder(i, tokens);
            stream.AddRange(tokens.Take(counted + 1).Skip(i == 0 ? 0 : 1).Select(t => (long)t));
        }
        return [.. stream];
    }

    // Distinct tokens, so that a pair of neighbours says where it is from; lengths around those of a batch and of none.
    private static (int[] Tokens, bool Validation)[] Documents(int count)
    {
        var random = new SplitMix64(7);
        var next = 0;
        return [.. Enumerable.Range(0, count).Select(_ =>
            (Enumerable.Range(0, (int)random.Next(60)).Select(_ => next++).ToArray(), random.Next(4) == 0))];
    }
}
