using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace CorpusForge.Filter.Perplexity;

/// <summary>Values by 64-bit hashes: what is asked for lies in one or two lines of memory, which can be sent for before.</summary>
/// <remarks>Open addressing in which the slots ascend as the hashes do, so that a search ends at a larger hash or an empty slot.</remarks>
internal sealed class HashedValues<T>
    where T : unmanaged
{
    /// <summary>The most values.</summary>
    public const int MaxCount = int.MaxValue / 2;

    // Of four slots three are filled; what is pushed behind the last place finds room there.
    private const int Behind = 1024;
    private const ulong Empty = ulong.MaxValue;

    private readonly ulong _places;
    private Slot[] _slots;
    private int _next;

    public HashedValues(int count)
    {
        _places = ((ulong)count * 4 / 3) + 1;
        _slots = LargeArray.Allocate<Slot>((int)_places + Behind);
        _slots.AsSpan().Fill(new Slot { Hash = Empty });
    }

    public int Count { get; private set; }

    /// <summary>Adds a value whose hash is above all that were added.</summary>
    public void Add(ulong hash, T value)
    {
        _next = Math.Max(_next, PlaceOf(hash));
        // The last slot stays empty.
        if (_next + 1 >= _slots.Length)
        {
            var length = _slots.Length;
            Array.Resize(ref _slots, length + (length / 2));
            _slots.AsSpan(length).Fill(new Slot { Hash = Empty });
        }
        _slots[_next++] = new Slot { Hash = hash, Value = value };
        Count++;
    }

    /// <summary>Sends for what may be of a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Fetch(ulong hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref _slots[PlaceOf(hash)]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(ulong hash, out T value)
    {
        ref var slot = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), PlaceOf(hash));
        while (slot.Hash < hash)
            slot = ref Unsafe.Add(ref slot, 1);
        value = slot.Value;
        return slot.Hash == hash && hash != Empty;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PlaceOf(ulong hash) => (int)Math.BigMul(hash, _places, out _);

    private struct Slot
    {
        public ulong Hash;
        public T Value;
    }
}
