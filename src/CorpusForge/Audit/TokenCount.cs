using CorpusForge.Tokenize;

namespace CorpusForge.Audit;

/// <summary>Counts the rows and tokens of token shards.</summary>
internal sealed class TokenCount
{
    private readonly PowersOfTwo _lengths = new();
    private readonly SortedDictionary<(string Kind, string Source), Amount> _byKindAndSource = new(ByOrdinal.Pairs);
    private readonly Split _train = new(), _validation = new();
    private TokenShardInfo? _info;

    public void Read(TokenShardReader shard, CompositionCount composition, CancellationToken cancel)
    {
        _info ??= shard.Info;
        if (_info.VocabularySize != shard.Info.VocabularySize || _info.TokenizerSha256 != shard.Info.TokenizerSha256)
            throw new InputException(shard.Path, 0, "the token shards of one stage were written with different tokenizers");
        foreach (var batch in shard.Batches)
        {
            for (var i = 0; i < batch.Rows; i++)
            {
                if (i % 1024 == 0)
                    cancel.ThrowIfCancellationRequested();
                var row = batch.Row(i);
                var amount = new Amount { Documents = 1, Tokens = batch.Length(i) };
                composition.Add(row.Kind, row.Language, row.License, row.Source, row.Url, amount);
                var key = (Runs.DocumentShard.NameOf(row.Kind), row.Source);
                if (!_byKindAndSource.TryGetValue(key, out var sum))
                    _byKindAndSource[key] = sum = new Amount();
                sum.Add(amount);
                _lengths.Add(amount.Tokens);
                (row.Validation ? _validation : _train).Add(batch, i, shard.Info);
            }
        }
    }

    /// <summary>Null where there is no shard.</summary>
    public TokenFigures? ToFigures() => _info is null ? null : new TokenFigures(
        _info.Tokenizer, _info.TokenizerSha256, _info.VocabularySize, _train.ToFigures(), _validation.ToFigures(),
        [.. _byKindAndSource.Select(k => new KindSource(k.Key.Kind, k.Key.Source, k.Value.Documents, k.Value.Tokens))],
        _lengths.ToBins());

    /// <summary>Shannon entropy in bits of a distribution given as counts; null where there are none.</summary>
    internal static double? EntropyBits(ReadOnlySpan<long> counts)
    {
        long total = 0;
        foreach (var count in counts)
            total += count;
        if (total == 0)
            return null;
        // Added in the order of the vocabulary: the sum is the same everywhere.
        var sum = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
                sum += count * Math.Log2(count);
        }
        return Math.Max(0, Math.Log2(total) - (sum / total));
    }

    private sealed class Split
    {
        private long[] _counts = [];
        private long _documents, _tokens;

        public void Add(TokenBatch batch, int row, TokenShardInfo info)
        {
            if (_counts.Length == 0)
                _counts = new long[Math.Max(info.VocabularySize, (info.EndOfText ?? 0) + 1)];
            _documents++;
            _tokens += batch.Length(row);
            if (info.Narrow)
            {
                foreach (var token in batch.Narrow(row))
                    _counts[token]++;
            }
            else
            {
                foreach (var token in batch.Wide(row))
                    _counts[token]++;
            }
            if (info.EndOfText is { } end)
                _counts[end]++;
        }

        public SplitFigures ToFigures()
        {
            var bits = EntropyBits(_counts);
            return new SplitFigures(_documents, _tokens, _counts.Count(c => c > 0),
                bits is null ? null : Statistics.Round(bits.Value), bits is null ? null : Statistics.Round(bits.Value * Math.Log(2)));
        }
    }
}
