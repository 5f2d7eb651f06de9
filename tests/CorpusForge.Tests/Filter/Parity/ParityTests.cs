using CorpusForge.Filter;
using CorpusForge.Filter.Parity;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter.Parity;

public class ParityTests
{
    private static readonly GopherQuality s_quality = new() { Mode = Mode.Parity, MinWords = 4 };
    private static readonly GopherRepetition s_repetition = new() { Mode = Mode.Parity };
    private static readonly FineWebQuality s_fineWeb = new() { Mode = Mode.Parity };
    private static readonly C4Quality s_c4 = new() { Mode = Mode.Parity };

    // What only datatrove's definitions make of the text.
    public static TheoryData<IFilter, string, string?, double> Quirks => new()
    {
        { s_quality with { MinStopWords = 2 }, "the mill and the river", null, 0 },
        { s_quality with { MinStopWords = 3 }, "the mill and the river", "too-few-stop-words", 2 },
        { s_quality with { MinStopWords = 2 }, "the mill or the river", "too-few-stop-words", 1 },
        { s_quality, "§ ± the of", "words-too-short", 1.75 },
        { s_quality with { MinMeanWordLength = 2.8, MinStopWords = 3 }, "don't the of that", null, 0 },
        { s_quality with { MinMeanWordLength = 1 }, "1 2 3 the of have with you and", "too-few-alphabetic-words", 0.666667 },
        { s_quality with { MaxBulletShare = 0.4 }, "- the of that\v- and with have\nthe of that", "mostly-bullets", 0.666667 },
        { s_repetition, "\n", "duplicate-lines", 0.5 },
        { s_repetition, "one\n\n\n\ntwo\n\none\n\none", "duplicate-paragraphs", 0.5 },
        { s_repetition, "", "empty", 0 },
        { s_repetition, "ab", null, 0 },
        { s_fineWeb, "", "empty", 0 },
        { s_fineWeb, "\n \n", "empty", 0 },
        { s_fineWeb, "A line that is longer than thirty characters, and ends.\n\n\n\n\n", "list-like", 0.416667 },
        { s_c4, "One two three. Four five six! Seven eight nine? Ten eleven twelve. Thirteen fourteen.", null, 0 },
        { s_c4, "One two three. Four five six! Seven eight nine? Ten Mr. twelve.", "too-few-sentences", 4 },
        // Two spaces are a token, which begins a sentence although only punctuation follows; one space is none.
        { s_c4 with { TerminalPunctuation = false, MinSentences = 3 }, "One two three.  )", "too-few-sentences", 2 },
        { s_c4 with { TerminalPunctuation = false, MinSentences = 3 }, "One two three. )", "too-few-sentences", 1 },
        { s_c4 with { MinSentences = 3 }, "One two three.\t\"Four five\".", "too-few-sentences", 2 },
        // Also at the end, where citations leave it, and a line of nothing else is a sentence.
        { s_c4 with { MinSentences = 9 }, "One two three. [1] [2]\nOne two three. [3]", "too-few-sentences", 0 },
        { s_c4 with { TerminalPunctuation = false, MinSentences = 9 }, "One two three. [1] [2]\nOne two three. [3]\n[4] [5] [6]", "too-few-sentences", 4 },
        // Khmer's full stop ends a line for datatrove, and no sentence for spaCy; a danda of Brahmi ends both.
        { s_c4 with { TerminalPunctuation = false, MinSentences = 9 }, "one two three ។ four", "too-few-sentences", 1 },
        { s_c4 with { TerminalPunctuation = false, MinSentences = 9 }, "one two three \U00011047 four", "too-few-sentences", 2 },
        { s_fineWeb with { MinTerminalShare = 1 }, "A line that is longer than thirty characters ។\nAnother line that is as long as the first \U00011047", null, 0 },
        // The unit separator is white space, and phrases are looked for where citations have left the line.
        { s_c4, "two\x1fthree {.", "curly-bracket", 1 },
        { s_c4, "This is lorem[1] ipsum.", "lorem-ipsum", 1 },
        { s_c4 with { MaxWordLength = 4, MinSentences = 1 }, "😀😀😀😀 and so on.", null, 0 },
        { s_c4, "Lorem ipsum dolor sit.\nAnd { then this.", "lorem-ipsum", 1 },
        { s_c4, "And { then this.\nLorem ipsum dolor sit.", "curly-bracket", 1 },
    };

    [Theory, MemberData(nameof(Quirks))]
    public void Measures_as_datatrove_does(IFilter filter, string text, string? rule, double measured)
    {
        var verdict = filter.Judge(View(text));
        Assert.Equal((rule, measured), (verdict.Rule, verdict.Measured));
    }

    [Fact]
    public void All_filters_of_the_mode_judge_what_is_broken()
    {
        foreach (var text in (string[])["", "\0", "\ud800", "\n\n\n", new string('\n', 100_000), new string('x', 100_000), "😀", "a\u2028b\x85c"])
            foreach (var filter in (IFilter[])[s_quality, s_repetition, s_fineWeb, s_c4])
                Assert.NotEqual(0, filter.Judge(View(text)).GetHashCode() | 1);
    }

    [Theory]
    [InlineData("a\nb\r\nc\rd\ve\ff\u2028g\u2029h\x85i\x1cj", "a|b|c|d|e|f|g|h|i|j")]
    [InlineData("\n\na\n", "||a")]
    [InlineData("", null)]
    public void Lines_are_those_of_python(string text, string? lines)
    {
        var found = new List<string>();
        foreach (var line in new PythonLines(text))
            found.Add(line.ToString());
        Assert.Equal(lines?.Split('|') ?? [], found);
    }

    [Fact]
    public void Repeated_grams_are_compared_as_joined_strings()
    {
        // "ab c" and "a bc" are the same pair without the space, and two pairs with it.
        var parity = new ParityText();
        parity.Reset("ab c a bc");
        Assert.Equal(3.0 / 9, parity.DuplicateGramShare(2), 9);
        Assert.Equal(4.0 / 9, parity.TopGramShare(2), 9);
    }

    [Fact]
    public void Lengths_are_code_points()
    {
        var parity = new ParityText();
        parity.Reset("😀😀 a");
        Assert.Equal(4, parity.Length);
    }
}
