using CorpusForge.Tokenize;

namespace CorpusForge.Tests.Examples;

/// <summary>The example of `docs/tokens.md`.</summary>
static class ReadTokens
{
    public static void Run(string path, TextWriter output)
    {
        using var shard = TokenShardReader.Open(path);
        foreach (var batch in shard.Batches)
        {
            for (var row = 0; row < batch.Rows; row++)
            {
                if (batch.Validation(row))
                    continue;
                var tokens = shard.Info.Narrow ? batch.Narrow(row).Length : batch.Wide(row).Length;
                output.WriteLine($"{batch.Id(row)}: {tokens} tokens");
            }
        }
    }
}
