using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace CorpusForge.Filter;

/// <summary>One word, number, symbol or run of one symbol: where it stands in the text, and the hash of its characters.</summary>
/// <remarks>Lengths are UTF-16 units. <see cref="Hash"/> is <see cref="HashOf"/>, the same on every machine.</remarks>
public readonly struct Token
{
    private const int WordBit = 1 << 30;
    private const int AlphabeticBit = 1 << 31;

    private readonly int _lengthAndBits;

    internal Token(int start, int length, bool word, bool alphabetic, ulong hash)
    {
        Start = start;
        Hash = hash;
        _lengthAndBits = length | (word ? WordBit : 0) | (alphabetic ? AlphabeticBit : 0);
    }

    public ulong Hash { get; }
    public int Start { get; }
    public int Length => _lengthAndBits & ~(WordBit | AlphabeticBit);

    /// <summary>Has a letter or a digit; a token of punctuation and symbols is no word.</summary>
    public bool IsWord => (_lengthAndBits & WordBit) != 0;

    /// <summary>Has a letter.</summary>
    public bool IsAlphabetic => (_lengthAndBits & AlphabeticBit) != 0;

    /// <summary>The hash that a token of these characters has: four characters a multiplication, the two halves of the product folded.</summary>
    public static ulong HashOf(ReadOnlySpan<char> characters)
    {
        var hash = (ulong)characters.Length * 0x9E3779B97F4A7C15;
        for (; characters.Length > 4; characters = characters[4..])
            hash = Fold(hash ^ Four(characters), 0xE7037ED1A0B428DB);
        var rest = 0UL;
        foreach (var c in characters)
            rest = (rest << 16) | c;
        return Fold(hash ^ rest, 0xA0761D6478BD642F);
    }

    /// <summary><see cref="HashOf"/> of ASCII characters, of which there are eight to be read from the last one on; no branch for short words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong HashOfAscii(ref ushort first, int length)
    {
        ref var at = ref Unsafe.As<ushort, byte>(ref first);
        var hash = (ulong)length * 0x9E3779B97F4A7C15;
        for (; length > 8; length -= 4)
        {
            hash = Fold(hash ^ Unsafe.ReadUnaligned<ulong>(ref at), 0xE7037ED1A0B428DB);
            at = ref Unsafe.Add(ref at, 8);
        }
        var one = hash ^ Rest(ref at, Math.Min(length, 4));
        var two = Fold(hash ^ Unsafe.ReadUnaligned<ulong>(ref at), 0xE7037ED1A0B428DB) ^ Rest(ref Unsafe.Add(ref at, 8), length - 4);
        return Fold(length > 4 ? two : one, 0xA0761D6478BD642F);
    }

    // The last of them in the lowest 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Rest(ref byte at, int count) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(ref at)) >> 8 >> (16 * (4 - count));

    private static ulong Four(ReadOnlySpan<char> c) => c[0] | ((ulong)c[1] << 16) | ((ulong)c[2] << 32) | ((ulong)c[3] << 48);

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
