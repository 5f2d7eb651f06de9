using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace CorpusForge.Training;

/// <summary>Writes scalars into an event file that TensorBoard reads.</summary>
/// <remarks>
/// TFRecord framing: length, masked CRC-32C of the length, data, masked CRC-32C of the data, little-endian. The data is the protocol
/// buffer `Event` of TensorFlow: wall_time = 1, step = 2, file_version = 3, summary = 5 { value = 1 { tag = 1, simple_value = 2 } }.
/// </remarks>
public sealed class TensorBoardEvents : IDisposable
{
    private readonly Stream _stream;
    private readonly TimeProvider _time;

    /// <param name="stream">Closed with this.</param>
    /// <param name="time">Events carry the time.</param>
    public TensorBoardEvents(Stream stream, TimeProvider time)
    {
        (_stream, _time) = (stream, time);
        Write(0, w => Field(w, 3, Encoding.ASCII.GetBytes("brain.Event:2")));
    }

    /// <summary>The name by which TensorBoard finds an event file.</summary>
    public static string NameAt(DateTimeOffset time) => $"events.out.tfevents.{time.ToUnixTimeSeconds()}.corpusforge";

    public void Add(long step, params ReadOnlySpan<(string Tag, double? Value)> scalars)
    {
        var summary = new MemoryStream();
        Span<byte> bits = stackalloc byte[4];
        foreach (var (tag, value) in scalars)
        {
            if (value is null)
                continue;
            var scalar = new MemoryStream();
            Field(scalar, 1, Encoding.UTF8.GetBytes(tag));
            scalar.WriteByte((2 << 3) | 5);
            BinaryPrimitives.WriteSingleLittleEndian(bits, (float)value);
            scalar.Write(bits);
            Field(summary, 1, scalar.ToArray());
        }
        Write(step, w => Field(w, 5, summary.ToArray()));
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>The checksum of TFRecord: rotated and shifted, so that a checksum of data with checksums stays sound.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private void Write(long step, Action<MemoryStream> rest)
    {
        var data = new MemoryStream();
        data.WriteByte((1 << 3) | 1);
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(word, _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
        data.Write(word);
        data.WriteByte(2 << 3);
        Varint(data, (ulong)step);
        rest(data);
        var bytes = data.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(word, bytes.Length);
        _stream.Write(word);
        Checksum(word);
        _stream.Write(bytes);
        Checksum(bytes);
        _stream.Flush();
    }

    private void Checksum(ReadOnlySpan<byte> bytes)
    {
        Span<byte> crc = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(crc, MaskedCrc(bytes));
        _stream.Write(crc);
    }

    private static void Field(MemoryStream stream, int number, byte[] bytes)
    {
        stream.WriteByte((byte)((number << 3) | 2));
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Varint(MemoryStream stream, ulong value)
    {
        for (; value >= 128; value >>= 7)
            stream.WriteByte((byte)(value | 128));
        stream.WriteByte((byte)value);
    }
}
