using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace CorpusForge.Training.Tests;

public sealed class TensorBoardEventsTests
{
    // RFC 3720, B.4: CRC-32C of 32 zero bytes is 8a9136aa, of 32 bytes 0xff 62a8ab43; then masked as TFRecord does.
    [Theory]
    [InlineData(0x00, 0x8a9136aau)]
    [InlineData(0xff, 0x62a8ab43u)]
    public void The_checksum_is_masked_crc32c(byte value, uint crc) =>
        Assert.Equal(unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u), TensorBoardEvents.MaskedCrc([.. Enumerable.Repeat(value, 32)]));

    [Fact]
    public void Events_are_read_back()
    {
        var stream = new MemoryStream();
        using (var events = new TensorBoardEvents(stream, TimeProvider.System))
        {
            events.Add(1, ("loss", 2.5), ("left/out", null));
            events.Add(300, ("loss", -1), ("rate", 1e-3));
        }
        Assert.Equal(["brain.Event:2 @0", "loss=2.5 @1", "loss=-1 rate=0.001 @300"], Read(stream.ToArray()));
    }

    [Fact]
    public void The_name_is_one_that_TensorBoard_looks_for() =>
        Assert.Equal("events.out.tfevents.86400.corpusforge", TensorBoardEvents.NameAt(DateTimeOffset.UnixEpoch.AddDays(1)));

    // An independent reader: TFRecord by its description, protocol buffers by theirs.
    private static IEnumerable<string> Read(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Crc(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Crc(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            var fields = Message(file.AsMemory(at + 12, length));
            var values = fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Bytes.Span))
                .Concat(fields.Where(f => f.Number == 5).SelectMany(f => Message(f.Bytes)).Select(v =>
                {
                    var scalar = Message(v.Bytes);
                    return $"{Encoding.UTF8.GetString(scalar.Single(s => s.Number == 1).Bytes.Span)}={BitConverter.ToSingle(scalar.Single(s => s.Number == 2).Bytes.Span)}";
                }));
            yield return $"{string.Join(' ', values)} @{fields.Where(f => f.Number == 2).Select(f => f.Value).SingleOrDefault()}";
            at += length + 16;
        }
    }

    private static List<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> Message(ReadOnlyMemory<byte> bytes)
    {
        var fields = new List<(int, ulong, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < bytes.Length;)
        {
            var key = Varint();
            var (number, wire) = ((int)(key >> 3), key & 7);
            var (value, length) = wire switch { 0UL => (Varint(), 0), 1UL => (0UL, 8), 5UL => (0UL, 4), 2UL => (0UL, (int)Varint()), _ => throw new InvalidDataException() };
            fields.Add((number, value, bytes.Slice(at, length)));
            at += length;

            ulong Varint()
            {
                var result = 0UL;
                for (var shift = 0; ; shift += 7)
                {
                    var b = bytes.Span[at++];
                    result |= (ulong)(b & 127) << shift;
                    if (b < 128)
                        return result;
                }
            }
        }
        return fields;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }
        crc = ~crc;
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
    }
}
