using CorpusForge.Filter;
using CsCheck;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class C4QualityTests
{
    private const string Five = "It rained. It poured. The old man snored. He went to bed. He bumped his head.";

    public static TheoryData<string, string?> Judged => new()
    {
        { Five, null },
        { "", "too-few-sentences" },
        { " \n ", "too-few-sentences" },
        { "It rained. It poured. The old man snored. He went to bed.", "too-few-sentences" },
        { Five + "\nLorem Ipsum dolor sit amet.", "lorem-ipsum" },
        { Five + "\nfunction of x { return x. }.", "curly-bracket" },
        // Lines that are removed for another rule do not speak against the document.
        { Five + "\nlorem ipsum", null },
        { Five + "\n{ no final mark", null },
        { Five + "\nThis page needs JavaScript {.", null },
        { "Please enable JavaScript. Then. Go. On. Now.", "too-few-sentences" },
        { "See our privacy policy. Then. Go. On. Now.", "too-few-sentences" },
        { "We use cookies here. Then. Go. On. Now.", "too-few-sentences" },
        { "One two... Three. Four. Five. Six...", "too-few-sentences" },
        { Five + " " + new string('x', 1001) + ".", "too-few-sentences" },
        { Five + " " + new string('x', 999) + ".", null },
        { Lines("Two words.", 9), "too-few-sentences" },
        { Lines("Now three words.", 5), null },
        { Lines("Now three words.[3][edit]", 5), null },
        { Lines("Now three words.[4]x", 5), "too-few-sentences" },
    };

    [Theory, MemberData(nameof(Judged))]
    public void Judges_the_lines_that_stay(string text, string? rule) =>
        Assert.Equal(rule, new C4Quality().Judge(View(text)).Rule);

    [Fact]
    public void Lines_without_final_punctuation_count_where_the_setting_says_so() =>
        Assert.True(new C4Quality { TerminalPunctuation = false }.Judge(View(Lines("Now three words", 5))).Kept);

    [Theory, InlineData(5, true), InlineData(6, false)]
    public void A_document_exactly_on_a_limit_stays(int min, bool kept) =>
        Assert.Equal(kept, new C4Quality { MinSentences = min }.Judge(View(Five)).Kept);

    [Theory, InlineData(Mode.Own), InlineData(Mode.Parity)]
    public void Recording_changes_no_verdict_and_counts_to_the_end(Mode mode)
    {
        var recorder = new SignalRecorder { Step = "c4-quality" };
        var verdict = new C4Quality { MinSentences = 2, Mode = mode }.Judge(View(Document("Is a { bracket here.\n" + Five), recorder));
        Assert.Equal("curly-bracket", verdict.Rule);
        Assert.Equal(5, recorder.Values["c4-quality.too-few-sentences"]);
    }

    [Fact]
    public void Judges_the_edited_document_as_the_original()
    {
        string[] pieces = ["One here now.", " Two", "\n", "{", "lorem ipsum", " javascript", " cookie policy", ".", "...", " a b c", "\"", "  ", "\ud800"];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Array[0, 60], Gen.Bool).Sample((picks, terminal) =>
        {
            var document = Document(string.Concat(picks.Select(i => pieces[i])));
            var edited = new C4Lines { TerminalPunctuation = terminal }.Apply(document, new Changes());
            var filter = new C4Quality { TerminalPunctuation = terminal };
            return filter.Judge(View(document)) == filter.Judge(View(edited))
                && ReferenceEquals(edited, new C4Lines { TerminalPunctuation = terminal }.Apply(edited, new Changes()));
        });
    }
}
