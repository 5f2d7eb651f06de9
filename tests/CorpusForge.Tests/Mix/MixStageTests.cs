using CorpusForge.Mix;
using Xunit;

namespace CorpusForge.Tests.Mix;

public sealed class MixStageTests
{
    private static readonly Document[] s_documents = [.. Enumerable.Range(0, 3000).Select(i => Of(i, i % 3 == 0 ? "books" : "web"))];

    [Fact]
    public void Every_document_is_there_once_in_another_order()
    {
        using var harness = new StageHarness();
        var mixed = harness.Documents(harness.Run(new MixStage(), s_documents)).ToArray();
        Assert.Equal(s_documents.OrderBy(d => d.Id, StringComparer.Ordinal), mixed.OrderBy(d => d.Id, StringComparer.Ordinal));
        // Were the order that of the input, or of the ids, nearly all neighbours would be too.
        Assert.True(mixed.Zip(mixed.Skip(1)).Count(p => p.First.Locator == $"{int.Parse(p.Second.Locator) - 1}") < 20);
        Assert.True(mixed.Zip(mixed.Skip(1)).Count(p => string.CompareOrdinal(p.First.Id, p.Second.Id) < 0) is > 1350 and < 1650);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(3, true)]
    public void The_bytes_depend_neither_on_how_the_documents_lie_nor_on_the_order_of_units(int parts, bool backwards)
    {
        // Five megabytes of text in buckets of one.
        Document[] documents = [.. s_documents.Select(d => d with { Text = new string('x', 1700) + d.Text })];
        var stage = new MixStage { BucketMb = 1, Sources = [new MixedSource { Source = "books", Epochs = 2.5 }] };
        var expected = Shards(stage, [documents], backwards: false);
        var shuffled = documents.OrderBy(d => d.Id, StringComparer.Ordinal).ToArray();
        Assert.True(expected.Count > 4, $"{expected.Count} buckets");
        Assert.Equal(expected, Shards(stage, [.. shuffled.Chunk((shuffled.Length + parts - 1) / parts)], backwards));
    }

    [Fact]
    public void Another_seed_is_another_order_and_no_bucket_is_much_larger_than_another()
    {
        var ids = s_documents.Select(d => d.Id).ToArray();
        var (one, two) = (ids.OrderBy(i => Place.Key(i, 1, 0)).ToArray(), ids.OrderBy(i => Place.Key(i, 2, 0)).ToArray());
        Assert.True(one.Zip(two).Count(p => p.First == p.Second) < 10);
        var buckets = ids.GroupBy(i => Place.Bucket(Place.Key(i, 1, 0), 10)).ToArray();
        Assert.Equal(10, buckets.Length);
        Assert.All(buckets, b => Assert.InRange(b.Count(), 230, 370));
    }

    [Fact]
    public void Epochs_repeat_a_source_and_what_is_left_takes_a_share_of_it()
    {
        using var harness = new StageHarness();
        var result = harness.Run(new MixStage { Sources = [new MixedSource { Source = "books", Epochs = 2.25 }, new MixedSource { Source = "web", Epochs = 0.5 }] }, s_documents);
        var copies = harness.Documents(result).CountBy(d => d.Id).ToDictionary(StringComparer.Ordinal);
        Assert.All(s_documents.Where(d => d.Source == "books"), d => Assert.InRange(copies[d.Id], 2, 3));
        Assert.InRange(s_documents.Where(d => d.Source == "books").Count(d => copies[d.Id] == 3) / 1000.0, 0.21, 0.29);
        Assert.InRange(s_documents.Where(d => d.Source == "web").Count(d => copies.ContainsKey(d.Id)) / 2000.0, 0.46, 0.54);
        // What is left out stands in the rejects with the number that decided.
        var rejects = harness.Rejects(result).ToArray();
        Assert.All(rejects, r => Assert.True(r is { Rule: "not-sampled", Measured: >= 0.5, Limit: 0.5, Document.Source: "web" }));
        Assert.Equal(s_documents.Length, copies.Count + rejects.Length);
    }

