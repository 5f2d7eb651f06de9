namespace CorpusForge.Audit;

/// <summary>The few tests that the audit needs to say whether two shares differ.</summary>
public static class Statistics
{
    /// <summary>The two-sided 95 % point of the normal distribution.</summary>
    public const double Z95 = 1.959963984540054;

    /// <summary>The Wilson score interval of a share, 95 %.</summary>
    /// <remarks>Wilson 1927; unlike the normal interval it stays within 0 and 1 and is sound at small counts. No trials: 0 to 1.</remarks>
    public static Interval Wilson(long hits, long trials)
    {
        if (trials == 0)
            return new Interval(0, 1);
        double n = trials, p = hits / n, z2 = Z95 * Z95;
        var middle = (p + (z2 / (2 * n))) / (1 + (z2 / n));
        var half = Z95 / (1 + (z2 / n)) * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n)));
        return new Interval(hits == 0 ? 0 : Round(middle - half), hits == trials ? 1 : Round(middle + half));
    }

    /// <summary>The exact two-sided p-value of McNemar's test: whether changes one way and the other are equally likely.</summary>
    public static double McNemar(long one, long other)
    {
        var n = one + other;
        if (n == 0)
            return 1;
        // From the smallest term of the tail up; logarithms keep 2^-n from vanishing.
        double log = -n * Math.Log(2), sum = Math.Exp(log);
        for (var k = 1L; k <= Math.Min(one, other); k++)
            sum += Math.Exp(log += Math.Log((n - k + 1.0) / k));
        return Math.Min(1, 2 * sum);
    }

    /// <summary>Holm's step-down correction: p-values adjusted so that the chance of any false alarm in the family is held.</summary>
    public static double[] Holm(ReadOnlySpan<double> p)
    {
        int[] order = [.. Enumerable.Range(0, p.Length)];
        var values = p.ToArray();
        Array.Sort(order, (a, b) => values[a] != values[b] ? values[a].CompareTo(values[b]) : a.CompareTo(b));
        var adjusted = new double[p.Length];
        var floor = 0.0;
        for (var rank = 0; rank < order.Length; rank++)
        {
            floor = Math.Max(floor, Math.Min(1, values[order[rank]] * (order.Length - rank)));
            adjusted[order[rank]] = floor;
        }
        return adjusted;
    }

    /// <summary>The complementary error function for x ≥ 0: Taylor's series below 2, Laplace's continued fraction from there.</summary>
    public static double Erfc(double x)
    {
        var scale = Math.Exp(-x * x) / Math.Sqrt(Math.PI);
        if (x < 2)
        {
            // erf(x) = 2/√π · e^(−x²) · Σ 2^n x^(2n+1) / (2n+1)!!
            double term = x, sum = x;
            for (var n = 1; n < 80; n++)
                sum += term *= 2 * x * x / ((2 * n) + 1);
            return 1 - (2 * scale * sum);
        }
        var fraction = x;
        for (var n = 120; n > 0; n--)
            fraction = x + (n / 2.0 / fraction);
        return scale / fraction;
    }

    /// <summary>Six decimals: what a report shows must not hang on the last bit of a library function.</summary>
    public static double Round(double value) => Math.Round(value, 6, MidpointRounding.AwayFromZero);

    /// <summary>A share of a whole, 0 where there is none.</summary>
    public static double Share(long part, long whole) => whole == 0 ? 0 : Round((double)part / whole);
}

/// <summary>An interval of a share.</summary>
public readonly record struct Interval(double Low, double High);
