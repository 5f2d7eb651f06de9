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
    public void Files_of_a_repository_follow_each_other_in_the_order_of_their_paths_and_the_rest_is_mixed()
    {
        using var harness = new StageHarness();
        var result = harness.Run(new MixStage { Together = "repository", OrderBy = "path" }, [.. Code(40, 25).Reverse(), .. s_documents]);
        var mixed = harness.Documents(result).ToArray();
        var runs = Runs(mixed);
        Assert.Equal(40, runs.Count(r => r.Repository is not null));
        Assert.All(runs.Where(r => r.Repository is not null), r => Assert.Equal(Enumerable.Range(0, 25).Select(i => $"src/{i:D2}.cs"), r.Documents.Select(d => d.Metadata["path"])));
        // The repositories are in no order of their own and lie among the other documents, which are mixed as ever.
        Assert.NotEqual(Enumerable.Range(0, 40).Select(i => $"repository {i}"), runs.Select(r => r.Repository).OfType<string>());
        Assert.InRange(runs.Count(r => r.Repository is null), 20, 41);
        Assert.Equal(harness.Documents(harness.Run(new MixStage(), s_documents)), mixed.Where(d => d.Metadata.IsEmpty));
    }

    [Fact]
    public void Without_a_path_the_place_in_the_source_is_the_order_as_a_number()
    {
        using var harness = new StageHarness();
        Document[] documents = [.. new[] { 1000, 90, 0 }.Select(i => Of(i, "web") with { Locator = $"a.jsonl@{i}", Metadata = Document.NoMetadata.Add("repository", "r") })];
        Assert.Equal(["a.jsonl@0", "a.jsonl@90", "a.jsonl@1000"], harness.Documents(harness.Run(new MixStage { Together = "repository" }, documents)).Select(d => d.Locator));
    }

    // A repository of six megabytes where a bucket is meant to hold one, and four are held at most.
    [Theory]
    [InlineData(1, false)]
    [InlineData(5, true)]
    public void A_repository_larger_than_memory_is_one_run_whose_bytes_depend_on_nothing_else(int parts, bool backwards)
    {
        Document[] documents = [.. Code(3, 100).Select(d => d with { Text = new string('x', 20_000) + d.Text }), .. Code(1, 300, "large").Select(d => d with { Text = new string('y', 20_000) + d.Text })];
        var stage = new MixStage { BucketMb = 1, Together = "repository", OrderBy = "path", Sources = [new MixedSource { Source = "code", Epochs = 1.5 }] };
        var shuffled = documents.OrderBy(d => d.Id, StringComparer.Ordinal).ToArray();
        Assert.Equal(Shards(stage, [documents], backwards: false), Shards(stage, [.. shuffled.Chunk((shuffled.Length + parts - 1) / parts)], backwards));
        using var harness = new StageHarness();
        var runs = Runs(harness.Documents(harness.Run(stage, documents)));
        // A repository is taken once or twice as a whole.
        Assert.All(runs.GroupBy(r => r.Repository), g => Assert.InRange(g.Sum(r => r.Documents.Count) / (g.Key == "large 0" ? 300.0 : 100), 1, 2));
        Assert.All(runs, r => Assert.Equal(0, r.Documents.Count % 100));
        Assert.Equal(["large 0", "repository 0", "repository 1", "repository 2"], runs.Select(r => r.Repository!).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_share_takes_whole_repositories()
    {
        using var harness = new StageHarness();
        var result = harness.Run(new MixStage { Together = "repository", Sources = [new MixedSource { Source = "code", Epochs = 0.5 }] }, Code(40, 10));
        Assert.All(harness.Documents(result).CountBy(d => d.Metadata["repository"]), g => Assert.Equal(10, g.Value));
        Assert.InRange(harness.Documents(result).Count(), 100, 300);
        Assert.All(harness.Rejects(result), r => Assert.True(r.Measured >= 0.5));
    }

    [Fact]
    public void An_order_without_a_group_is_an_error() =>
        Assert.Contains("together", Assert.Throws<PipelineException>(() => new MixStage { OrderBy = "path" }.Resolve([])).Message);

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

    private static Document[] Code(int repositories, int files, string name = "repository") =>
    [
        .. from repository in Enumerable.Range(0, repositories)
           from file in Enumerable.Range(0, files)
           select Of((repository * 1000) + file, "code") with
           {
               Id = Digests.Of($"{name} {repository} {file}"),
               Metadata = Document.NoMetadata.Add("repository", $"{name} {repository}").Add("path", $"src/{file:D2}.cs"),
           },
    ];

    private static List<(string? Repository, List<Document> Documents)> Runs(IEnumerable<Document> documents)
    {
        var runs = new List<(string? Repository, List<Document> Documents)>();
        foreach (var document in documents)
        {
            var repository = document.Metadata.GetValueOrDefault("repository");
            if (runs.Count == 0 || runs[^1].Repository != repository)
                runs.Add((repository, []));
            runs[^1].Documents.Add(document);
        }
        return runs;
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
