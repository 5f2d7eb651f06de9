using CorpusForge.Filter;
using Xunit;

namespace CorpusForge.Tests.Filter;

public class FastTextFilterTests
{
    [Theory]
    [InlineData("the old cat runs quickly in the garden", 0.5, 1, null)]
    [InlineData("the old engine runs quickly in the garden", 0.5, 1, "min-score")]
    [InlineData("the old cat runs quickly\n\nin the garden", 0, 0.5, "max-score")]
    public void A_text_is_judged_by_the_probability_of_the_label(string text, double least, double most, string? rule) =>
        Assert.Equal(rule, Judge(new FastTextFilter { Model = TinyModel.Path, Label = "animals", MinScore = least, MaxScore = most }, text).Rule);

    [Fact]
    public void A_score_that_fasttext_prints_above_one_is_one() =>
        Assert.True(Judge(new FastTextFilter { Model = TinyModel.Path, Label = "animals", MinScore = 0 }, "cat dog cat dog horse sparrow whale").Kept);

    [Theory, InlineData(""), InlineData("\0"), InlineData("\ud800"), InlineData("   \n")]
    public void Strange_texts_get_a_verdict(string text) =>
        Assert.True(Judge(new FastTextFilter { Model = TinyModel.Path, Label = "animals" }, text) is { Kept: true } or { Rule: "no-feature" });

    [Fact]
    public void A_label_that_the_model_lacks_and_a_model_that_is_none_are_errors_that_say_so()
    {
        Assert.Contains("has no label 'plants'; there are: ", Assert.Throws<PipelineException>(() => new FastTextFilter { Model = TinyModel.Path, Label = "plants" }.ModelDigest).Message);
        Assert.Contains("/none.bin", Assert.Throws<PipelineException>(() => new FastTextFilter { Model = "/none.bin", Label = "x" }.ModelDigest).Message);
        Assert.Contains("does not begin as a fastText model", Assert.Throws<PipelineException>(() => new FastTextFilter { Model = "/etc/passwd", Label = "x" }.ModelDigest).Message);
    }

    [Fact]
    public void The_digest_is_that_of_the_model() =>
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(TinyModel.Path))), new FastTextFilter { Model = TinyModel.Path, Label = "animals" }.ModelDigest);

    private static Verdict Judge(FastTextFilter filter, string text) => ((IFilter)filter.Open()).Judge(Texts.View(text));
}
