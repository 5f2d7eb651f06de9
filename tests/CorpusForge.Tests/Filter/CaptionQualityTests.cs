using CorpusForge.Filter;
using Xunit;
using static CorpusForge.Tests.Filter.Texts;

namespace CorpusForge.Tests.Filter;

public class CaptionQualityTests
{
    public static TheoryData<string, string?> Judged => new()
    {
        { "A grey heron at the weir", null },
        { "Tower of the mill, 1904", null },
        { "Image of a grey heron", null },
        { "", "too-few-words" },
        { "Grey heron", "too-few-words" },
        { "a b c", "too-short" },
        { string.Join(' ', Words(1001)), "too-many-words" },
        { "heron heron heron heron heron", "repeated-words" },
        { "IMG_1234.jpg", "file-name" },
        { "grey heron at the weir.PNG", "file-name" },
        { "IMG_1234", "placeholder" },
        { "untitled", "placeholder" },
        { "Image (12)", "placeholder" },
        { "DSC 00417", "placeholder" },
        { " no description ", "placeholder" },
    };

    [Theory, MemberData(nameof(Judged))]
    public void Judges_the_caption(string caption, string? rule) => Assert.Equal(rule, Judge(caption, 640, 480).Rule);

    [Theory]
    [InlineData(200, 600, null)]
    [InlineData(600, 200, null)]
    [InlineData(199, 400, "image-too-small")]
    [InlineData(400, 199, "image-too-small")]
    [InlineData(200, 601, "image-too-narrow")]
    [InlineData(0, 0, "image-too-small")]
    public void Judges_the_image(int width, int height, string? rule) =>
        Assert.Equal(rule, Judge("A grey heron at the weir", width, height).Rule);

    [Fact]
    public void An_image_of_unknown_size_is_too_small() =>
        Assert.Equal("image-too-small", new CaptionQuality().Judge(View("A grey heron at the weir", Kind.Caption)).Rule);

    private static Verdict Judge(string caption, int width, int height) => new CaptionQuality().Judge(View(Document(caption, Kind.Caption) with
    {
        Image = new Image { Sha256 = "", MediaType = "image/png", Width = width, Height = height },
    }));
}
