using System.Numerics;
using System.Text;
using CorpusForge.Filter.FastText;

namespace CorpusForge.Filter;

/// <summary>How a linear model is trained; `corpusforge classifier train`.</summary>
public sealed record LinearTraining
{
    /// <summary>Files of lines `label TAB text`, UTF-8, read in the order given; a line may stand several times.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The model file to write.</summary>
    public required string Output { get; init; }

    public LinearModelFeatures Features { get; init; } = new();

    /// <summary>There are two to the power of this many rows.</summary>
    public int Bits { get; init; } = 16;

    public int Dimension { get; init; } = 16;
    public int Epochs { get; init; } = 20;

    /// <summary>The number of features from which a longer text makes the model no surer; 1 averages, up to 65,535.</summary>
    public int Saturation { get; init; } = 1;

    /// <summary>At the start; falls to zero in a straight line.</summary>
    public double LearningRate { get; init; } = 0.5;

    /// <summary>The share of the features of a text that one visit does not see.</summary>
    public double DropoutShare { get; init; } = 0.3;

    /// <summary>Files of the same form that are only measured on; the softmax is calibrated on them.</summary>
    public IReadOnlyList<string> HeldOut { get; init; } = [];

    public ulong Seed { get; init; } = 1;
}

/// <summary>What a training measured on the texts that it held out.</summary>
/// <param name="Texts">How many were trained on.</param>
/// <param name="HeldOut">How many were only measured on.</param>
/// <param name="MacroAccuracy">The mean over labels of the share of their held-out texts that got it; null when nothing was held out.</param>
/// <param name="Temperature">The logits were divided by it.</param>
/// <param name="LogLoss">Nats a held-out text, after calibration; null when nothing was held out.</param>
/// <param name="Digest">SHA-256 of the model file.</param>
/// <param name="Bytes">The size of the model file.</param>
public sealed record LinearTrained(
    int Texts, int HeldOut, double? MacroAccuracy, double Temperature, double? LogLoss, string Digest, long Bytes);

