using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>Tells steps whose loss or gradient norm lies far above those before it.</summary>
/// <remarks>As llm.c: a step is an outlier when either exceeds its mean over the last 128 steps by more than so many standard deviations.</remarks>
internal sealed class OutlierGuard(double deviations) : IDisposable
{
    private const int Window = 128;

    /// <summary>Losses, norms, and how many were seen; part of a checkpoint.</summary>
    public Tensor State { get; } = zeros((2 * Window) + 1).DetachFromDisposeScope();

    /// <summary>Whether the step should not be taken; it counts for the next ones either way.</summary>
    public bool Outlier(double loss, double norm)
    {
        var state = MemoryMarshal.Cast<byte, float>(State.bytes);
        var seen = (int)state[^1];
        var outlier = deviations > 0 && seen >= Window && (Far(state[..Window], loss) || Far(state.Slice(Window, Window), norm));
        (state[seen % Window], state[Window + (seen % Window)]) = ((float)loss, (float)norm);
        // The count stays small, so that it is exact.
        state[^1] = seen + 1 < 2 * Window ? seen + 1 : Window;
        return outlier;
    }

    public void Dispose() => State.Dispose();

    private bool Far(ReadOnlySpan<float> window, double value)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var earlier in window)
        {
            sum += earlier;
            squares += (double)earlier * earlier;
        }
        var mean = sum / Window;
        return value - mean > deviations * Math.Sqrt(Math.Max(0, (squares / Window) - (mean * mean)));
    }
}
