using System.Text;
using CorpusForge.Clean;
using CorpusForge.Clean.Content;
using Xunit;

namespace CorpusForge.Tests.Clean.Content;

public class ContentModelTests
{
    static readonly (int, float)[] s_questions = [(0, 120), (5, 0.035f), (2, 0), (3, 4), (13, 0.5f), (0, 200), (8, 0), (17, 0)];

    static ContentModel Model(int depth = 2)
    {
        var trees = s_questions.Length / depth;
        return new(
            new(new(new Dictionary<string, sbyte> { ["story"] = 20, ["<nav"] = -30 }), new(new Dictionary<string, sbyte> { ["été"] = 7 })), depth, -100, s_questions[..(trees * depth)],
            [.. Enumerable.Range(0, trees << depth).Select(i => (short)(i * i * 7 - 300))]);
    }

    static void Features(int pages, Action<BlockFeatures, PageBlock[]> use)
    {
        var html = string.Concat(Enumerable.Range(7, pages).Select(i => MarkedPages.Page((ulong)i).Html));
        new ExtractHtml().Read(new RawDocument { Source = "s", Locator = "1", MediaType = "text/html", Bytes = Encoding.UTF8.GetBytes(html) }, (tree, facts) =>
        {
            var blocks = PageBlocks.Of(tree, facts, Model());
            using var features = BlockFeatures.Of(tree, blocks, facts, ContentRules.Of(tree, ExtractionMode.Balanced, false), Model());
            use(features, blocks);
        });
    }

    [Fact]
    public void A_model_reads_as_it_was_written()
    {
        var bytes = Model().Write();
        var read = ContentModel.Read(bytes);
        Assert.Equal(bytes, read.Write());
        Assert.Equal((4, 1.25f, -1.875f), (read.Trees, read.Names[WordHash.Of("Story")], read.Names[WordHash.OfNamed("<nav")]));
        Assert.Equal((0, 0, 0.4375f), (read.Names[WordHash.Of("nav")], read.Terms[WordHash.Of("story")], read.Terms[WordHash.Of("Été")]));
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

    [Theory, InlineData(1, 3), InlineData(2, 3), InlineData(3, 3), InlineData(4, 3), InlineData(3, 60)]
    public void Many_blocks_at_once_score_as_one_by_one(int depth, int pages)
    {
        int[] scores = [];
        Features(pages, (features, blocks) =>
        {
            Assert.True(blocks.Length % BlockFeatures.Step != 0 && blocks.Length > (pages > 3 ? 2 * BlockFeatures.Chunk : BlockFeatures.Step), $"{blocks.Length}");
            Model(depth).Score(features, scores = new int[blocks.Length]);
        });
        var expected = new List<int>();
        Features(pages, (features, _) =>
        {
            while (features.Next())
                expected.AddRange(Enumerable.Range(0, features.Length).Select(block => Scalar(features, block)));
        });
        Assert.Equal(expected, scores);
        Assert.True(scores.Distinct().Count() > 2);

        int Scalar(BlockFeatures features, int block)
        {
            var sum = -100;
            for (var tree = 0; tree < s_questions.Length / depth; tree++)
            {
                var leaf = Enumerable.Range(0, depth).Sum(level => features.Row(s_questions[tree * depth + level].Item1)[block] > s_questions[tree * depth + level].Item2 ? 1 << level : 0);
                var index = (tree << depth) + leaf;
                sum += index * index * 7 - 300;
            }
            return sum;
        }
    }

    [Fact]
    public void Names_of_features_are_unique() => Assert.Equal(BlockFeatures.Names.Count, BlockFeatures.Names.Distinct().Count());

    // Stages know a step by its version: whoever trains the model again raises it.
    [Fact]
    public void Another_model_is_another_version_of_the_step() =>
        Assert.Equal((5, "8264d2dd7cd918ceed1324a8fb8d582b97fd538ea36f571fd12c656abd67d730"), (new ExtractHtml().Version, ContentModel.Embedded.Digest));

    [Fact]
    public void The_model_of_the_library_is_whole()
    {
        Assert.True(ContentModel.Embedded.Trees > 100);
        Assert.True(ContentModel.Embedded.Names[WordHash.Of("sidebar")] < 0);
        Assert.True(ContentModel.Embedded.Names[WordHash.Of("article")] > 0);
        Assert.True(ContentModel.Embedded.Terms[WordHash.Of("subscribe")] < 0);
    }
}
