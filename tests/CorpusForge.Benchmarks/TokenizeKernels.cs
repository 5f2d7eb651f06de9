using BenchmarkDotNet.Attributes;
using CorpusForge.Tokenize;

namespace CorpusForge.Benchmarks;

/// <summary>Text to ids.</summary>
public class TokenizeKernels
{
    private readonly List<int> _ids = [];
    private readonly ITokenizer _byte = Tokenizers.Open("byte");
    private readonly ITokenizer _cl100k = Tokenizers.Open("cl100k_base");

    [GlobalSetup]
    public void Setup() => KernelInput.Declare(this, KernelInput.TextBytes);

    [Benchmark]
    public int Byte() => Encode(_byte);

    [Benchmark]
    public int Cl100k() => Encode(_cl100k);

    private int Encode(ITokenizer tokenizer)
    {
        _ids.Clear();
        foreach (var document in KernelInput.Documents)
            tokenizer.Encode(document.Text, _ids);
        return _ids.Count;
    }
}
