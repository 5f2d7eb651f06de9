using System.Runtime.CompilerServices;
using CorpusForge.Tokenize;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace CorpusForge.Training.Tests;

/// <summary>A temporary folder with token shards for a test.</summary>
internal sealed class Shards : IDisposable
{
    private readonly List<TokenShardReader> _open = [];

    // Must be set before libtorch starts its threads: two busy threads on a tiny model are slower than one.
    [ModuleInitializer]
    internal static void OneThread()
    {
        Environment.SetEnvironmentVariable("OMP_NUM_THREADS", "1");
        NativeTorch.Load();
        TorchSharp.torch.set_num_threads(1);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("corpusforge-").FullName;

    public IReadOnlyList<TokenShardReader> Open(params (int[] Tokens, bool Validation)[][] shards) => Open(64, 0, shards);

    public IReadOnlyList<TokenShardReader> Open(int vocabulary, int? endOfText, params (int[] Tokens, bool Validation)[][] shards)
    {
        foreach (var documents in shards)
        {
            var path = Path.Combine(Folder, $"shard-{_open.Count}.arrow");
            using (var file = File.Create(path))
            using (var writer = new TokenShardWriter(file, InfoOf(vocabulary, endOfText), batchBytes: 2000))
            {
                foreach (var (tokens, validation) in documents)
                    writer.Append(new TokenRow { Id = "", Kind = Kind.Text, Source = "test", Validation = validation }, tokens);
                writer.Close();
            }
            _open.Add(TokenShardReader.Open(path));
        }
        return _open;
    }

    /// <summary>Documents of random tokens with a pattern: the next token is mostly the last plus one.</summary>
    public static (int[] Tokens, bool Validation)[] Counting(int documents, int seed = 1)
    {
        var random = new SplitMix64((ulong)seed);
        return [.. Enumerable.Range(0, documents).Select(d =>
        {
            var first = (int)random.Next(63);
            return (Enumerable.Range(first, 5 + (int)random.Next(60)).Select(t => 1 + (t % 63)).ToArray(), d % 5 == 4);
        })];
    }

    public void Dispose()
    {
        foreach (var shard in _open)
            shard.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static TokenShardInfo InfoOf(int vocabulary, int? endOfText) => new()
    {
        Tokenizer = "test",
        TokenizerSha256 = "",
        VocabularySize = vocabulary,
        EndOfText = endOfText,
        StageDigest = "",
    };
}
