using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CorpusForge.Tokenize;

/// <summary>At which rank two tokens merge; a word of memory a pair.</summary>
/// <remarks>
/// Open addressing. Most pairs that are asked for do not merge: what may follow a token is kept as 64 bits, one for each of 64 classes of tokens,
/// and most of them are turned away there.
/// </remarks>
internal sealed class PairTable
{
    /// <summary>Ids and ranks are below 2 to this power.</summary>
    public const int Bits = 21;

    private const int IdMask = (1 << Bits) - 1;

    private readonly ulong[] _slots;
    private readonly ulong[] _follows;
    private readonly int _shift;

    /// <param name="tokens">How many there are.</param>
    /// <param name="pairs">Of a pair that is there twice, the last counts.</param>
    public PairTable(int tokens, ReadOnlySpan<(int Left, int Right, int Rank)> pairs)
    {
        var bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)pairs.Length * 2 + 2));
        (_slots, _shift, _follows) = (new ulong[1 << bits], 64 - bits, new ulong[tokens]);
        Array.Fill(_slots, ulong.MaxValue);
        foreach (var (left, right, rank) in pairs)
        {
            var key = Key(left, right);
            var slot = (int)(Mixed(key) >> _shift);
            while (_slots[slot] != ulong.MaxValue && _slots[slot] >> Bits != key)
                slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = (key << Bits) | (uint)rank;
            _follows[left] |= Class(right);
        }
    }

    /// <summary>The rank at which two tokens merge, or <see cref="int.MaxValue"/>.</summary>
    public int this[int left, int right]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((_follows[left] & Class(right)) == 0)
                return int.MaxValue;
            var key = Key(left, right);
            ref var slots = ref MemoryMarshal.GetArrayDataReference(_slots);
            for (var slot = (int)(Mixed(key) >> _shift); ; slot = (slot + 1) & (_slots.Length - 1))
            {
                var found = Unsafe.Add(ref slots, slot);
                if (found >> Bits == key)
                    return (int)found & IdMask;
                if (found == ulong.MaxValue)
                    return int.MaxValue;
            }
        }
    }

    private static ulong Class(int token) => 1UL << (int)(((uint)token * 0x9E3779B1) >> 26);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << Bits) | (uint)right;

    private static ulong Mixed(ulong key) => key * 0x9E3779B97F4A7C15;
}
