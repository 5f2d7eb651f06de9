using CorpusForge.Clean;
using CorpusForge.Clean.Content;
using CsCheck;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class BlockChoiceTests
{
    static bool[] Choose(ExtractionMode mode, params (int Words, int Logit)[] blocks) =>
        BlockChoice.Of([.. blocks.Select(b => new PageBlock { Words = b.Words })], [.. blocks.Select(b => b.Logit)], mode);

    [Fact]
    public void Where_the_content_stands_out_the_doubtful_is_left() =>
        Assert.Equal([true, true, false], Choose(ExtractionMode.Balanced, (100, 5000), (100, 5000), (30, -500)));

    [Fact]
    public void Where_nothing_is_sure_the_likeliest_is_kept() =>
        Assert.Equal([true, true, false], Choose(ExtractionMode.Balanced, (100, -1000), (100, -1000), (100, -5000)));

    [Fact]
    public void Where_hardly_a_word_is_promised_nothing_is_kept()
    {
        Assert.Equal([true, true], Choose(ExtractionMode.Balanced, (40, 0), (40, 0)));
        Assert.Equal([false, false], Choose(ExtractionMode.Recall, (40, -1500), (40, -1500)));
    }

    [Fact]
    public void Modes_differ_in_what_they_risk()
    {
        (int, int)[] blocks = [(100, 4000), (60, 300), (60, -1100), (60, -4000)];
        Assert.Equal([true, false, false, false], Choose(ExtractionMode.Precision, [(100, 4000), (60, -300), (60, -1100), (60, -4000)]));
        Assert.Equal([true, true, false, false], Choose(ExtractionMode.Balanced, blocks));
        Assert.Equal([true, true, true, false], Choose(ExtractionMode.Recall, blocks));
    }

    [Fact]
    public void What_a_stricter_mode_keeps_a_laxer_one_keeps_too() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[-8000, 8000]).Array[1, 40].Sample(blocks =>
        {
            var kept = Array.ConvertAll((ExtractionMode[])[ExtractionMode.Precision, ExtractionMode.Balanced, ExtractionMode.Recall], mode => Choose(mode, blocks));
            return Enumerable.Range(0, blocks.Length).All(i => (!kept[0][i] || kept[1][i]) && (!kept[1][i] || kept[2][i]));
        });

    [Theory, InlineData(0, 0.5), InlineData(1024, 0.731058), InlineData(-3000, 0.050718), InlineData(1 << 30, 1), InlineData(-(1 << 30), 0)]
    public void Probabilities_are_logistic(int logit, double expected) => Assert.Equal(expected, BlockChoice.Probability(logit), 0.001);
}
