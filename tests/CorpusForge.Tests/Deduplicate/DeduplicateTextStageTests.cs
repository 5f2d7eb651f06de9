using CorpusForge.Deduplicate;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public sealed class DeduplicateTextStageTests
{
    private const string Banner = "Subscribe to our letter and never miss another story like this one.";

    private static readonly DeduplicateTextStage s_lines = new() { Unit = TextUnit.Line };

    [Fact]
    public void A_line_that_stood_before_is_removed_whatever_its_case_and_numbers()
    {
        using var harness = new StageHarness();
        var result = harness.Run(s_lines, [Text("0", $"The first page has words of its own.\n{Banner}\nIts end.")], [Text("1", $"Another page,  also with words.\n{Banner.ToUpperInvariant()}!\nThe end."), Text("2", $"Third.\n{Banner}")]);
        Assert.Equal([$"The first page has words of its own.\n{Banner}\nIts end.", "Another page,  also with words.\nThe end."], harness.Documents(result).Select(d => d.Text));
        var reject = Assert.Single(harness.Rejects(result));
        Assert.Equal(("repeated-text", 0.923077, 0.8, $"Third.\n{Banner}"), (reject.Rule, reject.Measured, reject.Limit, reject.Document.Text));
        Assert.Equal(1, result[1].Tally.Changed["stage.removed-lines"]);
    }

    [Fact]
    public void A_paragraph_goes_as_a_whole_and_its_lines_alone_do_not()
    {
        const string paragraph = "one two three four five\nsix seven eight nine ten";
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateTextStage { MaxRemovedShare = 1 }, [Text("0", paragraph), Text("1", $"a start\n \n{paragraph}\n\nan end"), Text("2", $"{paragraph}\nmore"), Text("3", paragraph)]);
        Assert.Equal([paragraph, "a start\n \nan end", $"{paragraph}\nmore"], harness.Documents(result).Select(d => d.Text));
        Assert.Equal(["3"], harness.Rejects(result).Select(r => r.Document.Locator));
    }

    [Theory, InlineData(49, false), InlineData(50, true), InlineData(80, true)]
    public void A_span_of_fifty_words_is_removed_wherever_it_stands(int length, bool removed)
    {
        var random = new SplitMix64(3);
        string[] span = Words(ref random, length), one = Words(ref random, 100), two = Words(ref random, 100);
        var with = string.Join(' ', [.. two[..60], .. span, .. two[60..]]);
        using var harness = new StageHarness();
        var result = harness.Run(new DeduplicateTextStage { Unit = TextUnit.Span }, [Text("0", string.Join(' ', [.. one[..30], .. span, .. one[30..]]))], [Text("1", with)]);
        var expected = removed ? $"{string.Join(' ', two[..60])}  {string.Join(' ', two[60..])}" : with;
        Assert.Equal(expected, harness.Documents(result).Last().Text);
    }

    [Fact]
    public void A_text_that_repeats_one_word_keeps_a_span_of_it()
    {
        using var harness = new StageHarness();
        var stage = new DeduplicateTextStage { Unit = TextUnit.Span, SpanWords = 10, MaxRemovedShare = 1 };
        var text = string.Join(' ', Enumerable.Repeat("na", 100));
        Assert.Equal(text[..29], Assert.Single(harness.Documents(harness.Run(stage, [Text("0", text)]))).Text);
    }

    [Theory, InlineData(7, true), InlineData(8, false)]
    public void A_line_of_exactly_as_many_words_as_the_limit_goes(int words, bool stays)
    {
        var random = new SplitMix64(5);
        var line = string.Join(' ', Words(ref random, words));
        using var harness = new StageHarness();
        var result = harness.Run(s_lines with { MaxRemovedShare = 1 }, [Text("0", line), Text("1", $"another text\n{line}")]);
        Assert.Equal(stays ? $"another text\n{line}" : "another text", harness.Documents(result).Last().Text);
    }

    [Fact]
    public void Short_lines_code_and_captions_stay()
    {
        Document[] documents =
        [
            Text("0", "Read more\n" + Banner), Text("1", "Read more\nsomething else that is long enough to count"),
            Text("2", Banner) with { Kind = Kind.Code }, Text("3", Banner) with { Kind = Kind.Caption }, Text("4", ""), Text("5", "\n\n"),
        ];
        using var harness = new StageHarness();
        Assert.Equal(documents.Select(d => d.Text), harness.Documents(harness.Run(s_lines, documents)).Select(d => d.Text));
    }

    [Theory, InlineData(TextUnit.Line), InlineData(TextUnit.Paragraph), InlineData(TextUnit.Span)]
    public void Memory_and_the_order_of_units_do_not_change_the_result(TextUnit unit)
    {
        var random = new SplitMix64(9);
        var lines = Enumerable.Range(0, 50).Select(_ => string.Join(' ', Words(ref random, 12))).ToArray();
        var parts = Enumerable.Range(0, 4).Select(p => Enumerable.Range(0, 30).Select(r =>
            Text($"{p}/{r}", string.Join(unit == TextUnit.Paragraph ? "\n\n" : "\n", Enumerable.Range(0, 20).Select(_ => random.Next(4) == 0 ? lines[random.Next(50)] : string.Join(' ', Words(ref random, 9)))))).ToArray()).ToArray();
        var stage = new DeduplicateTextStage { Unit = unit, SpanWords = 10, MaxRemovedShare = 1 };
        using var one = new StageHarness();
        using var two = new StageHarness { Order = units => units.Reverse() };
        one.Run(stage, parts);
        two.Run(stage with { MemoryMb = 1 }, parts);
        Assert.Equal(one.Phases["remove"].SelectMany(p => p.Files).Select(f => f.Sha256), two.Phases["remove"].SelectMany(p => p.Files).Select(f => f.Sha256));
        Assert.True(one.Phases["remove"].Sum(p => p.Tally.BytesOut) < one.Phases["remove"].Sum(p => p.Tally.BytesIn));
        if (unit != TextUnit.Line)
            return;
        // By the definition: of every line the first stays.
        var seen = new HashSet<string>();
        var expected = parts.SelectMany(p => p).Select(d => string.Join('\n', d.Text.Split('\n').Where(seen.Add)).Trim());
        Assert.Equal(expected.Where(t => t.Length > 0), one.Documents(one.Phases["remove"]).Select(d => d.Text));
    }

    [Theory, InlineData(TextUnit.Line), InlineData(TextUnit.Paragraph), InlineData(TextUnit.Span)]
    public void Shuffled_documents_in_other_files_lose_the_same_text(TextUnit unit)
    {
        var random = new SplitMix64(11);
        var lines = Enumerable.Range(0, 40).Select(_ => string.Join(' ', Words(ref random, 12))).ToArray();
        var corpus = Enumerable.Range(0, 120).Select(r => Text($"{r}", string.Join(unit == TextUnit.Paragraph ? "\n\n" : "\n",
            Enumerable.Range(0, 12).Select(_ => random.Next(3) == 0 ? lines[random.Next(40)] : string.Join(' ', Words(ref random, 9)))))
            with
        { SourceId = random.Next(5) == 0 ? null : $"id-{random.Next(100)}", Metadata = random.Next(2) == 0 ? Document.NoMetadata : Document.NoMetadata.Add("date", $"2020-01-{10 + random.Next(3)}") }).ToArray();
        var stage = new DeduplicateTextStage { Unit = unit, SpanWords = 10, MaxRemovedShare = 0.5 };
        var expected = Outcome(stage, [corpus], u => u);
        Assert.Contains(expected, l => l.StartsWith("dropped", StringComparison.Ordinal));
        Assert.True(expected.Sum(l => l.Length) < corpus.Sum(d => d.Text.Length));
        for (var round = 0; round < 3; round++)
        {
            Document[] shuffled = [.. corpus];
            for (var i = shuffled.Length - 1; i > 0; i--)
            {
                var other = (int)random.Next((ulong)(i + 1));
                (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
            }
            var cut = (int)random.Next(120);
            Assert.Equal(expected, Outcome(stage with { MemoryMb = 1 + round }, [shuffled[..cut], [], shuffled[cut..]], u => u.Reverse()));
        }
    }

    [Fact]
    public void The_document_of_the_source_listed_first_keeps_the_line_then_the_earliest()
    {
        Document[] documents =
        [
            Text("a", $"{Banner}\nsome words of a") with { Source = "second", Metadata = Document.NoMetadata.Add("date", "2001-01-01") },
            Text("b", $"{Banner}\nsome words of b") with { Source = "first" },
            Text("c", $"{Banner}\nsome words of c") with { Source = "first", Metadata = Document.NoMetadata.Add("date", "2020-01-01") },
        ];
        Document[] sources = [Text("x", "nothing") with { Source = "first" }, Text("y", "nothing") with { Source = "second" }];
        using var harness = new StageHarness();
        Assert.Equal(["nothing", "nothing", "some words of a", "some words of b", documents[2].Text], harness.Documents(harness.Run(s_lines, sources, documents)).Select(d => d.Text));
    }

    [Fact]
    public void A_span_that_overlaps_itself_goes_as_a_whole_when_a_document_of_higher_rank_has_it()
    {
        var text = string.Join(' ', Enumerable.Repeat("na", 100));
        var stage = new DeduplicateTextStage { Unit = TextUnit.Span, SpanWords = 10, MaxRemovedShare = 1 };
        foreach (var ids in (string[][])[["1", "2"], ["2", "1"]])
        {
            using var harness = new StageHarness();
            var kept = Assert.Single(harness.Documents(harness.Run(stage, [.. ids.Select(i => Text(i, $"{text} only {(i == "1" ? "one" : "two")}") with { SourceId = i })])), d => d.SourceId == "1");
            Assert.Equal($"{text[..29]}  only one", kept.Text);
            var other = harness.Documents(harness.Phases["remove"]).Where(d => d.SourceId == "2").Concat(harness.Rejects(harness.Phases["remove"]).Select(r => r.Document)).Single();
            Assert.Equal("two", other.Text);
        }
    }

    /// <summary>What became of every document, in a fixed order.</summary>
    private static List<string> Outcome(DeduplicateTextStage stage, Document[][] parts, Func<IReadOnlyList<Unit>, IEnumerable<Unit>> order)
    {
        using var harness = new StageHarness { Order = order };
        Document[][] placed = [.. parts.Select((p, part) => p.Select((d, row) => d with { Id = Document.IdOf($"{part}@{row}", "x"u8), Locator = $"{part}@{row}" }).ToArray())];
        var result = harness.Run(stage, placed);
        return [.. harness.Documents(result).Select(d => $"kept {d.SourceId} {d.Text}").Concat(harness.Rejects(result).Select(r => $"dropped {r.Document.SourceId} {r.Measured}")).Order(StringComparer.Ordinal)];
    }

    static string[] Words(ref SplitMix64 random, int count)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++)
            words[i] = string.Create(6, random.Next(), (span, bits) => { foreach (ref var c in span) (c, bits) = ((char)('a' + (bits % 26)), bits / 26); });
        return words;
    }

    static Document Text(string locator, string text) =>
        new() { Id = Document.IdOf(locator, "x"u8), SourceId = locator, Kind = Kind.Text, Text = text, Source = "s", Locator = locator };
}
