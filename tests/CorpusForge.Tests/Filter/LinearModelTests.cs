using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class LinearModelTests
{
    private static readonly byte[] s_tiny = Tiny();

    [Fact]
    public void What_is_written_is_read_and_written_again()
    {
        var model = LinearModel.Read(s_tiny, "tiny");
        Assert.Equal(["left", "right"], model.Labels);
        Assert.Equal(s_tiny, model.Write());
        Assert.Equal(64, model.Digest.Length);
    }

    [Fact]
    public void Every_truncation_is_an_error_that_names_the_file()
    {
        for (var length = 0; length < s_tiny.Length; length++)
        {
            var error = Assert.Throws<InputException>(() => LinearModel.Read(s_tiny.AsSpan(0, length), "cut.clm"));
            Assert.StartsWith("cut.clm: at byte ", error.Message);
            Assert.Contains("the file ends within", error.Message);
        }
    }

    [Theory]
    [InlineData(0, (byte)'X', "not a linear model")]
    [InlineData(4, 9, "format 9, this program reads 1")]
    [InlineData(6, 0, "outside the limits")]
    [InlineData(6, 25, "outside the limits")]
    [InlineData(7, 9, "outside the limits")]
    [InlineData(8, 3, "outside the limits")]
    [InlineData(9, 2, "outside the limits")]
    [InlineData(14, 1, "outside the limits")]
    [InlineData(17, (byte)'i', "the digest does not match")]
    [InlineData(-40, 7, "the digest does not match")]
    [InlineData(-1, 7, "the digest does not match")]
    public void A_changed_byte_is_named(int at, byte value, string problem)
    {
        var bytes = s_tiny.ToArray();
        var index = at < 0 ? bytes.Length + at : at;
        bytes[index] = bytes[index] == value ? (byte)(value + 1) : value;
        var error = Assert.Throws<InputException>(() => LinearModel.Read(bytes, "bad.clm"));
        Assert.Contains(problem, error.Message);
    }

    [Fact]
    public void Bytes_after_the_end_are_an_error() =>
        Assert.Contains("after the end", Assert.Throws<InputException>(() => LinearModel.Read([.. s_tiny, 0], "long")).Message);

    [Fact]
    public void Numbers_that_are_not_finite_are_an_error()
    {
        var bytes = s_tiny.ToArray();
        // The first scale stands behind the header of 16 bytes and the labels of 5 and 6.
        BitConverter.TryWriteBytes(bytes.AsSpan(16 + 5 + 6), float.NaN);
        Assert.Contains("not a finite number", Assert.Throws<InputException>(() => LinearModel.Read(bytes, "nan")).Message);
    }

    [Theory, InlineData(""), InlineData(" \n\t"), InlineData("12, 34!"), InlineData("\0\u0001\u0002")]
    public void Without_a_feature_there_is_no_score(string text) =>
        Assert.False(LinearModel.Read(s_tiny, "tiny").TryScore(text, new double[2]));

    [Fact]
    public void Probabilities_sum_to_one_and_scoring_again_gives_the_same()
    {
        var model = LinearModel.Read(s_tiny, "tiny");
        double[] once = [0, 0], twice = [0, 0];
        Assert.True(model.TryScore("gauche", once));
        Assert.True(model.TryScore("gauche", twice));
        Assert.Equal(1, once.Sum(), 5);
        Assert.Equal(once, twice);
    }

    // Rows of 1, 15, 16 and 33 places take the scalar path, the vector path and both; 300 features flush the blocks.
    [Theory, InlineData(1), InlineData(15), InlineData(16), InlineData(33)]
    public void The_sum_of_rows_equals_its_definition(int dimension)
    {
        const int bits = 4;
        var random = new SplitMix64(7);
        var features = new LinearModelFeatures { MaxCharacters = 3 };
        var rows = new sbyte[dimension << bits];
        foreach (ref var cell in rows.AsSpan())
            cell = (sbyte)(64 + (int)random.Next(64));
        var (scale, bias, weights) = (new float[dimension], new float[2], new float[2 * dimension]);
        Array.Fill(scale, 0.01f);
        foreach (ref var weight in weights.AsSpan())
            weight = (float)random.NextDouble();
        var model = new LinearModel(features, 1, ["a", "b"], bits, dimension, scale, weights, bias, rows);
        var text = string.Concat(Enumerable.Repeat("zebra ", 40));

        var seen = new Seen([]);
        var count = features.Read(text, ref seen);
        Assert.Equal(count, seen.Features.Count);
        Assert.True(count > 300);
        var logits = new double[2];
        for (var k = 0; k < 2; k++)
            for (var d = 0; d < dimension; d++)
                logits[k] += weights[(k * dimension) + d] * 0.01 * seen.Features.Average(f => rows[(LinearModel.RowOf(f, bits) * dimension) + d]);
        var probabilities = new double[2];
        Assert.True(model.TryScore(text, probabilities));
        Assert.Equal(1 / (1 + Math.Exp(logits[0] - logits[1])), probabilities[1], 5);
    }

    [Fact]
    public void Longer_texts_make_the_model_surer_up_to_the_saturation()
    {
        var model = new LinearModel(
            new LinearModelFeatures { MaxCharacters = 1 }, 64, ["a", "b"], 1, 1, [0.01f], [0, 1], [0, 0], [20, 20]);
        double One(int letters)
        {
            var p = new double[2];
            model.TryScore(new string('x', letters), p);
            return p[1];
        }
        Assert.True(One(1) < One(16) && One(16) < One(64));
        Assert.Equal(One(64), One(6400));
    }

    public static TheoryData<string, LinearModelFeatures, int> Counts => new()
    {
        // a, b, <a, ab, b>, <ab, ab>, <ab>
        { "ab", new LinearModelFeatures { MaxCharacters = 4 }, 8 },
        { "ab", new LinearModelFeatures { MaxCharacters = 1 }, 2 },
        { "ab", new LinearModelFeatures { MaxCharacters = 0, MaxWords = 1 }, 1 },
        { "ab cd", new LinearModelFeatures { MaxCharacters = 0, MaxWords = 2 }, 4 },
        { "a1b", new LinearModelFeatures { MaxCharacters = 0, MaxWords = 1 }, 2 },
        { "a1b", new LinearModelFeatures { MaxCharacters = 0, MaxWords = 1, Symbols = true }, 1 },
        { "\ud800", new LinearModelFeatures { MaxCharacters = 1 }, 0 },
        { "\ud800", new LinearModelFeatures { MaxCharacters = 1, Symbols = true }, 1 },
    };

    [Theory, MemberData(nameof(Counts))]
    public void Features_are_counted(string text, LinearModelFeatures features, int count)
    {
        var seen = new Seen([]);
        Assert.Equal(count, features.Read(text, ref seen));
        Assert.Equal(count, seen.Features.Count);
    }

    [Theory, InlineData("ÄRGER", "ärger"), InlineData("don’t", "don't"), InlineData("a,b", "a  b")]
    public void Case_apostrophes_and_punctuation_make_no_difference(string one, string other)
    {
        var (a, b) = (new Seen([]), new Seen([]));
        new LinearModelFeatures().Read(one, ref a);
        new LinearModelFeatures().Read(other, ref b);
        Assert.Equal(a.Features, b.Features);
    }

    private static byte[] Tiny() =>
        new LinearModel(
            new LinearModelFeatures { MaxCharacters = 2 }, 1, ["left", "right"], 3, 2, [0.1f, 0.2f], [1, -1, -1, 1], [0, 0.5f],
            [1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8]).Write();

    private readonly struct Seen(List<ulong> features) : IFeatureSink
    {
        public List<ulong> Features => features;
        public void Add(ulong feature) => features.Add(feature);
    }
}
