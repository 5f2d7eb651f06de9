using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class GopherRepetitionTests
{
    private static readonly string s_distinct = string.Join(' ', Words(400));

    // One row a rule: a text, and the first rule that it breaks.
    public static TheoryData<string, string> Broken => new()
    {
        { "", "empty" },
        { " \n\n ", "empty" },
        { s_distinct + "\n\na\n\na\n\na", "duplicate-paragraphs" },
        { s_distinct + "\n\n" + s_distinct + "\n\n1\n\n2", "duplicate-paragraph-characters" },
        { s_distinct + "\na\na\na", "duplicate-lines" },
        { s_distinct + "\n" + s_distinct + "\n1\n2\n3", "duplicate-line-characters" },
        { s_distinct + " " + Repeat("river bank", 80), "top-2-gram" },
        { string.Join(' ', Words(400, 'a').Chunk(3).Select(c => $"we came home {c[0]}")), "top-2-gram" },
        { "one two", "top-2-gram" },
        { Between("we came home", 40, 5), "top-3-gram" },
        { Between("we came to town", 35, 11), "top-4-gram" },
        { string.Join(' ', Words(40).Concat(Words(5)).Concat(Words(40)[20..25])), "duplicate-5-grams" },
    };

    // Long runs that return just often enough for one rule: n words twice inside of distinct words.
    public static TheoryData<int, string> Repeats => new()
    {
        { 6, "duplicate-6-grams" },
        { 7, "duplicate-7-grams" },
        { 8, "duplicate-8-grams" },
        { 9, "duplicate-9-grams" },
        { 10, "duplicate-10-grams" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void Drops_and_names_the_rule(string text, string rule) =>
        Assert.Equal(rule, new GopherRepetition().Judge(View(text)).Rule);

    [Theory, MemberData(nameof(Repeats))]
    public void Each_length_of_n_gram_has_its_limit(int n, string rule)
    {
        // n of every 40 words came before; the shorter n-grams get limits above what they measure.
        var text = string.Join(' ', Enumerable.Range(0, 10).SelectMany(i => Words(n).Concat(Words(40 - n, (char)('a' + i)))));
        var filter = new GopherRepetition
        {
            MaxDuplicate5GramShare = n > 5 ? 1 : 0,
            MaxDuplicate6GramShare = n > 6 ? 1 : 0,
            MaxDuplicate7GramShare = n > 7 ? 1 : 0,
            MaxDuplicate8GramShare = n > 8 ? 1 : 0,
            MaxDuplicate9GramShare = n > 9 ? 1 : 0,
            MaxDuplicate10GramShare = 0,
        };
        var verdict = filter.Judge(View(text));
        Assert.Equal(rule, verdict.Rule);
        Assert.Equal(Math.Round(9 * n * 4.0 / text.Length, 6), verdict.Measured, 6);
    }

    [Fact]
    public void Keeps_what_does_not_repeat() => Assert.True(new GopherRepetition().Judge(View(s_distinct)).Kept);

    [Theory, InlineData(3, true), InlineData(2, false)]
    public void A_document_exactly_on_a_limit_stays(int others, bool kept)
    {
        // One line in `others + 2` came before.
        var lines = Words(others).Select(w => string.Join(' ', Words(100, w[^1])));
        var verdict = new GopherRepetition { MaxDuplicateLineShare = 0.2, MaxDuplicateParagraphShare = 1 }
            .Judge(View("a\na\n" + string.Join('\n', lines)));
        Assert.Equal(kept ? null : "duplicate-lines", verdict.Rule);
    }

    private static string Between(string phrase, int times, int distance) =>
        string.Join(' ', Words(times * distance).Chunk(distance).Select(c => string.Join(' ', c) + " " + phrase));
}
