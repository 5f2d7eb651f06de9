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

    static string[] Words(ref SplitMix64 random, int count)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++)
            words[i] = string.Create(6, random.Next(), (span, bits) => { foreach (ref var c in span) (c, bits) = ((char)('a' + (bits % 26)), bits / 26); });
        return words;
    }

    static Document Text(string locator, string text) =>
        new() { Id = Document.IdOf(locator, "x"u8), Kind = Kind.Text, Text = text, Source = "s", Locator = locator };
}
