using System.Diagnostics;
using System.Numerics;

namespace CorpusForge.Clean.Pii;

/// <summary>Keccak-256, by which Ethereum and Monero check addresses.</summary>
/// <remarks>This is Keccak as submitted, with the padding 0x01; the SHA-3 of the platform pads otherwise.</remarks>
internal static class Keccak
{
    /// <summary>The hash of no more than 135 bytes.</summary>
    public static void Hash256(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        Debug.Assert(message.Length < 136 && hash.Length == 32);
        Span<ulong> state = stackalloc ulong[25];
        state.Clear();
        for (var i = 0; i < message.Length; i++)
            Absorb(state, i, message[i]);
        Absorb(state, message.Length, 0x01);
        Absorb(state, 135, 0x80);
        Permute(state);
        for (var i = 0; i < hash.Length; i++)
            hash[i] = (byte)(state[i / 8] >> (i % 8 * 8));
    }

    /// <summary>Whether the bits of an Ethereum address say which of its letters are capitals (EIP-55).</summary>
    public static bool AgreesWithCase(ReadOnlySpan<char> hex)
    {
        Span<byte> small = stackalloc byte[hex.Length];
        for (var i = 0; i < hex.Length; i++)
            small[i] = (byte)char.ToLowerInvariant(hex[i]);
        Span<byte> hash = stackalloc byte[32];
        Hash256(small, hash);
        for (var i = 0; i < hex.Length; i++)
            if (char.IsAsciiLetter(hex[i]) && char.IsAsciiLetterUpper(hex[i]) != ((hash[i / 2] >> ((i & 1) == 0 ? 4 : 0)) & 0xF) >= 8)
                return false;
        return true;
    }

    private static void Absorb(Span<ulong> state, int at, byte value) => state[at / 8] ^= (ulong)value << (at % 8 * 8);

    private static void Permute(Span<ulong> a)
    {
        ReadOnlySpan<int> rotations = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
        ReadOnlySpan<int> lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
        Span<ulong> column = stackalloc ulong[5];
        byte lfsr = 1;
        for (var round = 0; round < 24; round++)
        {
            for (var x = 0; x < 5; x++)
                column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            for (var i = 0; i < 25; i++)
                a[i] ^= column[(i + 4) % 5] ^ BitOperations.RotateLeft(column[(i + 1) % 5], 1);
            var moved = a[1];
            for (var i = 0; i < 24; i++)
                (a[lanes[i]], moved) = (BitOperations.RotateLeft(moved, rotations[i]), a[lanes[i]]);
            for (var y = 0; y < 25; y += 5)
            {
                a.Slice(y, 5).CopyTo(column);
                for (var x = 0; x < 5; x++)
                    a[y + x] = column[x] ^ (~column[(x + 1) % 5] & column[(x + 2) % 5]);
            }
            for (var j = 0; j < 7; j++)
            {
                if ((lfsr & 1) == 1)
                    a[0] ^= 1UL << ((1 << j) - 1);
                lfsr = (byte)((lfsr << 1) ^ ((lfsr >> 7) * 0x171));
            }
        }
    }
}
