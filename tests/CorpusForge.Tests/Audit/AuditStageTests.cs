using System.Text;
using System.Text.Json;
using CorpusForge.Audit;
using CorpusForge.Runs;
using Xunit;
using static CorpusForge.Tests.Audit.AuditCorpus;

namespace CorpusForge.Tests.Audit;

public class AuditStageTests
{
    static readonly string?[] s_licenses = [null, "MIT", "GPL-3.0-only", "CC-BY-NC-4.0", "MIT OR GPL-2.0-only", "LicenseRef-mine"];

    [Fact]
    public void The_breakdowns_are_those_of_the_rows()
    {
        var documents = Mixed(300);
        using var corpus = new AuditCorpus().Documents("clean", [documents[..100], documents[100..]])
            .Tokens(documents, d => [.. Encoding.UTF8.GetBytes(d.Text).Select(b => (int)b)]);
        var report = Figures(corpus);

        Assert.Equal(Expected(documents, d => d.Source), Found(report.Composition.Sources));
        Assert.Equal(Expected(documents, d => DocumentShard.NameOf(d.Kind)), Found(report.Composition.Kinds));
        Assert.Equal(Expected(documents, d => d.License ?? "unknown"), Found(report.Composition.Licenses));
        Assert.Equal(new Amount { Documents = 300, Bytes = documents.Sum(Bytes), Tokens = documents.Sum(Bytes) }, report.Total);
        Assert.All(report.Checks, c => Assert.True(c.Holds, c.What));
        Assert.NotEmpty(report.Checks);
    }

    [Fact]
    public void Without_tokens_the_last_documents_count()
    {
        var documents = Mixed(40);
        using var corpus = new AuditCorpus().Documents("clean", [documents])
            .Documents("filter", [documents[..30]], [.. documents[30..].Select(d => new Reject(d, "gopher-quality", 1, "too-few-words", 1, 2))]);
        var report = Figures(corpus);
        Assert.Equal(Expected(documents[..30], d => d.Source, tokens: false), Found(report.Composition.Sources));
        var rule = Assert.Single(report.Stages[1].Dropped);
        Assert.Equal(("gopher-quality", "too-few-words", 10L, 0.25), (rule.Step, rule.Rule, rule.Documents, rule.Share));
        Assert.Null(report.Tokens);
        Assert.Equal("filter", report.CountedFrom);
    }

    [Fact]
    public void What_entered_is_what_the_sources_gave_and_not_the_crawled_pages_alone()
    {
        var documents = Mixed(40);
        using var corpus = new AuditCorpus().Crawl(3)
            .Documents("clean", [documents[..30]], [.. documents[30..].Select(d => new Reject(d, "jsonl", 1, "no-text", 0, 1))]);
        Assert.Equal(40, Figures(corpus).Entered);
        var (html, _) = corpus.Audit();
        Assert.Contains("<dt>Kept of what entered</dt><dd>75.0 %</dd>", html);
        Assert.Contains("40 documents were read from the sources.", html);
    }

    [Fact]
    public void What_tokenize_dropped_is_in_no_breakdown()
    {
        var documents = Mixed(20);
        using var corpus = new AuditCorpus().Documents("clean", [documents]).Stage("tokenize", new TokensOf(), [work => TokensOf.Write(work, documents)]);
        var report = Figures(corpus);
        Assert.Equal(19, report.Total.Documents);
        Assert.Equal(documents[1..].Sum(Bytes), report.Total.Bytes);
        Assert.All(report.Checks, c => Assert.True(c.Holds, c.What));
    }

    [Fact]
    public void More_than_fifty_domains_are_the_largest_fifty_and_the_rest()
    {
        Document[] documents = [.. Enumerable.Range(0, 180).Select(i => Doc(i, "x", url: $"https://www.host{i % 60}.example/{i}"))];
        using var corpus = new AuditCorpus().Documents("clean", [documents]);
        var domains = Figures(corpus).Composition.Domains;
        Assert.Equal((50, 10L, 30L), (domains.Slots.Count, domains.RestKeys, domains.Rest.Documents));
        Assert.Equal("host0.example", domains.Slots[0].Key);
    }

    [Fact]
    public void Clusters_are_counted_from_survivors_and_removed_documents()
    {
        Document[] survivors = [.. Enumerable.Range(0, 30).Select(i => Doc(i, $"text {i}", i % 2 == 0 ? "a" : "b") with { Cluster = Doc(i, "").Id, ClusterSize = i < 5 ? i + 2 : null })];
        Reject[] removed = [.. Enumerable.Range(0, 15).Select(i => new Reject(Doc(100 + i, "copy", "a") with { Cluster = survivors[i % 5].Id }, "minhash", 1, "near-duplicate", 0.9, 0.8))];
        using var corpus = new AuditCorpus().Documents("deduplicate", [survivors], removed);
        var d = Assert.Single(Figures(corpus).Duplicates);
        Assert.Equal((5L, 15L), (d.Clusters, d.Removed));
        Assert.Equal([new Bin(2, 2, 1), new Bin(3, 4, 2), new Bin(5, 8, 2)], d.Sizes);
        Assert.Equal([6, 5, 4, 3, 2], d.Largest.Select(l => l.Size));
        Assert.Equal([new RemovedOf("a", 30, 15, 0.5), new RemovedOf("b", 15, 0, 0)], d.BySource);
    }

    [Fact]
    public void An_empty_corpus_gives_a_report_that_says_so()
    {
        var documents = Mixed(3);
        using var corpus = new AuditCorpus().Documents("clean", [documents])
            .Documents("filter", [[]], [.. documents.Select(d => new Reject(d, "language", 1, "other-language", 0, 1))]).Tokens([], _ => []);
        var (html, json) = corpus.Audit();
        Assert.Contains("The corpus is empty", html);
        Assert.Equal(0, Parse(json).Total.Documents);
        Assert.Null(Parse(json).Tokens!.Train.EntropyBits);
    }

