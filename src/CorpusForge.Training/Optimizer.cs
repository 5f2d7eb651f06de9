using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>How the weights follow the gradients.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Orthogonalised momentum for matrices between hidden states, AdamW for the rest.</summary>
    Muon,
}

/// <summary>Moves the flat weights of a model against its flat gradients.</summary>
/// <remarks>
/// AdamW: Loshchilov and Hutter 2019, the arithmetic of torch.optim.AdamW. Muon: Jordan et al. 2024, with the step sizes of Liu et al. 2025
/// (0.2 × √ of the larger side), so that one learning rate and one decay serve both. Matrices decay, gains and biases do not.
/// </remarks>
internal sealed class Optimizer : IDisposable
{
    internal const float Beta1 = 0.9f, Beta2 = 0.95f, Epsilon = 1e-8f;
    private const double Momentum = 0.95;

    private readonly Transformer _model;
    private readonly double _weightDecay;
    private readonly int _threads;
    private readonly long _start;

    public Optimizer(Transformer model, OptimizerKind kind, double weightDecay, int threads = 1)
    {
        (_model, _weightDecay, _threads) = (model, weightDecay, threads);
        _start = kind == OptimizerKind.Muon ? model.HiddenMatrices : 0;
        First = zeros_like(model.Weights).DetachFromDisposeScope();
        Second = zeros(model.Weights.numel() - _start, device: model.Device).DetachFromDisposeScope();
    }

    /// <summary>Running mean of the gradients; for Muon's matrices the momentum.</summary>
    public Tensor First { get; }

    /// <summary>Running mean of their squares, without Muon's matrices.</summary>
    public Tensor Second { get; }

    /// <param name="step">From 1.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="scale">What the gradients are multiplied with.</param>
    public void Step(long step, double learningRate, double scale = 1)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        if (_start > 0)
            Muon(learningRate, scale);
        AdamW(_start, _model.Matrices - _start, _weightDecay);
        AdamW(_model.Matrices, _model.Weights.numel() - _model.Matrices, 0);

        void AdamW(long start, long length, double decay)
        {
            var (first, second) = (1 - Math.Pow(Beta1, step), 1 - Math.Pow(Beta2, step));
            var rates = new AdamWRates((float)scale, (float)(1 - (learningRate * decay)), (float)(learningRate / first), (float)(1 / Math.Sqrt(second)));
            var (weights, gradients) = (_model.Weights.narrow(0, start, length), _model.Gradients.narrow(0, start, length));
            var (means, squares) = (First.narrow(0, start, length), Second.narrow(0, start - _start, length));
            if (_model.Device.type == TorchSharp.DeviceType.CPU)
                AdamWKernel.Step(weights, gradients, means, squares, rates, _threads);
            else
                OnDevice(weights, gradients, means, squares, rates);
        }
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    /// <summary>The same in operations of torch, for devices.</summary>
    internal static void OnDevice(Tensor weights, Tensor gradients, Tensor means, Tensor squares, AdamWRates rates)
    {
        using var scope = NewDisposeScope();
        means.mul_(Beta1).add_(gradients, alpha: (1 - Beta1) * rates.Scale);
        squares.mul_(Beta2).addcmul_(gradients, gradients, (1 - Beta2) * rates.Scale * rates.Scale);
        weights.mul_(rates.Keep).addcdiv_(means, squares.sqrt().mul_(rates.Root).add_(Epsilon), -rates.Rate);
    }

    private void Muon(double learningRate, double scale)
    {
        foreach (var (start, rows, columns) in _model.HiddenRanges())
        {
            using var scope = NewDisposeScope();
            var (weights, momentum) = (Of(_model.Weights), Of(First));
            var gradient = Of(_model.Gradients) * scale;
            momentum.mul_(Momentum).add_(gradient);
            var direction = Orthogonal(gradient.add_(momentum, alpha: Momentum));
            weights.mul_(1 - (learningRate * _weightDecay)).add_(direction, alpha: -learningRate * 0.2 * Math.Sqrt(Math.Max(rows, columns)));

            Tensor Of(Tensor flat) => flat.narrow(0, start, rows * columns).view(rows, columns);
        }
    }

