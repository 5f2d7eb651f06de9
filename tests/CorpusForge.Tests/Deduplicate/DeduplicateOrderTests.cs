using CorpusForge.Deduplicate;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

/// <summary>What stays does not depend on the order of the input, its files, or the order of the work.</summary>
public sealed class DeduplicateOrderTests
{
    private static readonly MinHashSettings s_sensitive = new() { Ngram = 2, Bands = 20, Rows = 1, MinJaccard = 0.6, MaxCandidates = 3 };

    [Theory]
    [InlineData(Survivor.First, false), InlineData(Survivor.Longest, false), InlineData(Survivor.Latest, false), InlineData(Survivor.BestLicense, false)]
    [InlineData(Survivor.First, true), InlineData(Survivor.Longest, true), InlineData(Survivor.Latest, true), InlineData(Survivor.BestLicense, true)]
    public void Shuffled_documents_in_other_files_give_the_same_survivors_and_drops(Survivor keep, bool urls)
    {
        var stage = new DeduplicateStage { Keep = keep, Urls = urls, Minhash = s_sensitive, MaxUrls = 2 };
        var random = new SplitMix64(3);
        for (var round = 0; round < 4; round++)
        {
            var corpus = Corpus(ref random, 120);
            var expected = Outcome(stage, [corpus], units => units);
            Assert.InRange(expected.Count(l => l.Contains("dropped", StringComparison.Ordinal)), 15, 105);
            for (var other = 0; other < 3; other++)
            {
                var parts = Cut(ref random, Shuffled(ref random, corpus));
                Assert.Equal(expected, Outcome(stage with { MemoryMb = 1 + other }, parts, units => units.Reverse()));
            }
        }
    }

    [Fact]
    public void The_first_is_by_source_then_by_date_and_never_by_place()
    {
        const string text = "the very same words in all of them";
        Document[] documents =
        [
            Brought("late", text) with { Source = "b" }, Brought("undated", text) with { Source = "a" },
            Brought("dated", text) with { Source = "a", Metadata = Document.NoMetadata.Add("date", "2020-02-02") },
            Brought("earlier", text) with { Source = "a", Metadata = Document.NoMetadata.Add("date", "2020-02-01T23:00:00Z") },
        ];
        Document[] sources = [Brought("x", "nothing to do with it") with { Source = "a" }, Brought("y", "nor this one here") with { Source = "b" }];
        foreach (var order in (int[][])[[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]])
        {
            using var harness = new StageHarness();
            var kept = harness.Documents(harness.Run(new DeduplicateStage(), sources, [.. order.Select(i => documents[i])]));
            Assert.Equal(["x", "y", "earlier"], kept.Select(d => d.SourceId));
        }
    }

    [Fact]
    public void The_first_survives_the_same_in_one_dump_or_two_and_a_later_dump_retires_nobody()
    {
        var random = new SplitMix64(9);
        var corpus = Corpus(ref random, 200);
        Document[] one = [.. corpus[..100].Select(d => d with { Source = "dump 1" })], two = [.. corpus[100..].Select(d => d with { Source = "dump 2" })];
        var stage = new DeduplicateStage { Minhash = s_sensitive };
        using var both = new StageHarness();
        using var later = new StageHarness();
        both.Run(stage, one, two);
        var first = later.Documents(later.Run(stage, [one])).Select(d => d.Id).ToArray();
        later.Run(stage, one, two);
        Assert.Equal(both.Documents(both.Phases["apply"]).Select(d => d.Id), later.Documents(later.Phases["apply"]).Select(d => d.Id));
        Assert.Equal(first, both.Documents(both.Phases["apply"]).Take(first.Length).Select(d => d.Id));
    }

    [Fact]
    public void With_another_rule_a_later_dump_retires_a_survivor_whose_part_alone_is_written_anew()
    {
        var stage = new DeduplicateStage { Keep = Survivor.Longest };
        Document[] a = [Brought("short", "one two three four five six seven eight nine ten") with { Source = "1" }];
        Document[] b = [Brought("other", "nothing that anybody else has ever said about it") with { Source = "1" }];
        Document[] c = [Brought("long", "one two three four five six seven eight nine ten eleven") with { Source = "2" }];
        using var harness = new StageHarness();
        var before = harness.Run(stage, a, b);
        var signed = harness.Phases["sign"].Select(p => p.Unit).ToArray();
        var after = harness.Run(stage, a, b, c);
        Assert.Equal(signed, harness.Phases["sign"].Take(2).Select(p => p.Unit));
        Assert.NotEqual(before[0].Unit, after[0].Unit);
        Assert.Equal(before[1].Unit, after[1].Unit);
        var tombstone = Assert.Single(harness.Rejects([after[0]]));
        Assert.Equal(("short", "near-duplicate", c[0].Id), (tombstone.Document.SourceId, tombstone.Rule, tombstone.Document.Cluster));
        Assert.Equal(["other", "long"], harness.Documents(after).Select(d => d.SourceId));
    }

