using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using CorpusForge.Deduplicate;

namespace CorpusForge.Benchmarks;

/// <summary>Shingles, and signatures of the default 18 bands of 6 places, counted in bytes of the text that they are of.</summary>
public class DeduplicateKernels
{
    private readonly Shingler _shingler = new(ngram: 5);
    private readonly uint[] _signature = new uint[112];
    private uint[][] _shingles = [];
    private uint[] _a = [];
    private uint[] _b = [];

    [GlobalSetup]
    public void Setup()
    {
        KernelInput.Declare(this, KernelInput.TextBytes);
        (_a, _b) = MinHash.Coefficients(_signature.Length, seed: 0);
        _shingles = [.. KernelInput.Documents.Select(d => _shingler.Shingle(d.Text).IsEmpty ? [] : _shingler.Halves.ToArray())];
    }

    [Benchmark]
    public int Shingle()
    {
        var count = 0;
        foreach (var document in KernelInput.Documents)
            count += _shingler.Shingle(document.Text).Length;
        return count;
    }

    [Benchmark]
    public uint Sign()
    {
        var sum = 0u;
        foreach (var set in _shingles)
        {
            MinHash.Sign(set, _a, _b, _signature);
            sum += _signature[0];
        }
        return sum;
    }

    /// <summary>What `sign` costs without disks: words, normalisation, shingles and the signature.</summary>
    [Benchmark]
    public uint Signature()
    {
        var sum = 0u;
        foreach (var document in KernelInput.Documents)
        {
            _shingler.Shingle(document.Text);
            MinHash.Sign(_shingler.Halves, _a, _b, _signature);
            sum += _signature[0];
        }
        return sum;
    }

    /// <summary>As many multiplications, additions and minima of whole vectors as <see cref="Sign"/> needs, on registers alone: the machine's limit.</summary>
    [Benchmark]
    public uint SignLimit()
    {
        Vector512<uint> a0 = Vector512.Create(_a), b = Vector512.Create(_b), x = a0 + b;
        Vector512<uint> a1 = a0 ^ b, a2 = a1 + b, a3 = a2 ^ b, a4 = a3 + b, a5 = a4 ^ b, a6 = a5 + b;
        Vector512<uint> m0 = Vector512<uint>.AllBitsSet, m1 = m0, m2 = m0, m3 = m0, m4 = m0, m5 = m0, m6 = m0;
        foreach (var set in _shingles)
        {
            for (var i = set.Length; i > 0; i--)
            {
                x += b;
                m0 = Vector512.Min(m0, (a0 * x) + b);
                m1 = Vector512.Min(m1, (a1 * x) + b);
                m2 = Vector512.Min(m2, (a2 * x) + b);
                m3 = Vector512.Min(m3, (a3 * x) + b);
                m4 = Vector512.Min(m4, (a4 * x) + b);
                m5 = Vector512.Min(m5, (a5 * x) + b);
                m6 = Vector512.Min(m6, (a6 * x) + b);
            }
        }
        return (m0 ^ m1 ^ m2 ^ m3 ^ m4 ^ m5 ^ m6).ToScalar();
    }

    [Benchmark]
    public uint SignScalar()
    {
        var sum = 0u;
        foreach (var set in _shingles)
        {
            MinHash.SignScalar(set, _a, _b, _signature);
            sum += _signature[0];
        }
        return sum;
    }
}
