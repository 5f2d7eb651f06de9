using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>Adam with decoupled weight decay on one flat range of weights.</summary>
/// <remarks>Loshchilov and Hutter 2019; the arithmetic of torch.optim.AdamW, in six operations whatever the number of parameters.</remarks>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8;

    private readonly Transformer _model;
    private readonly double _weightDecay;

    /// <param name="model">Its matrices decay, its gains do not.</param>
    /// <param name="weightDecay">The share of the learning rate by which a weight shrinks each step.</param>
    public AdamW(Transformer model, double weightDecay)
    {
        (_model, _weightDecay) = (model, weightDecay);
        First = zeros_like(model.Weights).DetachFromDisposeScope();
        Second = zeros_like(model.Weights).DetachFromDisposeScope();
    }

    /// <summary>Running mean of the gradients.</summary>
    public Tensor First { get; }

    /// <summary>Running mean of their squares.</summary>
    public Tensor Second { get; }

    /// <param name="step">From 1.</param>
    /// <param name="learningRate">Of this step.</param>
    public void Step(long step, double learningRate)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var gradients = _model.Gradients;
        First.mul_(Beta1).add_(gradients, alpha: 1 - Beta1);
        Second.mul_(Beta2).addcmul_(gradients, gradients, 1 - Beta2);
        _model.Weights.narrow(0, 0, _model.Matrices).mul_(1 - (learningRate * _weightDecay));
        var deviation = Second.sqrt().div_(Math.Sqrt(1 - Math.Pow(Beta2, step))).add_(Epsilon);
        _model.Weights.addcdiv_(First, deviation, -learningRate / (1 - Math.Pow(Beta1, step)));
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
