using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CorpusForge.Training.Tests;

public sealed class BatchTests : IDisposable
{
    private static readonly ModelShape s_shape = new() { Layers = 1, Heads = 2, Width = 16, Context = 100, VocabularySize = 65 };
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Shards _shards = new();

    public void Dispose()
    {
        _scope.Dispose();
        _shards.Dispose();
    }

    [Fact]
    public void A_decoder_is_asked_for_the_next_token()
    {
        var batch = new Batch(Loader(([5, 6, 7], false)), s_shape with { Context = 6 }, 1, 1, withinDocuments: false, filler: 0);
        Assert.Equal(3, batch.Fill(0));
        var (ids, targets, places) = batch.On(CPU);
        Assert.Equal([5, 6, 7, 0, 0, 0], ids.data<long>());
        Assert.Equal([6, 7, 0, -100, -100, -100], targets.data<long>());
        Assert.Same(Places.Whole, places);
    }

    [Fact]
    public void An_encoder_restores_fifteen_percent_of_the_tokens()
    {
        var loader = new SequenceLoader(_shards.Open([([.. Enumerable.Range(0, 40_001).Select(i => 1 + (i % 63))], false)]), 100, false, 1);
        var batch = new Batch(loader, s_shape with { Family = ModelFamily.Bert }, 1, 400, withinDocuments: false, filler: 0);
        var counted = batch.Fill(0);
        Assert.InRange(counted / 40_000.0, 0.14, 0.16);
        var (ids, targets, _) = batch.On(CPU);
        var (read, wanted) = (ids.reshape(-1).data<long>().ToArray(), targets.reshape(-1).data<long>().ToArray());
        var masked = read.Zip(wanted).Where(p => p.Second >= 0).ToArray();
        Assert.Equal(counted, masked.Length);
        Assert.InRange(masked.Count(p => p.First == 64) / (double)counted, 0.78, 0.82);
        Assert.InRange(masked.Count(p => p.First == p.Second) / (double)counted, 0.08, 0.12);
        Assert.DoesNotContain(64, read.Zip(wanted).Where(p => p.Second < 0).Select(p => p.First));
        batch.Fill(0);
        Assert.Equal(wanted, batch.On(CPU).Targets.reshape(-1).data<long>().ToArray());
        batch.Fill(400);
        Assert.NotEqual(wanted, batch.On(CPU).Targets.reshape(-1).data<long>().ToArray());
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    [InlineData(ModelFamily.Bert)]
    public void Within_documents_the_logits_are_those_of_the_document_alone(ModelFamily family)
    {
        var shape = s_shape with { Family = family, Context = 6 };
        var batch = new Batch(Loader(([5, 6, 7], false), ([8, 9, 10], false)), shape, 1, 1, withinDocuments: true, filler: 0);
        batch.Fill(0);
        var places = batch.On(CPU).Places;
        using var model = new Transformer(shape, seed: 1);
        var together = model.Logits(tensor(new long[] { 5, 6, 7, 0, 8, 9 }, [1, 6]), places);
        var alone = model.Logits(tensor(new long[] { 0, 8, 9 }, [1, 3]));
        Assert.InRange((together.narrow(1, 3, 3) - alone).abs().max().item<float>(), 0, 1e-6);
        Assert.InRange((together.narrow(1, 0, 3) - model.Logits(tensor(new long[] { 5, 6, 7 }, [1, 3]))).abs().max().item<float>(), 0, 1e-6);
    }

    private SequenceLoader Loader(params (int[], bool)[] documents) => new(_shards.Open(documents), 6, false, 1);
}
