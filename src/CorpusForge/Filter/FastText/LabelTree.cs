namespace CorpusForge.Filter.FastText;

/// <summary>The Huffman tree over the labels of a hierarchical softmax, as fastText builds it from their counts.</summary>
/// <remarks>Node n of the tree above the leaves has row n - labels of the output.</remarks>
internal sealed class LabelTree
{
    private readonly int _labels;
    private readonly int[] _left;
    private readonly int[] _right;

    /// <param name="counts">Of the labels, falling.</param>
    public LabelTree(ReadOnlySpan<long> counts)
    {
        _labels = counts.Length;
        var size = Math.Max(1, (2 * _labels) - 1);
        (_left, _right) = (new int[size], new int[size]);
        var weights = new long[size];
        var parents = new int[size];
        var isRight = new bool[size];
        Array.Fill(weights, 1_000_000_000_000_000);
        Array.Fill(parents, -1);
        counts.CopyTo(weights);
        var (leaf, node) = (_labels - 1, _labels);
        for (var i = _labels; i < size; i++)
        {
            var (left, right) = (Lowest(), Lowest());
            (_left[i], _right[i], weights[i]) = (left, right, weights[left] + weights[right]);
            parents[left] = parents[right] = i;
            isRight[right] = true;
        }
        Paths = new (int Row, bool Right)[_labels][];
        for (var label = 0; label < _labels; label++)
        {
            var path = new List<(int, bool)>();
            for (var at = label; parents[at] >= 0; at = parents[at])
                path.Add((parents[at] - _labels, isRight[at]));
            Paths[label] = [.. path];
        }

        int Lowest() => leaf >= 0 && weights[leaf] < weights[node] ? leaf-- : node++;
    }

    /// <summary>For each label the rows on its way and where they turn.</summary>
    public (int Row, bool Right)[][] Paths { get; }

    /// <summary>The logarithm of each label's probability.</summary>
    /// <param name="dots">What the text gives for each row of the output.</param>
    /// <param name="nodes">Scratch, twice as many as labels.</param>
    /// <param name="scores">Filled, a label each.</param>
    public void Score(ReadOnlySpan<float> dots, Span<float> nodes, Span<float> scores)
    {
        var size = (2 * _labels) - 1;
        nodes[size - 1] = 0;
        for (var node = size - 1; node >= _labels; node--)
        {
            var right = 1f / (1f + FastTextModel.Exp(-dots[node - _labels]));
            nodes[_left[node]] = nodes[node] + FastTextModel.Log(1f - right);
            nodes[_right[node]] = nodes[node] + FastTextModel.Log(right);
        }
        nodes[.._labels].CopyTo(scores);
    }
}
