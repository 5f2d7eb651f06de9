using System.Numerics;
using CorpusForge.Tokenize;

namespace CorpusForge.Training;

/// <summary>Packs the documents of token shards into training sequences, in a shuffled order that depends on the seed alone.</summary>
/// <remarks>
/// One split of the shards is read as a single stream: document, end-of-text, document, … Sequence i is tokens [i·context, (i+1)·context],
/// so that every token but the first is a target exactly once an epoch; the last sequence is filled up with <see cref="None"/>.
/// Each epoch takes the sequences in another pseudo-random permutation (a four-round Feistel network, no table), so the place in training is one number and
/// resuming is free. Memory: 24 bytes per 64 documents; tokens are read where the shards are mapped.
/// </remarks>
public sealed class SequenceLoader
{
    /// <summary>Stands where the stream has ended.</summary>
    public const int None = -1;

    private const int RowsPerMark = 64;

    private readonly List<(TokenBatch Batch, string File)> _batches = [];
    private readonly List<Mark> _marks = [];
    private readonly TokenShardInfo _info;
    private readonly bool _validation;
    private readonly ulong _seed;

    public SequenceLoader(IReadOnlyList<TokenShardReader> shards, int context, bool validation, long seed)
    {
        if (shards.Count == 0)
            throw new TrainingException("There are no token shards to train on.");
        (_info, _validation, _seed, Context) = (shards[0].Info, validation, SplitMix64.Mix((ulong)seed), context);
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

    /// <summary>Copies the tokens of the sequence at the cursor, one more than the context, and returns how many positions have a next token.</summary>
    /// <param name="cursor">Where.</param>
    /// <param name="tokens">Context + 1; what the stream no longer fills is <see cref="None"/>.</param>
    /// <param name="starts">Empty, or for each token where its document starts in the sequence. The end-of-text token starts the document after it.</param>
    public int Fill(Cursor cursor, Span<int> tokens, Span<int> starts = default) => FillInOrder(Permute(cursor.Position, cursor.Epoch), tokens, starts);

    /// <summary>The same for the sequence at a place of the stream, not shuffled.</summary>
    public int FillInOrder(long index, Span<int> tokens, Span<int> starts = default)
    {
        var read = Read(index * Context, tokens[..(Context + 1)], starts);
        tokens[read..].Fill(None);
        return read - 1;
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

    private int Read(long position, Span<int> destination, Span<int> starts)
    {
        var (start, index, row) = MarkAt(position);
        var (filled, documentAt) = (0, 0);
        for (; index < _batches.Count && filled < destination.Length; index++, row = 0)
        {
            var (batch, file) = _batches[index];
            if (filled == 0)
                row = batch.Seek(row, _validation, _info.EndOfText is null ? 0 : 1, position, ref start);
            for (; row < batch.Rows && filled < destination.Length; row++)
            {
                var length = LengthOf(batch, row);
                var skip = (int)Math.Clamp(position - start, 0, length);
                start += length;
                var take = Math.Min(length - skip, destination.Length - filled);
                if (take == 0)
                    continue;
                var tokens = Math.Min(take, Math.Max(0, batch.Length(row) - skip));
                Copy(batch, row, skip, destination.Slice(filled, tokens), file);
                if (!starts.IsEmpty)
                    starts.Slice(filled, tokens).Fill(_info.EndOfText is null && skip == 0 ? documentAt = filled : documentAt);
                filled += tokens;
                if (tokens == take)
                    continue;
                if (!starts.IsEmpty)
                    starts[filled] = documentAt = filled;
                destination[filled++] = _info.EndOfText!.Value;
            }
        }
        if (!starts.IsEmpty)
            starts[filled..].Fill(documentAt);
        return filled;
    }

    private void Copy(TokenBatch batch, int row, int skip, Span<int> destination, string file)
    {
        var largest = _info.Narrow ? Widen(batch.Narrow(row).Slice(skip, destination.Length), destination) : Widen(batch.Wide(row).Slice(skip, destination.Length), destination);
        if (largest >= (uint)_info.VocabularySize)
            throw new InputException(file, 0, $"token {largest} is not in the vocabulary of {_info.VocabularySize}");
    }

    /// <summary>Copies and returns the largest.</summary>
    internal static uint Widen(ReadOnlySpan<ushort> from, Span<int> to)
    {
        var (i, largest) = (0, Vector<ushort>.Zero);
        for (; i <= from.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            var tokens = new Vector<ushort>(from[i..]);
            largest = Vector.Max(largest, tokens);
            Vector.Widen(tokens, out var low, out var high);
            low.As<uint, int>().CopyTo(to[i..]);
            high.As<uint, int>().CopyTo(to[(i + Vector<int>.Count)..]);
        }
        uint result = 0;
        for (var lane = 0; lane < Vector<ushort>.Count; lane++)
            result = Math.Max(result, largest[lane]);
        for (; i < from.Length; i++)
        {
            to[i] = from[i];
            result = Math.Max(result, from[i]);
        }
        return result;
    }

    /// <summary>Copies and returns the largest.</summary>
    internal static uint Widen(ReadOnlySpan<uint> from, Span<int> to)
    {
        var (i, largest) = (0, Vector<uint>.Zero);
        for (; i <= from.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            var tokens = new Vector<uint>(from[i..]);
            largest = Vector.Max(largest, tokens);
            tokens.As<uint, int>().CopyTo(to[i..]);
        }
        uint result = 0;
        for (var lane = 0; lane < Vector<uint>.Count; lane++)
            result = Math.Max(result, largest[lane]);
        for (; i < from.Length; i++)
        {
            to[i] = (int)from[i];
            result = Math.Max(result, from[i]);
        }
        return result;
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
