using CorpusForge.Clean.Html;

namespace CorpusForge.Clean.Content;

/// <summary>What is known of the elements of a page before its blocks are judged one by one.</summary>
internal sealed class PageOutline
{
    /// <summary>Sums over the blocks up to one.</summary>
    public readonly record struct Total(int Chars, int LinkChars, int Prose);

    /// <summary>Siblings of one shape: the cards of a list, the posts of a thread.</summary>
    public readonly record struct Group(int Count, int Chars, int LinkChars, int Prose, int Blocks);

    /// <summary>Of one element: the scores of the words on the path to it, the hints on it, and its blocks.</summary>
    public struct NodeFacts
    {
        public float Sum, Min, Max, Near, Second;
        public Hints Hints;
        public int FirstBlock, EndBlock, Group, Depth;

        public readonly int Blocks => EndBlock - FirstBlock;
    }

    private const int MaxWords = 24;
    private const float MaxOwn = 4, MinNear = 0.2f;

    private readonly PageTree _tree;
    private readonly PageBlock[] _blocks;

    private PageOutline(PageTree tree, PageBlock[] blocks)
    {
        (_tree, _blocks) = (tree, blocks);
        Facts = new NodeFacts[tree.Count];
        Sums = new Total[blocks.Length + 1];
    }

    public NodeFacts[] Facts { get; }

    public Total[] Sums { get; }

    public List<Group> Groups { get; } = [default];

    /// <summary>The block of the main heading; -1 when there is none.</summary>
    public int Title { get; private set; }

    /// <summary>The node whose children are most of the running text, a grandchild counting half, and how much that is.</summary>
    public int Body { get; private set; }

    public int BodyProse { get; private set; }

    public static PageOutline Of(PageTree tree, PageBlock[] blocks, ContentModel model)
    {
        var outline = new PageOutline(tree, blocks);
        outline.SumBlocks();
        outline.FollowPaths(model);
        outline.FindGroups();
        outline.FindBody();
        outline.Title = outline.FindTitle();
        return outline;
    }

    public Total Sum(int node)
    {
        var (s, e) = (Sums[Facts[node].FirstBlock], Sums[Facts[node].EndBlock]);
        return new(e.Chars - s.Chars, e.LinkChars - s.LinkChars, e.Prose - s.Prose);
    }

    /// <summary>The level of the heading that a node is or stands in, 0 for none.</summary>
    public int Level(int node)
    {
        for (var i = 0; i < 3 && node >= 0; i++, node = _tree.Nodes[node].Parent)
            if (_tree.Nodes[node].Role == Role.Heading)
                return _tree.Nodes[node].Tag - Tag.H1 + 1;
        return 0;
    }

    private void SumBlocks()
    {
        for (var i = 0; i < _blocks.Length; i++)
        {
            ref readonly var b = ref _blocks[i];
            Sums[i + 1] = new(Sums[i].Chars + b.Chars, Sums[i].LinkChars + b.LinkChars, Sums[i].Prose + (b.IsProse ? b.Free : 0));
        }
    }

    private void FollowPaths(ContentModel model)
    {
        var nodes = _tree.Nodes;
        foreach (var (node, hint, _) in _tree.Marks)
            Facts[node].Hints |= hint;
        var first = MainContent.FirstBlocks(_tree, _blocks);
        Span<uint> buffer = stackalloc uint[MaxWords];
        for (var i = 0; i < nodes.Length; i++)
        {
            ref readonly var node = ref nodes[i];
            if (node.Role == Role.Text)
                continue;
            ref var facts = ref Facts[i];
            (facts.FirstBlock, facts.EndBlock) = (first[i], first[node.End]);
            facts.Hints |= node.Hints;
            if (i == 0)
                continue;
            ref readonly var parent = ref Facts[node.Parent];
            facts.Hints |= parent.Hints;
            facts.Depth = parent.Depth + 1;
            (facts.Min, facts.Max) = (parent.Min, parent.Max);
            var own = 0f;
            var words = new WordHash(buffer);
            words.Add(_tree, node);
            foreach (var word in words.Words)
            {
                var score = model.Score(word);
                own += score;
                (facts.Min, facts.Max) = (Math.Min(facts.Min, score), Math.Max(facts.Max, score));
            }
            own = Math.Clamp(own, -MaxOwn, MaxOwn);
            facts.Sum = parent.Sum + own;
            (facts.Near, facts.Second) = Math.Abs(own) > MinNear ? (own, parent.Near) : (parent.Near, parent.Second);
        }
    }

    private void FindGroups()
    {
        var nodes = _tree.Nodes;
        var known = new Dictionary<long, int>();
        for (var i = 1; i < nodes.Length; i++)
        {
            ref readonly var node = ref nodes[i];
            if (node.Role is Role.Text or Role.Break || node.Chars == 0)
                continue;
            var key = ((long)node.Parent << 32) | WordHash.Shape(_tree, node);
            if (!known.TryGetValue(key, out var index))
            {
                known[key] = index = Groups.Count;
                Groups.Add(default);
            }
            Facts[i].Group = index;
            var group = Groups[index];
            Groups[index] = new(group.Count + 1, group.Chars + node.Chars, group.LinkChars + node.LinkChars, group.Prose + Sum(i).Prose, group.Blocks + Facts[i].Blocks);
        }
    }

    private void FindBody()
    {
        var nodes = _tree.Nodes;
        var prose = new int[nodes.Length];
        foreach (ref readonly var block in _blocks.AsSpan())
        {
            if (!block.IsProse || (Facts[block.Node].Hints & (Hints.Hidden | Hints.Comments | Hints.Dialog)) != 0)
                continue;
            var parent = Math.Max(0, nodes[block.Node].Parent);
            prose[parent] += block.Free;
            if (parent > 0)
                prose[nodes[parent].Parent] += block.Free / 2;
        }
        for (var i = 1; i < prose.Length; i++)
            if (prose[i] > prose[Body])
                Body = i;
        BodyProse = prose[Body];
    }

    private int FindTitle()
    {
        var (second, first) = (-1, -1);
        for (var i = 0; i < _blocks.Length; i++)
        {
            ref readonly var block = ref _blocks[i];
            var level = Level(block.Node);
            if (level == 1 && block.TitleWords * 2 >= block.Words)
                return i;
            if (second < 0 && level is 1 or 2 && block.TitleWords >= block.Words * 0.8)
                second = i;
            if (first < 0 && level == 1)
                first = i;
        }
        return second >= 0 ? second : first;
    }
}
