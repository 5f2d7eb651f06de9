using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter;

/// <summary>A small text classifier: the mean of the embeddings of a text's features, scaled by how many there are, then softmax.</summary>
/// <remarks>
/// <para>Joulin et al. 2017, arXiv:1607.01759 (the supervised model of fastText), with rows of signed bytes. A row is
/// found by the hash of a feature; collisions share it. The mean of n features is multiplied by the root of min(n,
/// <see cref="Saturation"/>), since the noise of a mean falls with that root; at 1 the mean is left alone.</para>
/// <para>The sum over features is a sum of integers, so it is exact and does not depend on the width of a vector
/// register; what follows is scalar arithmetic in one order. Probabilities are rounded to 1e-6.</para>
/// <para>Shared read-only by all workers; scratch lives on the stack of the caller.</para>
/// <para>File, little-endian: "CFLM", u16 format 1, u8 bits, u8 longest n-gram, u8 words, u8 symbols, u16
/// saturation, u16 dimension, u16 labels; each label as u8 length and UTF-8; f32 scale by dimension; f32 weights [label][dimension]; f32 bias by
/// label; i8 rows [2^bits][dimension]; the SHA-256 of all of it.</para>
/// </remarks>
public sealed class LinearModel
{
    internal const int MaxLabels = 1024, MaxDimension = 256, MaxBits = 24, LongestGram = 8, Format = 1;
    private const int DigestBytes = 32;

    private readonly float[] _scale, _weights, _bias;
    private readonly sbyte[] _rows;

    internal LinearModel(
        LinearModelFeatures features, int saturation, IReadOnlyList<string> labels, int bits, int dimension, float[] scale, float[] weights, float[] bias,
        sbyte[] rows, string digest = "")
    {
        (Features, Saturation, Labels, Bits, Dimension) = (features, saturation, labels, bits, dimension);
        (_scale, _weights, _bias, _rows, Digest) = (scale, weights, bias, rows, digest);
    }

    public LinearModelFeatures Features { get; }

    /// <summary>The number of features from which a longer text makes the model no surer.</summary>
    public int Saturation { get; }

    public IReadOnlyList<string> Labels { get; }

    /// <summary>There are two to the power of this many rows.</summary>
    public int Bits { get; }

    public int Dimension { get; }

