using System.Security.Cryptography;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Training;

/// <summary>Token shards that are the ones their manifests name.</summary>
public static class TokenShards
{
    /// <exception cref="TrainingException">The file has changed since its stage wrote it.</exception>
    public static TokenShardReader Open(string path, string sha256)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan))
        {
            if (Convert.ToHexStringLower(SHA256.HashData(file)) != sha256)
                throw new TrainingException($"{path} is not the shard that its manifest names: its SHA-256 is another. Run the tokenize stage again.");
        }
        return TokenShardReader.Open(path);
    }

    /// <summary>What the shards were encoded with; null where it is a file that is not beside them any more.</summary>
    /// <param name="info">Of a shard.</param>
    /// <param name="storage">Where it lies.</param>
    /// <param name="shard">Its name in storage.</param>
    /// <exception cref="PipelineException">The file is another.</exception>
    public static ITokenizer? TokenizerOf(TokenShardInfo info, IStorage storage, string shard) =>
        Tokenizers.Names.Contains(info.Tokenizer) || storage.Exists($"{shard[..(shard.LastIndexOf('/') + 1)]}{Path.GetFileName(info.Tokenizer)}")
            ? Tokenizers.Of(info, storage, shard)
            : null;
}
