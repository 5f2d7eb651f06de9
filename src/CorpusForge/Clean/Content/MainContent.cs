using CorpusForge.Clean.Html;

namespace CorpusForge.Clean.Content;

/// <summary>The main content of a page: below which node it lies and what is cut off there.</summary>
/// <remarks>
/// <para>A model gives every block of text a probability of being content, and those blocks are kept that together promise the
/// best F score. Its optimum is where the least probability kept is half of it (Lipton et al. 2014, arXiv:1402.1892), so a page on which nothing is
/// sure keeps more than one on which the content stands out, and no page is lost as a whole. The modes weigh precision against recall in that score;
/// what a stricter mode keeps, a laxer one keeps, too.</para>
/// <para>On pages of a few lines the <see cref="ContentRules"/> decide, whose decisions the model is told on all others.</para>
/// </remarks>
internal sealed class MainContent
{
    /// <summary>Smaller pages have nothing to compare.</summary>
    private const int MinChars = 600, MinBlocks = 8;

    /// <summary>In characters: what is said to readers without scripts is no notice when it is longer.</summary>
    private const int MaxNotice = 200;

    private readonly bool[] _cut;

    private MainContent(int root, bool[] cut) => (Root, _cut) = (root, cut);

    public int Root { get; }

    public bool IsCut(int node) => _cut[node];

    public static MainContent Of(PageTree tree, PageFacts facts, ExtractionMode mode, bool comments, ContentModel model)
    {
        if (tree.Nodes[0].Chars < MinChars)
            return Ruled(tree, mode, facts.Forum || comments);
        var blocks = PageBlocks.Of(tree, facts, model);
        if (blocks.Length < MinBlocks)
            return Ruled(tree, mode, facts.Forum || comments);
        var rules = ContentRules.Of(tree, ExtractionMode.Balanced, facts.Forum);
        using var features = BlockFeatures.Of(tree, blocks, facts, rules, model);
        var logits = new int[blocks.Length];
        model.Score(features, logits);
        var kept = BlockChoice.Of(blocks, logits, mode);
        if (comments)
            KeepComments(tree, blocks, kept);
        return Chosen(tree, blocks, kept, rules);
    }

    private static MainContent Ruled(PageTree tree, ExtractionMode mode, bool comments)
    {
        var rules = ContentRules.Of(tree, mode, comments);
        rules.Cut[0] = tree.Nodes[0].Chars <= MaxNotice && IsNotice(tree);
        return new MainContent(rules.Root, rules.Cut);
    }

    /// <summary>Whether the page says nothing but what it says to readers without scripts.</summary>
    private static bool IsNotice(PageTree tree)
    {
        var chars = 0;
        for (var i = 1; i < tree.Count; i++)
            if (tree.Nodes[i].Tag == Tag.Noscript)
            {
                chars += tree.Nodes[i].Chars;
                i = tree.Nodes[i].End - 1;
            }
        return chars == tree.Nodes[0].Chars;
    }

    /// <summary>Keeps the running text of regions that call themselves comments.</summary>
    private static void KeepComments(PageTree tree, PageBlock[] blocks, bool[] kept)
    {
        var regions = tree.Marks.Where(m => m.Hint == Hints.Comments).Select(m => (Start: m.Node, tree.Nodes[m.Node].End)).ToList();
        var (region, end) = (0, -1);
        for (var i = 0; i < blocks.Length; i++)
        {
            for (; region < regions.Count && regions[region].Start <= blocks[i].First; region++)
                end = Math.Max(end, regions[region].End);
            kept[i] |= blocks[i].First < end && blocks[i].LinkChars <= blocks[i].Chars / 2 && (blocks[i].IsProse || blocks[i].Stops > 0);
        }
    }

    /// <summary>Cuts what holds no kept block; what has no text, such as an image, goes with the blocks around it.</summary>
    private static MainContent Chosen(PageTree tree, PageBlock[] blocks, bool[] kept, ContentRules rules)
    {
        var nodes = tree.Nodes;
        var cut = new bool[nodes.Length];
        var keptBefore = new int[blocks.Length + 1];
        for (var b = 0; b < blocks.Length; b++)
            keptBefore[b + 1] = keptBefore[b] + (kept[b] ? 1 : 0);
        var firstBlock = FirstBlocks(tree, blocks);
        var touched = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            ref readonly var node = ref nodes[i];
            while (touched < blocks.Length && blocks[touched].End <= i)
                touched++;
            var end = Math.Max(touched, firstBlock[node.End]);
            var keep = node.Chars > 0
                ? keptBefore[end] > keptBefore[touched]
                : !rules.IsCut(i) && (touched == 0 || kept[touched - 1]) && (touched == blocks.Length || kept[touched]);
            if (keep)
                continue;
            cut[i] = true;
            i = node.End - 1;
        }
        return new MainContent(Common(tree, blocks, kept), cut);
    }

    /// <summary>By node, and for the end: the first block that begins there or later.</summary>
    internal static int[] FirstBlocks(PageTree tree, PageBlock[] blocks)
    {
        var first = new int[tree.Count + 1];
        var block = 0;
        for (var i = 0; i < tree.Count; i++)
        {
            while (block < blocks.Length && blocks[block].First < i)
                block++;
            first[i] = block;
        }
        first[^1] = blocks.Length;
        return first;
    }

    /// <summary>The deepest node that holds all that is kept.</summary>
    private static int Common(PageTree tree, PageBlock[] blocks, bool[] kept)
    {
        var nodes = tree.Nodes;
        var (first, last) = (Array.IndexOf(kept, true), Array.LastIndexOf(kept, true));
        if (first < 0)
            return 0;
        var root = blocks[first].Node;
        while (root > 0 && nodes[root].End < blocks[last].End)
            root = nodes[root].Parent;
        return root;
    }
}
