using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CorpusForge.Training.Tests;

public sealed class TransformerTests : IDisposable
{
    private static readonly ModelShape s_shape = new() { Layers = 2, Heads = 2, Width = 16, Context = 12, VocabularySize = 50 };
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_first_loss_is_that_of_guessing()
    {
        using var model = new Transformer(s_shape, seed: 1);
        var ids = Ids(3, 12, seed: 5);
        var loss = model.Loss(ids, Ids(3, 12, seed: 6)).item<float>() / 36;
        Assert.InRange(loss, Math.Log(50) - 0.1, Math.Log(50) + 0.1);
    }

    [Fact]
    public void A_later_token_does_not_change_earlier_logits()
    {
        using var model = new Transformer(s_shape, seed: 1);
        var ids = Ids(1, 12, seed: 5);
        var changed = ids.clone();
        changed[0, 7] = (ids[0, 7] + 1) % 50;
        var difference = (model.Logits(ids) - model.Logits(changed)).abs().amax([0, 2]).data<float>().ToArray();
        Assert.All(difference[..7], d => Assert.Equal(0, d));
        Assert.All(difference[7..], d => Assert.True(d > 0));
    }

    [Fact]
    public void Logits_are_those_of_the_plain_formulas()
    {
        using var model = new Transformer(s_shape, seed: 1);
        using (no_grad())
            model.Weights.add_(randn(model.Weights.shape, generator: new Generator(2)) * 0.2);
        var weights = model.Parameters.ToDictionary(p => p.Name, p => p.Tensor.data<float>().Select(v => (double)v).ToArray());
        var ids = Ids(1, 12, seed: 5);
        var expected = PlainLlama.Logits(s_shape, weights, [.. ids.data<long>()]);
        var actual = model.Logits(ids).data<float>().ToArray();
        for (var i = 0; i < actual.Length; i++)
            Assert.Equal(expected[i / 50][i % 50], actual[i], 1e-4);
    }

    [Fact]
    public void Initial_weights_are_a_function_of_the_seed()
    {
        using var one = new Transformer(s_shape, seed: 1);
        using var same = new Transformer(s_shape, seed: 1);
        using var other = new Transformer(s_shape, seed: 2);
        Assert.True(one.Weights.eq(same.Weights).all().item<bool>());
        Assert.False(one.Weights.eq(other.Weights).all().item<bool>());
    }

    [Fact]
    public void Initial_weights_have_the_published_deviation()
    {
        using var model = new Transformer(s_shape with { Width = 128, Heads = 2 }, seed: 1);
        var deviations = model.Parameters.Where(p => p.Tensor.dim() == 2).ToDictionary(p => p.Name, p => p.Tensor.std().item<float>());
        Assert.InRange(deviations["model.layers.0.mlp.up_proj.weight"], 0.0197, 0.0203);
        Assert.InRange(deviations["model.layers.1.self_attn.o_proj.weight"], 0.0098, 0.0102);
        Assert.InRange(model.Weights.narrow(0, 0, model.Matrices).mean().item<float>(), -1e-4, 1e-4);
    }

    [Fact]
    public void Parameters_are_views_of_the_flat_weights_and_are_all_of_them()
    {
        using var model = new Transformer(s_shape, seed: 1);
        Assert.Equal(s_shape.Parameters, model.Parameters.Sum(p => p.Tensor.numel()));
        using (no_grad())
            model.Weights.fill_(3);
        Assert.All(model.Parameters, p => Assert.Equal(3, p.Tensor.amin().item<float>()));
        model.Loss(Ids(1, 12, 5), Ids(1, 12, 6)).backward();
        Assert.Equal(model.Parameters[0].Tensor.grad!.norm().item<float>(), model.Gradients.narrow(0, 0, 50 * 16).norm().item<float>());
        Assert.All(model.Parameters.Where(p => p.Tensor.dim() == 1), p => Assert.True(IndexOf(model, p) >= model.Matrices));
    }

