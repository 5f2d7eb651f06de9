namespace CorpusForge.Filter;

/// <summary>Makes probabilities of scores by a rising line through knots.</summary>
/// <remarks>
/// Isotonic regression (Zadrozny and Elkan 2002) by pooling adjacent violators. A pool is a knot at its mean score, and between
/// knots the line is straight, so that the order of scores stays but for those below the first and above the last knot.
/// </remarks>
internal sealed record Isotonic(IReadOnlyList<(float Score, float Probability)> Knots)
{
    public double Of(double score)
    {
        var (low, high) = (0, Knots.Count - 1);
        if (score <= Knots[low].Score)
            return Knots[low].Probability;
        if (!(score < Knots[high].Score))
            return Knots[high].Probability;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = Knots[middle].Score <= score ? (middle, high) : (low, middle);
        }
        var (x0, y0, x1, y1) = (Knots[low].Score, Knots[low].Probability, Knots[high].Score, Knots[high].Probability);
        return y0 + ((y1 - (double)y0) * (score - x0) / (x1 - (double)x0));
    }

    /// <summary>Fits scores that are right or wrong; a pool has at least <paramref name="least"/> of them.</summary>
    public static Isotonic Fit(IEnumerable<(double Score, bool Right)> scored, int least)
    {
        var pools = new List<(double Scores, double Right, int Count)>();
        var (scores, right, count) = (0.0, 0.0, 0);
        foreach (var (score, isRight) in scored.OrderBy(s => s.Score).ThenBy(s => s.Right))
        {
            (scores, right, count) = (scores + score, right + (isRight ? 1 : 0), count + 1);
            if (count < least)
                continue;
            pools.Add((scores, right, count));
            (scores, right, count) = (0, 0, 0);
            while (pools.Count > 1 && pools[^1].Right * pools[^2].Count <= pools[^2].Right * pools[^1].Count)
            {
                var (a, b) = (pools[^2], pools[^1]);
                pools.RemoveAt(pools.Count - 1);
                pools[^1] = (a.Scores + b.Scores, a.Right + b.Right, a.Count + b.Count);
            }
        }
        // The half example on each side keeps certainty out of a pool without a mistake.
        var (knots, highest) = (new List<(float, float)>(), 0f);
        foreach (var pool in pools)
        {
            highest = Math.Max(highest, (float)((pool.Right + 0.5) / (pool.Count + 1)));
            knots.Add(((float)(pool.Scores / pool.Count), highest));
        }
        return new Isotonic(knots.Count == 0 ? [(0, 0.5f)] : [.. knots.DistinctBy(k => k.Item1)]);
    }
}
