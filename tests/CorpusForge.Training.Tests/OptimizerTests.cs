using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CorpusForge.Training.Tests;

public sealed class OptimizerTests : IDisposable
{
    private static readonly ModelShape s_shape = new() { Layers = 2, Heads = 2, Width = 16, Context = 12, VocabularySize = 50 };
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void It_is_torchs_AdamW()
    {
        using var model = new Transformer(s_shape, seed: 1);
        using var optimizer = new Optimizer(model, OptimizerKind.AdamW, weightDecay: 0.1);
        using var matrices = nn.Parameter(model.Weights.narrow(0, 0, model.Matrices).clone());
        using var gains = nn.Parameter(model.Weights.narrow(0, model.Matrices, model.Weights.numel() - model.Matrices).clone());
        using var decays = optim.AdamW([matrices], 0.01, 0.9, 0.95, 1e-8, weight_decay: 0.1);
        using var stays = optim.AdamW([gains], 0.01, 0.9, 0.95, 1e-8, weight_decay: 0);
        for (var step = 1; step <= 5; step++)
        {
            model.Gradients.copy_(randn(model.Gradients.shape, generator: new Generator((ulong)step)));
            matrices.grad = model.Gradients.narrow(0, 0, model.Matrices) * 0.5;
            gains.grad = model.Gradients.narrow(0, model.Matrices, gains.numel()) * 0.5;
            decays.step();
            stays.step();
            optimizer.Step(step, 0.01, scale: 0.5);
        }
        Assert.InRange((model.Weights - cat([matrices, gains])).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void Threads_and_odd_lengths_change_no_bit_and_devices_do_the_same()
    {
        var rates = new AdamWRates(0.7f, 0.99f, 0.01f, 1.3f);
        var (one, two, torch) = (Random(), Random(), Random());
        AdamWKernel.Step(one[0], one[1], one[2], one[3], rates, threads: 1);
        AdamWKernel.Step(two[0], two[1], two[2], two[3], rates, threads: 2);
        Optimizer.OnDevice(torch[0], torch[1], torch[2], torch[3], rates);
        for (var i = 0; i < 4; i++)
        {
            Assert.True(one[i].eq(two[i]).all().item<bool>());
            Assert.InRange((one[i] - torch[i]).abs().max().item<float>(), 0, 1e-6);
        }

        static Tensor[] Random() => [.. Enumerable.Range(0, 4).Select(i => rand(200_001, generator: new Generator((ulong)i)))];
    }

    [Theory]
    [InlineData(24, 24)]
    [InlineData(40, 16)]
    [InlineData(16, 40)]
    public void Orthogonal_matrices_have_singular_values_near_one(int rows, int columns)
    {
        var matrix = randn(rows, columns, generator: new Generator(1)) * 3;
        var values = linalg.svd(Optimizer.Orthogonal(matrix)).S.data<float>().ToArray();
        // Jordan's coefficients leave them between 0.7 and 1.2, the smallest of a square matrix lower.
        Assert.All(rows == columns ? values.SkipLast(2) : values, v => Assert.InRange(v, 0.6, 1.25));
    }

    [Fact]
    public void Muon_moves_matrices_by_an_orthogonal_step_and_the_rest_as_AdamW()
    {
        using var model = new Transformer(s_shape, seed: 1);
        using var plain = new Transformer(s_shape, seed: 1);
        using var muon = new Optimizer(model, OptimizerKind.Muon, weightDecay: 0);
        using var adam = new Optimizer(plain, OptimizerKind.AdamW, weightDecay: 0);
        model.Gradients.copy_(randn(model.Gradients.shape, generator: new Generator(1)));
        plain.Gradients.copy_(model.Gradients);
        var before = model.Weights.clone();
        muon.Step(1, 0.01);
        adam.Step(1, 0.01);
        var rest = model.Weights.numel() - model.HiddenMatrices;
        Assert.True(model.Weights.narrow(0, model.HiddenMatrices, rest).eq(plain.Weights.narrow(0, model.HiddenMatrices, rest)).all().item<bool>());
        var (start, rows, columns) = model.HiddenRanges().First();
        var moved = (before - model.Weights).narrow(0, start, rows * columns).view(rows, columns) / (0.01 * 0.2 * Math.Sqrt(Math.Max(rows, columns)));
        Assert.InRange(linalg.svd(moved).S.amax().item<float>(), 0.9, 1.25);
    }
}
