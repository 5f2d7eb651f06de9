namespace CorpusForge.Clean.Content;

/// <summary>Chooses the blocks that together promise the best F score; none where hardly anything is promised.</summary>
internal static class BlockChoice
{
    /// <summary>A page that promises fewer words has no content: an error, or a frame that a script would fill.</summary>
    private const double MinWords = 25;

    /// <summary>How much more recall weighs than precision, by mode.</summary>
    private static double Beta(ExtractionMode mode) => mode switch
    {
        ExtractionMode.Precision => 0.5,
        ExtractionMode.Recall => 2,
        _ => 1,
    };

    public static bool[] Of(PageBlock[] blocks, int[] logits, ExtractionMode mode)
    {
        var order = new int[blocks.Length];
        var keys = new long[blocks.Length];
        var expected = 0.0;
        for (var i = 0; i < order.Length; i++)
        {
            (order[i], keys[i]) = (i, ((long)-logits[i] << 32) + i);
            expected += blocks[i].Words * Probability(logits[i]);
        }
        var kept = new bool[blocks.Length];
        if (expected < MinWords)
            return kept;
        Array.Sort(keys, order);
        var beta = Beta(mode) * Beta(mode);
        var (hits, words, best, count) = (0.0, 0.0, -1.0, 0);
        for (var k = 0; k < order.Length; k++)
        {
            hits += blocks[order[k]].Words * Probability(logits[order[k]]);
            words += blocks[order[k]].Words;
            var score = (1 + beta) * hits / (words + beta * expected + 1e-9);
            if (score > best)
                (best, count) = (score, k + 1);
        }
        foreach (var i in order.AsSpan(0, count))
            kept[i] = true;
        return kept;
    }

    /// <summary>The logistic function, by multiplications only, so that every machine gets the same bits.</summary>
    internal static double Probability(int logit)
    {
        var x = Math.Clamp((double)logit / ContentModel.LogitScale, -30, 30);
        var power = 1 - x / 4096;
        for (var i = 0; i < 12; i++)
            power *= power;
        return 1 / (1 + power);
    }
}
