namespace CorpusForge.Audit;

/// <summary>One stratum of a comparison: of so many with and without a trait, so many were hit.</summary>
public readonly record struct Stratum(long With, long HitsWith, long Without, long HitsWithout)
{
    public double All => With + Without;

    /// <summary>A stratum says something where there are both kinds, and some but not all were hit.</summary>
    public bool IsInformative => With > 0 && Without > 0 && HitsWith + HitsWithout > 0 && HitsWith + HitsWithout < With + Without;
}

/// <summary>Two shares compared within strata, so that what makes the strata (language, length) does not make the difference.</summary>
/// <param name="P">Of the test of Cochran, Mantel and Haenszel, two-sided, without correction for continuity.</param>
/// <param name="Difference">Of the shares, with less without, each stratum weighted as Mantel and Haenszel have it.</param>
/// <param name="Interval">Of the difference, 95 %: Klingenberg 2014, which inverts a score test and is sound in sparse strata.</param>
/// <param name="Ratio">Of the shares (Mantel and Haenszel); null where nothing without the trait was hit.</param>
/// <param name="Strata">How many of them say something.</param>
public sealed record MantelHaenszel(double P, double Difference, Interval Interval, double? Ratio, int Strata)
{
    /// <summary>Null where the test does not apply: Mantel and Fleiss ask that the table could differ by five from what is expected, to both sides.</summary>
    public static MantelHaenszel? Of(IEnumerable<Stratum> strata)
    {
        double expected = 0, least = 0, most = 0, hits = 0, variance = 0, weights = 0, with = 0, without = 0, p = 0, q = 0;
        var informative = 0;
        foreach (var s in strata)
        {
            if (s.With == 0 || s.Without == 0)
                continue;
            double n1 = s.With, n0 = s.Without, n = s.All, y1 = s.HitsWith, y0 = s.HitsWithout, y = y1 + y0;
            weights += n1 * n0 / n;
            with += y1 * n0 / n;
            without += y0 * n1 / n;
            p += ((n1 * n1 * y0) - (n0 * n0 * y1) + (n1 * n0 * (n0 - n1) / 2)) / (n * n);
            q += ((y1 * (n0 - y0)) + (y0 * (n1 - y1))) / (2 * n);
            if (!s.IsInformative)
                continue;
            informative++;
            hits += y1;
            expected += n1 * y / n;
            least += Math.Max(0, y - n0);
            most += Math.Min(n1, y);
            variance += n1 * n0 * y * (n - y) / (n * n * (n - 1));
        }
        if (Math.Min(expected - least, most - expected) < 5)
            return null;
        var z2 = Statistics.Z95 * Statistics.Z95;
        var difference = (with - without) / weights;
        var middle = difference + (z2 * p / (2 * weights * weights));
        var half = Math.Sqrt(Math.Max(0, (middle * middle) - (difference * difference) + (z2 * q / (weights * weights))));
        return new MantelHaenszel(
            Statistics.Erfc(Math.Abs(hits - expected) / Math.Sqrt(2 * variance)), Statistics.Round(difference),
            new Interval(Statistics.Round(Math.Max(-1, middle - half)), Statistics.Round(Math.Min(1, middle + half))),
            without == 0 ? null : Statistics.Round(with / without), informative);
    }
}