    /// <summary>Brings the singular values of a matrix near one: five rounds of Newton–Schulz with Jordan's coefficients.</summary>
    internal static Tensor Orthogonal(Tensor matrix)
    {
        var wide = matrix.shape[0] <= matrix.shape[1];
        var x = matrix / (matrix.square().sum().sqrt() + 1e-7);
        if (matrix.device_type == TorchSharp.DeviceType.CUDA)
            x = x.to(ScalarType.BFloat16);
        x = wide ? x : x.t();
        for (var round = 0; round < 5; round++)
        {
            var square = x.matmul(x.t());
            x = (x * 3.4445) + ((square * -4.7750) + (square.matmul(square) * 2.0315)).matmul(x);
        }
        return (wide ? x : x.t()).to(ScalarType.Float32);
    }
}

/// <summary>The numbers of one AdamW step.</summary>
/// <param name="Scale">Of the gradients.</param>
/// <param name="Keep">The share of a weight that decay leaves.</param>
/// <param name="Rate">Learning rate over the correction of the means.</param>
/// <param name="Root">One over the root of the correction of the squares.</param>
internal readonly record struct AdamWRates(float Scale, float Keep, float Rate, float Root);

/// <summary>AdamW over flat ranges in one pass.</summary>
/// <remarks>No fused multiply-add, so the bits depend neither on the width of vectors nor on the number of threads.</remarks>
internal static class AdamWKernel
{
    private const int Piece = 1 << 16;

    public static void Step(Tensor weights, Tensor gradients, Tensor means, Tensor squares, AdamWRates rates, int threads)
    {
        var pieces = (int)((weights.numel() + Piece - 1) / Piece);
        if (threads == 1 || pieces == 1)
        {
            // A span of bytes ends at 2 GiB.
            const long Most = 1 << 28;
            for (var start = 0L; start < weights.numel(); start += Most)
                Step(Floats(weights, start, Most), Floats(gradients, start, Most), Floats(means, start, Most), Floats(squares, start, Most), rates);
            return;
        }
        Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => Step(
            Floats(weights, (long)i * Piece, Piece), Floats(gradients, (long)i * Piece, Piece), Floats(means, (long)i * Piece, Piece),
            Floats(squares, (long)i * Piece, Piece), rates));
    }

    public static void Step(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> means, Span<float> squares, AdamWRates rates)
    {
        var i = 0;
        var (scale, keep, rate, root, epsilon) = (new Vector<float>(rates.Scale), new Vector<float>(rates.Keep), new Vector<float>(rates.Rate),
            new Vector<float>(rates.Root), new Vector<float>(Optimizer.Epsilon));
        var (beta1, beta2, rest1, rest2) = (new Vector<float>(Optimizer.Beta1), new Vector<float>(Optimizer.Beta2),
            new Vector<float>(1 - Optimizer.Beta1), new Vector<float>(1 - Optimizer.Beta2));
        for (; i <= weights.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var gradient = new Vector<float>(gradients[i..]) * scale;
            var mean = (new Vector<float>(means[i..]) * beta1) + (gradient * rest1);
            var square = (new Vector<float>(squares[i..]) * beta2) + (gradient * gradient * rest2);
            mean.CopyTo(means[i..]);
            square.CopyTo(squares[i..]);
            ((new Vector<float>(weights[i..]) * keep) - (mean * rate / ((Vector.SquareRoot(square) * root) + epsilon))).CopyTo(weights[i..]);
        }
        for (; i < weights.Length; i++)
        {
            var gradient = gradients[i] * rates.Scale;
            means[i] = (means[i] * Optimizer.Beta1) + (gradient * (1 - Optimizer.Beta1));
            squares[i] = (squares[i] * Optimizer.Beta2) + (gradient * gradient * (1 - Optimizer.Beta2));
            weights[i] = (weights[i] * rates.Keep) - (means[i] * rates.Rate / ((MathF.Sqrt(squares[i]) * rates.Root) + Optimizer.Epsilon));
        }
    }

    private static Span<float> Floats(Tensor tensor, long start, long most)
    {
        using var part = tensor.narrow(0, start, Math.Min(most, tensor.numel() - start));
        return MemoryMarshal.Cast<byte, float>(part.bytes);
    }
}
