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
    [InlineData(4, 9, "format 9, this program reads 2")]
    [InlineData(6, 0, "outside the limits")]
    [InlineData(6, 25, "outside the limits")]
    [InlineData(7, 9, "outside the limits")]
    [InlineData(8, 2, "outside the limits")]
    [InlineData(13, 1, "outside the limits")]
    [InlineData(16, (byte)'i', "the digest does not match")]
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
        // The first scale stands behind the header of 15 bytes and the labels of 5 and 6.
        BitConverter.TryWriteBytes(bytes.AsSpan(15 + 5 + 6), float.NaN);
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

    // Rows of 1, 31, 32 and 65 places take the scalar path, the vector path and both; 700 features of the largest value take several batches.
    [Theory, InlineData(1), InlineData(31), InlineData(32), InlineData(65)]
    public void The_sum_of_rows_equals_its_definition(int dimension)
    {
        const int bits = 4;
        var random = new SplitMix64(7);
        var features = new LinearModelFeatures { MaxCharacters = 3 };
        var rows = new sbyte[dimension << bits];
        foreach (ref var cell in rows.AsSpan())
            cell = (sbyte)(random.Next(2) == 0 ? 127 : 64 + (int)random.Next(64));
        var (scale, bias, weights) = (new float[dimension], new float[2], new float[2 * dimension]);
        Array.Fill(scale, 0.01f);
        foreach (ref var weight in weights.AsSpan())
            weight = (float)random.NextDouble();
        var model = new LinearModel(features, 1, ["a", "b"], bits, dimension, scale, weights, bias, rows);
        var text = string.Concat(Enumerable.Repeat("zebra ", 60));

        var seen = Rows(text, features, bits);
        Assert.True(seen.Count > 700);
        var logits = new double[2];
        for (var k = 0; k < 2; k++)
            for (var d = 0; d < dimension; d++)
                logits[k] += weights[(k * dimension) + d] * 0.01 * seen.Average(row => rows[(row * dimension) + d]);
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
        { "ab", new LinearModelFeatures { MaxCharacters = 8 }, 8 },
        { "ab", new LinearModelFeatures { MaxCharacters = 1 }, 2 },
        { "ab", new LinearModelFeatures { MaxCharacters = 0, Words = true }, 1 },
        { "ab cd", new LinearModelFeatures { MaxCharacters = 2, Words = true }, 12 },
        { "a1b", new LinearModelFeatures { MaxCharacters = 0, Words = true }, 2 },
        { "\ud800", new LinearModelFeatures { MaxCharacters = 1 }, 0 },
    };

    [Theory, MemberData(nameof(Counts))]
    public void Features_are_counted(string text, LinearModelFeatures features, int count) =>
        Assert.Equal(count, Rows(text, features, 20).Count);

    // Every feature of a text is of one row, whatever stands before it and wherever the buffer ends.
    [Theory, InlineData(17), InlineData(24), InlineData(64), InlineData(4096)]
    public void Features_do_not_depend_on_the_size_of_the_buffer(int buffer)
    {
        const string text = "Sur le quai, l'homme attendait; ein sehr langes Wort: Donaudampfschiffahrtsgesellschaft 漢字かな交じり文";
        var features = new LinearModelFeatures { MaxCharacters = 8, Words = true };
        Assert.Equal(Rows(text, features, 20), Rows(text, features, 20, buffer));
    }

    [Fact]
    public void An_n_gram_has_the_same_row_wherever_it_stands_and_others_have_others()
    {
        var features = new LinearModelFeatures { MaxCharacters = 3 };
        // x, <x, y, xy, <xy, b?, xyz, and those at the end: a word of three has 3 + 4 + 3 features, in this order.
        var (one, other, third) = (Rows("xyz", features, 24), Rows("axyz", features, 24), Rows("xzy", features, 24));
        Assert.Equal(3 + 4 + 3, one.Count);
        // y, z, xy, yz, z>, xyz, yz> and x are in both.
        Assert.Equal(8, one.Intersect(other).Count());
        // x, y, z and <x are in both.
        Assert.Equal(4, one.Intersect(third).Count());
        Assert.Equal(one.Count, one.Distinct().Count());
    }

    [Theory, InlineData("ÄRGER", "ärger"), InlineData("don’t", "don't"), InlineData("a,b", "a  b")]
    public void Case_apostrophes_and_punctuation_make_no_difference(string one, string other) =>
        Assert.Equal(Rows(one, new LinearModelFeatures(), 16), Rows(other, new LinearModelFeatures(), 16));

    private static List<int> Rows(string text, LinearModelFeatures features, int bits, int buffer = 256)
    {
        var (next, seen) = (new int[buffer], new List<int>());
        var reader = new FeatureReader(text, features, bits);
        for (int count; (count = reader.Read(next)) > 0;)
            seen.AddRange(next[..count]);
        return seen;
    }

    private static byte[] Tiny() =>
        new LinearModel(
            new LinearModelFeatures { MaxCharacters = 2 }, 1, ["left", "right"], 3, 2, [0.1f, 0.2f], [1, -1, -1, 1], [0, 0.5f],
            [1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8]).Write();
}
