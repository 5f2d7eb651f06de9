using BenchmarkDotNet.Attributes;
using CorpusForge.Clean;
using CorpusForge.Crawl;

namespace CorpusForge.Benchmarks;

/// <summary>From a compressed WARC file to the text of its pages, counted in bytes of HTML.</summary>
public class PageKernels
{
    private readonly ExtractHtml _extract = new();
    private byte[] _warc = [];

    [GlobalSetup]
    public void Setup()
    {
        KernelInput.Declare(this, KernelInput.PageBytes);
        _warc = KernelInput.Warc();
    }

    /// <summary>Records only.</summary>
    [Benchmark]
    public long WarcRecords() => WarcReader.Read(Open, "benchmark.warc.gz").Sum(r => r.Length);

    /// <summary>HTTP parsed, bodies decoded, documents yielded.</summary>
    [Benchmark]
    public long WarcDocuments() => Crawl.WarcDocuments.Read(Open, "benchmark.warc.gz", "benchmark").Sum(r => (long)r.Bytes.Length);

    [Benchmark]
    public long ExtractHtml() => KernelInput.Pages.Sum(p => (long)(_extract.Extract(p).Document?.Text.Length ?? 0));

    private MemoryStream Open(long offset) => new(_warc, writable: false) { Position = offset };
}