    [Fact]
    public void RmsNorm_is_the_plain_formula()
    {
        float[] x = [1, -2, 3, 0.5f], gain = [1, 2, -1, 0.5f];
        var root = Math.Sqrt((x.Sum(v => (double)v * v) / 4) + 1e-5);
        var actual = Transformer.RmsNorm(tensor(x), tensor(gain)).data<float>().ToArray();
        for (var i = 0; i < 4; i++)
            Assert.Equal(x[i] / root * gain[i], actual[i], 1e-6);
    }

    [Fact]
    public void Rotation_is_the_plain_formula()
    {
        var (cosine, sine) = Transformer.Rotations(s_shape, CPU);
        var x = randn(1, 1, 12, 8, generator: new Generator(1));
        var actual = Transformer.Rotate(x, cosine, sine);
        for (var position = 0; position < 12; position++)
        {
            for (var i = 0; i < 4; i++)
            {
                var angle = position / Math.Pow(10_000, i / 4.0);
                var (a, b) = (x[0, 0, position, i].item<float>(), x[0, 0, position, i + 4].item<float>());
                Assert.Equal((a * Math.Cos(angle)) - (b * Math.Sin(angle)), actual[0, 0, position, i].item<float>(), 1e-5);
                Assert.Equal((b * Math.Cos(angle)) + (a * Math.Sin(angle)), actual[0, 0, position, i + 4].item<float>(), 1e-5);
            }
        }
    }

    [Fact]
    public void The_optimizer_is_torchs_AdamW()
    {
        using var model = new Transformer(s_shape, seed: 1);
        using var optimizer = new AdamW(model, weightDecay: 0.1);
        using var matrices = nn.Parameter(model.Weights.narrow(0, 0, model.Matrices).clone());
        using var gains = nn.Parameter(model.Weights.narrow(0, model.Matrices, model.Weights.numel() - model.Matrices).clone());
        using var decays = optim.AdamW([matrices], 0.01, 0.9, 0.95, 1e-8, weight_decay: 0.1);
        using var stays = optim.AdamW([gains], 0.01, 0.9, 0.95, 1e-8, weight_decay: 0);
        for (var step = 1; step <= 5; step++)
        {
            model.Gradients.copy_(randn(model.Gradients.shape, generator: new Generator((ulong)step)));
            matrices.grad = model.Gradients.narrow(0, 0, model.Matrices).clone();
            gains.grad = model.Gradients.narrow(0, model.Matrices, gains.numel()).clone();
            decays.step();
            stays.step();
            optimizer.Step(step, 0.01);
        }
        Assert.InRange((model.Weights - cat([matrices, gains])).abs().max().item<float>(), 0, 1e-6);
    }

    [Theory]
    [InlineData("gpt-tiny", 256, 500_000, 1_000_000)]
    [InlineData("gpt-small", 50_257, 120_000_000, 130_000_000)]
    [InlineData("gpt-medium", 50_257, 340_000_000, 365_000_000)]
    public void Named_sizes_are_what_their_names_say(string name, int vocabulary, long least, long most) =>
        Assert.InRange(ModelShape.Of(name, null, vocabulary).Parameters, least, most);

    [Fact]
    public void An_unknown_size_names_the_known_ones() =>
        Assert.Contains("gpt-small", Assert.Throws<TrainingException>(() => ModelShape.Of("gpt-huge", null, 2)).Message);

    [Fact]
    public void The_config_gives_the_shape_back() => Assert.Equal(s_shape, ModelShape.OfConfig(s_shape.ToConfig(endOfText: null)));

    private static long IndexOf(Transformer model, NamedTensor parameter) =>
        model.Parameters.TakeWhile(p => p != parameter).Sum(p => p.Tensor.numel());

    private static Tensor Ids(int batch, int time, ulong seed) => randint(0, 50, [batch, time], ScalarType.Int64, generator: new Generator(seed));
}
