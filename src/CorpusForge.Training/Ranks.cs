using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>The processes that train one model together, each on a device of its own with its share of every batch.</summary>
/// <remarks>Each calls the same methods in the same order. The first, of rank 0, has checkpoints, curve and log.</remarks>
public interface IRanks : IDisposable
{
    int Rank { get; }
    int Count { get; }

    /// <summary>What all have, added up; the same bits for each.</summary>
    double Sum(double value);

    /// <summary>The same for a flat tensor of float32, in place.</summary>
    void Sum(Tensor tensor);

    /// <summary>Gives all what the first has.</summary>
    void Share(Span<byte> bytes);
}

/// <summary>One process that trains by itself.</summary>
internal sealed class Alone : IRanks
{
    public int Rank => 0;
    public int Count => 1;

    public double Sum(double value) => value;

    public void Sum(Tensor tensor)
    {
    }

    public void Share(Span<byte> bytes)
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Ranks on processors, which exchange through a stream between the first and each other.</summary>
/// <remarks>The first adds up in the order of the ranks, so sums are the same each time.</remarks>
/// <param name="rank">From 0.</param>
/// <param name="others">Of the first, the streams to the others by rank from 1; of another, that to the first.</param>
/// <param name="count">How many there are.</param>
/// <param name="why">Says what became of another that does not answer.</param>
/// <param name="end">Called in the end.</param>
internal sealed class StreamRanks(int rank, int count, IReadOnlyList<Stream> others, Func<string>? why = null, Action? end = null) : IRanks
{
    // Floats that are on their way at once.
    private const int Piece = 1 << 18;

    private readonly byte[] _buffer = new byte[Piece * sizeof(float)];

    public int Rank => rank;
    public int Count => count;

    public double Sum(double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        if (rank == 0)
        {
            foreach (var other in others)
            {
                Read(other, bytes);
                value += MemoryMarshal.Read<double>(bytes);
            }
        }
        MemoryMarshal.Write(bytes, value);
        if (rank != 0)
            Write(others[0], bytes);
        Share(bytes);
        return MemoryMarshal.Read<double>(bytes);
    }

    public void Sum(Tensor tensor)
    {
        for (var start = 0L; start < tensor.numel(); start += Piece)
        {
            using var part = tensor.narrow(0, start, Math.Min(Piece, tensor.numel() - start));
            var mine = part.bytes;
            var theirs = _buffer.AsSpan(0, mine.Length);
            if (rank != 0)
                Write(others[0], mine);
            foreach (var other in rank == 0 ? others : [])
            {
                Read(other, theirs);
                Add(MemoryMarshal.Cast<byte, float>(mine), MemoryMarshal.Cast<byte, float>(theirs));
            }
            Share(mine);
        }
    }

    public void Share(Span<byte> bytes)
    {
        if (rank != 0)
            Read(others[0], bytes);
        foreach (var other in rank == 0 ? others : [])
            Write(other, bytes);
    }

    public void Dispose()
    {
        foreach (var other in others)
            other.Dispose();
        end?.Invoke();
    }

    private void Read(Stream other, Span<byte> bytes)
    {
        try
        {
            other.ReadExactly(bytes);
        }
        catch (IOException e)
        {
            throw Gone(e);
        }
    }

    private void Write(Stream other, ReadOnlySpan<byte> bytes)
    {
        try
        {
            other.Write(bytes);
        }
        catch (IOException e)
        {
            throw Gone(e);
        }
    }

    private TrainingException Gone(IOException e) => new(why?.Invoke() ?? $"a process of the training is gone: {e.Message}");

    private static void Add(Span<float> to, ReadOnlySpan<float> from)
    {
        var i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + new Vector<float>(from[i..])).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] += from[i];
    }
}
