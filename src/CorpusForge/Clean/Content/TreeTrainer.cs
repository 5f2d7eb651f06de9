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

    // The sample of a tree, densely: the rows, what is to be corrected, the leaf reached, and by feature the bins.
    private readonly int[] _sample;
    private readonly (float Gradient, float Curvature)[] _loss;
    private readonly byte[] _leaf;
    private readonly byte[][] _sampled;
    private int _count;

    private TreeTrainer(ContentTraining settings, float[][] rows, float[] labels, float[] weights)
    {
        (_settings, _rows, _labels, _weights) = (settings, rows, labels, weights);
        _random = new SplitMix64((ulong)settings.Seed);
        _thresholds = [.. rows.Select(Thresholds)];
        _bins = [.. rows.Select((row, f) => Array.ConvertAll(row, value => Bin(_thresholds[f], value)))];
        _scores = new double[labels.Length];
        (_sample, _loss, _leaf) = (new int[labels.Length], new (float, float)[labels.Length], new byte[labels.Length]);
        _sampled = [.. rows.Select(_ => new byte[labels.Length])];
    }

    /// <summary>Rows are by feature the values of all blocks; a label goes from 0 to 1.</summary>
    public static ContentModel Train(ContentTraining settings, float[][] rows, float[] labels, float[] weights, ContentWords words) =>
        new TreeTrainer(settings, rows, labels, weights).Train(words);

    private ContentModel Train(ContentWords words)
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
            foreach (var feature in some)
                Gather(feature);
            var asked = new List<(int Feature, int Bin)>();
            for (var level = 0; level < _settings.Depth; level++)
            {
                var question = BestQuestion(some, 1 << level);
                asked.Add(question);
                var bins = _sampled[question.Feature];
                for (var k = 0; k < _count; k++)
                    _leaf[k] |= (byte)(bins[k] > question.Bin ? 1 << level : 0);
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
        _count = 0;
        for (var i = 0; i < _labels.Length; i++)
        {
            var chance = Math.Min(1, _weights[i] * scale);
            if (_random.NextDouble() >= chance)
                continue;
            var weight = _weights[i] * scale / chance;
            var p = 1 / (1 + Math.Exp(-_scores[i]));
            (_sample[_count], _leaf[_count]) = (i, 0);
            _loss[_count++] = ((float)(weight * (p - _labels[i])), (float)(weight * Math.Max(p * (1 - p), MinCurvature)));
        }
    }

    private void Gather(int feature)
    {
        var (bins, sampled) = (_bins[feature], _sampled[feature]);
        for (var k = 0; k < _count; k++)
            sampled[k] = bins[_sample[k]];
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
            var bins = _sampled[feature].AsSpan(0, _count);
            var (loss, leaf) = (_loss, _leaf);
            for (var k = 0; k < bins.Length; k++)
            {
                ref var sum = ref sums[leaf[k] * MaxBins + bins[k]];
                sum.Gradient += loss[k].Gradient;
                sum.Curvature += loss[k].Curvature;
            }
            var count = _thresholds[feature].Length;
            for (var at = 0; at < leaves; at++)
            {
                var inLeaf = sums.AsSpan(at * MaxBins, count + 1);
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
        for (var k = 0; k < _count; k++)
        {
            ref var sum = ref sums[_leaf[k]];
            sum.Gradient += _loss[k].Gradient;
            sum.Curvature += _loss[k].Curvature;
        }
        return Array.ConvertAll(sums, s => (short)Math.Clamp(Math.Round(-_settings.LearningRate * s.Gradient / (s.Curvature + _settings.Damping) * ContentModel.LogitScale), short.MinValue, short.MaxValue));
    }
}
