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

    [Theory]
    [InlineData(1, new[] { 0, 1, 2, 3 })]
    [InlineData(0.7, new[] { 1, 2 })]
    [InlineData(0.6, new[] { 2 })]
    public void Only_the_tokens_that_have_the_share_are_drawn(double topP, int[] expected)
    {
        // e² : e : 1 : 1 of 12.1, so shares of 0.61, 0.22, 0.08, 0.08.
        var sampler = new Sampler { Temperature = 1, TopK = 0, TopP = topP };
        var random = new SplitMix64(1);
        Assert.Equal(expected, Enumerable.Range(0, 500).Select(_ => sampler.Draw([0, 1, 2, 0], ref random)).Distinct().Order());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(30)]
    public void Scores_are_those_that_drawing_tells(int length)
    {
        using var model = new Transformer(s_shape, seed: 1);
        var drawn = new Sampler { MaxTokens = length - 1, Temperature = 1 }.Draws(model, [1], null, alternatives: 3).ToArray();
        var scored = Sampler.Score(model, [1, .. drawn.Select(d => d.Token)], alternatives: 3).ToArray();
        Assert.Equal(drawn.Select(d => d.Token), scored.Select(d => d.Token));
        // Beyond the context, drawing sees the last tokens and scoring at least half of them.
        for (var i = 0; i < Math.Min(length - 1, s_shape.Context); i++)
            Assert.Equal(drawn[i].LogProbability, scored[i].LogProbability, 1e-4);
        Assert.All(scored, s => Assert.Equal(3, s.Alternatives.Count));
        Assert.All(drawn, d => Assert.True(d.LogProbability <= d.Alternatives[0].LogProbability && d.LogProbability < 0));
    }

    [Fact]
    public void An_encoder_writes_no_text()
    {
        using var model = new Transformer(s_shape with { Family = ModelFamily.Bert }, seed: 1);
        Assert.Contains("encoder", Assert.Throws<TrainingException>(() => new Sampler().Tokens(model, [1])).Message);
    }
}