/// <summary>Trains a <see cref="LinearModel"/> by stochastic gradient descent on labelled lines.</summary>
/// <remarks>
/// One thread, one order, seeded random numbers and no fused arithmetic: the same input gives the same bytes. The
/// temperature is the one of Guo et al. 2017, arXiv:1706.04599.
/// </remarks>
public static class LinearTrainer
{
    /// <exception cref="InvalidDataException">A line is not `label TAB text`, or there are too few or too many labels.</exception>
    public static LinearTrained Train(LinearTraining training, CancellationToken cancel = default)
    {
        var (bits, dimension) = (training.Bits, training.Dimension);
        ArgumentOutOfRangeException.ThrowIfNotEqual(bits is >= 1 and <= LinearModel.MaxBits, true, nameof(training.Bits));
        ArgumentOutOfRangeException.ThrowIfNotEqual(dimension is >= 1 and <= LinearModel.MaxDimension, true, nameof(training.Dimension));
        ArgumentOutOfRangeException.ThrowIfNotEqual(training.Saturation is >= 1 and <= ushort.MaxValue, true, nameof(training.Saturation));
        var (labels, texts, heldOut) = Load(training);
        var state = new State(training, labels);
        var order = Enumerable.Range(0, texts.Count).ToArray();
        var random = new SplitMix64(training.Seed);
        long step = 0, steps = (long)texts.Count * training.Epochs;
        for (var epoch = 0; epoch < training.Epochs; epoch++)
        {
            for (var i = order.Length - 1; i > 0; i--)
            {
                var j = (int)random.Next((ulong)i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }
            foreach (var index in order)
            {
                cancel.ThrowIfCancellationRequested();
                var rate = training.LearningRate * (1 - ((double)step++ / steps));
                state.Learn(texts[index], (float)rate, ref random);
            }
        }
        var (scale, rows) = state.Quantised();
        var temperature = Temperature(state.Model(scale, rows, 1), heldOut);
        var bytes = state.Model(scale, rows, temperature).Write();
        var model = LinearModel.Read(bytes, training.Output);
        File.WriteAllBytes(training.Output, bytes);
        var (accuracy, loss) = Measure(model, heldOut);
        return new LinearTrained(texts.Count, heldOut.Count, accuracy, temperature, loss, model.Digest, bytes.Length);
    }

    private static (string[] Labels, List<Example> Texts, List<(int Label, string Text)> HeldOut) Load(LinearTraining training)
    {
        var lines = Lines(training.Inputs).ToList();
        string[] labels = [.. lines.Select(l => l.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (labels.Length is < 2 or > LinearModel.MaxLabels)
            throw new InvalidDataException($"{labels.Length} labels; a model has 2 to {LinearModel.MaxLabels}");
        var (texts, rows, next) = (new List<Example>(lines.Count), new List<int>(), new int[256]);
        foreach (var (name, text) in lines)
        {
            rows.Clear();
            var reader = new FeatureReader(text, training.Features, training.Bits);
            for (int count; (count = reader.Read(next)) > 0;)
                rows.AddRange(next.AsSpan(0, count));
            if (rows.Count > 0)
                texts.Add(new Example(Label(name), [.. rows]));
        }
        return (labels, texts, [.. Lines(training.HeldOut).Select(l => (Label(l.Label), l.Text))]);

        int Label(string name) => Array.BinarySearch(labels, name, StringComparer.Ordinal) is var label and >= 0 ? label
            : throw new InvalidDataException($"held out: no text to train on has the label '{name}'");
    }

    private static IEnumerable<(string Label, string Text)> Lines(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            var number = 0;
            foreach (var line in File.ReadLines(path, Encoding.UTF8))
            {
                var tab = line.IndexOf('\t');
                number++;
                if (tab <= 0)
                    throw new InvalidDataException($"{path}: line {number}: not `label TAB text`");
                yield return (line[..tab], line[(tab + 1)..]);
            }
        }
    }

    // Golden-section search: the loss has one minimum in the temperature's logarithm.
    private static double Temperature(LinearModel model, List<(int Label, string Text)> heldOut)
    {
        var logits = new List<(int Label, double[] Log)>();
        var p = new double[model.Labels.Count];
        foreach (var (label, text) in heldOut)
            if (model.TryScore(text, p))
                logits.Add((label, [.. p.Select(v => Math.Log(Math.Max(v, 1e-7)))]));
        if (logits.Count == 0)
            return 1;
        var (low, high, golden) = (Math.Log(0.2), Math.Log(5), (Math.Sqrt(5) - 1) / 2);
        for (var i = 0; i < 30; i++)
        {
            var (a, b) = (high - (golden * (high - low)), low + (golden * (high - low)));
            if (Loss(a) < Loss(b))
                high = b;
            else
                low = a;
        }
        return Math.Round(Math.Exp((low + high) / 2), 3);

        double Loss(double logTemperature)
        {
            var (t, loss) = (Math.Exp(logTemperature), 0.0);
            foreach (var (label, log) in logits)
                loss += Math.Log(log.Sum(l => Math.Exp((l - log[label]) / t)));
            return loss;
        }
    }

    private static (double? MacroAccuracy, double? LogLoss) Measure(LinearModel model, List<(int Label, string Text)> heldOut)
    {
        var p = new double[model.Labels.Count];
        var (right, total, loss) = (new int[p.Length], new int[p.Length], 0.0);
        foreach (var (label, text) in heldOut)
        {
            total[label]++;
            if (!model.TryScore(text, p))
                continue;
            loss -= Math.Log(Math.Max(p[label], 1e-6));
            if (p.AsSpan().IndexOf(p.Max()) == label)
                right[label]++;
        }
        var rates = right.Zip(total).Where(x => x.Second > 0).Select(x => (double)x.First / x.Second).ToArray();
        return rates.Length == 0 ? (null, null) : (rates.Average(), loss / heldOut.Count);
    }

    private sealed record Example(int Label, int[] Rows);

    // Weights lie [dimension][label] here, so that every vector operation works element by element.
    private sealed class State
    {
        private readonly float[] _rows, _weights, _bias, _hidden, _gradient, _error;
        private readonly int[] _seen = new int[1 << 20];
        private readonly int _labels, _dimension;
        private readonly LinearTraining _training;
        private readonly string[] _names;

        public State(LinearTraining training, string[] names)
        {
            (_training, _names, _labels, _dimension) = (training, names, names.Length, training.Dimension);
            _rows = new float[_dimension << training.Bits];
            _weights = new float[_dimension * _labels];
            (_bias, _error) = (new float[_labels], new float[_labels]);
            (_hidden, _gradient) = (new float[_dimension], new float[_dimension]);
            var random = new SplitMix64(SplitMix64.Mix(training.Seed));
            foreach (ref var value in _rows.AsSpan())
                value = (float)(((2 * random.NextDouble()) - 1) / _dimension);
        }

        public void Learn(Example example, float rate, ref SplitMix64 random)
        {
            var (count, drop) = (0, (ulong)(_training.DropoutShare * (1UL << 53)));
            foreach (var row in example.Rows)
                if ((random.Next() >> 11) >= drop && count < _seen.Length)
                    _seen[count++] = row;
            if (count == 0)
                return;
            Array.Clear(_hidden);
            for (var i = 0; i < count; i++)
                AddScaled(_hidden, Row(_seen[i]), 1);
            var factor = (float)LinearModel.Factor(count, _training.Saturation);
            Scale(_hidden, factor);
            Softmax();
            for (var k = 0; k < _labels; k++)
                _error[k] = rate * ((k == example.Label ? 1 : 0) - _error[k]);
            for (var d = 0; d < _dimension; d++)
            {
                var weights = _weights.AsSpan(d * _labels, _labels);
                _gradient[d] = FastTextModel.Dot(_error, weights) * factor;
                AddScaled(weights, _error, _hidden[d]);
            }
            AddScaled(_bias, _error, 1);
            for (var i = 0; i < count; i++)
                AddScaled(Row(_seen[i]), _gradient, 1);
        }

        public (float[] Scale, sbyte[] Rows) Quantised()
        {
            var (scale, rows) = (new float[_dimension], new sbyte[_rows.Length]);
            for (var d = 0; d < _dimension; d++)
            {
                for (var i = d; i < _rows.Length; i += _dimension)
                    scale[d] = Math.Max(scale[d], Math.Abs(_rows[i]) / 127);
                for (var i = d; i < _rows.Length && scale[d] > 0; i += _dimension)
                    rows[i] = (sbyte)Math.Round(_rows[i] / scale[d]);
            }
            return (scale, rows);
        }

        public LinearModel Model(float[] scale, sbyte[] rows, double temperature)
        {
            var weights = new float[_weights.Length];
            for (var k = 0; k < _labels; k++)
                for (var d = 0; d < _dimension; d++)
                    weights[(k * _dimension) + d] = (float)(_weights[(d * _labels) + k] / temperature);
            float[] bias = [.. _bias.Select(b => (float)(b / temperature))];
            return new LinearModel(_training.Features, _training.Saturation, _names, _training.Bits, _dimension, scale, weights, bias, rows);
        }

        private Span<float> Row(int row) => _rows.AsSpan(row * _dimension, _dimension);

        private void Softmax()
        {
            _bias.CopyTo(_error, 0);
            for (var d = 0; d < _dimension; d++)
                AddScaled(_error, _weights.AsSpan(d * _labels, _labels), _hidden[d]);
            var (highest, total) = (_error.Max(), 0f);
            foreach (ref var value in _error.AsSpan())
                total += value = MathF.Exp(value - highest);
            Scale(_error, 1 / total);
        }

        private static void AddScaled(Span<float> target, ReadOnlySpan<float> values, float factor)
        {
            var i = 0;
            for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
                (new Vector<float>(target[i..]) + (new Vector<float>(values[i..]) * factor)).CopyTo(target[i..]);
            for (; i < target.Length; i++)
                target[i] += values[i] * factor;
        }

        private static void Scale(Span<float> target, float factor)
        {
            foreach (ref var value in target)
                value *= factor;
        }
    }
}
