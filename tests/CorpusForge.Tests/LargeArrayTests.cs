using Xunit;

namespace CorpusForge.Tests;

public sealed class LargeArrayTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(1000), InlineData((2 << 20) + 1), InlineData(9_999_999)]
    public void Holds_what_is_put_in(int length)
    {
        var array = LargeArray.Allocate<int>(length);
        Assert.Equal(length, array.Length);
        for (var i = 0; i < length; i++)
            array[i] = i;
        for (var i = 0; i < length; i++)
        {
            if (array[i] != i)
                Assert.Fail($"{array[i]} stands at {i}");
        }
    }
}
