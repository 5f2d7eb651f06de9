using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter.FastText;

/// <summary>A supervised fastText model: the mean of the rows of a text's words and n-grams, then a linear layer.</summary>
/// <remarks>
/// <para>Reads what fastText 0.9.2 writes (`.bin` and `.ftz`, version 12, and 11): dense and quantised, every loss. Labels are fastText's, probabilities equal its own to 1e-5,
/// which adds 1e-5 to each; so does this. Quantised rows are unpacked when the model is opened.</para>
/// <para>Shared read-only by all workers. Scoring allocates nothing once a thread has its scratch.</para>
/// </remarks>
public sealed class FastTextModel
{
    internal const string LabelPrefix = "__label__";
    private const int SigmoidSteps = 512;
    private const int SigmoidLimit = 8;
    private const int FloatsPerCacheLine = 16;

    /// <summary>How many rows ahead memory is asked.</summary>
    private const int Ahead = 6;

    [ThreadStatic]
    private static Scratch? t_scratch;

    private readonly LabelTree? _tree;

    internal FastTextModel(FastTextSettings settings, FastTextDictionary dictionary, float[] input, float[] output, string digest)
    {
        (Settings, Dictionary, Input, Output, Digest) = (settings, dictionary, input, output, digest);
        Labels = [.. dictionary.Labels.Select(l => l.StartsWith(LabelPrefix, StringComparison.Ordinal) ? l[LabelPrefix.Length..] : l)];
        if (settings.Loss == FastTextLoss.Hierarchical)
            _tree = new LabelTree(dictionary.LabelCounts);
    }

    public FastTextSettings Settings { get; }

    /// <summary>Without their prefix, in the order of the model.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>SHA-256 of the file.</summary>
    public string Digest { get; }

    internal FastTextDictionary Dictionary { get; }
    internal float[] Input { get; }
    internal float[] Output { get; }

