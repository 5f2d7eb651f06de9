namespace CorpusForge.Tests;

/// <summary>Counts what a piece of work allocates.</summary>
internal static class Allocations
{
    /// <summary>Bytes that the thread allocates while <paramref name="work"/> is done, which is to have been done once before: the least of ten times.</summary>
    /// <remarks>When other tests make the garbage be collected meanwhile, the runtime counts the rest of the thread's buffer as allocated, which no counter of collections tells for all of them.</remarks>
    public static long Of(Action work)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 10 && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
