using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public sealed class WordListTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public WordListTests() => File.WriteAllText(_file, "ass\nbaby batter\r\n\n🖕\nmöse\n");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("The class assesses the embassy.", true)]
    [InlineData("What an ASS!", false)]
    [InlineData("Mix the baby-batter.", false)]
    [InlineData("The baby ate batter.", true)]
    [InlineData("Eine MÖSE.", false)]
    [InlineData("", true)]
    [InlineData("\0\ud800", true)]
    public void Whole_words_and_phrases_of_the_list_drop_a_document(string text, bool kept) =>
        Assert.Equal(kept ? null : "listed-words", Judge(text, new WordList { Files = [_file] }).Rule);

    [Theory, InlineData(2, null), InlineData(1, "listed-words")]
    public void So_many_may_stand_in_a_text(int limit, string? rule) =>
        Assert.Equal(rule, Judge("an ass is an ass", new WordList { Files = [_file], MaxMatches = limit }).Rule);

    [Theory, InlineData(0.4, null), InlineData(0.39, "listed-words")]
    public void A_share_below_the_limit_stays(double share, string? rule) =>
        Assert.Equal(rule, Judge("an ass is an ass", new WordList { Files = [_file], MaxShare = share }).Rule);

    [Fact]
    public void A_list_that_cannot_be_read_is_named()
    {
        var missing = new WordList { Files = [_file + ".missing"] };
        Assert.Contains(".missing", Assert.Throws<PipelineException>(missing.Open).Message);
        Assert.Contains(".missing", Assert.Throws<PipelineException>(() => missing.ModelDigest).Message);
        Assert.Equal(64, new WordList { Files = [_file] }.ModelDigest.Length);
    }

    private static Verdict Judge(string text, WordList settings) => ((IFilter)settings.Open()).Judge(View(text));
}