    [Fact]
    public void More_epochs_keep_the_documents_that_fewer_took()
    {
        using var harness = new StageHarness();
        var few = Ids(0.2);
        var more = Ids(0.6);
        Assert.NotEmpty(few);
        Assert.Subset(more, few);

        HashSet<string> Ids(double epochs) =>
            [.. harness.Documents(harness.Run(new MixStage { Sources = [new MixedSource { Source = "web", Epochs = epochs }] }, s_documents)).Where(d => d.Source == "web").Select(d => d.Id)];
    }

    [Fact]
    public void Weights_are_shares_of_the_text_and_the_scarcest_source_is_repeated_to_the_limit()
    {
        using var harness = new StageHarness();
        var stage = new MixStage { MaxEpochs = 3, Sources = [new MixedSource { Source = "books", Weight = 3 }, new MixedSource { Source = "web", Weight = 1 }] };
        var result = harness.Run(stage, s_documents);
        var bytes = harness.Documents(result).GroupBy(d => d.Source).ToDictionary(g => g.Key, g => g.Sum(d => (double)d.Text.Length));
        Assert.InRange(bytes["books"] / bytes.Values.Sum(), 0.73, 0.77);
        Assert.Equal(3 * s_documents.Where(d => d.Source == "books").Sum(d => (double)d.Text.Length), bytes["books"]);
        // What it came to is kept with the stage.
        var summary = Assert.Single(harness.Phases["summary"]);
        Assert.Equal(3, summary.Figures["epochs.books"]);
        // A third of what the books came to, of nearly as many bytes in twice as many documents.
        Assert.InRange(summary.Figures["epochs.web"], 0.52, 0.61);
        Assert.NotNull(summary.File("sources"));
    }

    [Fact]
    public void An_empty_corpus_stays_empty()
    {
        using var harness = new StageHarness();
        Assert.Empty(harness.Documents(harness.Run(new MixStage(), Array.Empty<Document>())));
    }

    [Fact]
    public void Settings_that_name_no_source_or_mix_up_weights_and_epochs_are_all_reported()
    {
        PipelineSource[] sources = [new("web", "jsonl", null!, ""), new("books", "jsonl", null!, "")];
        Assert.Equal(["there is no source 'boks'; there are: web, books", "needs either a weight or epochs"], Problems(new MixedSource { Source = "boks" }));
        Assert.Equal(["either weights or epochs, not some of each"], Problems(new MixedSource { Source = "web", Weight = 1 }, new MixedSource { Source = "books", Epochs = 1 }));
        Assert.Equal(["is named 2 times"], Problems(new MixedSource { Source = "web", Epochs = 1 }, new MixedSource { Source = "web", Epochs = 2 }));
        Assert.Equal(["there is none for books"], Problems(new MixedSource { Source = "web", Weight = 1 }));
        Assert.Equal(["add up to nothing"], Problems(new MixedSource { Source = "web", Weight = 0 }, new MixedSource { Source = "books", Weight = 0 }));

        string[] Problems(params MixedSource[] mixed)
        {
            var found = Assert.Throws<PipelineException>(() => new MixStage { Sources = mixed }.Resolve(sources)).Message;
            string[] known =
            [
                "there is no source 'boks'; there are: web, books", "needs either a weight or epochs", "either weights or epochs, not some of each", "is named 2 times",
                "there is none for books", "add up to nothing",
            ];
            return [.. known.Where(k => found.Contains(k, StringComparison.Ordinal))];
        }
    }

    private static List<string> Shards(MixStage stage, IReadOnlyList<Document>[] parts, bool backwards)
    {
        using var harness = new StageHarness { Order = units => backwards ? units.Reverse() : units };
        return [.. harness.Run(stage, parts).Select(p => p.Documents!.Sha256)];
    }

    private static Document Of(int number, string source) => new()
    {
        Id = Digests.Of($"document {number}"),
        Kind = Kind.Text,
        Text = $"Text {number} of {source}.",
        Source = source,
        Locator = $"{number}",
    };
}
