using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CorpusForge.Training;

/// <summary>A decoder-only transformer of the Llama family: RMSNorm, rotary positions, SwiGLU, tied embeddings, no biases.</summary>
/// <remarks>
/// Zhang and Sennrich 2019 (RMSNorm), Su et al. 2021 (RoPE, rotate-half layout), Shazeer 2020 (SwiGLU), Touvron et al. 2023.
/// All weights lie in one flat tensor, and so do the gradients: matrices first, then the gains of the norms, which do not decay.
/// Clearing gradients, clipping, the optimizer and checkpoints thus work on whole ranges, whatever the number of layers.
/// </remarks>
public sealed class Transformer : IDisposable
{
    internal const double Epsilon = 1e-5;
    internal const double RotaryBase = 10_000;

    /// <summary>The target of a position that has none.</summary>
    public const long NoTarget = -100;

    private const double InitialDeviation = 0.02;

    private readonly Tensor _cosine, _sine;
    private readonly Tensor _embedding, _norm;
    private readonly Layer[] _layers;
    private readonly List<NamedTensor> _parameters = [];

    /// <param name="shape">The size.</param>
    /// <param name="seed">The initial weights are a function of shape and seed alone, on every machine.</param>
    /// <param name="device">Where the weights live.</param>
    public Transformer(ModelShape shape, long seed, Device? device = null)
    {
        if (shape.Width % (2 * shape.Heads) != 0 || shape.Context < 1 || shape.Layers < 1 || shape.VocabularySize < 2)
            throw new TrainingException($"No model has this shape: {shape}.");
        Shape = shape;
        Device = device ?? CPU;
        using var scope = NewDisposeScope();
        Weights = zeros(shape.Parameters, device: Device).DetachFromDisposeScope();
        Gradients = zeros(shape.Parameters, device: Device).DetachFromDisposeScope();

        var (w, h) = (shape.Width, shape.Hidden);
        _embedding = Take("model.embed_tokens.weight", shape.VocabularySize, w);
        var matrices = Enumerable.Range(0, shape.Layers).Select(i => (
            Query: Take($"model.layers.{i}.self_attn.q_proj.weight", w, w),
            Key: Take($"model.layers.{i}.self_attn.k_proj.weight", w, w),
            Value: Take($"model.layers.{i}.self_attn.v_proj.weight", w, w),
            Output: Take($"model.layers.{i}.self_attn.o_proj.weight", w, w),
            Gate: Take($"model.layers.{i}.mlp.gate_proj.weight", h, w),
            Up: Take($"model.layers.{i}.mlp.up_proj.weight", h, w),
            Down: Take($"model.layers.{i}.mlp.down_proj.weight", w, h))).ToArray();
        Matrices = Taken;
        _layers = [.. matrices.Select((m, i) => new Layer(
            Take($"model.layers.{i}.input_layernorm.weight", w), m.Query, m.Key, m.Value, m.Output,
            Take($"model.layers.{i}.post_attention_layernorm.weight", w), m.Gate, m.Up, m.Down))];
        _norm = Take("model.norm.weight", w);

        Initialise(seed);
        (_cosine, _sine) = Rotations(shape, Device);
    }

    public ModelShape Shape { get; }
    public Device Device { get; }

    /// <summary>Every parameter under the name it has in Hugging Face's Llama.</summary>
    public IReadOnlyList<NamedTensor> Parameters => _parameters;

    /// <summary>All weights; the parameters are views of it.</summary>
    public Tensor Weights { get; }

    /// <summary>All gradients; backward adds to them in place.</summary>
    public Tensor Gradients { get; }

    /// <summary>How many of the weights, from the start, belong to matrices.</summary>
    public long Matrices { get; }

    /// <summary>Logits of the next token, [batch, time, vocabulary], for token ids of [batch, time].</summary>
    public Tensor Logits(Tensor ids)
    {
        var x = _embedding.index_select(0, ids.view(-1)).view(ids.shape[0], ids.shape[1], Shape.Width);
        foreach (var layer in _layers)
        {
            x = x + Attention(layer, RmsNorm(x, layer.AttentionNorm));
            var normed = RmsNorm(x, layer.FeedForwardNorm);
            x = x + F.linear(F.silu(F.linear(normed, layer.Gate)) * F.linear(normed, layer.Up), layer.Down);
        }
        return F.linear(RmsNorm(x, _norm), _embedding);
    }

