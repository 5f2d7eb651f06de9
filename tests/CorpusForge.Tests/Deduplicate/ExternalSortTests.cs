using System.Runtime.InteropServices;
using CorpusForge.Deduplicate;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public class ExternalSortTests
{
    static readonly Gen<UInt128[]> s_values =
        Gen.Select(Gen.ULong, Gen.ULong).Select((high, low) => new UInt128(high, low)).Array[0, 300];

    [Fact]
    public void What_comes_out_is_sorted_whatever_fits_into_memory() =>
        Gen.Select(s_values, Gen.Int[0, 2000]).Sample((values, memoryBytes) => Sorted(values, memoryBytes).SequenceEqual(values.Order()), iter: 50);

    [Fact]
    public void More_runs_than_can_be_merged_at_once() =>
        Gen.ULong.Array[5000].Sample(values => Sorted([.. values.Select(v => (UInt128)v)], 1).SequenceEqual(values.Order().Select(v => (UInt128)v)), iter: 2);

    [Fact]
    public void Sorted_runs_are_merged_with_what_was_added_and_offset()
    {
        using var scratch = NewScratch();
        using var sort = new ExternalSort<UInt128>(scratch, 1000);
        UInt128[] run = [1, 5, 9];
        sort.AddRun(() => new MemoryStream(MemoryMarshal.AsBytes(run.AsSpan()).ToArray()), 3, v => v + 100);
        sort.AddRun(() => throw new InvalidOperationException("an empty run is not opened"), 0, v => v + 0);
        sort.Add(104);
        sort.Add(7);
        Assert.Equal([7, 101, 104, 105, 109], sort.Sorted(default));
    }

    [Fact]
    public void Scratch_removes_what_it_left_and_what_was_left_there()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "work", "1");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "0.bin"), "left by a killed process");
        using (var scratch = new Scratch(path))
        {
            using var sort = new ExternalSort<UInt128>(scratch, 1);
            for (var i = 100; i > 0; i--)
                sort.Add((UInt128)(uint)i);
            Assert.Equal(100, sort.Sorted(default).Count());
        }
        Assert.False(Directory.Exists(Path.Combine(folder, "work")));
        Directory.Delete(folder, recursive: true);
    }

    static List<UInt128> Sorted(UInt128[] values, long memoryBytes)
    {
        using var scratch = NewScratch();
        using var sort = new ExternalSort<UInt128>(scratch, memoryBytes);
        foreach (var value in values)
            sort.Add(value);
        return [.. sort.Sorted(default)];
    }

    static Scratch NewScratch() => new(Path.Combine(Directory.CreateTempSubdirectory().FullName, "1"));
}
