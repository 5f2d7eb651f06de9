using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CorpusForge.Training;

/// <summary>Ranks on CUDA devices: tensors go through NCCL, numbers and the meeting through the streams between the processes.</summary>
/// <remarks>Work is queued on the default stream, where torch's own work is, so neither waits for the other on the processor.</remarks>
internal sealed unsafe class NcclRanks : IRanks
{
    private const int Float32 = 7, SumOf = 0;

    private readonly IRanks _meeting;
    private readonly nint _library;
    private readonly delegate* unmanaged<nint, int*, int> _dataPointer;
    private nint _communicator;

    /// <param name="meeting">Between the same processes.</param>
    /// <param name="library">Another file than that of the system.</param>
    /// <exception cref="TrainingException">There is no NCCL, or it fails.</exception>
    public NcclRanks(IRanks meeting, string? library = null)
    {
        _meeting = meeting;
        _library = library is null ? Library() : NativeLibrary.Load(library);
        _dataPointer = (delegate* unmanaged<nint, int*, int>)NativeTorch.Export("aoti_torch_get_data_ptr");
        var id = default(UniqueId);
        if (Rank == 0)
            Check(((delegate* unmanaged<UniqueId*, int>)Export("ncclGetUniqueId"))(&id));
        meeting.Share(new Span<byte>(&id, sizeof(UniqueId)));
        nint communicator;
        Check(((delegate* unmanaged<nint*, int, UniqueId, int, int>)Export("ncclCommInitRank"))(&communicator, Count, id, Rank));
        _communicator = communicator;
    }

    public int Rank => _meeting.Rank;
    public int Count => _meeting.Count;

    public double Sum(double value) => _meeting.Sum(value);

    public void Sum(Tensor tensor)
    {
        var data = DataPointer(tensor);
        Check(((delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Export("ncclAllReduce"))(data, data, (nuint)tensor.numel(), Float32, SumOf, _communicator, 0));
    }

    public void Share(Span<byte> bytes) => _meeting.Share(bytes);

    // One that has lost another never comes back from what it waits for: it is given up, not closed.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _communicator, 0) is not 0 and var communicator)
            ((delegate* unmanaged<nint, int>)Export("ncclCommAbort"))(communicator);
        _meeting.Dispose();
    }

    /// <summary>Where the numbers of a tensor are.</summary>
    private nint DataPointer(Tensor tensor)
    {
        nint data;
        return _dataPointer(tensor.Handle, (int*)&data) == 0 ? data : throw new TrainingException("libtorch does not say where a tensor is");
    }

    private void Check(int result)
    {
        if (result != 0)
            throw new TrainingException($"NCCL: {Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)Export("ncclGetErrorString"))(result))}");
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    // PyTorch brings a library, and libtorch may have it within.
    private static nint Library()
    {
        foreach (var name in new[] { "libnccl.so.2", "libnccl.so", "libtorch_cuda.so" })
        {
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "ncclCommInitRank", out _))
                return library;
        }
        throw new TrainingException("Several CUDA devices need NCCL: install it (libnccl.so.2), or put PyTorch's folder nvidia/nccl/lib into LD_LIBRARY_PATH.");
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct UniqueId
    {
        public byte First;
    }
}
