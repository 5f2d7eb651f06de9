using BenchmarkDotNet.Attributes;
using CorpusForge.Runs;

namespace CorpusForge.Benchmarks;

/// <summary>Document shards in memory: Arrow, zstd and SHA-256 without a disk.</summary>
public class ShardKernels
{
    private readonly byte[] _buffer = new byte[4 << 20];
    private byte[] _shard = [];

    [GlobalSetup]
    public void Setup()
    {
        KernelInput.Declare(this, KernelInput.TextBytes);
        _shard = _buffer[..(int)Write()];
    }

    [Benchmark]
    public long Write()
    {
        var file = new OutputFile(new MemoryStream(_buffer));
        using (var writer = new DocumentWriter(file))
        {
            foreach (var document in KernelInput.Documents)
                writer.Write(document);
        }
        return file.Bytes;
    }

    [Benchmark]
    public long Read() => DocumentShard.Read(new MemoryStream(_shard, writable: false)).Sum(d => (long)d.Text.Length);
}
