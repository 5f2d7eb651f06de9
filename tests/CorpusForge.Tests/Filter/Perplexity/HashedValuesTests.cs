using CorpusForge.Filter.Perplexity;
using Xunit;

namespace CorpusForge.Tests.Filter.Perplexity;

public sealed class HashedValuesTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(5000, 0, ulong.MaxValue / 5000)] // even, as hashes are
    [InlineData(5000, 0, 1)] // all in the first place
    [InlineData(5000, ulong.MaxValue - 5000, 1)] // all behind the last
    [InlineData(3000, 1UL << 63, 7)]
    public void Finds_what_was_added_and_nothing_else(int count, ulong first, ulong step)
    {
        var values = new HashedValues<int>(count);
        for (var i = 0; i < count; i++)
            values.Add(first + ((ulong)i * step), i);
        Assert.Equal(count, values.Count);
        for (var i = 0; i < count; i++)
        {
            var hash = first + ((ulong)i * step);
            values.Fetch(hash);
            Assert.True(values.TryFind(hash, out var value));
            Assert.Equal(i, value);
            Assert.Equal(step == 1 && i < count - 1, values.TryFind(hash + 1, out _));
        }
        Assert.False(values.TryFind(ulong.MaxValue, out _));
        Assert.Equal(count > 0 && first == 0, values.TryFind(0, out _));
    }
}
