using CorpusForge.Filter;
using CsCheck;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class TextViewTests
{
    // Few words and many breaks, so that n-grams, lines and paragraphs repeat.
    private static readonly string[] s_pieces =
        ["a", "b", "ab", "été", "x1", ".", "...", ",", "-", " ", " ", " ", "\n", "\n\n", "\r\n", "\n \n", "中", "😀", "\ud800", "\0", "…"];

    private static readonly Gen<string> s_texts =
        Gen.Int[0, s_pieces.Length - 1].Array[0, 120].Select(a => string.Concat(a.Select(i => s_pieces[i])));

    public static TheoryData<string, string> Cuts => new()
    {
        { "Don't panic, it's 3.14 or 1,000; at 12:30 on 2020-01-31.", "Don't|panic|,|it's|3.14|or|1,000|;|at|12:30|on|2020-01-31|." },
        { "well-known e.g. example.com/path a:b", "well|-|known|e.g|.|example.com|/|path|a|:|b" },
        { "snake_case __ x", "snake_case|__|x" },
        { "wait... what?! ---- $5", "wait|...|what|?|!|----|$|5" },
        { "rock ’n’ roll l’été 'quoted'", "rock|’|n|’|roll|l’été|'|quoted|'" },
        { "cafe\u0301 co\u00ADop", "cafe\u0301|co\u00ADop" },
        { "東京 タワー สวัสดี", "東|京|タ|ワ|ー|ส|วั|ส|ดี" },
        { "안녕 세상 привет мир", "안녕|세상|привет|мир" },
        { "😀😀 ❤\uFE0F x", "😀|😀|❤\uFE0F|x" },
        { "a\ud800b \udc00", "a|\ud800|b|\udc00" },
        { "\uFEFFa\u200Bb\0c", "a|b|c" },
        { "𝐀𝐁 𠀀𠀁", "𝐀𝐁|𠀀|𠀁" },
    };

    [Theory, MemberData(nameof(Cuts))]
    public void Cuts_text_into_words_and_symbols(string text, string tokens)
    {
        var view = View(text);
        Assert.Equal(tokens.Split('|'), view.Tokens.ToArray().Select(t => view.TextOf(t).ToString()));
    }

    [Theory]
    [InlineData("a1 2 ... _ é 中", 4, 3)]
    [InlineData("", 0, 0)]
    [InlineData("?! --", 0, 0)]
    public void A_word_has_a_letter_or_a_digit(string text, int words, int alphabetic)
    {
        var view = View(text);
        Assert.Equal(words, view.WordCount);
        Assert.Equal(alphabetic, view.Tokens.ToArray().Count(t => t.IsAlphabetic));
    }

    [Fact]
    public void Shares_of_nothing_are_not_a_number()
    {
        var view = View("");
        Assert.All([view.MeanWordLength, view.AlphabeticShare, view.BulletShare, view.TopGramShare(2), view.DuplicateGramShare(5),
            view.DuplicateLineShare, view.DuplicateParagraphShare, view.TerminalShare, view.MeanLineLength], v => Assert.Equal(double.NaN, v));
    }

    [Fact]
    public void Blocks_cut_as_single_characters_do()
    {
        string[] pieces = ["a", "of", "the", "word", "words", "lettersx", "lettersxy", "twelveletter", new('q', 31), new('q', 32), new('q', 70), "Ä", "ü", "x1", "_", "7", "中", "😀", "\u0301", "\u200B", "\x7F",
            ".", "..", ",", "'", "’", "-", "--", ":", "(", "\"", " ", " ", " ", " ", "  ", "\n", "\0"];
        Gen.Int[0, pieces.Length - 1].Array[0, 200].Sample(a =>
        {
            var text = string.Concat(a.Select(i => pieces[i]));
            List<Token> blocks = [], characters = [];
            WordBreak.Cut(text, blocks);
            WordBreak.Cut(text, characters, blocks: false);
            return blocks.SequenceEqual(characters);
        });
    }

    [Fact]
    public void Tokens_cover_every_letter_and_carry_the_hash_of_their_characters() => s_texts.Sample(text =>
    {
        var view = View(text);
        var at = 0;
        foreach (var token in view.Tokens)
        {
            Assert.True(token.Start >= at && token.Length > 0);
            Assert.DoesNotContain(text[at..token.Start], char.IsLetterOrDigit);
            Assert.Equal(Token.HashOf(view.TextOf(token)), token.Hash);
            Assert.Equal(token.IsWord, view.TextOf(token).ToString().Any(char.IsLetterOrDigit));
            at = token.Start + token.Length;
        }
        Assert.DoesNotContain(text[at..], char.IsLetterOrDigit);
    });

    [Fact]
    public void N_grams_equal_their_naive_definition() => s_texts.Sample(text =>
    {
        var view = View(text);
        var tokens = view.Tokens.ToArray().Select(t => view.TextOf(t).ToString()).ToArray();
        for (var n = 2; n <= 10; n++)
        {
            Assert.Equal((double)NaiveTop(tokens, n) / text.Length, view.TopGramShare(n));
            Assert.Equal((double)NaiveDuplicates(tokens, n) / text.Length, view.DuplicateGramShare(n));
        }
    });

    [Fact]
    public void Lines_and_paragraphs_equal_their_naive_definition() => s_texts.Sample(text =>
    {
        var view = View(text);
        var plain = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        var lines = plain.Split('\n');
        if (lines[^1].Length == 0)
            lines = lines[..^1];
        Assert.Equal(lines, view.Lines.ToArray().Select(l => view.TextOf(l).ToString()));
        var filled = lines.Where(l => l.Trim().Length > 0).ToArray();
        Assert.Equal(filled.Length, view.FilledLineCount);
        var bodies = lines.Where(l => l.Length > 0).ToArray();
        Assert.Equal((double)(bodies.Length - bodies.Distinct().Count()) / bodies.Length, view.DuplicateLineShare);
        Assert.Equal((double)NaiveRepeated(bodies) / text.Length, view.DuplicateLineCharShare);
        Assert.Equal((double)NaiveRepeated(filled) / (text.Length - text.Count('\n')), view.DuplicateFilledLineCharShare);

        var first = Array.FindIndex(lines, l => l.Trim().Length > 0);
        var last = Array.FindLastIndex(lines, l => l.Trim().Length > 0);
        var paragraphs = first < 0
            ? []
            : string.Join('\n', lines[first..(last + 1)]).Split("\n\n").Select(p => p.TrimStart('\n')).Where(p => p.Length > 0).ToArray();
        Assert.Equal((double)(paragraphs.Length - paragraphs.Distinct().Count()) / paragraphs.Length, view.DuplicateParagraphShare);
    });

    [Fact]
    public void A_view_that_was_used_before_measures_the_same() => Gen.Select(s_texts, s_texts).Sample((before, text) =>
    {
        var (used, fresh) = (View(before), View(text));
        _ = Measure(used);
        used.Reset(Document(text));
        return Measure(used).SequenceEqual(Measure(fresh));
    });

    [Theory]
    [InlineData("the and of", 2, 3)]
    [InlineData("The AND of", 1, 1)]
    [InlineData("other words", 0, 0)]
    public void Counts_distinct_words_in_the_same_case(string text, int two, int three)
    {
        var view = View(text);
        Assert.Equal(two, view.DistinctWords(["the", "of", "the"]));
        Assert.Equal(three, view.DistinctWords(["the", "of", "and"]));
        Assert.Equal(two, view.DistinctWords(["the", "of", "the"]));
    }

    [Fact]
    public void Ten_megabytes_of_one_letter_are_one_word()
    {
        var view = View(new string('a', 10_000_000));
        Assert.Equal(1, view.WordCount);
        Assert.Equal(10_000_000, view.MeanWordLength);
        Assert.Equal(0, view.TopGramShare(2));
        Assert.Equal(1, view.SentenceCount);
    }

    [Fact]
    public void A_million_short_lines_are_counted_in_linear_time()
    {
        var view = View(Lines("a b", 1_000_000));
        Assert.Equal(1_000_000, view.Lines.Length);
        Assert.Equal(0.999999, view.DuplicateLineShare, 9);
        Assert.Equal(0.5, view.DuplicateGramShare(10), 3);
        Assert.Equal(1_000_000, view.SentenceCount);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" \n . ", 0)]
    [InlineData("One. Two! Three? Four", 4)]
    [InlineData("One... Two.\" Three.) Four.", 4)]
    [InlineData("Dr. Gray met J. Smith at 3.30 p.m. today.", 1)]
    [InlineData("First line\nsecond line", 2)]
    [InlineData("Known in 1990.[3] Then forgotten.[4][5]", 2)]
    [InlineData("今日は。明日は！", 2)]
    [InlineData("example.com is a site.", 1)]
    public void Counts_sentences(string text, int sentences) => Assert.Equal(sentences, View(text).SentenceCount);

    private static double[] Measure(TextView view) =>
    [
        view.WordCount, view.MeanWordLength, view.AlphabeticShare, view.BulletShare, view.TopGramShare(2), view.DuplicateGramShare(5),
        view.DuplicateLineShare, view.DuplicateParagraphShare, view.TerminalShare, view.MaxLineLength, view.DistinctWords(["a", "b"]),
    ];

    private static int NaiveTop(string[] tokens, int n)
    {
        var grams = Enumerable.Range(0, Math.Max(0, tokens.Length - n + 1)).Select(i => string.Join(' ', tokens[i..(i + n)])).ToList();
        var top = grams.GroupBy(g => g).MaxBy(g => g.Count()); // of equals the first
        return top is null ? 0 : top.Key.Length * top.Count();
    }

    private static int NaiveDuplicates(string[] tokens, int n)
    {
        var (seen, chars) = (new HashSet<string>(), 0);
        for (var i = 0; i + n <= tokens.Length;)
        {
            if (seen.Add(string.Join(' ', tokens[i..(i + n)])))
            {
                i++;
                continue;
            }
            chars += tokens[i..(i + n)].Sum(t => t.Length);
            i += n;
        }
        return chars;
    }

    private static int NaiveRepeated(string[] pieces) => pieces.Sum(p => p.Length) - pieces.Distinct().Sum(p => p.Length);
}
