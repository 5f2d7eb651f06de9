using System.Globalization;
using CorpusForge.Runs;
using CorpusForge.Tokenize;

namespace CorpusForge.Benchmarks;

/// <summary>A byte 5-gram model with interpolated Kneser–Ney smoothing, trained and measured on the splits of token shards: the bar for a trained model.</summary>
/// <remarks>Chen and Goodman 1998, one discount an order, estimated from the counts; contexts do not reach over documents.</remarks>
internal static class NgramBaseline
{
    private const int Order = 5;
    private const ulong Symbols = 257;

    public static int Run(string tokens)
    {
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(tokens)))!;
        var shards = StageFolder.Open(tokens).Parts.Select(p => p.File(Roles.Tokens)).OfType<ManifestFile>().Select(f => TokenShardReader.Open(Path.Combine(above, f.Name))).ToList();
        if (shards[0].Info.VocabularySize != (int)Symbols)
        {
            Console.Error.WriteLine("The shards must be of the tokenizer byte.");
            return 2;
        }
        var counts = Count(shards);
        var tables = Enumerable.Range(1, Order).Select(n => new Table(counts[n], n)).ToArray();
        var (nats, bytes, targets) = (0.0, 0L, 0L);
        foreach (var document in Documents(shards, validation: true))
        {
            for (var i = 0; i < document.Length; i++)
            {
                nats -= Math.Log(Probability(tables, document, i));
                bytes += document[i] < 256 ? 1 : 0;
                targets++;
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"byte {Order}-gram: {nats / targets:0.0000} nats a token, {nats / Math.Log(2) / bytes:0.0000} bits a byte on {bytes:N0} bytes of validation"));
        return 0;
    }

    // The highest order counts occurrences, the lower ones in how many different contexts an n-gram stands.
    private static Dictionary<ulong, int>[] Count(List<TokenShardReader> shards)
    {
        var counts = Enumerable.Range(0, Order + 1).Select(_ => new Dictionary<ulong, int>()).ToArray();
        foreach (var document in Documents(shards, validation: false))
        {
            for (var i = 0; i < document.Length; i++)
            {
                var key = Key(document, i, Order);
                counts[Order][key] = counts[Order].GetValueOrDefault(key) + 1;
            }
        }
        for (var n = Order - 1; n >= 1; n--)
        {
            foreach (var key in counts[n + 1].Keys)
            {
                var shorter = key % Power(n);
                counts[n][shorter] = counts[n].GetValueOrDefault(shorter) + 1;
            }
        }
        return counts;
    }

    private static double Probability(Table[] tables, int[] document, int i)
    {
        var probability = 1.0 / Symbols;
        for (var n = 1; n <= Order; n++)
            probability = tables[n - 1].Interpolate(Key(document, i, n), probability);
        return probability;
    }

    // Before its start stands the end of text, as in training.
    private static ulong Key(int[] document, int i, int length)
    {
        var key = 0UL;
        for (var j = i - length + 1; j <= i; j++)
            key = (key * Symbols) + (ulong)(j < 0 ? 256 : document[j]);
        return key;
    }

    private static ulong Power(int n) => n == 0 ? 1 : Symbols * Power(n - 1);

    private static IEnumerable<int[]> Documents(List<TokenShardReader> shards, bool validation)
    {
        foreach (var batch in shards.SelectMany(s => s.Batches))
        {
            for (var row = 0; row < batch.Rows; row++)
            {
                if (batch.Validation(row) == validation)
                    yield return [.. batch.Narrow(row).ToArray().Select(t => (int)t), 256];
            }
        }
    }

    private sealed class Table
    {
        private readonly Dictionary<ulong, int> _counts;
        private readonly Dictionary<ulong, (long Sum, int Kinds)> _contexts = [];
        private readonly double _discount;

        public Table(Dictionary<ulong, int> counts, int order)
        {
            _counts = counts;
            var (once, twice) = (0L, 0L);
            foreach (var (key, count) in counts)
            {
                once += count == 1 ? 1 : 0;
                twice += count == 2 ? 1 : 0;
                var (sum, kinds) = _contexts.GetValueOrDefault(key / Symbols);
                _contexts[key / Symbols] = (sum + count, kinds + 1);
            }
            _discount = order == 1 || once == 0 ? 0.5 : (double)once / (once + (2 * twice));
        }

        public double Interpolate(ulong key, double shorter)
        {
            if (!_contexts.TryGetValue(key / Symbols, out var context))
                return shorter;
            return (Math.Max(0, _counts.GetValueOrDefault(key) - _discount) / context.Sum) + (_discount * context.Kinds / context.Sum * shorter);
        }
    }
}
