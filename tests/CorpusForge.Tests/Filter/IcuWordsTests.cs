using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public sealed class IcuWordsTests
{
    public static TheoryData<string, string> Sentences => new()
    {
        { "日本語です。これは", "日本語 です 。 これ は" },
        { "我們在北京大學學習2026年", "我們 在 北京 大學 學習 2026 年" },
        { "ภาษาไทย abc", "ภาษา ไทย abc" },
        { "ພາສາລາວ", "ພາສາ ລາວ" },
        { "ភាសាខ្មែរ", "ភាសាខ្មែរ" },
        { "မြန်မာဘာသာ", "မြန်မာဘာသာ" },
        { "plain words, don't 3.5", "plain words , don't 3.5" },
    };

    [Theory, MemberData(nameof(Sentences))]
    public void Words_are_those_of_the_dictionary(string text, string expected)
    {
        Assert.SkipWhen(IcuWords.Version is null, "there is no ICU");
        Assert.Equal(expected, string.Join(' ', Cut(text, Segmentation.Dictionary)));
    }

    [Fact]
    public void Every_character_is_in_one_word_whatever_stands_beside_it()
    {
        Assert.SkipWhen(IcuWords.Version is null, "there is no ICU");
        var random = new SplitMix64(5);
        string[] pieces = ["本", "語", "ไ", "ทย", "្", "\u0301", "𠀋", "\ud840", "a", "1", " ", "。", "ー", "ん", "မြ", "\u200d"];
        for (var round = 0; round < 300; round++)
        {
            var text = string.Concat(Enumerable.Range(0, (int)random.Next(30)).Select(_ => pieces[random.Next((ulong)pieces.Length)]));
            Assert.Equal(string.Concat(Cut(text, Segmentation.Characters)), string.Concat(Cut(text, Segmentation.Dictionary)));
        }
    }

    [Fact]
    public void The_version_is_settled_and_another_one_refused()
    {
        Assert.Null(IcuWords.VersionFor(Segmentation.Characters, null));
        Assert.Throws<PipelineException>(() => IcuWords.VersionFor(Segmentation.Characters, "72.1"));
        Assert.SkipWhen(IcuWords.Version is null, "there is no ICU");
        Assert.Matches(@"^\d+\.\d+$", IcuWords.VersionFor(Segmentation.Dictionary, null));
        Assert.Throws<PipelineException>(() => IcuWords.VersionFor(Segmentation.Dictionary, "1.0"));
    }

    private static string[] Cut(string text, Segmentation words)
    {
        var view = new TextView(words: words);
        view.Reset(new Document { Id = "", Kind = Kind.Text, Text = text, Source = "", Locator = "" });
        return [.. view.Tokens.ToArray().Select(t => view.TextOf(t).ToString())];
    }
}
