using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>Sequences of a loader, made into what a model is asked and what it should answer.</summary>
/// <remarks>
/// A decoder predicts the next token. An encoder restores 15 % of the tokens, of which 80 % read as the mask, 10 % as another token and
/// 10 % as themselves (Devlin et al. 2019); which ones is a function of the seed and the sequence's number. Padding has no target.
/// </remarks>
internal sealed class Batch(SequenceLoader loader, ModelShape shape, long seed, int sequences, bool withinDocuments, int filler)
{
    private const double MaskedShare = 0.15, MaskShare = 0.8, OtherShare = 0.1;

    private readonly int _stride = loader.Context + 1;
    private readonly int[] _tokens = new int[sequences * (loader.Context + 1)];
    private readonly int[] _starts = withinDocuments ? new int[sequences * (loader.Context + 1)] : [];
    private readonly int[] _read = new int[shape.Family == ModelFamily.Bert ? sequences * (loader.Context + 1) : 0];
    private int _filled;

    /// <summary>Takes sequences of training from <paramref name="first"/> on and returns how many targets they have.</summary>
    public long Fill(long first)
    {
        var counted = 0L;
        _filled = sequences;
        for (var i = 0; i < sequences; i++)
        {
            var targets = loader.Fill(loader.At(first + i), Tokens(i), Starts(i));
            counted += _read.Length == 0 ? targets : Mask(i, first + i);
        }
        return counted;
    }

    /// <summary>The same in the order of the stream, up to <paramref name="end"/>.</summary>
    public long FillInOrder(long first, long end)
    {
        var counted = 0L;
        _filled = (int)Math.Min(sequences, end - first);
        for (var i = 0; i < _filled; i++)
        {
            var targets = loader.FillInOrder(first + i, Tokens(i), Starts(i));
            counted += _read.Length == 0 ? targets : Mask(i, -1 - (first + i));
        }
        return counted;
    }

    /// <summary>Some of the sequences on the model's device; tensors belong to the caller's scope.</summary>
    public (Tensor Ids, Tensor Targets, Places Places) On(Device device, int first = 0, int count = int.MaxValue)
    {
        count = Math.Min(count, _filled - first);
        var context = loader.Context;
        var tokens = Send(_tokens).to(ScalarType.Int64);
        Tensor ids, targets;
        if (_read.Length == 0)
        {
            ids = tokens.narrow(1, 0, context);
            targets = tokens.narrow(1, 1, context);
        }
        else
        {
            ids = Send(_read).to(ScalarType.Int64).narrow(1, 0, context);
            targets = tokens.narrow(1, 0, context);
        }
        ids = ids.masked_fill(ids.lt(0), filler);
        targets = targets.masked_fill(targets.lt(0), Transformer.NoTarget);
        if (_starts.Length == 0)
            return (ids, targets, Places.Whole);
        var starts = Send(_starts).narrow(1, 0, context).to(ScalarType.Int64);
        var mask = starts.unsqueeze(2).eq(starts.unsqueeze(1)).unsqueeze(1);
        if (shape.Family != ModelFamily.Bert)
            mask = mask.logical_and(ones(context, context, ScalarType.Bool, device).tril());
        return (ids, targets, new Places(arange(context, ScalarType.Int64, device) - starts, mask));

        Tensor Send(int[] values) => tensor(values.AsMemory(first * _stride, count * _stride).ToArray(), [count, _stride], device: device);
    }

    // Afterwards the tokens are the targets, and what is read stands beside them.
    private long Mask(int sequence, long number)
    {
        var random = new SplitMix64(SplitMix64.Mix((ulong)seed) + (ulong)number);
        var tokens = Tokens(sequence);
        var read = _read.AsSpan(sequence * _stride, _stride);
        tokens.CopyTo(read);
        var counted = 0L;
        for (var i = 0; i < loader.Context; i++)
        {
            if (tokens[i] < 0 || random.NextDouble() >= MaskedShare)
            {
                tokens[i] = SequenceLoader.None;
                continue;
            }
            counted++;
            read[i] = random.NextDouble() switch
            {
                < MaskShare => shape.VocabularySize - 1,
                < MaskShare + OtherShare => (int)random.Next((ulong)shape.VocabularySize - 1),
                _ => read[i],
            };
        }
        return counted;
    }

    private Span<int> Tokens(int sequence) => _tokens.AsSpan(sequence * _stride, _stride);

    private Span<int> Starts(int sequence) => _starts.Length == 0 ? default : _starts.AsSpan(sequence * _stride, _stride);
}
