using Apache.Arrow;
using Apache.Arrow.Types;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Runs;

public class ShardColumnTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1000)]
    public void It_has_the_buffers_that_Arrow_builds_in_every_batch(int rows)
    {
        var (text, real, whole) = (new ShardColumn(StringType.Default), new ShardColumn(DoubleType.Default), new ShardColumn(Int32Type.Default));
        // Later batches meet the memory of those before them.
        for (var batch = 0UL; batch < 4; batch++)
        {
            var random = new SplitMix64(batch);
            var (strings, doubles, ints) = (new StringArray.Builder(), new DoubleArray.Builder(), new Int32Array.Builder());
            for (var row = 0; row < rows; row++)
            {
                // The second batch has no nulls.
                var value = batch != 1 && random.Next() % 3 == 0 ? null : (int?)(random.Next() % 300);
                var said = value is { } length ? new string("aé图"[length % 3], length) : null;
                text.Add(said);
                _ = said is null ? strings.AppendNull() : strings.Append(said);
                real.Add(value / 7.0);
                _ = value is { } number ? doubles.Append(number / 7.0) : doubles.AppendNull();
                whole.Add(value);
                _ = value is { } count ? ints.Append(count) : ints.AppendNull();
            }
            Same(strings.Build(), text.Take());
            Same(doubles.Build(), real.Take());
            Same(ints.Build(), whole.Take());
        }
    }

    static void Same(IArrowArray expected, IArrowArray column)
    {
        Assert.Equal((expected.Length, expected.NullCount), (column.Length, column.NullCount));
        Assert.IsType(expected.GetType(), column);
        foreach (var (arrow, ours) in expected.Data.Buffers.Zip(column.Data.Buffers))
            Assert.Equal(arrow.Span, ours.Span);
    }
}
