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
        _shingles = [.. KernelInput.Documents.Select(d => _shingler.Shingle(d.Text).ToArray())];
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
