using System.Buffers;

namespace CorpusForge.Clean.Content;

/// <summary>Chooses the main content of a page: what is cut off, and below which node the text is.</summary>
/// <remarks>
/// <para>No candidates are scored against each other, so that a page is never lost as a whole. First every region that names
/// itself as navigation, footer, comments and the like is cut, unless it holds too much of the page's prose to be one, or all
/// regions of that name together do: a page builder that calls every block a widget means nothing by it. Then the root is the deepest node that still holds most of the prose that is left: an article's body, the list of a forum's
/// posts, or the whole body of a service page with its many sections.</para>
/// <para>Prose is the text outside links of the blocks that are long enough to be sentences.</para>
/// </remarks>
internal sealed class ContentRules
{
    /// <summary>In characters: shorter blocks are fragments, which count less; less prose than this has no inner root.</summary>
    private const int SentenceChars = 60, MinProse = 400, MinArticleProse = 1000;

    private const double FragmentWeight = 0.3, MaxLinkShare = 0.5, MaxListLinkShare = 0.7, MinProseShare = 0.5;

    /// <summary>The share of the page's prose above which a region is not what it is called.</summary>
    private const double MaxRegionShare = 0.25, MaxWordShare = 0.5, MaxCommentsShare = 0.85, MaxHeaderShare = 0.25, MaxFormShare = 0.15, MaxHiddenShare = 0.5;

    /// <summary>The share of the prose that the root has to hold.</summary>
    private const double MinRootShare = 0.9, MinArticleShare = 0.6, MinMainShare = 0.5;

    private readonly PageTree _tree;
    private readonly ExtractionMode _mode;
    private readonly bool[] _cut;

    private ContentRules(PageTree tree, ExtractionMode mode)
    {
        _tree = tree;
        _mode = mode;
        _cut = new bool[tree.Count];
    }

    public int Root { get; private set; }

    /// <summary>Whether the page is running text, in which lists of links are not content.</summary>
    public bool Article { get; private set; }

    /// <summary>By node: whether its subtree is cut off there.</summary>
    public bool[] Cut => _cut;

    public bool IsCut(int node) => _cut[node];

    public static ContentRules Of(PageTree tree, ExtractionMode mode, bool forum)
    {
        var content = new ContentRules(tree, mode);
        content.Measure();
        var total = tree.Nodes[0].Prose;
        content.CutRegions(total, forum);
        content.Measure();
        content.ChooseRoot();
        content.Judge();
        if (mode == ExtractionMode.Precision || mode == ExtractionMode.Balanced && content.Article)
            content.CutLinkLists();
        return content;
    }

    /// <summary>Sets <see cref="PageNode.Prose"/> of everything that is not cut.</summary>
    private void Measure()
    {
        var nodes = _tree.Nodes;
        var block = ArrayPool<int>.Shared.Rent(nodes.Length);
        var own = ArrayPool<(int Chars, int Links)>.Shared.Rent(nodes.Length);
        own.AsSpan(0, nodes.Length).Clear();
        foreach (ref var node in nodes)
            node.Prose = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            ref var node = ref nodes[i];
            if (_cut[i])
            {
                i = node.End - 1;
                continue;
            }
            block[i] = node.Role is Role.Inline or Role.Link or Role.Text or Role.Break or Role.Image && node.Parent >= 0 ? block[Math.Max(0, node.Parent)] : i;
            if (node.Role == Role.Text)
                own[block[i]] = (own[block[i]].Chars + node.Chars, own[block[i]].Links + node.LinkChars);
        }
        for (var i = nodes.Length - 1; i >= 0; i--)
        {
            var (chars, links) = own[i];
            var free = chars - links;
            if (free > 0 && links <= chars * MaxLinkShare)
                nodes[i].Prose += free >= SentenceChars ? free : (int)(free * FragmentWeight);
            if (i > 0)
                nodes[nodes[i].Parent].Prose += nodes[i].Prose;
        }
        ArrayPool<int>.Shared.Return(block);
        ArrayPool<(int, int)>.Shared.Return(own);
    }

    /// <summary>Cuts the regions that name themselves as no content, as far as the name means that on this page.</summary>
    private void CutRegions(int total, bool forum)
    {
        var nodes = _tree.Nodes;
        var prose = new Dictionary<string, (int Prose, int End)>(StringComparer.Ordinal);
        foreach (var (index, _, word) in _tree.Marks)
        {
            var (sum, end) = prose.GetValueOrDefault(word);
            if (index >= end)
                prose[word] = (sum + nodes[index].Prose, nodes[index].End);
        }
        foreach (var (index, hint, word) in _tree.Marks)
            if (nodes[index].Prose <= MaxShare(hint, index, forum) * total && prose[word].Prose <= MaxSharePerWord(hint) * total)
                _cut[index] = true;
    }

    private static double MaxSharePerWord(Hints hint) => hint switch
    {
        Hints.Comments => MaxCommentsShare,
        Hints.Hidden => MaxHiddenShare,
        _ => MaxWordShare,
    };

    /// <summary>The share of the page's prose up to which a region is cut; negative is never.</summary>
    private double MaxShare(Hints hint, int index, bool forum) => hint switch
    {
        // Scripts show what is hidden at first: a page may be hidden as a whole.
        Hints.Hidden => MaxHiddenShare,
        _ when (_tree.Nodes[index].Hints & (Hints.Main | Hints.Article)) != 0 => -1,
        Hints.Header => InArticle(index) ? -1 : MaxHeaderShare,
        Hints.Comments => forum || _mode == ExtractionMode.Recall ? -1 : MaxCommentsShare,
        Hints.Form => MaxFormShare,
        _ => MaxRegionShare,
    };

    private bool InArticle(int index)
    {
        for (var i = _tree.Nodes[index].Parent; i > 0; i = _tree.Nodes[i].Parent)
            if ((_tree.Nodes[i].Hints & (Hints.Main | Hints.Article)) != 0)
                return true;
        return false;
    }

    private void ChooseRoot()
    {
        var nodes = _tree.Nodes;
        var total = nodes[0].Prose;
        Root = 0;
        if (total < MinProse || _mode == ExtractionMode.Recall)
            return;
        for (var i = 1; i < nodes.Length; i++)
        {
            ref var node = ref nodes[i];
            if (node.Role == Role.Text || _cut[i])
            {
                i = node.End - 1;
                continue;
            }
            var share = (node.Hints & Hints.Article) != 0 ? MinArticleShare : (node.Hints & Hints.Main) != 0 ? MinMainShare : MinRootShare;
            if (node.Role is Role.Block or Role.Table or Role.Cell or Role.Row or Role.List or Role.Item && node.Prose >= share * total)
                Root = i;
            else if (node.Prose < 0.5 * total)
                i = node.End - 1;
        }
    }

    private void Judge()
    {
        var root = _tree.Nodes[Root];
        Article = root.Prose >= MinArticleProse && root.Prose >= MinProseShare * root.Chars;
    }

    private void CutLinkLists()
    {
        var nodes = _tree.Nodes;
        for (var i = Root + 1; i < nodes[Root].End; i++)
        {
            ref var node = ref nodes[i];
            if (_cut[i])
            {
                i = node.End - 1;
                continue;
            }
            if (node.Role is Role.Block or Role.List or Role.Table && node.Chars > 0 && node.LinkChars > MaxListLinkShare * node.Chars)
            {
                _cut[i] = true;
                i = node.End - 1;
            }
        }
    }
}
