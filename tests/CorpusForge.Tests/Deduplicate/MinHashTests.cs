using CorpusForge.Deduplicate;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public class MinHashTests
{
    static readonly Gen<uint[]> s_shingles = Gen.UInt.Array[0, 300];

    [Fact]
    public void Vector_paths_equal_the_scalar_definition() =>
        Gen.Select(s_shingles, Gen.Int[0, 260], Gen.ULong).Sample((shingles, places, seed) =>
        {
            var (a, b) = MinHash.Coefficients(places, seed);
            var (vector, wide, scalar) = (new uint[places], new uint[places], new uint[places]);
            MinHash.SignVector(shingles, a, b, vector);
            MinHash.Sign512(shingles, a, b, wide);
            MinHash.SignScalar(shingles, a, b, scalar);
            return vector.AsSpan().SequenceEqual(scalar) && wide.AsSpan().SequenceEqual(scalar);
        });

    [Fact]
    public void Order_and_repeats_of_shingles_do_not_matter() =>
        s_shingles.Sample(s => Signature(s).AsSpan().SequenceEqual(Signature([.. s.Reverse(), .. s])));

    [Fact]
    public void Equal_places_estimate_jaccard_within_five_sigma() =>
        Gen.Int[1, 400].Sample(shared =>
        {
            const int places = 4096;
            uint[] one = Range(0, 400), two = Range(400 - shared, 400);
            var jaccard = shared / (800.0 - shared);
            var estimate = Signature(one, places).Zip(Signature(two, places), (x, y) => x == y ? 1.0 : 0).Average();
            return Math.Abs(estimate - jaccard) <= (5 * Math.Sqrt(jaccard * (1 - jaccard) / places)) + 1e-9;
        }, iter: 200);

    [Fact]
    public void Coefficients_of_a_shorter_signature_are_the_first_of_a_longer()
    {
        var (a, b) = MinHash.Coefficients(108, 1);
        var (longA, longB) = MinHash.Coefficients(128, 1);
        Assert.Equal(a, longA[..108]);
        Assert.Equal(b, longB[..108]);
        Assert.All(a, x => Assert.Equal(1u, x & 1));
    }

    [Fact]
    public void Band_keys_differ_by_band_by_domain_and_by_content()
    {
        uint[] rows = [1, 2, 3, 4, 5, 6];
        ulong[] keys =
        [
            MinHash.BandKey(rows, 0, 0), MinHash.BandKey(rows, 1, 0), MinHash.BandKey(rows, 0, 1), MinHash.BandKey([1, 2, 3, 4, 6, 5], 0, 0),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], MinHash.BandKey([.. rows], 0, 0));
    }

    // Shingles are hashes: mix the counter so that the test does not feed a plain progression.
    static uint[] Range(int start, int count) => [.. Enumerable.Range(start, count).Select(i => (uint)(SplitMix64.Mix((ulong)i) >> 32))];

    static uint[] Signature(uint[] shingles, int places = 108)
    {
        var (a, b) = MinHash.Coefficients(places, seed: 1);
        var signature = new uint[places];
        MinHash.Sign(shingles, a, b, signature);
        return signature;
    }
}
