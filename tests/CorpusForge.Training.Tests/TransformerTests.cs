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
        var loss = model.Loss(ids, Ids(3, 12, seed: 6)) / 36;
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

    [Theory]
    [InlineData(ModelFamily.Llama, 0, false)]
    [InlineData(ModelFamily.Llama, 2, true)]
    [InlineData(ModelFamily.Gpt2, 0, false)]
    [InlineData(ModelFamily.Gpt2, 0, true)]
    [InlineData(ModelFamily.Bert, 0, false)]
    public void Fifty_losses_and_the_gradients_are_those_of_plain_operations_in_float64(ModelFamily family, int keyValueHeads, bool untied) =>
        FiftyLosses(new ModelShape { Family = family, Layers = 2, Heads = 4, KeyValueHeads = keyValueHeads, UntiedHead = untied, Width = 32, Context = 24, VocabularySize = 61 }, batch: 4, learningRate: 3e-3);

    // Minutes: only where it is asked for.
    [Theory]
    [InlineData("gpt2-10m")]
    [InlineData("llama-10m")]
    public void Ten_million_parameters_too(string name)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CORPUSFORGE_LONG") is not null, "set CORPUSFORGE_LONG to run it");
        var shape = ModelShape.Of(name, 257) with { Context = 32 };
        Assert.InRange(shape.Parameters, 9_000_000, 12_000_000);
        FiftyLosses(shape, batch: 2, learningRate: 3e-4);
    }

    private static void FiftyLosses(ModelShape shape, int batch, double learningRate)
    {
        using var model = new Transformer(shape, seed: 1, device: null, logitsAtOnce: 20 * shape.VocabularySize);
        using var optimizer = new Optimizer(model, OptimizerKind.AdamW, weightDecay: 0.1);
        using var plain = new PlainModel(model);
        var gradients = model.Published(model.Gradients);
        for (var step = 1; step <= 50; step++)
        {
            using var scope = NewDisposeScope();
            var ids = randint(0, shape.VocabularySize, [batch, shape.Context], ScalarType.Int64, generator: new Generator((ulong)step % 7));
            var targets = (ids + 1) % shape.VocabularySize;
            if (shape.Family == ModelFamily.Bert)
                targets = targets.masked_fill(ids % 5 != 0, Transformer.NoTarget);
            model.Gradients.zero_();
            var counted = targets.ge(0).sum().item<long>();
            var expected = plain.Backward(ids, targets);
            Assert.Equal(expected, model.Backward(ids, targets, 1.0 / counted) / counted, 1e-4);
            if (step is 1 or 2 or 50)
            {
                foreach (var (name, gradient) in gradients)
                    Assert.True((gradient - plain.GradientOf(name)).abs().max().item<double>() < 1e-4 * Math.Max(1, plain.Norm()), $"{name} at step {step}");
            }
            var norm = Math.Sqrt(model.Gradients.square().sum().item<float>());
            Assert.Equal(1, plain.Norm() / norm, 1e-3);
            model.Gradients.mul_(Math.Min(1, 1 / norm));
            var rate = learningRate * Math.Min(1, step / 20.0);
            optimizer.Step(step, rate);
            plain.AdamW(step, rate, 0.1);
        }
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    [InlineData(ModelFamily.Bert)]
    public void Recomputing_changes_no_bit(ModelFamily family)
    {
        using var model = new Transformer(s_shape with { Family = family }, seed: 1);
        var (ids, targets) = (Ids(3, 12, 5), Ids(3, 12, 6));
        var loss = model.Backward(ids, targets, 0.1);
        var gradients = model.Gradients.clone();
        model.Gradients.zero_();
        Assert.Equal(loss, model.Backward(ids, targets, 0.1, recompute: true));
        Assert.True(gradients.eq(model.Gradients).all().item<bool>());
        Assert.Equal(loss, model.Loss(ids, targets), 1e-3);
    }

    [Fact]
    public void The_size_of_the_pieces_of_the_head_does_not_matter()
    {
        using var whole = new Transformer(s_shape, seed: 1);
        using var pieces = new Transformer(s_shape, seed: 1, device: null, logitsAtOnce: 7 * 50);
        Assert.Equal(whole.Backward(Ids(3, 12, 5), Ids(3, 12, 6), 1), pieces.Backward(Ids(3, 12, 5), Ids(3, 12, 6), 1), 1e-4);
        Assert.InRange((whole.Gradients - pieces.Gradients).abs().max().item<float>(), 0, 1e-5);
    }

    [Fact]
    public void An_encoder_sees_both_sides()
    {
        using var model = new Transformer(s_shape with { Family = ModelFamily.Bert }, seed: 1);
        var ids = Ids(1, 12, seed: 5);
        var changed = ids.clone();
        changed[0, 7] = (ids[0, 7] + 1) % 50;
        Assert.All((model.Logits(ids) - model.Logits(changed)).abs().amax([0, 2]).data<float>().ToArray(), d => Assert.True(d > 0));
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
        model.Backward(Ids(1, 12, 5), Ids(1, 12, 6), 1);
        var gradients = model.Published(model.Gradients);
        Assert.Equal(model.Gradients.square().sum().item<float>(), gradients.Sum(g => g.Tensor.square().sum().item<float>()), 1e-2);
        using (no_grad())
        {
            model.Weights.narrow(0, 0, model.Matrices).fill_(4);
            model.Weights.narrow(0, 0, model.HiddenMatrices).fill_(5);
        }
        Assert.All(model.Parameters, p => Assert.Equal(p.Tensor.dim() == 1 ? 3 : p.Name.Contains("embed") ? 4 : 5, p.Tensor.amax().item<float>()));
        Assert.Equal(model.HiddenMatrices, model.HiddenRanges().Sum(r => r.Rows * r.Columns));
    }

    [Fact]
    public void RmsNorm_is_the_plain_formula()
    {
        float[] x = [1, -2, 3, 0.5f], gain = [1, 2, -1, 0.5f];
        var root = Math.Sqrt((x.Sum(v => (double)v * v) / 4) + 1e-5);
        var actual = Llama.RmsNorm(tensor(x), tensor(gain), 1e-5).data<float>().ToArray();
        for (var i = 0; i < 4; i++)
            Assert.Equal(x[i] / root * gain[i], actual[i], 1e-6);
    }

    [Fact]
    public void Rotation_is_the_plain_formula()
    {
        var (cosine, sine) = Llama.Rotations(s_shape, CPU);
        var x = randn(1, 12, 1, 8, generator: new Generator(1));
        (cosine, sine) = (cosine.unsqueeze(1), sine.unsqueeze(1));
        var actual = Llama.Rotate(x, cosine, sine);
        for (var position = 0; position < 12; position++)
        {
            for (var i = 0; i < 4; i++)
            {
                var angle = position / Math.Pow(10_000, i / 4.0);
                var (a, b) = (x[0, position, 0, i].item<float>(), x[0, position, 0, i + 4].item<float>());
                Assert.Equal((a * Math.Cos(angle)) - (b * Math.Sin(angle)), actual[0, position, 0, i].item<float>(), 1e-5);
                Assert.Equal((b * Math.Cos(angle)) + (a * Math.Sin(angle)), actual[0, position, 0, i + 4].item<float>(), 1e-5);
            }
        }
    }

    [Fact]
    public void In_bfloat16_losses_are_near_and_gradients_whole()
    {
        using var model = new Transformer(s_shape, seed: 1);
        var (ids, targets) = (Ids(3, 12, 5), Ids(3, 12, 6));
        var loss = model.Backward(ids, targets, 0.1);
        var gradients = model.Gradients.clone();
        model.BFloat16 = true;
        foreach (var recompute in new[] { false, true })
        {
            model.Gradients.zero_();
            var low = model.Backward(ids, targets, 0.1, recompute);
            Assert.Equal(loss, low, 0.5);
            Assert.NotEqual(loss, low);
            Assert.InRange((model.Gradients - gradients).norm().item<float>() / gradients.norm().item<float>(), 1e-5, 0.05);
        }
    }

    [Theory]
    [InlineData("gpt-tiny", 256, 500_000, 1_000_000)]
    [InlineData("gpt-small", 50_257, 120_000_000, 130_000_000)]
    [InlineData("gpt-medium", 50_257, 340_000_000, 365_000_000)]
    [InlineData("gpt2-124m", 50_257, 124_439_808, 124_439_808)]
    [InlineData("gpt2-1558m", 50_257, 1_557_611_200, 1_557_611_200)]
    [InlineData("llama-350m", 32_000, 300_000_000, 360_000_000)]
    [InlineData("bert-110m", 30_522, 109_000_000, 111_000_000)]
    public void Named_sizes_are_what_their_names_say(string name, int vocabulary, long least, long most) =>
        Assert.InRange(ModelShape.Of(name, vocabulary).Parameters, least, most);

    [Fact]
    public void An_unknown_size_names_the_known_ones() =>
        Assert.Contains("gpt-small", Assert.Throws<TrainingException>(() => ModelShape.Of("gpt-huge", 2)).Message);

    [Theory]
    [InlineData(ModelFamily.Llama, 1, true)]
    [InlineData(ModelFamily.Llama, 2, false)]
    [InlineData(ModelFamily.Gpt2, 2, true)]
    [InlineData(ModelFamily.Bert, 2, false)]
    public void The_config_gives_the_shape_back(ModelFamily family, int keyValueHeads, bool untied)
    {
        var shape = s_shape with { Family = family, KeyValueHeads = keyValueHeads, UntiedHead = untied, Hidden = 40, Epsilon = 1e-6, RotaryBase = family == ModelFamily.Llama ? 500 : 10_000 };
        var back = ModelShape.OfConfig(shape.ToConfig(endOfText: null));
        Assert.Equal(shape, back with { KeyValueHeads = keyValueHeads });
    }

    [Theory]
    [InlineData("rope_theta")]
    [InlineData("rope_parameters")]
    public void The_base_of_the_positions_is_read_where_older_and_newer_configs_have_it(string without)
    {
        var config = System.Text.Json.Nodes.JsonNode.Parse((s_shape with { RotaryBase = 500 }).ToConfig(endOfText: null))!.AsObject();
        Assert.True(config.Remove(without));
        Assert.Equal(500, ModelShape.OfConfig(config.ToJsonString()).RotaryBase);
    }

    [Theory]
    [InlineData("""{"model_type":"mamba"}""", "mamba")]
    [InlineData("""{"model_type":"llama","rope_scaling":{"factor":8}}""", "rope_scaling")]
    [InlineData("""{"model_type":"llama","rope_parameters":{"rope_type":"llama3","factor":8}}""", "rope_type")]
    [InlineData("""{"model_type":"llama","rope_parameters":{"partial_rotary_factor":0.5}}""", "partial_rotary_factor")]
    [InlineData("""{"model_type":"gpt2","activation_function":"relu"}""", "activation_function")]
    public void A_config_of_what_is_not_here_is_refused(string json, string named) =>
        Assert.Contains(named, Assert.Throws<TrainingException>(() => ModelShape.OfConfig(json)).Message);

    private static Tensor Ids(int batch, int time, ulong seed) => randint(0, 50, [batch, time], ScalarType.Int64, generator: new Generator(seed));
}
