using System.Text;
using CorpusForge.Audit;
using CorpusForge.Runs;
using Xunit;
using static CorpusForge.Tests.Audit.AuditCorpus;

namespace CorpusForge.Tests.Audit;

public class IdentityTermsTests
{
    static readonly string[] s_terms = ["woman", "Muslim", "deaf", "elderly", "Chinese"];

    [Fact]
    public void A_term_whose_documents_are_dropped_three_times_as_often_is_flagged_and_no_other()
    {
        var random = new SplitMix64(11);
        var (kept, dropped) = (new List<Document>(), new List<Reject>());
        for (var i = 0; i < 6000; i++)
        {
            var words = new List<string> { "the house by the river" };
            foreach (var term in s_terms)
            {
                if (random.NextDouble() < 0.2)
                    words.Add(term);
            }
            var document = Doc(i, string.Join(' ', words));
            if (random.NextDouble() < (words.Contains("Muslim") ? 0.3 : 0.1))
                dropped.Add(new Reject(document, "toxicity", 1, "too-toxic", 1, 0));
            else
                kept.Add(document);
        }
        using var corpus = new AuditCorpus().Documents("filter", [kept], dropped);
        var identity = AuditStageTests.Parse(corpus.Audit().Json).Identity;

        Assert.Equal(s_terms.Order(), identity.Comparisons.Where(c => c.Term != "*").Select(c => c.Term).Order());
        var flagged = Assert.Single(identity.Comparisons, c => c.Flagged && c.Term != "*");
        Assert.Equal("religion", Assert.Single(identity.Comparisons, c => c.Flagged && c.Term == "*").Group);
        Assert.Equal(("Muslim", "toxicity.too-toxic", "filter"), (flagged.Term, flagged.Rule, flagged.Stage));
        Assert.InRange(flagged.Ratio!.Value, 2.5, 3.5);
        Assert.Equal(6000, flagged.With + flagged.Without);
        Assert.True(flagged.IntervalWith.Low > flagged.IntervalWithout.High);
        Assert.InRange(flagged.Difference, 0.15, 0.25);
        Assert.InRange(flagged.Difference, flagged.DifferenceInterval.Low, flagged.DifferenceInterval.High);
        Assert.Equal(kept.Count(d => d.Text.Contains("deaf", StringComparison.Ordinal)), identity.Terms.Single(t => t.Term == "deaf").Documents);
    }

    [Fact]
    public void What_language_and_length_explain_is_not_held_against_a_term()
    {
        // The rule drops German four times as often, and long English; "Muslim" only stands more often there.
        var random = new SplitMix64(12);
        var (kept, dropped) = (new List<Document>(), new List<Reject>());
        for (var i = 0; i < 8000; i++)
        {
            var (german, longer) = (random.NextDouble() < 0.5, random.NextDouble() < 0.5);
            var text = (random.NextDouble() < (german ? 0.4 : 0.1) + (longer ? 0.2 : 0) ? "a Muslim " : "a ") + string.Concat(Enumerable.Repeat("house ", longer ? 400 : 12));
            var document = Doc(i, text) with { Language = german ? "de" : "en" };
            if (random.NextDouble() < (german ? 0.4 : 0.1) * (longer ? 1.5 : 1))
                dropped.Add(new Reject(document, "quality", 1, "low", 1, 0));
            else
                kept.Add(document);
        }
        using var corpus = new AuditCorpus().Documents("filter", [kept], dropped);
        var comparison = AuditStageTests.Parse(corpus.Audit().Json).Identity.Comparisons.Single(c => c.Term == "Muslim");
        Assert.True(comparison.IntervalWith.Low > comparison.IntervalWithout.High);
        Assert.False(comparison.Flagged);
        Assert.Equal(4, comparison.Strata);
        Assert.InRange(comparison.Difference, -0.03, 0.03);
        Assert.True(comparison.DifferenceInterval.Low < 0 && comparison.DifferenceInterval.High > 0);
    }

    [Fact]
    public void Documents_dropped_without_text_are_not_compared()
    {
        Document[] kept = [.. Enumerable.Range(0, 50).Select(i => Doc(i, i % 2 == 0 ? "a woman" : "a house"))];
        Reject[] rejects = [.. Enumerable.Range(50, 50).Select(i => new Reject(Doc(i, ""), "extract-html", 1, "no-text", 0, 1))];
        using var corpus = new AuditCorpus().Documents("clean", [kept], rejects);
        Assert.Empty(AuditStageTests.Parse(corpus.Audit().Json).Identity.Comparisons);
    }

    [Theory]
    [InlineData("A Woman and WOMEN, women's", 3)]
    [InlineData("womanly salwoman woman1 Äwoman womañ", 0)]
    [InlineData("woman", 1)]
    [InlineData("", 0)]
    [InlineData("woman\0woman\ud800woman", 3)]
    public void Whole_words_without_regard_to_case(string text, int found) => Assert.Equal(found, Count(["woman|women"], text)[0]);

    [Theory]
    [InlineData("an African-American and African\nAmericans", 2, 0)]
    [InlineData("African. American", 0, 1)]
    [InlineData("African America", 0, 1)]
    [InlineData("African", 0, 1)]
    [InlineData("african american African", 1, 1)]
    public void The_longest_phrase_counts(string text, int phrase, int word) =>
        Assert.Equal([phrase, word], Count(["African American|African Americans", "African"], text));

    [Fact]
    public void The_list_that_comes_along_has_six_groups_and_no_form_twice()
    {
        var terms = IdentityTerm.English;
        Assert.Equal(6, terms.Select(t => t.Group).Distinct().Count());
        Assert.Equal(terms.SelectMany(t => t.Forms).Count(), terms.SelectMany(t => t.Forms).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Theory]
    [InlineData("a\tb\nno tab\n", 4)]
    [InlineData("\tterm\n", 0)]
    [InlineData("a\t \n", 0)]
    [InlineData("a\t--\n", 0)]
    public void A_line_of_another_form_is_an_error_that_says_where(string text, int offset)
    {
        var error = Assert.Throws<InputException>(() => IdentityTerm.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "terms.txt"));
        Assert.Contains($"terms.txt: at byte {offset}", error.Message);
    }

    static int[] Count(string[] terms, string text)
    {
        var counts = new int[terms.Length];
        new TermMatcher([.. terms.Select(t => t.Split('|'))]).Count(text, counts);
        return counts;
    }
}
