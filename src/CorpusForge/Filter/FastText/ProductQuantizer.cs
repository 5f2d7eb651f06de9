namespace CorpusForge.Filter.FastText;

/// <summary>Vectors as a byte for every few numbers: each byte names one of 256 centroids (Jégou et al. 2011).</summary>
internal sealed class ProductQuantizer
{
    private const int Centroids = 256;
    private const int Rounds = 25;
    private const int MaxPointsPerCentroid = 256;

    private readonly float[] _centroids;

    /// <param name="dimension">Numbers in a vector.</param>
    /// <param name="width">Numbers for a byte; the last byte may stand for fewer.</param>
    /// <param name="centroids">Those of the first part, then of the second, and so on.</param>
    public ProductQuantizer(int dimension, int width, float[]? centroids = null)
    {
        (Dimension, Width, Parts) = (dimension, width, (dimension + width - 1) / width);
        LastWidth = dimension % width == 0 ? width : dimension % width;
        _centroids = centroids ?? new float[dimension * Centroids];
    }

    public int Dimension { get; }
    public int Width { get; }
    public int Parts { get; }
    public int LastWidth { get; }
    public ReadOnlySpan<float> All => _centroids;

    public Span<float> Centroid(int part, int code)
    {
        var width = WidthOf(part);
        return _centroids.AsSpan((part * Centroids * Width) + (code * width), width);
    }

    /// <summary>Writes the vector that the codes stand for, times <paramref name="norm"/>.</summary>
    public void Decode(ReadOnlySpan<byte> codes, float norm, Span<float> vector)
    {
        for (var part = 0; part < Parts; part++)
        {
            var centroid = Centroid(part, codes[part]);
            for (var i = 0; i < centroid.Length; i++)
                vector[(part * Width) + i] = norm * centroid[i];
        }
    }

    /// <summary>Finds the centroids of <paramref name="count"/> vectors by k-means from a seeded start, and the code of every vector.</summary>
    public byte[] Train(ReadOnlySpan<float> vectors, int count, ref SplitMix64 random)
    {
        for (var part = 0; part < Parts; part++)
            Train(vectors, count, part, ref random);
        var codes = new byte[count * Parts];
        for (var v = 0; v < count; v++)
        {
            for (var part = 0; part < Parts; part++)
                codes[(v * Parts) + part] = (byte)Nearest(vectors.Slice((v * Dimension) + (part * Width), WidthOf(part)), part);
        }
        return codes;
    }

    private int WidthOf(int part) => part == Parts - 1 ? LastWidth : Width;

    private void Train(ReadOnlySpan<float> vectors, int count, int part, ref SplitMix64 random)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = 0; i < count - 1; i++)
        {
            var other = i + (int)(random.Next((ulong)(count - i)));
            (order[i], order[other]) = (order[other], order[i]);
        }
        var points = order[..Math.Min(count, Centroids * MaxPointsPerCentroid)];
        var width = WidthOf(part);
        for (var c = 0; c < Centroids; c++)
            vectors.Slice((points[c % points.Length] * Dimension) + (part * Width), width).CopyTo(Centroid(part, c));
        var codes = new byte[points.Length];
        for (var round = 0; round < Rounds; round++)
        {
            for (var p = 0; p < points.Length; p++)
                codes[p] = (byte)Nearest(vectors.Slice((points[p] * Dimension) + (part * Width), width), part);
            Move(vectors, points, codes, part, ref random);
        }
    }

    private int Nearest(ReadOnlySpan<float> vector, int part)
    {
        var (best, nearest) = (float.MaxValue, 0);
        for (var c = 0; c < Centroids; c++)
        {
            var centroid = Centroid(part, c);
            var distance = 0f;
            for (var i = 0; i < centroid.Length; i++)
                distance += (vector[i] - centroid[i]) * (vector[i] - centroid[i]);
            if (distance < best)
                (best, nearest) = (distance, c);
        }
        return nearest;
    }

    // Each centroid moves to the mean of its points; one without points takes half of a crowded one's place.
    private void Move(ReadOnlySpan<float> vectors, int[] points, byte[] codes, int part, ref SplitMix64 random)
    {
        var width = WidthOf(part);
        var counts = new int[Centroids];
        for (var c = 0; c < Centroids; c++)
            Centroid(part, c).Clear();
        for (var p = 0; p < points.Length; p++)
        {
            var vector = vectors.Slice((points[p] * Dimension) + (part * Width), width);
            var centroid = Centroid(part, codes[p]);
            for (var i = 0; i < width; i++)
                centroid[i] += vector[i];
            counts[codes[p]]++;
        }
        for (var c = 0; c < Centroids; c++)
        {
            var centroid = Centroid(part, c);
            for (var i = 0; i < width && counts[c] > 0; i++)
                centroid[i] /= counts[c];
        }
        for (var c = 0; c < Centroids; c++)
        {
            if (counts[c] > 0)
                continue;
            var crowded = Array.IndexOf(counts, counts.Max());
            Centroid(part, crowded).CopyTo(Centroid(part, c));
            var one = Centroid(part, c);
            var other = Centroid(part, crowded);
            for (var i = 0; i < width; i++)
            {
                var nudge = (random.Next() & 1) == 0 ? 1e-7f : -1e-7f;
                (one[i], other[i]) = (one[i] + nudge, other[i] - nudge);
            }
            (counts[c], counts[crowded]) = (counts[crowded] / 2, counts[crowded] - (counts[crowded] / 2));
            if (counts[crowded] <= 1)
                return;
        }
    }
}
