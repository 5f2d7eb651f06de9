using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CorpusForge.Filter;

/// <summary>A small text classifier: the mean of the embeddings of a text's features, scaled by how many there are, then softmax.</summary>
/// <remarks>
/// <para>Joulin et al. 2017, arXiv:1607.01759 (the supervised model of fastText), with rows of signed bytes. A row is
/// found by the hash of a feature; collisions share it. The mean of n features is multiplied by the root of min(n,
/// <see cref="Saturation"/>), since the noise of a mean falls with that root; at 1 the mean is left alone.</para>
/// <para>The sum over features is a sum of integers, so it is exact, may be made of the sums of parts, and does not depend on the
/// width of a vector register; what follows is done label by label in one order. Probabilities are rounded to 1e-6.</para>
/// <para>Shared read-only by all workers; scratch lives on the stack of the caller.</para>
/// </remarks>
public sealed partial class LinearModel
{
    internal const int MaxLabels = 1024, MaxDimension = 256, MaxBits = 24;

    // So many signed bytes cannot overflow the 16 bits that they are summed in.
    private const int Batch = short.MaxValue / 128;

    private readonly float[] _scale, _weights, _bias, _columns;
    private readonly sbyte[] _rows;
    private readonly int _stride;

    internal LinearModel(
        LinearModelFeatures features, int saturation, IReadOnlyList<string> labels, int bits, int dimension, float[] scale, float[] weights, float[] bias,
        sbyte[] rows, string digest = "")
    {
        (Features, Saturation, Labels, Bits, Dimension) = (features, saturation, labels, bits, dimension);
        (_scale, _weights, _bias, _rows, Digest) = (scale, weights, bias, rows, digest);
        _stride = (labels.Count + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;
        _columns = new float[_stride * dimension];
        for (var label = 0; label < labels.Count; label++)
            for (var d = 0; d < dimension; d++)
                _columns[(d * _stride) + label] = weights[(label * dimension) + d] * scale[d];
    }

    public LinearModelFeatures Features { get; }

    /// <summary>The number of features from which a longer text makes the model no surer.</summary>
    public int Saturation { get; }

    public IReadOnlyList<string> Labels { get; }

    /// <summary>There are two to the power of this many rows.</summary>
    public int Bits { get; }

    public int Dimension { get; }

    /// <summary>SHA-256 of the file that the model was read from, lower-case hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>Sets the probability of every label; false when the text has no feature at all.</summary>
    public bool TryScore(ReadOnlySpan<char> text, Span<double> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, Labels.Count);
        Span<long> sum = stackalloc long[Dimension];
        sum.Clear();
        var count = Sum(text, sum);
        if (count == 0)
            return false;
        Span<float> logits = stackalloc float[Labels.Count];
        Score(sum, count, logits);
        Softmax(logits, probabilities);
        return true;
    }

    /// <summary>Adds the rows of the text's features to the sum; returns how many features.</summary>
    internal int Sum(ReadOnlySpan<char> text, Span<long> sum)
    {
        Span<int> rows = stackalloc int[Batch];
        var reader = new FeatureReader(text, Features, Bits);
        var total = 0;
        for (int count; (count = reader.Read(rows)) > 0; total += count)
            AddRows(rows[..count], sum);
        return total;
    }

    /// <summary>The logarithm of each label's weight for the sum of so many rows.</summary>
    internal void Score(ReadOnlySpan<long> sum, int count, Span<float> logits)
    {
        Span<float> scores = stackalloc float[_stride];
        scores.Clear();
        _bias.CopyTo(scores);
        var factor = Factor(count, Saturation);
        ref var column = ref MemoryMarshal.GetArrayDataReference(_columns);
        for (var d = 0; d < Dimension; d++)
        {
            var value = Vector256.Create((float)(sum[d] * factor));
            for (var label = 0; label < _stride; label += Vector256<float>.Count)
            {
                var to = scores[label..];
                (Vector256.Create<float>(to) + (Vector256.LoadUnsafe(ref column, (nuint)((d * _stride) + label)) * value)).CopyTo(to);
            }
        }
        scores[..logits.Length].CopyTo(logits);
    }

    internal static void Softmax(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        var highest = float.NegativeInfinity;
        foreach (var logit in logits)
            highest = Math.Max(highest, logit);
        var total = 0.0;
        for (var label = 0; label < logits.Length; label++)
            total += probabilities[label] = Math.Exp(logits[label] - highest);
        foreach (ref var p in probabilities)
            p = Math.Round(p / total, 6, MidpointRounding.AwayFromZero);
    }

    internal static double Factor(int count, int saturation) => Math.Sqrt(Math.Min(count, saturation)) / count;

    internal static int RowOf(ulong feature, int bits) => (int)((feature ^ (feature >> 29)) * 0xBF58476D1CE4E5B9 >> (64 - bits));

    // Two registers hold the sums of 32 columns.
    private void AddRows(ReadOnlySpan<int> rows, Span<long> sum)
    {
        ref var cells = ref MemoryMarshal.GetArrayDataReference(_rows);
        var (dimension, d) = ((nuint)Dimension, 0);
        Span<short> block = stackalloc short[2 * Vector256<short>.Count];
        for (; d <= Dimension - block.Length; d += block.Length)
        {
            var (low, high) = (Vector256<short>.Zero, Vector256<short>.Zero);
            foreach (var row in rows)
            {
                ref var cell = ref Unsafe.Add(ref cells, ((nuint)row * dimension) + (nuint)d);
                low += Vector256.WidenLower(Vector128.LoadUnsafe(ref cell).ToVector256Unsafe());
                high += Vector256.WidenLower(Vector128.LoadUnsafe(ref cell, 16).ToVector256Unsafe());
            }
            low.CopyTo(block);
            high.CopyTo(block[Vector256<short>.Count..]);
            for (var i = 0; i < block.Length; i++)
                sum[d + i] += block[i];
        }
        for (; d < Dimension; d++)
            foreach (var row in rows)
                sum[d] += _rows[(row * Dimension) + d];
    }
}
