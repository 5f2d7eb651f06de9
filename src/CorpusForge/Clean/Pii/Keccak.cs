using System.Numerics;

namespace CorpusForge.Clean.Pii;

/// <summary>Keccak-256 of an Ethereum address, whose bits say which letters are capitals (EIP-55).</summary>
/// <remarks>This is Keccak as submitted, with the padding 0x01; the SHA-3 of the platform pads otherwise.</remarks>
internal static class Keccak
{
    public static bool AgreesWithCase(ReadOnlySpan<char> hex)
    {
        Span<ulong> state = stackalloc ulong[25];
        state.Clear();
        for (var i = 0; i < hex.Length; i++)
            Absorb(state, i, (byte)char.ToLowerInvariant(hex[i]));
        Absorb(state, hex.Length, 0x01);
        Absorb(state, 135, 0x80);
        Permute(state);
        for (var i = 0; i < hex.Length; i++)
        {
            var nibble = state[i / 16] >> ((i % 16 / 2 * 8) + ((i & 1) == 0 ? 4 : 0)) & 0xF;
            if (char.IsAsciiLetter(hex[i]) && char.IsAsciiLetterUpper(hex[i]) != nibble >= 8)
                return false;
        }
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
