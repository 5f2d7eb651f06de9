namespace CorpusForge.Clean.Pii;

/// <summary>What is looked for in a document, and the countries whose telephone numbers it may write without their prefix.</summary>
internal sealed record PiiScope(IEnumerable<PiiType> Types, bool Code, IReadOnlyList<string> Regions)
{
    private readonly int _types = Types.Aggregate(0, (mask, type) => mask | 1 << (int)type);

    public bool Wants(PiiType type) => (_types >> (int)type & 1) == 1;
}
