using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;

namespace CorpusForge.Clean.Pii;

/// <summary>BLAKE2b-512 (RFC 7693), by which Polkadot checks addresses.</summary>
internal static class Blake2b
{
    private static ReadOnlySpan<ulong> Initial =>
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1, 0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ];

    // The order of the message's words in each of ten rounds; two more begin again.
    private static ReadOnlySpan<byte> Order =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    /// <summary>The hash of no more than 128 bytes.</summary>
    public static void Hash512(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        Debug.Assert(message.Length <= 128 && hash.Length == 64);
        Span<byte> block = stackalloc byte[128];
        block.Clear();
        message.CopyTo(block);
        Span<ulong> words = stackalloc ulong[16];
        for (var i = 0; i < 16; i++)
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
        Span<ulong> first = [.. Initial];
        first[0] ^= 0x01010000 ^ 64;
        Span<ulong> v = [.. first, .. Initial];
        v[12] ^= (ulong)message.Length;
        v[14] = ~v[14];
        for (var round = 0; round < 12; round++)
        {
            var order = Order.Slice(round % 10 * 16, 16);
            for (var i = 0; i < 8; i++)
                Mix(v, i % 4, 4 + ((i + (i / 4)) % 4), 8 + ((i + (i / 4 * 2)) % 4), 12 + ((i + (i / 4 * 3)) % 4), words[order[2 * i]], words[order[(2 * i) + 1]]);
        }
        for (var i = 0; i < 8; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(hash[(8 * i)..], first[i] ^ v[i] ^ v[i + 8]);
    }

    private static void Mix(Span<ulong> v, int a, int b, int c, int d, ulong x, ulong y)
    {
        v[a] += v[b] + x;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 24);
        v[a] += v[b] + y;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 63);
    }
}
