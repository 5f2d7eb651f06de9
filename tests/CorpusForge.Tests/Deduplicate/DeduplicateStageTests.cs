using CorpusForge.Deduplicate;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class DeduplicateStageTests
{
    static readonly DeduplicateStage s_full = new() { Minhash = new MinHashSettings { Ngram = 2, Bands = 20, Rows = 1, MinJaccard = 0.5 }, MemoryMb = 1 };

    [Fact]
    public void Equals_the_quadratic_definition()
    {
        string[] words = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        // Few base texts of which some words are changed, so that there are clusters, chains and exact duplicates.
        var text = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 14], Gen.Int[0, words.Length - 1], Gen.Int[0, 2]).Select((seed, at, word, change) =>
        {
            var random = new SplitMix64((ulong)seed);
            var bases = Enumerable.Range(0, seed * 3).Select(_ => words[random.Next(12)]).ToList();
            if (change > 0 && at < bases.Count)
                bases[at] = words[word];
            if (change > 1 && at < bases.Count)
                bases.RemoveRange(at, Math.Min(2, bases.Count - at));
            return string.Join(' ', bases);
        });
        var corpus = Gen.Select(text, Gen.Int[0, 9]).Select((t, kind) => (t, kind == 0 ? Kind.Code : Kind.Text)).Array[0, 12].Array[0, 4];
        Gen.Select(corpus, Gen.Bool, Gen.Bool).Sample((parts, exact, longest) =>
        {
            var stage = s_full with { Exact = exact, Keep = longest ? Survivor.Longest : Survivor.First };
            Document[][] documents = [.. parts.Select((p, i) => p.Select((d, row) => Listed(d.t, $"{i}/{row}") with { Kind = d.Item2 }).ToArray())];
            using var harness = new StageHarness();
            var result = harness.Run(stage, documents);
            var (kept, rejects) = Naive(stage, [.. documents.SelectMany(d => d)]);
            Assert.Equal(kept, harness.Documents(result).Select(d => (d.Id, d.Cluster, d.ClusterSize)));
            Assert.Equal(rejects, harness.Rejects(result).Select(r => (r.Document.Id, r.Document.Cluster!, r.Rule, r.Measured)));
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void A_chain_does_not_join_its_ends()
    {
        var random = new SplitMix64(1);
        string[] a = Words(ref random, 400), b = [.. a[..370], .. Words(ref random, 30)], c = [.. Words(ref random, 30), .. b[30..]];
        using var harness = new StageHarness();
        Document[] documents = [Listed(string.Join(' ', a), "a"), Listed(string.Join(' ', b), "b"), Listed(string.Join(' ', c), "c")];
        var result = harness.Run(s_full with { Minhash = s_full.Minhash! with { MinJaccard = 0.8, Ngram = 5 } }, documents);
        Assert.Equal([(documents[0].Id, documents[0].Id, 2), (documents[2].Id, null, null)],
            harness.Documents(result).Select(d => (d.Id, d.Cluster, d.ClusterSize)));
        Assert.Equal([(documents[1].Id, documents[0].Id)], harness.Rejects(result).Select(r => (r.Document.Id, r.Document.Cluster!)));
    }

    [Theory, InlineData(0.8, 1), InlineData(0.800001, 0)]
    public void A_pair_exactly_on_the_limit_joins(double minJaccard, int joined)
    {
        using var harness = new StageHarness();
        var stage = s_full with { Minhash = s_full.Minhash! with { Ngram = 1, MinJaccard = minJaccard } };
        Assert.Equal(joined, harness.Rejects(harness.Run(stage, [Listed("one two three four", "0"), Listed("one two three four five", "1")])).Count());
    }

    [Fact]
    public void The_text_of_a_document_that_is_gone_goes_where_that_went()
    {
        var random = new SplitMix64(1);
        string[] a = Words(ref random, 100), b = [.. a[..98], .. Words(ref random, 2)];
        using var harness = new StageHarness();
        var rejects = harness.Rejects(harness.Run(new DeduplicateStage(), [Listed(string.Join(' ', a), "a"), Listed(string.Join(' ', b), "b"), Listed(string.Join(' ', b), "c")])).ToArray();
        Assert.Equal(2, rejects.Length);
        Assert.All(rejects, r => Assert.Equal((Text("", "a").Id, "near-duplicate", 0.959184), (r.Document.Cluster!, r.Rule, r.Measured)));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_bucket_of_identical_documents_costs_one_comparison_each(bool exact)
    {
        const int count = 20_000;
        const string text = "one text that very many pages of a web site have in common";
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateStage { Exact = exact }, Enumerable.Range(0, count).Select(i => Text(text, $"{i}")).ToArray());
        var survivor = Assert.Single(harness.Documents(result));
        Assert.Equal((survivor.Id, count), (survivor.Cluster, survivor.ClusterSize));
        var rejects = harness.Rejects(result).ToArray();
        Assert.Equal(count - 1, rejects.Length);
        Assert.All(rejects, r => Assert.Equal((exact ? "exact-duplicate" : "near-duplicate", 1.0, survivor.Id), (r.Rule, r.Measured, r.Document.Cluster)));
        Assert.Equal(exact ? 0 : count - 1, harness.Phases["cluster"][0].Figures["comparisons"]);
    }

    [Fact]
    public void A_bucket_of_unlike_documents_costs_a_bounded_number_of_comparisons()
    {
        // With one row a band, texts that share a template share buckets though they are unlike.
        var random = new SplitMix64(3);
        var template = string.Join(' ', Words(ref random, 40));
        List<Document> documents = [];
        for (var i = 0; i < 1000; i++)
            documents.Add(Text($"{template} {string.Join(' ', Words(ref random, 40))}", $"{i}"));
        using var harness = new StageHarness();
        var stage = new DeduplicateStage { Minhash = new MinHashSettings { Bands = 4, Rows = 1, MaxCandidates = 10 } };
        Assert.Equal(1000, harness.Documents(harness.Run(stage, documents)).Count());
        Assert.InRange(harness.Phases["cluster"][0].Figures["comparisons"], 1000, 1000 * 4 * 10);
    }

    [Fact]
    public void Kinds_never_join_and_captions_join_only_about_the_same_image()
    {
        const string text = "a text of some words that could be anything at all";
        Document[] documents =
        [
            Listed(text, "0"), Listed(text, "1") with { Kind = Kind.Code },
            Caption(text, "2", 'a'), Caption(text, "3", 'b'), Caption(text, "4", 'a'), Listed(text, "5") with { Kind = Kind.Caption },
        ];
        foreach (var exact in (bool[])[true, false])
        {
            using var harness = new StageHarness();
            var result = harness.Run(new DeduplicateStage { Exact = exact }, documents);
            Assert.Equal(["0", "1", "2", "3", "5"], harness.Documents(result).Select(d => d.Locator));
            Assert.Equal([("4", documents[2].Id)], harness.Rejects(result).Select(r => (r.Document.Locator, r.Document.Cluster!)));
        }
    }

    [Fact]
    public void Documents_without_words_are_exact_duplicates_at_most()
    {
        Document[] documents = [Listed("", "0"), Listed("", "1"), Listed("?!", "2"), Listed("…", "3")];
        using var harness = new StageHarness();
        Assert.Equal(["1"], harness.Rejects(harness.Run(new DeduplicateStage(), documents)).Select(r => r.Document.Locator));
        Assert.Empty(harness.Rejects(harness.Run(new DeduplicateStage { Exact = false }, documents)));
    }

    [Fact]
    public void Nothing_is_removed_when_both_are_off()
    {
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateStage { Exact = false, Minhash = null }, [Text("same", "0"), Text("same", "1")]);
        Assert.Equal(2, harness.Documents(result).Count());
        Assert.All(harness.Documents(result), d => Assert.Null(d.Cluster));
    }

    [Fact]
    public void The_same_document_twice_is_a_duplicate_of_itself()
    {
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateStage(), [Text("the same row", "0")], [Text("the same row", "0")]);
        var kept = Assert.Single(harness.Documents(result));
        Assert.Equal((kept.Id, 2), (kept.Cluster, kept.ClusterSize));
        Assert.Equal(kept.Id, Assert.Single(harness.Rejects(result)).Document.Cluster);
        Assert.Equal((1, 0), (result[0].Tally.Out, result[1].Tally.Out));
        Assert.Equal(1, result[1].Tally.Dropped["stage.exact-duplicate"]);
    }

    [Fact]
    public void The_longest_survives_when_asked_for()
    {
        var random = new SplitMix64(1);
        var words = Words(ref random, 300);
        Document[] documents = [Listed(string.Join(' ', words[..290]), "0"), Listed(string.Join(' ', words), "1"), Listed(string.Join(' ', words), "2")];
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateStage { Keep = Survivor.Longest }, documents[..1], documents[1..]);
        Assert.Equal([("1", 3)], harness.Documents(result).Select(d => (d.Locator, d.ClusterSize!.Value)));
        Assert.Equal([("0", "near-duplicate"), ("2", "exact-duplicate")], harness.Rejects(result).Select(r => (r.Document.Locator, r.Rule)));
    }

    [Theory]
    [InlineData(Survivor.First, "0"), InlineData(Survivor.Latest, "2"), InlineData(Survivor.BestLicense, "1"), InlineData(Survivor.Longest, "3")]
    public void The_survivor_is_the_one_that_the_rule_names(Survivor keep, string survivor)
    {
        var random = new SplitMix64(2);
        var words = Words(ref random, 300);
        Document[] documents =
        [
            Listed(string.Join(' ', words), "0") with { License = "CC-BY-SA-4.0", Metadata = Document.NoMetadata.Add("date", "yesterday, 12:30") },
            Listed(string.Join(' ', words[1..]), "1") with { License = "MIT", Metadata = Document.NoMetadata.Add("date", "2019-05-01T10:00:00+02:00") },
            Listed(string.Join(' ', words[2..]), "2") with { Metadata = Document.NoMetadata.Add("date", "2021-05-01") },
            Listed(string.Join(' ', [.. words, "more"]), "3"),
        ];
        using var harness = new StageHarness();
        var kept = Assert.Single(harness.Documents(harness.Run(new DeduplicateStage { Keep = keep }, documents[..2], documents[2..])));
        Assert.Equal((survivor, 4), (kept.Locator, kept.ClusterSize));
    }

    [Fact]
    public void A_survivor_keeps_the_urls_of_what_joined_it()
    {
        Document[] documents =
        [
            Listed("the same words", "0") with { Url = "https://a.example/" }, Listed("the same words", "1") with { Url = "https://b.example/" },
            Listed("other words", "2") with { Url = "https://c.example/" }, Listed("the same words", "3"),
            Listed("the same words", "4") with { Url = "https://a.example/", Metadata = Document.NoMetadata.Add(DuplicateUrls.Key, """["https://d.example/é","https://b.example/"]""") },
            Listed("the same words", "5") with { Metadata = Document.NoMetadata.Add(DuplicateUrls.Key, "no JSON") },
        ];
        using var harness = new StageHarness();
        var kept = harness.Documents(harness.Run(new DeduplicateStage(), documents[..3], documents[3..])).ToArray();
        Assert.Equal("""["https://b.example/","https://d.example/é"]""", kept[0].Metadata[DuplicateUrls.Key]);
        Assert.Empty(kept[1].Metadata);
        Assert.Equal("""["https://b.example/"]""", harness.Documents(harness.Run(new DeduplicateStage { MaxUrls = 1 }, documents)).First().Metadata[DuplicateUrls.Key]);
    }

    [Fact]
    public void The_same_url_is_a_duplicate_when_asked_for_and_says_nothing_about_the_text()
    {
        Document[] documents =
        [
            Listed("one page as it was", "0") with { Url = "https://A.example/x#top" }, Listed("that page as it is now", "1") with { Url = "HTTPS://a.example:443/x" },
            Listed("that page as it is now", "2") with { Url = "https://a.example/y" }, Listed("more", "3"), Listed("much more", "4"),
            Listed("code", "5") with { Url = "https://a.example/x", Kind = Kind.Code }, Listed("not a URL", "6") with { Url = "::" }, Listed("not a URL either", "7") with { Url = "::" },
        ];
        using var harness = new StageHarness();
        Assert.Equal(7, harness.Documents(harness.Run(new DeduplicateStage(), documents)).Count());
        var result = harness.Run(new DeduplicateStage { Urls = true }, documents);
        Assert.Equal(["0", "2", "3", "4", "5", "6"], harness.Documents(result).Select(d => d.Locator));
        Assert.Equal([("1", "url-duplicate", documents[0].Id), ("7", "url-duplicate", documents[6].Id)], harness.Rejects(result).Select(r => (r.Document.Locator, r.Rule, r.Document.Cluster!)));
    }

    [Fact]
    public void A_source_that_would_lose_too_much_stops_the_run()
    {
        Document[] documents = [Text("a", "0"), Text("b", "1"), .. Enumerable.Range(2, 3).Select(i => Text("a", $"{i}") with { Source = "copies" }), Text("c", "5") with { Source = "copies" }];
        using var harness = new StageHarness();
        Assert.Equal(3, harness.Documents(harness.Run(new DeduplicateStage { MaxSourceLoss = 0.75 }, documents)).Count());
        var error = Assert.Throws<PipelineException>(() => harness.Run(new DeduplicateStage { MaxSourceLoss = 0.74 }, documents));
        Assert.Equal("stage: source 'copies' would lose 3 of its 4 documents as duplicates, more than the share of 0.74 that maxSourceLoss allows", Assert.Single(error.Problems));
    }

    [Fact]
    public void Fields_and_signals_of_kept_and_dropped_documents_stay()
    {
        var signals = new SignalValues(["language.score"], [0.5]);
        Document[] documents = [Listed("some text", "0") with { Signals = signals, License = "MIT" }, Listed("some text", "1") with { Title = "t" }];
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateStage(), documents);
        var kept = Assert.Single(harness.Documents(result));
        Assert.Equal(("MIT", 0.5), (kept.License, kept.Signals["language.score"]));
        Assert.Equal("t", Assert.Single(harness.Rejects(result)).Document.Title);
    }

    [Fact]
    public void Bytes_do_not_depend_on_the_order_of_units_nor_on_what_a_killed_process_left()
    {
        var parts = Corpus(5, 40);
        using var one = new StageHarness();
        using var two = new StageHarness { Order = units => units.Reverse() };
        one.Run(new DeduplicateStage(), parts);
        foreach (var unit in one.Phases["match"].Concat(one.Phases["cluster"]))
        {
            var left = Path.Combine(two.Folder, "test/stage", unit.Phase, $".work-{unit.Unit}", "0");
            Directory.CreateDirectory(left);
            File.WriteAllText(Path.Combine(left, "0.bin"), "half");
        }
        two.Run(new DeduplicateStage(), parts);
        Assert.Equal(one.Hashes(), two.Hashes());
        Assert.NotEmpty(two.Rejects(two.Phases["apply"]));
    }

    [Fact]
    public void Memory_does_not_change_the_result()
    {
        var parts = Corpus(3, 40);
        var results = ((int[])[1, 512]).Select(memory =>
        {
            using var harness = new StageHarness();
            harness.Run(new DeduplicateStage { MemoryMb = memory }, parts);
            return harness.Phases["apply"].SelectMany(p => p.Files).Select(f => (f.Role, f.Sha256)).ToArray();
        }).ToArray();
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void A_part_that_new_input_does_not_concern_is_not_done_again()
    {
        var parts = Corpus(3, 40);
        using var harness = new StageHarness();
        harness.Run(new DeduplicateStage(), parts);
        var before = harness.Phases["apply"].Select(p => p.Unit).ToArray();
        harness.Run(new DeduplicateStage(), [.. parts, [Text("something new that nobody has written before", "new")]]);
        Assert.Equal(before, harness.Phases["apply"].Select(p => p.Unit).Take(3));
    }

    [Fact]
    public void Empty_parts_and_no_parts_are_fine()
    {
        using var harness = new StageHarness();
        Assert.Empty(harness.Run(new DeduplicateStage(), Array.Empty<IReadOnlyList<Document>>()));
        var result = harness.Run(new DeduplicateStage(), [], [Listed("x", "0")], [], [], [Listed("x", "1")], []);
        Assert.Equal([0, 1, 0, 0, 0, 0], result.Select(p => p.Tally.Out));
    }

    [Fact]
    public void Wrong_settings_are_all_named()
    {
        var error = Assert.Throws<PipelineException>(() => PipelineFile.Parse(
            "name: a\nsources: [warc: { paths: [a] }]\nstages: [clean, deduplicate: { memoryMb: 0, minhash: { bands: 0, rows: 6, minJaccard: 1.5 } }]",
            "p.yaml", new(Sources.Catalogue, Stages.Catalogue, Steps.Catalogue)));
        Assert.Equal(["'memoryMb'", "'bands'", "'minJaccard'"], error.Problems.Select(p => p.Split(' ')[1]));
    }

    static (List<(string, string?, int?)> Kept, List<(string, string, string, double)> Rejects) Naive(DeduplicateStage stage, Document[] documents)
    {
        var sizes = new Dictionary<string, int>();
        var joined = new Dictionary<string, (string Survivor, string Rule, double Measured)>();
        var survivors = new List<Document>();
        var ranked = stage.Keep == Survivor.Longest ? documents.OrderByDescending(d => d.Text.Length).ToArray() : documents;
        foreach (var (rank, document) in ranked.Index())
        {
            var same = stage.Exact ? ranked[..rank].FirstOrDefault(d => (d.Kind, d.Text) == (document.Kind, document.Text)) : null;
            var similar = survivors.FirstOrDefault(s => s.Kind == document.Kind && Rounded(s, document) >= stage.Minhash!.MinJaccard);
            if (same is not null && joined.TryGetValue(same.Id, out var there))
                joined[document.Id] = there;
            else if (same is not null)
                joined[document.Id] = (same.Id, "exact-duplicate", 1);
            else if (similar is not null)
                joined[document.Id] = (similar.Id, "near-duplicate", Rounded(similar, document));
            else
                survivors.Add(document);
        }
        foreach (var join in joined.Values)
            sizes[join.Survivor] = sizes.GetValueOrDefault(join.Survivor, 1) + 1;
        return (
            [.. documents.Where(d => !joined.ContainsKey(d.Id)).Select(d => (d.Id, sizes.ContainsKey(d.Id) ? d.Id : null, sizes.TryGetValue(d.Id, out var size) ? (int?)size : null))],
            [.. documents.Where(d => joined.ContainsKey(d.Id)).Select(d => (d.Id, joined[d.Id].Survivor, joined[d.Id].Rule, joined[d.Id].Measured))]);

        double Rounded(Document one, Document two) => Math.Round(NaiveJaccard.Of(one.Text, two.Text, stage.Minhash!.Ngram), 6, MidpointRounding.AwayFromZero);
    }

    static Document[][] Corpus(int parts, int documents)
    {
        var random = new SplitMix64(5);
        var all = new List<string[]>();
        return [.. Enumerable.Range(0, parts).Select(part => Enumerable.Range(0, documents).Select(row =>
        {
            string[] words = all.Count > 3 && random.Next(3) == 0 ? [.. all[(int)random.Next((ulong)all.Count)]] : Words(ref random, 120);
            if (random.Next(2) == 0)
                words[random.Next((ulong)words.Length)] = "changed";
            all.Add(words);
            return Text(string.Join(' ', words), $"{part}/{row}") with { Source = $"dump {part}" };
        }).ToArray())];
    }

    static string[] Words(ref SplitMix64 random, int count)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++)
            words[i] = string.Create(6, random.Next(), (span, bits) => { foreach (ref var c in span) (c, bits) = ((char)('a' + (bits % 26)), bits / 26); });
        return words;
    }

    static Document Text(string text, string locator) =>
        new() { Id = Document.IdOf(locator, "x"u8), Kind = Kind.Text, Text = text, Source = "s", Locator = locator };

    /// <summary>A document of a source of its own, so that the order of the documents is that of their sources.</summary>
    static Document Listed(string text, string locator) => Text(text, locator) with { Source = locator };

    static Document Caption(string text, string locator, char image) => Listed(text, locator) with
    {
        Kind = Kind.Caption,
        Image = new Image { Sha256 = new string(image, 64), MediaType = "image/png", Width = 1, Height = 1, Shard = "x.arrow" },
    };
}
