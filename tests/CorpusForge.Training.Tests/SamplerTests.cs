using Xunit;

namespace CorpusForge.Training.Tests;

public sealed class SamplerTests
{
    private static readonly ModelShape s_shape = new() { Layers = 1, Heads = 2, Width = 16, Context = 8, VocabularySize = 30 };

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_gives_others()
    {
        using var model = new Transformer(s_shape, seed: 1);
        var sampler = new Sampler { MaxTokens = 20, Temperature = 1 };
        Assert.Equal(sampler.Tokens(model, [1]), sampler.Tokens(model, [1]));
        Assert.NotEqual(sampler.Tokens(model, [1]), (sampler with { Seed = 2 }).Tokens(model, [1]));
    }

    [Fact]
    public void It_may_write_on_past_the_context()
    {
        using var model = new Transformer(s_shape, seed: 1);
        Assert.Equal(20, new Sampler { MaxTokens = 20 }.Tokens(model, [.. Enumerable.Range(0, 15)]).Length);
    }

    [Theory]
    [InlineData(0, 0, new[] { 2 })]
    [InlineData(1, 1, new[] { 2 })]
    [InlineData(1, 2, new[] { 1, 2 })]
    [InlineData(1, 0, new[] { 0, 1, 2, 3 })]
    public void Only_the_most_likely_are_drawn(double temperature, int topK, int[] expected)
    {
        var sampler = new Sampler { Temperature = temperature, TopK = topK };
        var random = new SplitMix64(1);
        var drawn = new SortedSet<int>();
        for (var i = 0; i < 500; i++)
            drawn.Add(sampler.Draw([0, 1, 2, 0], ref random));
        Assert.Equal(expected, drawn);
    }

    [Fact]
    public void Draws_follow_the_softmax()
    {
        var random = new SplitMix64(1);
        var sampler = new Sampler { Temperature = 0.5, TopK = 0 };
        var zeros = Enumerable.Range(0, 10_000).Count(_ => sampler.Draw([1, 0.5f], ref random) == 0);
        Assert.InRange(zeros / 10_000.0, 0.716, 0.746); // e / (e + 1) = 0.731 within three deviations
    }
}