    /// <summary>SHA-256 of the file that the model was read from, lower-case hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>Sets the probability of every label; false when the text has no feature at all.</summary>
    public bool TryScore(ReadOnlySpan<char> text, Span<double> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, Labels.Count);
        Span<long> sum = stackalloc long[Dimension];
        Span<short> block = stackalloc short[Dimension];
        sum.Clear();
        block.Clear();
        var rows = new RowSum(_rows, sum, block, Bits);
        var count = Features.Read(text, ref rows);
        rows.Flush();
        if (count == 0)
            return false;
        var (highest, factor) = (double.NegativeInfinity, Factor(count, Saturation));
        for (var label = 0; label < probabilities.Length; label++)
        {
            var logit = (double)_bias[label];
            var weights = _weights.AsSpan(label * Dimension, Dimension);
            for (var d = 0; d < weights.Length; d++)
                logit += weights[d] * (_scale[d] * sum[d] * factor);
            probabilities[label] = logit;
            highest = Math.Max(highest, logit);
        }
        var total = 0.0;
        foreach (ref var p in probabilities)
            total += p = Math.Exp(p - highest);
        foreach (ref var p in probabilities)
            p = Math.Round(p / total, 6, MidpointRounding.AwayFromZero);
        return true;
    }

    internal static double Factor(int count, int saturation) => Math.Sqrt(Math.Min(count, saturation)) / count;

    internal static int RowOf(ulong feature, int bits) => (int)((feature ^ (feature >> 29)) * 0xBF58476D1CE4E5B9 >> (64 - bits));

    /// <summary>Reads a model strictly.</summary>
    /// <exception cref="InputException">The bytes are not a whole model of this format.</exception>
    public static LinearModel Read(ReadOnlySpan<byte> file, string name)
    {
        var reader = new Reader(file, name);
        reader.Expect(reader.Take(4, "magic").SequenceEqual("CFLM"u8), "not a linear model: no CFLM at its start");
        var format = reader.Number(2, "format");
        reader.Expect(format == Format, $"format {format}, this program reads {Format}");
        var (bits, grams, words, symbols) = (reader.Number(1, "bits"), reader.Number(1, "n-gram"), reader.Number(1, "words"), reader.Number(1, "symbols"));
        var (saturation, dimension, count) = (reader.Number(2, "saturation"), reader.Number(2, "dimension"), reader.Number(2, "labels"));
        reader.Expect(
            bits is >= 1 and <= MaxBits && grams <= LongestGram && words <= 2 && symbols <= 1 && grams + words > 0 && saturation >= 1
            && dimension is >= 1 and <= MaxDimension && count is >= 2 and <= MaxLabels,
            "a header outside the limits of the format");
        var labels = new string[count];
        for (var i = 0; i < count; i++)
            labels[i] = Encoding.UTF8.GetString(reader.Take(reader.Number(1, "label"), "label"));
        reader.Expect(labels.Distinct(StringComparer.Ordinal).Count() == count && !labels.Contains(""), "an empty or repeated label");
        var (scale, weights, bias) = (reader.Floats(dimension, "scales"), reader.Floats(count * dimension, "weights"), reader.Floats(count, "biases"));
        var rows = MemoryMarshal.Cast<byte, sbyte>(reader.Take(dimension << bits, "rows")).ToArray();
        var body = file[..reader.Offset];
        reader.Expect(SHA256.HashData(body).AsSpan().SequenceEqual(reader.Take(DigestBytes, "digest")), "the digest does not match");
        reader.Expect(reader.Offset == file.Length, "bytes after the end of the model");
        var features = new LinearModelFeatures { MaxCharacters = grams, MaxWords = words, Symbols = symbols == 1 };
        return new LinearModel(features, saturation, labels, bits, dimension, scale, weights, bias, rows, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    internal static LinearModel Embedded(string name)
    {
        using var stream = typeof(LinearModel).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The library was built without its model {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes, name);
    }

    /// <summary>The bytes that <see cref="Read"/> reads.</summary>
    public byte[] Write()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write("CFLM"u8);
        writer.Write((ushort)Format);
        writer.Write((byte)Bits);
        writer.Write((byte)Features.MaxCharacters);
        writer.Write((byte)Features.MaxWords);
        writer.Write((byte)(Features.Symbols ? 1 : 0));
        writer.Write((ushort)Saturation);
        writer.Write((ushort)Dimension);
        writer.Write((ushort)Labels.Count);
        foreach (var label in Labels)
        {
            var utf8 = Encoding.UTF8.GetBytes(label);
            writer.Write(checked((byte)utf8.Length));
            writer.Write(utf8);
        }
        foreach (var value in (ReadOnlySpan<float>)[.. _scale, .. _weights, .. _bias])
            writer.Write(value);
        writer.Write(MemoryMarshal.AsBytes(_rows.AsSpan()));
        writer.Flush();
        writer.Write(SHA256.HashData(memory.ToArray()));
        writer.Flush();
        return memory.ToArray();
    }

    // Signed bytes are summed in 16 bits for as long as that cannot overflow, then in 64.
    private ref struct RowSum(ReadOnlySpan<sbyte> rows, Span<long> sum, Span<short> block, int bits) : IFeatureSink
    {
        private const int Capacity = short.MaxValue / 128;
        private readonly ReadOnlySpan<sbyte> _rows = rows;
        private readonly Span<long> _sum = sum;
        private readonly Span<short> _block = block;
        private int _inBlock;

        public void Add(ulong feature)
        {
            var row = _rows.Slice(RowOf(feature, bits) * _block.Length, _block.Length);
            var d = 0;
            for (; d <= row.Length - Vector128<sbyte>.Count; d += Vector128<sbyte>.Count)
            {
                var (low, high) = Vector128.Widen(Vector128.Create(row[d..]));
                var half = d + Vector128<short>.Count;
                (Vector128.Create<short>(_block[d..]) + low).CopyTo(_block[d..]);
                (Vector128.Create<short>(_block[half..]) + high).CopyTo(_block[half..]);
            }
            for (; d < row.Length; d++)
                _block[d] += row[d];
            if (++_inBlock == Capacity)
                Flush();
        }

        public void Flush()
        {
            for (var d = 0; d < _block.Length; d++)
                _sum[d] += _block[d];
            _block.Clear();
            _inBlock = 0;
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> file, string name)
    {
        private readonly ReadOnlySpan<byte> _file = file;

        public int Offset { get; private set; }

        public ReadOnlySpan<byte> Take(int length, string what)
        {
            Expect(length <= _file.Length - Offset, $"the file ends within the {what}");
            Offset += length;
            return _file.Slice(Offset - length, length);
        }

        public int Number(int bytes, string what)
        {
            var span = Take(bytes, what);
            return bytes == 1 ? span[0] : BinaryPrimitives.ReadUInt16LittleEndian(span);
        }

        public float[] Floats(int count, string what)
        {
            var span = Take(count * sizeof(float), what);
            var values = new float[count];
            for (var i = 0; i < count; i++)
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(span[(i * sizeof(float))..]);
            Expect(Array.TrueForAll(values, float.IsFinite), $"not a finite number in the {what}");
            return values;
        }

        public readonly void Expect(bool holds, string problem)
        {
            if (!holds)
                throw new InputException(name, Offset, problem);
        }
    }
}