    /// <summary>The sum of the cross-entropies, in nats, over the positions that have a target.</summary>
    public Tensor Loss(Tensor ids, Tensor targets) =>
        F.cross_entropy(Logits(ids).view(-1, Shape.VocabularySize), targets.view(-1), ignore_index: NoTarget, reduction: nn.Reduction.Sum);

    public void Dispose()
    {
        foreach (var parameter in _parameters)
            parameter.Tensor.Dispose();
        Weights.Dispose();
        Gradients.Dispose();
        _cosine.Dispose();
        _sine.Dispose();
    }

    internal static Tensor RmsNorm(Tensor x, Tensor gain) => x * (x.square().mean([-1], keepdim: true) + Epsilon).rsqrt() * gain;

    /// <summary>Turns each pair (i, i + half) of a head by the angle of its position; x is [batch, head, time, width].</summary>
    internal static Tensor Rotate(Tensor x, Tensor cosine, Tensor sine)
    {
        var time = x.shape[2];
        var halves = x.chunk(2, -1);
        var turned = cat([-halves[1], halves[0]], -1);
        return (x * cosine.narrow(0, 0, time)) + (turned * sine.narrow(0, 0, time));
    }

    internal static (Tensor Cosine, Tensor Sine) Rotations(ModelShape shape, Device device)
    {
        var (cosine, sine) = (new float[shape.Context * shape.HeadWidth], new float[shape.Context * shape.HeadWidth]);
        for (var position = 0; position < shape.Context; position++)
        {
            for (var i = 0; i < shape.HeadWidth; i++)
            {
                var angle = position * Math.Pow(RotaryBase, -2.0 * (i % (shape.HeadWidth / 2)) / shape.HeadWidth);
                (sine[(position * shape.HeadWidth) + i], cosine[(position * shape.HeadWidth) + i]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
        return (OnDevice(cosine), OnDevice(sine));

        Tensor OnDevice(float[] values) => tensor(values, [shape.Context, shape.HeadWidth], device: device).DetachFromDisposeScope();
    }

    private Tensor Attention(Layer layer, Tensor x)
    {
        var (batch, time) = (x.shape[0], x.shape[1]);
        var attended = F.scaled_dot_product_attention(
            Rotate(Heads(layer.Query), _cosine, _sine), Rotate(Heads(layer.Key), _cosine, _sine), Heads(layer.Value), is_casual: true);
        return F.linear(attended.transpose(1, 2).reshape(batch, time, Shape.Width), layer.Output);

        Tensor Heads(Tensor weight) => F.linear(x, weight).view(batch, time, Shape.Heads, Shape.HeadWidth).transpose(1, 2);
    }

    private long Taken => _parameters.Sum(p => p.Tensor.numel());

    // The next parameter of the flat tensors: a leaf that shares their storage.
    private Tensor Take(string name, params long[] shape)
    {
        var (start, length) = (Taken, shape.Aggregate((a, b) => a * b));
        var view = Weights.narrow(0, start, length).view(shape).detach().requires_grad_(true);
        view.grad = Gradients.narrow(0, start, length).view(shape);
        _parameters.Add(new NamedTensor(name, view.DetachFromDisposeScope()));
        return view;
    }

    // Matrices that write to the residual stream start smaller, so that its variance does not grow with depth (GPT-2).
    private void Initialise(long seed)
    {
        using var frozen = no_grad();
        var random = new SplitMix64((ulong)seed);
        foreach (var (name, parameter) in _parameters)
        {
            if (parameter.dim() == 1)
            {
                parameter.fill_(1f);
                continue;
            }
            var residual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
            var scale = InitialDeviation / (residual ? Math.Sqrt(2.0 * Shape.Layers) : 1);
            var values = new float[parameter.numel()];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(scale * Normal(ref random));
            using var initial = tensor(values, parameter.shape, device: Device);
            parameter.copy_(initial);
        }
    }

    // Irwin–Hall: twelve 16-bit uniforms have the variance 1 in units of 2^16. Integers, so the same bits on every machine.
    private static double Normal(ref SplitMix64 random)
    {
        var sum = 0L;
        for (var draw = 0; draw < 3; draw++)
        {
            var bits = random.Next();
            sum += (long)((bits & 0xffff) + ((bits >> 16) & 0xffff) + ((bits >> 32) & 0xffff) + (bits >> 48));
        }
        return (sum - (6 * 65_535)) / 65_536.0;
    }

    private sealed record Layer(
        Tensor AttentionNorm, Tensor Query, Tensor Key, Tensor Value, Tensor Output,
        Tensor FeedForwardNorm, Tensor Gate, Tensor Up, Tensor Down);
}
