using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CorpusForge;

/// <summary>Arrays that are large, stay as long as the process, and are read all over.</summary>
internal static partial class LargeArray
{
    // Of x64 and of most ARM64 systems.
    private const nint PageBytes = 2 << 20;
    private const int AdviseHugePages = 14;

    /// <summary>An array of which nothing was set yet, in pages of two megabytes where the system gives them on request: with pages of four kilobytes nearly every access to a table larger than the caches has to find its page first.</summary>
    public static T[] Allocate<T>(int length)
        where T : unmanaged
    {
        var array = GC.AllocateUninitializedArray<T>(length, pinned: true);
        if (OperatingSystem.IsLinux())
            Advise(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)), (nint)length * Unsafe.SizeOf<T>());
        return array;
    }

    private static unsafe void Advise(ref byte first, nint bytes)
    {
        var start = (nint)Unsafe.AsPointer(ref first);
        var (from, to) = ((start + PageBytes - 1) & -PageBytes, (start + bytes) & -PageBytes);
        // Advice that cannot be followed changes nothing.
        if (to > from)
            _ = AdviseMemory(from, to - from, AdviseHugePages);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMemory(nint address, nint length, int advice);
}
