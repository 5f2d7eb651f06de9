using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class GopherQualityTests
{
    private const string Prose = "The miller rose before the sun and went down to the river with a lamp, and found that the wheel stood still.";

    private static readonly GopherQuality s_filter = new() { MinWords = 10, MaxWords = 100 };

    // One row a rule: a text, and the first rule that it breaks.
    public static TheoryData<string, string> Broken => new()
    {
        { "", "too-few-words" },
        { " \n\t ", "too-few-words" },
        { "Too short to judge.", "too-few-words" },
        { Repeat("!", 200), "too-few-words" },
        { Repeat("the house and the garden", 30), "too-many-words" },
        { Repeat("I am of it to be", 4), "words-too-short" },
        { Repeat("incomprehensibility and the interconnectedness of unintelligibility", 3), "words-too-long" },
        { Repeat("# the and with comment", 6), "too-many-hashes" },
        { Repeat("wait ... and the", 6), "too-many-ellipses" },
        { Repeat("wait … and the", 6), "too-many-ellipses" },
        { Lines("- and the list of things", 5), "mostly-bullets" },
        { Lines("• and the list of things", 5), "mostly-bullets" },
        { Lines("and then the story of the man who would have to stay, and of...", 5), "mostly-cut-off-lines" },
        { Repeat("the 1234 of 5678 and 9012", 5), "too-few-alphabetic-words" },
        { Repeat("green, yellow, brown, purple,", 5), "too-few-alphabetic-words" },
        { Repeat("green yellow brown purple", 5), "too-few-stop-words" },
        { Repeat("the yellow the purple", 5), "too-few-stop-words" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void Drops_and_names_the_rule(string text, string rule) =>
        Assert.Equal(rule, s_filter.Judge(View(text)).Rule);

    [Fact]
    public void Keeps_prose() => Assert.True(s_filter.Judge(View(Prose)).Kept);

    [Theory, InlineData(22, true), InlineData(23, false)]
    public void A_document_exactly_on_a_limit_stays(int minWords, bool kept) =>
        Assert.Equal(kept, new GopherQuality { MinWords = minWords }.Judge(View(Prose)).Kept);

    [Fact]
    public void Measures_what_it_dropped_for()
    {
        var verdict = new GopherQuality().Judge(View(Prose));
        Assert.Equal(("too-few-words", 22.0, 50.0), (verdict.Rule, verdict.Measured, verdict.Limit));
    }

    [Fact]
    public void Stop_words_of_another_language_can_be_set()
    {
        var text = View(Repeat("der grüne Baum und das Haus", 5));
        Assert.Equal("too-few-stop-words", s_filter.Judge(text).Rule);
        Assert.True((s_filter with { StopWords = ["der", "und", "die"] }).Judge(text).Kept);
    }

    [Fact]
    public void Records_every_value_where_signals_are_asked_for()
    {
        var recorder = new SignalRecorder { Step = "gopher-quality" };
        var verdict = new GopherQuality().Judge(View(Document("Short and plain."), recorder));
        Assert.Equal("too-few-words", verdict.Rule);
        Assert.Equal(10, recorder.Values.Count);
        Assert.Equal(0.75, recorder.Values["gopher-quality.too-few-alphabetic-words"]);
    }
}
