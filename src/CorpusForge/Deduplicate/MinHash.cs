using System.Diagnostics;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CorpusForge.Deduplicate;

/// <summary>MinHash: the share of equal places in two signatures estimates the Jaccard similarity of their shingles.</summary>
/// <remarks>
/// <para>Broder 1997. Place i of a signature is min over shingles x of (a[i]·x + b[i]) mod 2^32, with a[i] odd: a permutation
/// of the 32-bit hashes that x are. Other tools reduce mod 2^61-1; signatures of the two are not comparable.</para>
/// <para>Layout: places are band-major, so band k is the slice [k·rows, (k+1)·rows) and needs no gather.</para>
/// <para>Loop order: one block of hash functions stays in registers while the shingles stream past it. With 512-bit registers
/// a block is 112 places, the whole signature of 14 bands of 8 and of 18 bands of 6. <see cref="SignScalar"/> is the definition,
/// which the vector paths equal bit for bit.</para>
/// </remarks>
public static class MinHash
{
    /// <summary>The multipliers and increments of as many hash functions as a signature has places.</summary>
    public static (uint[] A, uint[] B) Coefficients(int places, ulong seed)
    {
        var random = new SplitMix64(seed);
        var (a, b) = (new uint[places], new uint[places]);
        for (var i = 0; i < places; i++)
            (a[i], b[i]) = ((uint)random.Next() | 1, (uint)random.Next());
        return (a, b);
    }

    public static void Sign(ReadOnlySpan<uint> shingles, ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, Span<uint> signature)
    {
        Debug.Assert(a.Length == signature.Length && b.Length == signature.Length);
        if (Vector512.IsHardwareAccelerated)
            Sign512(shingles, a, b, signature);
        else
            SignVector(shingles, a, b, signature);
    }

    internal static void Sign512(ReadOnlySpan<uint> shingles, ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, Span<uint> signature)
    {
        const int width = 16;
        var i = 0;
        for (; i <= signature.Length - (7 * width); i += 7 * width)
        {
            Vector512<uint> a0 = At(a, i), a1 = At(a, i + width), a2 = At(a, i + (2 * width)), a3 = At(a, i + (3 * width));
            Vector512<uint> a4 = At(a, i + (4 * width)), a5 = At(a, i + (5 * width)), a6 = At(a, i + (6 * width));
            Vector512<uint> b0 = At(b, i), b1 = At(b, i + width), b2 = At(b, i + (2 * width)), b3 = At(b, i + (3 * width));
            Vector512<uint> b4 = At(b, i + (4 * width)), b5 = At(b, i + (5 * width)), b6 = At(b, i + (6 * width));
            Vector512<uint> m0 = Vector512<uint>.AllBitsSet, m1 = m0, m2 = m0, m3 = m0, m4 = m0, m5 = m0, m6 = m0;
            foreach (var shingle in shingles)
            {
                var x = Vector512.Create(shingle);
                m0 = Vector512.Min(m0, (a0 * x) + b0);
                m1 = Vector512.Min(m1, (a1 * x) + b1);
                m2 = Vector512.Min(m2, (a2 * x) + b2);
                m3 = Vector512.Min(m3, (a3 * x) + b3);
                m4 = Vector512.Min(m4, (a4 * x) + b4);
                m5 = Vector512.Min(m5, (a5 * x) + b5);
                m6 = Vector512.Min(m6, (a6 * x) + b6);
            }
            m0.CopyTo(signature[i..]);
            m1.CopyTo(signature[(i + width)..]);
            m2.CopyTo(signature[(i + (2 * width))..]);
            m3.CopyTo(signature[(i + (3 * width))..]);
            m4.CopyTo(signature[(i + (4 * width))..]);
            m5.CopyTo(signature[(i + (5 * width))..]);
            m6.CopyTo(signature[(i + (6 * width))..]);
        }
        SignVector(shingles, a[i..], b[i..], signature[i..]);

        static Vector512<uint> At(ReadOnlySpan<uint> values, int at) => Vector512.Create(values[at..]);
    }

    internal static void SignVector(ReadOnlySpan<uint> shingles, ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, Span<uint> signature)
    {
        var width = Vector<uint>.Count;
        var i = 0;
        for (; i <= signature.Length - (4 * width); i += 4 * width)
        {
            Vector<uint> a0 = new(a[i..]), a1 = new(a[(i + width)..]), a2 = new(a[(i + (2 * width))..]), a3 = new(a[(i + (3 * width))..]);
            Vector<uint> b0 = new(b[i..]), b1 = new(b[(i + width)..]), b2 = new(b[(i + (2 * width))..]), b3 = new(b[(i + (3 * width))..]);
            Vector<uint> m0 = new(uint.MaxValue), m1 = m0, m2 = m0, m3 = m0;
            foreach (var shingle in shingles)
            {
                var x = new Vector<uint>(shingle);
                m0 = Vector.Min(m0, (a0 * x) + b0);
                m1 = Vector.Min(m1, (a1 * x) + b1);
                m2 = Vector.Min(m2, (a2 * x) + b2);
                m3 = Vector.Min(m3, (a3 * x) + b3);
            }
            m0.CopyTo(signature[i..]);
            m1.CopyTo(signature[(i + width)..]);
            m2.CopyTo(signature[(i + (2 * width))..]);
            m3.CopyTo(signature[(i + (3 * width))..]);
        }
        for (; i <= signature.Length - width; i += width)
        {
            Vector<uint> va = new(a[i..]), vb = new(b[i..]), min = new(uint.MaxValue);
            foreach (var shingle in shingles)
                min = Vector.Min(min, (va * new Vector<uint>(shingle)) + vb);
            min.CopyTo(signature[i..]);
        }
        SignScalar(shingles, a[i..], b[i..], signature[i..]);
    }

    internal static void SignScalar(ReadOnlySpan<uint> shingles, ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, Span<uint> signature)
    {
        for (var i = 0; i < signature.Length; i++)
        {
            var min = uint.MaxValue;
            foreach (var x in shingles)
                min = Math.Min(min, (a[i] * x) + b[i]);
            signature[i] = min;
        }
    }

    /// <summary>The key of the bucket that one band of a signature falls into; documents of other domains fall into other buckets.</summary>
    public static ulong BandKey(ReadOnlySpan<uint> band, int number, ulong domain) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(band), (long)SplitMix64.Mix(SplitMix64.Mix(domain) + (uint)number));
}
