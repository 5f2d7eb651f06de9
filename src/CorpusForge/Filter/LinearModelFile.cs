using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Filter;

/// <remarks>
/// The file, little-endian: "CFLM", u16 format 2, u8 bits, u8 longest n-gram, u8 words, u16
/// saturation, u16 dimension, u16 labels; each label as u8 length and UTF-8; f32 scale by dimension; f32 weights [label][dimension]; f32 bias by
/// label; i8 rows [2^bits][dimension]; the SHA-256 of all of it.
/// </remarks>
public sealed partial class LinearModel
{
    private const int Format = 2, DigestBytes = 32;

    /// <summary>Reads a model strictly.</summary>
    /// <exception cref="InputException">The bytes are not a whole model of this format.</exception>
    public static LinearModel Read(ReadOnlySpan<byte> file, string name)
    {
        var reader = new Reader(file, name);
        reader.Expect(reader.Take(4, "magic").SequenceEqual("CFLM"u8), "not a linear model: no CFLM at its start");
        var format = reader.Number(2, "format");
        reader.Expect(format == Format, $"format {format}, this program reads {Format}");
        var (bits, grams, words) = (reader.Number(1, "bits"), reader.Number(1, "n-gram"), reader.Number(1, "words"));
        var (saturation, dimension, count) = (reader.Number(2, "saturation"), reader.Number(2, "dimension"), reader.Number(2, "labels"));
        reader.Expect(
            bits is >= 1 and <= MaxBits && grams <= LinearModelFeatures.Longest && words <= 1 && grams + words > 0 && saturation >= 1
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
        var features = new LinearModelFeatures { MaxCharacters = grams, Words = words == 1 };
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
        writer.Write((byte)(Features.Words ? 1 : 0));
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