    [Fact]
    public void No_stage_before_it_gives_a_report_that_says_so()
    {
        using var corpus = new AuditCorpus();
        Assert.Contains("there is no corpus", corpus.Audit().Html);
    }

    [Fact]
    public void What_comes_from_documents_is_text_and_never_markup()
    {
        const string evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\0\u202e";
        var document = Doc(1, evil, source: "s\"><b>", license: "<i>MIT", url: "javascript:alert(1)//<b>") with { Title = evil, ClusterSize = 2, Cluster = "x", Consent = """{"<u>":1}""", Language = "<s>" };
        using var corpus = new AuditCorpus().Documents("deduplicate", [[document, Doc(2, "b", url: "https://ok.example/\"><script>") with { ClusterSize = 3 }]])
            .Training(("curve", ".jsonl", "{\"step\":1,\"loss\":2}\n"), ("samples", ".jsonl", JsonSerializer.Serialize(new { text = evil }) + "\n"));
        var html = corpus.Audit().Html;
        foreach (var markup in (string[])["<script", "<img", "<i>", "<b>", "<u>", "<s>", "href=\"javascript", "\0", "\u202e"])
            Assert.DoesNotContain(markup, html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", html);
        Assert.Contains("href=\"https://ok.example/&quot;&gt;&lt;script&gt;\"", html);
    }

    [Fact]
    public void The_page_asks_for_nothing_outside_itself()
    {
        using var corpus = Demo.Corpus();
        var html = corpus.Audit().Html;
        foreach (var request in (string[])["<link", "<script", "src=", "url(", "@import", "<iframe"])
            Assert.DoesNotContain(request, html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_same_corpus_gives_the_same_bytes()
    {
        using var one = Demo.Corpus();
        using var two = Demo.Corpus();
        Assert.Equal(one.Audit(), two.Audit());
        Assert.Equal(one.Audit(), one.Audit());
    }

    [Fact]
    public void A_damaged_curve_names_the_file_and_the_offset()
    {
        using var corpus = new AuditCorpus().Documents("clean", [Mixed(1)]).Training(("curve", ".jsonl", "{\"step\":1,\"loss\":2}\n{\"step\":2\n"));
        var error = Assert.Throws<InputException>(() => corpus.Audit());
        Assert.Contains("curve.jsonl: at byte 20", error.Message);
    }

    [Fact]
    public void A_file_of_terms_of_the_users_own_replaces_the_list()
    {
        var terms = Path.GetTempFileName();
        try
        {
            File.WriteAllText(terms, "# mine\nanimals\tcat|cats\n");
            using var corpus = new AuditCorpus().Documents("clean", [[Doc(1, "Two CATS and a cat"), Doc(2, "concatenate")]]);
            var report = Parse(corpus.Audit(new AuditStage { Terms = terms }).Json);
            Assert.Equal([new TermFigures("animals", "cat", 2, 1, 0.5)], report.Identity.Terms);
        }
        finally
        {
            File.Delete(terms);
        }
    }

    internal static AuditReport Parse(string json) => JsonSerializer.Deserialize<AuditReport>(json, Manifest.Json)!;

    static AuditReport Figures(AuditCorpus corpus) => Parse(corpus.Audit().Json);

    static Document[] Mixed(int count)
    {
        var random = new SplitMix64(7);
        return [.. Enumerable.Range(0, count).Select(i => Doc(
            i, new string('ä', 1 + (int)(random.Next() % 50)), $"source-{random.Next() % 3}", (Kind)(random.Next() % 3), s_licenses[random.Next() % 6], $"https://h{random.Next() % 9}.example/"))];
    }

    static long Bytes(Document d) => Encoding.UTF8.GetByteCount(d.Text);

    static SortedDictionary<string, (long, long, long)> Expected(IEnumerable<Document> documents, Func<Document, string> key, bool tokens = true) =>
        new(documents.GroupBy(key).ToDictionary(g => g.Key, g => ((long)g.Count(), g.Sum(Bytes), tokens ? g.Sum(Bytes) : 0)), StringComparer.Ordinal);

    static SortedDictionary<string, (long, long, long)> Found(Breakdown breakdown) =>
        new(breakdown.Slots.ToDictionary(s => s.Key, s => (s.Documents, s.Bytes, s.Tokens)), StringComparer.Ordinal);

    // Writes all but the first document, which it drops.
    sealed record TokensOf : IStage
    {
        public string? Id => null;
        public Product Consumes => Product.Documents;
        public Product Produces => Product.Tokens;
        public IReadOnlyList<IPhase> Phases => [];

        public static void Write(UnitWork work, Document[] documents)
        {
            var file = work.Create(Roles.Tokens);
            using (var rejects = new DocumentWriter(work.Create(Roles.Rejects), rejects: true))
                rejects.Write(new Reject(documents[0], "tokenize", 1, "no-tokens", 0, 1));
            using var writer = new CorpusForge.Tokenize.TokenShardWriter(file, new CorpusForge.Tokenize.TokenShardInfo
            {
                Tokenizer = "t",
                TokenizerSha256 = "0",
                VocabularySize = 2,
                StageDigest = "d",
            });
            foreach (var document in documents[1..])
                writer.Append(CorpusForge.Tokenize.TokenRow.Of(document, false), [1]);
            writer.Close();
            (work.Tally.In, work.Tally.Out, work.Tally.Tokens) = (documents.Length, documents.Length - 1, writer.Tokens);
            work.Tally.Drop("tokenize", "no-tokens");
        }
    }
}
