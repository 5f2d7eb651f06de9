using CorpusForge.Audit;
using CorpusForge.Runs;
using Xunit;

namespace CorpusForge.Tests.Audit;

public class DuplicateCountTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { "short  and\nsweet", "short and sweet" },
        { new string('x', 159) + "🦊", new string('x', 159) + "…" },
        { new string('x', 158) + "🦊 more", new string('x', 158) + "🦊…" },
        { new string(' ', 2000), "…" },
    };

    [Theory, MemberData(nameof(Texts))]
    public void A_cluster_is_shown_by_the_start_of_its_text_and_never_by_half_a_character(string text, string start)
    {
        var count = new DuplicateCount("deduplicate");
        count.Kept(new Document { Id = "a", Kind = Kind.Text, Text = text, Source = "s", Locator = "l", ClusterSize = 2 });
        Assert.Equal(start, Assert.Single(count.ToFigures().Largest).Start);
    }

    [Fact]
    public void Of_a_cluster_the_document_is_shown_that_is_least_like_the_survivor()
    {
        var count = new DuplicateCount("deduplicate");
        var survivor = new Document { Id = "a", Kind = Kind.Text, Text = "one two three", Source = "s", Locator = "l", Cluster = "a", ClusterSize = 4 };
        count.Kept(survivor);
        foreach (var (id, rule, alike) in ((string, string, double)[])[("b", "near-duplicate", 0.9), ("d", "near-duplicate", 0.8), ("c", "near-duplicate", 0.8), ("e", "exact-duplicate", 0.1)])
            count.Removed(new Reject(survivor with { Id = id, Text = $"one two {id}", ClusterSize = null }, "deduplicate", 1, rule, alike, 0.8));
        var pair = Assert.Single(count.ToFigures().Largest).Pair!;
        Assert.Equal(("c", "near-duplicate", 0.8), (pair.Document, pair.Rule, pair.Similarity));
        Assert.Contains(pair.Went, piece => piece.Text.Contains('c'));
    }
}
