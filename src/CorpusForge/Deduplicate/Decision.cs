using System.Runtime.InteropServices;

namespace CorpusForge.Deduplicate;

/// <summary>What became of a document that has duplicates.</summary>
internal enum DecisionRule : uint
{
    /// <summary>It stays; the value is the number of documents of its cluster.</summary>
    Survivor,

    /// <summary>It has the text of the survivor.</summary>
    Exact,

    /// <summary>It is similar to the survivor; the value is the Jaccard similarity in millionths.</summary>
    Near,

    /// <summary>It has the URL of the survivor, or of one that went there.</summary>
    Url,
}

/// <summary>A decision about a document, as it is sorted: by the document's number.</summary>
internal readonly record struct Decision(uint Document, uint Survivor, DecisionRule Rule, uint Value)
{
    public UInt128 ToValue() => new(((ulong)Document << 32) | Survivor, ((ulong)Rule << 32) | Value);

    public static Decision Of(UInt128 value) =>
        new((uint)(value >> 96), (uint)(value >> 64), (DecisionRule)(uint)(value >> 32), (uint)value);
}

/// <summary>A decision about a row of a part, as `apply` reads it: 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct RowDecision(uint Row, DecisionRule Rule, ulong Value, DocumentId Survivor);

/// <summary>The Jaccard similarity of sorted sets, in millionths: what the project compares is rounded to 1e-6.</summary>
internal static class Jaccard
{
    public const uint One = 1_000_000;

    /// <summary>|A ∩ B| / |A ∪ B|; an empty set is similar to none.</summary>
    public static uint Of(ReadOnlySpan<ulong> one, ReadOnlySpan<ulong> two)
    {
        var (i, j, shared) = (0, 0, 0L);
        while (i < one.Length && j < two.Length)
        {
            var (x, y) = (one[i], two[j]);
            shared += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
        }
        return Share(shared, one.Length + (long)two.Length - shared);
    }

    /// <summary>The most that sets of these sizes can reach.</summary>
    public static uint AtMost(long one, long two) => Share(Math.Min(one, two), Math.Max(one, two));

    private static uint Share(long shared, long all) =>
        all == 0 ? 0 : (uint)Math.Round(shared * (double)One / all, MidpointRounding.AwayFromZero);
}