    /// <summary>What became of every document, by the ids that the input brought, in a fixed order.</summary>
    private static List<string> Outcome(DeduplicateStage stage, Document[][] parts, Func<IReadOnlyList<Unit>, IEnumerable<Unit>> order)
    {
        using var harness = new StageHarness { Order = order };
        // Where the input has no URLs, ids depend on the place in the input.
        Document[][] placed = [.. parts.Select((p, part) => p.Select((d, row) => d with { Id = Document.IdOf($"{part}@{row}", "x"u8), Locator = $"{part}@{row}" }).ToArray())];
        var names = placed.SelectMany(p => p).ToDictionary(d => d.Id, d => d.SourceId!);
        var result = harness.Run(stage, placed);
        var kept = harness.Documents(result).Select(d => $"{d.SourceId} kept {(d.Cluster is null ? "" : names[d.Cluster])} {d.ClusterSize} {d.Metadata.GetValueOrDefault(DuplicateUrls.Key)}");
        var dropped = harness.Rejects(result).Select(r => $"{r.Document.SourceId} dropped {names[r.Document.Cluster!]} {r.Rule} {r.Measured}").ToArray();
        List<string> all = [.. kept.Concat(dropped).Order(StringComparer.Ordinal)];
        Assert.Equal(names.Count, all.Count);
        return all;
    }

    /// <summary>Few texts of which some words are changed: exact duplicates, chains, equal lengths, dates and licences, and buckets fuller than may be compared.</summary>
    private static Document[] Corpus(ref SplitMix64 random, int count)
    {
        string[] dates = ["2020-01-01", "2021-01-01", ""], licenses = ["MIT", "CC-BY-4.0", ""];
        var documents = new Document[count];
        for (var i = 0; i < count; i++)
        {
            var words = new SplitMix64(random.Next(12));
            string[] text = [.. Enumerable.Range(0, 20).Select(_ => Word(words.Next(400)))];
            for (var changes = random.Next(7); changes > 0; changes--)
                text[random.Next(20)] = Word(random.Next(400));
            documents[i] = Brought($"id-{i}", string.Join(' ', text)) with
            {
                Url = random.Next(4) == 0 ? $"https://example.org/{random.Next(30)}" : null,
                Kind = random.Next(10) == 0 ? Kind.Code : Kind.Text,
                License = licenses[random.Next(3)] is { Length: > 0 } license ? license : null,
                Metadata = dates[random.Next(3)] is { Length: > 0 } date ? Document.NoMetadata.Add("date", date) : Document.NoMetadata,
            };
        }
        return documents;
    }

    // Digits would be levelled.
    private static string Word(ulong number) => string.Concat((char)('a' + (number % 26)), (char)('a' + (number / 26)));

    private static Document[] Shuffled(ref SplitMix64 random, Document[] corpus)
    {
        Document[] shuffled = [.. corpus];
        for (var i = shuffled.Length - 1; i > 0; i--)
        {
            var j = (int)random.Next((ulong)(i + 1));
            (shuffled[i], shuffled[j]) = (shuffled[j], shuffled[i]);
        }
        return shuffled;
    }

    private static Document[][] Cut(ref SplitMix64 random, Document[] corpus)
    {
        var cuts = Enumerable.Range(0, 4).Select(_ => 0).ToArray();
        foreach (ref var cut in cuts.AsSpan())
            cut = (int)random.Next((ulong)corpus.Length);
        int[] at = [0, .. cuts.Order(), corpus.Length];
        return [.. Enumerable.Range(0, at.Length - 1).Select(i => corpus[at[i]..at[i + 1]])];
    }

    private static Document Brought(string id, string text) =>
        new() { Id = Document.IdOf(id, "x"u8), SourceId = id, Kind = Kind.Text, Text = text, Source = "s", Locator = id };
}
