using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CorpusForge.Clean.Pii;

/// <summary>Numbers that depend on a key and a value alone, for fakes that are the same wherever the value stands.</summary>
/// <remarks>HMAC-SHA256 seeds the generator, so that without the key a fake says nothing of the value.</remarks>
internal sealed class KeyedStream(ReadOnlySpan<byte> key, string value)
{
    private SplitMix64 _numbers = new(BinaryPrimitives.ReadUInt64LittleEndian(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(value))));

    public int Next(int below) => (int)_numbers.Next((ulong)below);
}