    /// <exception cref="InputException">It is no fastText model, or is damaged.</exception>
    public static FastTextModel Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        var digest = Convert.ToHexStringLower(SHA256.HashData(stream));
        stream.Position = 0;
        return FastTextFile.Read(stream, path, digest);
    }

    /// <summary>The probability of each label, in the order of <see cref="Labels"/>; false when the text has no feature that the model knows.</summary>
    public bool TryScore(ReadOnlySpan<char> text, Span<float> probabilities)
    {
        // Not of the shared pool, which gives its arrays up now and then.
        var bytes = Scratch.Sized(ref (t_scratch ??= new Scratch()).Utf8, Encoding.UTF8.GetByteCount(text));
        return TryScore(bytes[..Encoding.UTF8.GetBytes(text, bytes)], probabilities);
    }

    /// <summary>As the other, of UTF-8.</summary>
    public bool TryScore(ReadOnlySpan<byte> text, Span<float> probabilities)
    {
        var scratch = t_scratch ??= new Scratch();
        Dictionary.Features(text, scratch.Rows, scratch.Hashes);
        if (scratch.Rows.Span.IsEmpty)
            return false;
        var hidden = Scratch.Sized(ref scratch.Hidden, Settings.Dimension);
        Mean(Input, scratch.Rows.Span, hidden);
        Score(hidden, scratch, probabilities[..Labels.Count]);
        return true;
    }

    /// <summary>The probability of one label by its place in <see cref="Labels"/>, where one that fastText would print as 1.00001 is 1; NaN when the text has no feature that the model knows.</summary>
    public double Score(ReadOnlySpan<char> text, int label)
    {
        var probabilities = Scratch.Sized(ref (t_scratch ??= new Scratch()).Probabilities, Labels.Count);
        return TryScore(text, probabilities) ? Math.Min(1, probabilities[label]) : double.NaN;
    }

    /// <summary>The most likely label and its probability; null when the text has no feature that the model knows.</summary>
    public (string Label, float Probability)? Best(ReadOnlySpan<char> text)
    {
        var probabilities = Scratch.Sized(ref (t_scratch ??= new Scratch()).Probabilities, Labels.Count);
        if (!TryScore(text, probabilities))
            return null;
        var best = 0;
        for (var label = 1; label < probabilities.Length; label++)
        {
            if (probabilities[label] > probabilities[best])
                best = label;
        }
        return (Labels[best], probabilities[best]);
    }

    /// <summary>In double precision, so that the last bit of the float does not depend on the mathematics library.</summary>
    internal static float Exp(float x) => (float)Math.Exp(x);

    internal static float Log(float x) => (float)Math.Log(x + 1e-5);

    internal static void Mean(float[] input, ReadOnlySpan<int> rows, Span<float> hidden)
    {
        hidden.Clear();
        // The rows lie all over a matrix larger than any cache.
        for (var i = 0; i < Math.Min(Ahead, rows.Length); i++)
            Prefetch(Row(input, rows[i], hidden.Length));
        var at = 0;
        for (; at + 4 <= rows.Length; at += 4)
        {
            for (var i = at + Ahead; i < Math.Min(at + Ahead + 4, rows.Length); i++)
                Prefetch(Row(input, rows[i], hidden.Length));
            AddTo(hidden, Row(input, rows[at], hidden.Length), Row(input, rows[at + 1], hidden.Length), Row(input, rows[at + 2], hidden.Length), Row(input, rows[at + 3], hidden.Length));
        }
        for (; at < rows.Length; at++)
            AddTo(hidden, Row(input, rows[at], hidden.Length), 1);
        var share = 1f / rows.Length;
        foreach (ref var value in hidden)
            value *= share;
    }

    private static unsafe void Prefetch(ReadOnlySpan<float> row)
    {
        if (!Sse.IsSupported)
            return;
        fixed (float* first = row)
        {
            for (var i = 0; i < row.Length; i += FloatsPerCacheLine)
                Sse.Prefetch0(first + i);
        }
    }

    internal static Span<float> Row(float[] matrix, int row, int dimension) =>
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix), (nint)row * dimension), dimension);

    /// <summary>Element by element, so that the width of a register does not show.</summary>
    internal static void AddTo(Span<float> to, ReadOnlySpan<float> from, float times)
    {
        ref var target = ref MemoryMarshal.GetReference(to);
        ref var source = ref MemoryMarshal.GetReference(from);
        var i = 0;
        for (; i + 8 <= to.Length; i += 8)
            (Vector256.LoadUnsafe(ref target, (nuint)i) + (Vector256.LoadUnsafe(ref source, (nuint)i) * times)).StoreUnsafe(ref target, (nuint)i);
        for (; i < to.Length; i++)
            to[i] += from[i] * times;
    }

    /// <summary>One row after the other.</summary>
    private static void AddTo(Span<float> to, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d)
    {
        ref var target = ref MemoryMarshal.GetReference(to);
        var i = 0;
        for (; i + 8 <= to.Length; i += 8)
        {
            var sum = Vector256.LoadUnsafe(ref target, (nuint)i);
            sum += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(a), (nuint)i);
            sum += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(b), (nuint)i);
            sum += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(c), (nuint)i);
            sum += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(d), (nuint)i);
            sum.StoreUnsafe(ref target, (nuint)i);
        }
        for (; i < to.Length; i++)
            to[i] = to[i] + a[i] + b[i] + c[i] + d[i];
    }

    /// <summary>In eight lanes that are added in one order, so that the width of a register does not show.</summary>
    internal static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var lanes = Vector256<float>.Zero;
        var i = 0;
        for (; i + 8 <= a.Length; i += 8)
            lanes += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(a), (nuint)i) * Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(b), (nuint)i);
        var four = lanes.GetLower() + lanes.GetUpper();
        var sum = four[0] + four[1] + (four[2] + four[3]);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private void Score(ReadOnlySpan<float> hidden, Scratch scratch, Span<float> probabilities)
    {
        var dots = Scratch.Sized(ref scratch.Dots, Labels.Count);
        for (var row = 0; row < dots.Length; row++)
            dots[row] = Dot(Row(Output, row, hidden.Length), hidden);
        if (_tree is not null)
            _tree.Score(dots, Scratch.Sized(ref scratch.Nodes, 2 * Labels.Count), probabilities);
        else if (Settings.Loss == FastTextLoss.Softmax)
            Softmax(dots, probabilities);
        else
        {
            for (var label = 0; label < dots.Length; label++)
                probabilities[label] = Log(Sigmoid(dots[label]));
        }
        foreach (ref var p in probabilities)
            p = Exp(p);
    }

    private static void Softmax(ReadOnlySpan<float> dots, Span<float> logarithms)
    {
        var most = dots[0];
        foreach (var dot in dots)
            most = Math.Max(most, dot);
        var sum = 0f;
        for (var i = 0; i < dots.Length; i++)
        {
            logarithms[i] = Exp(dots[i] - most);
            sum += logarithms[i];
        }
        foreach (ref var value in logarithms)
            value = Log(value / sum);
    }

    // fastText looks it up in a table of 512 steps from -8 to 8; the steps are part of its probabilities.
    private static float Sigmoid(float x)
    {
        if (x < -SigmoidLimit)
            return 0;
        if (x > SigmoidLimit)
            return 1;
        var step = (int)((x + SigmoidLimit) * SigmoidSteps / SigmoidLimit / 2);
        return 1f / (1f + Exp(-(((float)step * 2 * SigmoidLimit / SigmoidSteps) - SigmoidLimit)));
    }

    // Of one thread, for all models that it asks in turn.
    private sealed class Scratch
    {
        public float[] Hidden = [], Dots = [], Nodes = [], Probabilities = [];
        public byte[] Utf8 = [];

        public FeatureList Rows { get; } = new();
        public FeatureList Hashes { get; } = new();

        public static Span<T> Sized<T>(ref T[] array, int length)
        {
            if (array.Length < length)
                array = new T[Math.Max(length, (int)Math.Min(Array.MaxLength, 2L * array.Length))];
            return array.AsSpan(0, length);
        }
    }
}
