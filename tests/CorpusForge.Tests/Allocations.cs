namespace CorpusForge.Tests;

/// <summary>Counts what a piece of work allocates.</summary>
internal static class Allocations
{
    /// <summary>Bytes that the thread allocates while <paramref name="work"/> is done, which is to have been done once before.</summary>
    /// <remarks>A garbage collection, which other tests may cause, makes the runtime count the rest of the thread's buffer as allocated: then it is measured again.</remarks>
    public static long Of(Action work)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var (collections, before) = (GC.CollectionCount(0), GC.GetAllocatedBytesForCurrentThread());
            work();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (GC.CollectionCount(0) == collections)
                return bytes;
        }
        throw new InvalidOperationException("garbage was collected all the time");
    }
}
