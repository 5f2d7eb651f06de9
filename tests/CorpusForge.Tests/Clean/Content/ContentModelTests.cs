using System.Text;
using CorpusForge.Clean;
using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class ContentModelTests
{
    static readonly (int, float)[] s_questions = [(0, 120), (5, 0.035f), (2, 0), (3, 4)];

    static ContentModel Model() => new(new Dictionary<string, sbyte> { ["story"] = 20, ["<nav"] = -30 }, 2, -100, s_questions, [1, 2, 4, 8, 100, 200, 400, -800]);

    static void Features(Action<BlockFeatures, PageBlock[]> use)
    {
        var (html, _) = MarkedPages.Page(7);
        new ExtractHtml().Read(new RawDocument { Source = "s", Locator = "1", MediaType = "text/html", Bytes = Encoding.UTF8.GetBytes(html) }, (tree, facts) =>
        {
            var blocks = PageBlocks.Of(tree, facts, Model());
            use(BlockFeatures.Of(tree, blocks, facts, ContentRules.Of(tree, ExtractionMode.Balanced, false), Model()), blocks);
        });
    }

    [Fact]
    public void A_model_reads_as_it_was_written()
    {
        var bytes = Model().Write();
        var read = ContentModel.Read(bytes);
        Assert.Equal(bytes, read.Write());
        Assert.Equal((2, 1.25f, -1.875f), (read.Trees, read.Score(WordHash.Of("Story")), read.Score(WordHash.OfNamed("<nav"))));
        Assert.Equal(0, read.Score(WordHash.Of("nav")));
    }

    [Fact]
    public void Damaged_models_are_refused()
    {
        var bytes = Model().Write();
        Assert.Throws<InvalidDataException>(() => ContentModel.Read(bytes[..^1]));
        Assert.Throws<InvalidDataException>(() => ContentModel.Read([.. "CFCM"u8, 9]));
        var other = bytes.ToArray();
        other[8] ^= 1;
        Assert.Contains("another version", Assert.Throws<InvalidDataException>(() => ContentModel.Read(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_blocks_at_once_score_as_one_by_one() => Features((features, blocks) =>
    {
        Assert.True(blocks.Length > 16 && blocks.Length % 8 != 0);
        var scores = new int[blocks.Length];
        Model().Score(features, scores);
        Assert.Equal(Enumerable.Range(0, blocks.Length).Select(Scalar), scores);
        Assert.True(scores.Distinct().Count() > 2);

        int Scalar(int block)
        {
            bool Above(int question) => features.Row(s_questions[question].Item1)[block] > s_questions[question].Item2;
            short[] leaves = [1, 2, 4, 8, 100, 200, 400, -800];
            return -100 + leaves[(Above(0) ? 1 : 0) + (Above(1) ? 2 : 0)] + leaves[4 + (Above(2) ? 1 : 0) + (Above(3) ? 2 : 0)];
        }
    });

    [Fact]
    public void Names_of_features_are_unique() => Assert.Equal(BlockFeatures.Names.Count, BlockFeatures.Names.Distinct().Count());

    // Stages know a step by its version: whoever trains the model again raises it.
    [Fact]
    public void Another_model_is_another_version_of_the_step() =>
        Assert.Equal((3, "d9087a6dd44c5ac136ca050d6771a84243e2a43d866f181073ee530c3a91d739"), (new ExtractHtml().Version, ContentModel.Embedded.Digest));

    [Fact]
    public void The_model_of_the_library_is_whole()
    {
        Assert.True(ContentModel.Embedded.Trees > 100);
        Assert.True(ContentModel.Embedded.Score(WordHash.Of("sidebar")) < 0);
        Assert.True(ContentModel.Embedded.Score(WordHash.Of("article")) > 0);
    }
}
