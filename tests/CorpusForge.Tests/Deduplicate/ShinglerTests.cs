using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CorpusForge.Deduplicate;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Deduplicate;

public partial class ShinglerTests
{
    // Two texts, and whether they are the same once what does not matter is levelled.
    public static TheoryData<string, string, bool> Pairs => new()
    {
        { "The quick brown fox", "the QUICK brown  fox\n", true },
        { "wait, what?!", "wait what", true },
        { "don't", "don t", true },
        { "Café ÅNGSTRÖM", "cafe angstrom", true },
        { "Cafe\u0301", "Café", true },
        { "co\u00ADoperate", "cooperate", true },
        { "it costs 3.14 now", "it costs 9000 now", true },
        { "it costs 3,5 now", "it costs ٣ now", true },
        { "version 1.2.3", "version 0 0", true },
        { "ends with 5.", "ends with 7", true },
        { "a1b22c", "a0b0c", true },
        { "a1b22c", "a0b c", false },
        { "한국어 문장", "한국어 문장".Normalize(NormalizationForm.FormD), true },
        { "한국어", "한국 어", false },
        { "我爱北京", "我 爱 北京", true },
        { "我爱北京", "我爱京北", false },
        { "ab漢字cd", "ab 漢 字 cd", true },
        { "𠀀𠀁", "𠀀 𠀁", true },
        { "cat 🐈 dog", "cat dog", true },
        { "𐐀bc", "𐐨bc", true },
        { "𝟙 way", "7 way", true },
        { "one two three four", "four three two one", false },
        { "one two", "one two three", false },
        { "nul\0byte", "nul byte", true },
        { "lone \uD800 high", "lone high", true },
        { "low \uDC00\uD800", "low", true },
        { "not\uFFFEa\uFFFFcharacter", "not a character", true },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void What_does_not_matter_is_levelled(string one, string two, bool same) => Assert.Equal(same, Set(one).SequenceEqual(Set(two)));

    [Theory]
    [InlineData("", 0), InlineData(" \n\t", 0), InlineData("?!… — ★", 0), InlineData("\u0301\u0302", 0)]
    [InlineData("one", 1), InlineData("one two three four", 1), InlineData("one two three four five", 1)]
    [InlineData("one two three four five six", 2), InlineData("a a a a a a a a a a", 1)]
    public void Number_of_shingles(string text, int count) => Assert.Equal(count, Set(text).Length);

    [Fact]
    public void Shingles_are_sorted_and_distinct() => Gen.String.Sample(text =>
    {
        var set = Set(string.Concat(Enumerable.Repeat(text, 3)));
        return set.SequenceEqual(set.Distinct().Order());
    });

    [Fact]
    public void The_sets_of_two_texts_overlap_as_those_of_a_plain_definition_do()
    {
        string[] words = ["the", "Cat", "sat", "on", "Ä", "12", "3.5", "x9", "漢字", "don't", "—", "한글", "nai\u0308ve", "ไทย", "four", "fives", "lettersx", "lettersxy", "lettersxz", new('q', 31), new('q', 32), new('q', 70), "a,b;c"];
        var text = Gen.Int[0, words.Length - 1].Array[0, 60].Select(w => string.Join(' ', w.Select(i => words[i])));
        Gen.Select(text, text).Sample((one, two) =>
        {
            var plain = Overlap(NaiveJaccard.Shingles(one), NaiveJaccard.Shingles(two));
            return plain == Overlap([.. Set(one)], [.. Set(two)]);
        });
    }

    [Fact]
    public void A_long_text_after_a_short_one_and_back_gives_the_same_sets()
    {
        var shingler = new Shingler(5);
        var text = string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"w{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}"));
        var first = shingler.Shingle("one two three four five six").ToArray();
        Assert.Equal(Set(text), shingler.Shingle(text).ToArray());
        Assert.Equal(first, shingler.Shingle("one two three four five six").ToArray());
        Assert.Empty(shingler.Shingle("").ToArray());
    }

    [Fact]
    public void Words_do_not_depend_on_where_they_stand_in_a_block()
    {
        var words = "A nine-letter wordsnine of the 4 naïve ELEPHANTS and a sesquipedalian, extraordinarily long, one".Split(' ');
        for (var spaces = 1; spaces < 40; spaces++)
            Assert.Equal(Set(string.Join(' ', words)), Set(string.Join(new string(' ', spaces), words)));
    }

    [Fact]
    public void Places_are_those_of_the_words()
    {
        const string text = "One twothreefour, five é6 seven-eight nine ten eleven twelve thirteen 漢字 fourteen";
        var shingler = new Shingler(5);
        var hashes = shingler.Words(text).ToArray();
        Assert.Equal("One twothreefour five é6 seven eight nine ten eleven twelve thirteen 漢 字 fourteen".Split(' '), shingler.Places.ToArray().Select(p => text[p.Start..p.End]));
        Assert.Equal(14, hashes.Distinct().Count());
        Assert.Equal(hashes[9], shingler.Words("twelve")[0]);
    }

    [Fact]
    public void Characters_can_be_the_unit()
    {
        var characters = new Shingler(3, ShingleUnit.Character);
        Assert.Equal(3, characters.Shingle("ab cde").Length);
        Assert.NotEqual(characters.Shingle("각간갇").ToArray(), characters.Shingle("간각갇").ToArray());
    }

    static (int, int) Overlap<T>(HashSet<T> one, HashSet<T> two) => (one.Intersect(two).Count(), one.Union(two).Count());

    static ulong[] Set(string text) => new Shingler(5).Shingle(text).ToArray();
}

/// <summary>The Jaccard similarity as it is defined, with strings and regular expressions.</summary>
static partial class NaiveJaccard
{
    public static HashSet<string> Shingles(string text, int n = 5)
    {
        var s = Number().Replace(text.ToLowerInvariant(), "0");
        s = Separator().Replace(s, " ").Normalize(NormalizationForm.FormD);
        s = string.Concat(s.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));
        s = Alone().Replace(s, " $0 ");
        var words = s.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? []
            : words.Length < n ? [string.Join(' ', words)]
            : [.. Enumerable.Range(0, words.Length - n + 1).Select(i => string.Join(' ', words[i..(i + n)]))];
    }

    public static double Of(string one, string two, int n = 5)
    {
        var (a, b) = (Shingles(one, n), Shingles(two, n));
        return a.Count == 0 || b.Count == 0 ? 0 : a.Intersect(b).Count() / (double)a.Union(b).Count();
    }

    [GeneratedRegex(@"\p{Nd}+([.,،٫⎖⎗⎘]\p{Nd}+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"[\p{P}\p{S}\p{Z}\p{Cc}]+")]
    private static partial Regex Separator();

    [GeneratedRegex(@"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3005-\u3007\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF]")]
    private static partial Regex Alone();
}
