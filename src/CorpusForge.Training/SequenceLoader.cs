using CorpusForge.Tokenize;

namespace CorpusForge.Training;

/// <summary>Packs the documents of token shards into training sequences, in a shuffled order that depends on the seed alone.</summary>
/// <remarks>
/// One split of the shards is read as a single stream: document, end-of-text, document, … Sequence i is tokens [i·context, (i+1)·context],
/// so that every token but the first is a target exactly once an epoch; the last sequence is filled up with positions that have no target.
/// Each epoch takes the sequences in another pseudo-random permutation (a four-round Feistel network, no table), so the place in training is one number and
/// resuming is free. Memory: 24 bytes per 64 documents; tokens are read where the shards are mapped.
/// </remarks>
public sealed class SequenceLoader
{
    private const int RowsPerMark = 64;

    private readonly List<(TokenBatch Batch, string File)> _batches = [];
    private readonly List<Mark> _marks = [];
    private readonly TokenShardInfo _info;
    private readonly bool _validation;
    private readonly ulong _seed;
    private readonly long[] _buffer;

    public SequenceLoader(IReadOnlyList<TokenShardReader> shards, int context, bool validation, long seed)
    {
        if (shards.Count == 0)
            throw new TrainingException("There are no token shards to train on.");
        (_info, _validation, _seed, Context) = (shards[0].Info, validation, SplitMix64.Mix((ulong)seed), context);
        _buffer = new long[context + 1];
        foreach (var shard in shards)
        {
            if (shard.Info with { StageDigest = _info.StageDigest } != _info)
                throw new TrainingException($"{shard.Path} was made with another tokenizer than {shards[0].Path}.");
            foreach (var batch in shard.Batches)
                Add(batch, shard.Path);
        }
    }

    public int Context { get; }

    /// <summary>Tokens of the split, end-of-text included.</summary>
    public long Tokens { get; private set; }

    /// <summary>Sequences in an epoch.</summary>
    public long Count => Tokens < 2 ? 0 : (Tokens - 2 + Context) / Context;

    /// <summary>Where the <paramref name="number"/>th sequence of training is, from 0.</summary>
    public Cursor At(long number) => new(number / Count, number % Count);

    /// <summary>Fills inputs and targets of the sequence at the cursor and returns how many positions have a target.</summary>
    public int Fill(Cursor cursor, Span<long> inputs, Span<long> targets) =>
        FillInOrder(Permute(cursor.Position, cursor.Epoch), inputs, targets);

    /// <summary>The same for the sequence at a place of the stream, not shuffled.</summary>
    public int FillInOrder(long index, Span<long> inputs, Span<long> targets)
    {
        var read = Read(index * Context, _buffer);
        var used = read - 1;
        _buffer.AsSpan(0, used).CopyTo(inputs);
        _buffer.AsSpan(1, used).CopyTo(targets);
        inputs[used..].Fill(_info.EndOfText ?? 0);
        targets[used..].Fill(Transformer.NoTarget);
        return used;
    }

    private void Add(TokenBatch batch, string file)
    {
        _batches.Add((batch, file));
        for (var row = 0; row < batch.Rows; row++)
        {
            if (row % RowsPerMark == 0)
                _marks.Add(new Mark(Tokens, _batches.Count - 1, row));
            Tokens += LengthOf(batch, row);
        }
    }

    // What the document takes in the stream: nothing when it is of the other split.
    private int LengthOf(TokenBatch batch, int row) =>
        batch.Validation(row) == _validation ? batch.Length(row) + (_info.EndOfText is null ? 0 : 1) : 0;

    private int Read(long position, Span<long> destination)
    {
        var (start, index, row) = MarkAt(position);
        var filled = 0;
        for (; index < _batches.Count && filled < destination.Length; index++, row = 0)
        {
            var (batch, file) = _batches[index];
            for (; row < batch.Rows && filled < destination.Length; row++)
            {
                var length = LengthOf(batch, row);
                var skip = (int)Math.Clamp(position - start, 0, length);
                start += length;
                var take = Math.Min(length - skip, destination.Length - filled);
                if (take == 0)
                    continue;
                var tokens = Math.Min(take, Math.Max(0, batch.Length(row) - skip));
                batch.CopyTo(row, skip, destination.Slice(filled, tokens));
                Check(destination.Slice(filled, tokens), file);
                if (tokens < take)
                    destination[filled + tokens] = _info.EndOfText!.Value;
                filled += take;
            }
        }
        return filled;
    }

    private void Check(ReadOnlySpan<long> tokens, string file)
    {
        foreach (var token in tokens)
        {
            if (token >= _info.VocabularySize)
                throw new InputException(file, 0, $"token {token} is not in the vocabulary of {_info.VocabularySize}");
        }
    }

    private Mark MarkAt(long position)
    {
        var (low, high) = (0, _marks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_marks[middle].Start <= position)
                low = middle;
            else
                high = middle - 1;
        }
        return _marks[low];
    }

    // A permutation of the next power of four; numbers beyond the end go round again until they fall inside.
    internal long Permute(long position, long epoch)
    {
        var half = 1;
        while (1UL << (2 * half) < (ulong)Count)
            half++;
        var mask = (1UL << half) - 1;
        var key = SplitMix64.Mix(_seed + (ulong)epoch);
        var x = (ulong)position;
        do
        {
            for (var round = 0UL; round < 4; round++)
            {
                var (left, right) = (x >> half, x & mask);
                x = (right << half) | (left ^ (SplitMix64.Mix(key + (round << 32) + right) & mask));
            }
        }
        while (x >= (ulong)Count);
        return (long)x;
    }

    private readonly record struct Mark(long Start, int Batch, int Row);
}

/// <summary>A place in training: which pass over the data, and how far in it.</summary>
public readonly record struct Cursor(long Epoch, long Position);
