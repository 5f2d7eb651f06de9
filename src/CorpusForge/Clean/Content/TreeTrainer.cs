namespace CorpusForge.Clean.Content;

/// <summary>Grows the trees of a <see cref="ContentModel"/>: gradient boosting of the logistic loss, every level of a tree one question.</summary>
/// <remarks>Each tree sees a sample of the rows, drawn by their weights, and of the features. The same rows and seed give the same trees.</remarks>
internal sealed class TreeTrainer
{
    private const int MaxBins = 64;
    private const double MinCurvature = 1e-4;

    private readonly ContentTraining _settings;
    private readonly float[][] _rows;
    private readonly float[] _labels, _weights;
    private readonly float[][] _thresholds;
    private readonly byte[][] _bins;
    private readonly double[] _scores;
    private SplitMix64 _random;

    // The sample of a tree.
    private readonly List<int> _sample = [];
    private readonly float[] _gradient, _curvature;
    private readonly byte[] _leaf;

    private TreeTrainer(ContentTraining settings, float[][] rows, float[] labels, float[] weights)
    {
        (_settings, _rows, _labels, _weights) = (settings, rows, labels, weights);
        _random = new SplitMix64((ulong)settings.Seed);
        _thresholds = [.. rows.Select(Thresholds)];
        _bins = [.. rows.Select((row, f) => Array.ConvertAll(row, value => Bin(_thresholds[f], value)))];
        _scores = new double[labels.Length];
        (_gradient, _curvature, _leaf) = (new float[labels.Length], new float[labels.Length], new byte[labels.Length]);
    }

    /// <summary>Rows are by feature the values of all blocks; a label goes from 0 to 1.</summary>
    public static ContentModel Train(ContentTraining settings, float[][] rows, float[] labels, float[] weights, IReadOnlyDictionary<string, sbyte> words) =>
        new TreeTrainer(settings, rows, labels, weights).Train(words);

    private ContentModel Train(IReadOnlyDictionary<string, sbyte> words)
    {
        double all = 0, positive = 0;
        for (var i = 0; i < _labels.Length; i++)
            (all, positive) = (all + _weights[i], positive + _weights[i] * _labels[i]);
        var bias = (int)Math.Round(Math.Log(positive / (all - positive)) * ContentModel.LogitScale);
        Array.Fill(_scores, (double)bias / ContentModel.LogitScale);
        var features = Enumerable.Range(0, _rows.Length).Where(f => _thresholds[f].Length > 0).ToArray();
        var questions = new List<(int Feature, float Threshold)>();
        var leaves = new List<short>();
        for (var tree = 0; tree < _settings.Trees; tree++)
        {
            Draw(_settings.Rows / all);
            Shuffle(features);
            var some = features.AsSpan(0, Math.Max(1, (int)(features.Length * _settings.FeatureShare))).ToArray();
            var asked = new List<(int Feature, int Bin)>();
            for (var level = 0; level < _settings.Depth; level++)
            {
                var question = BestQuestion(some, 1 << level);
                asked.Add(question);
                foreach (var i in _sample)
                    if (_bins[question.Feature][i] > question.Bin)
                        _leaf[i] |= (byte)(1 << level);
            }
            var values = LeafValues();
            leaves.AddRange(values);
            questions.AddRange(asked.Select(q => (q.Feature, _thresholds[q.Feature][q.Bin])));
            for (var i = 0; i < _scores.Length; i++)
            {
                var leaf = 0;
                for (var level = 0; level < asked.Count; level++)
                    leaf |= _bins[asked[level].Feature][i] > asked[level].Bin ? 1 << level : 0;
                _scores[i] += (double)values[leaf] / ContentModel.LogitScale;
            }
        }
        return new ContentModel(words, _settings.Depth, bias, [.. questions], [.. leaves]);
    }

    /// <summary>Values between which about equally many rows lie; a row is above one when it is larger.</summary>
    private float[] Thresholds(float[] row)
    {
        var sorted = row.ToArray();
        Array.Sort(sorted);
        var thresholds = new List<float>();
        for (var i = 1; i < _settings.Bins && sorted.Length > 0; i++)
        {
            var value = MathF.BitDecrement(sorted[(int)((long)i * sorted.Length / _settings.Bins)]);
            if (value >= sorted[0] && (thresholds.Count == 0 || value > thresholds[^1]))
                thresholds.Add(value);
        }
        return [.. thresholds];
    }

    private static byte Bin(float[] thresholds, float value)
    {
        var at = Array.BinarySearch(thresholds, value);
        return (byte)(at < 0 ? ~at : at);
    }

    private void Draw(double scale)
    {
        _sample.Clear();
        for (var i = 0; i < _labels.Length; i++)
        {
            var chance = Math.Min(1, _weights[i] * scale);
            if (_random.NextDouble() >= chance)
                continue;
            var weight = _weights[i] * scale / chance;
            var p = 1 / (1 + Math.Exp(-_scores[i]));
            _sample.Add(i);
            _gradient[i] = (float)(weight * (p - _labels[i]));
            _curvature[i] = (float)(weight * Math.Max(p * (1 - p), MinCurvature));
            _leaf[i] = 0;
        }
    }

    private void Shuffle(int[] items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)_random.Next((ulong)i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private (int Feature, int Bin) BestQuestion(int[] features, int leaves)
    {
        var sums = new (float Gradient, float Curvature)[leaves * MaxBins];
        var gains = new double[MaxBins];
        var (best, question) = (double.MinValue, (features[0], 0));
        foreach (var feature in features)
        {
            Array.Clear(sums);
            Array.Clear(gains);
            var bins = _bins[feature];
            foreach (var i in _sample)
            {
                ref var sum = ref sums[_leaf[i] * MaxBins + bins[i]];
                sum.Gradient += _gradient[i];
                sum.Curvature += _curvature[i];
            }
            var count = _thresholds[feature].Length;
            for (var leaf = 0; leaf < leaves; leaf++)
            {
                var inLeaf = sums.AsSpan(leaf * MaxBins, count + 1);
                double gradient = 0, curvature = 0, g = 0, c = 0;
                foreach (var (binGradient, binCurvature) in inLeaf)
                    (gradient, curvature) = (gradient + binGradient, curvature + binCurvature);
                for (var bin = 0; bin < count; bin++)
                {
                    (g, c) = (g + inLeaf[bin].Gradient, c + inLeaf[bin].Curvature);
                    gains[bin] += g * g / (c + _settings.Damping) + (gradient - g) * (gradient - g) / (curvature - c + _settings.Damping);
                }
            }
            for (var bin = 0; bin < count; bin++)
                if (gains[bin] > best)
                    (best, question) = (gains[bin], (feature, bin));
        }
        return question;
    }

    private short[] LeafValues()
    {
        var sums = new (double Gradient, double Curvature)[1 << _settings.Depth];
        foreach (var i in _sample)
        {
            ref var sum = ref sums[_leaf[i]];
            sum.Gradient += _gradient[i];
            sum.Curvature += _curvature[i];
        }
        return Array.ConvertAll(sums, s => (short)Math.Clamp(Math.Round(-_settings.LearningRate * s.Gradient / (s.Curvature + _settings.Damping) * ContentModel.LogitScale), short.MinValue, short.MaxValue));
    }
}
