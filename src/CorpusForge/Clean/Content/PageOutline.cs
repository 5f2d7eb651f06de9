using System.Buffers;
using System.Numerics;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean.Content;

/// <summary>What is known of the elements of a page before its blocks are judged one by one.</summary>
/// <remarks>Its arrays are of the pool and may be longer than the page; they go back when it is disposed of.</remarks>
internal sealed class PageOutline : IDisposable
{
    /// <summary>Sums over the blocks up to one.</summary>
    public readonly record struct Total(int Chars, int LinkChars, int Prose, int Words, float Terms);

    /// <summary>Siblings of one shape: the cards of a list, the posts of a thread.</summary>
    public readonly record struct Group(int Count, int Chars, int LinkChars, int Prose, int Blocks, int Words, float Terms);

    /// <summary>Of one element: the scores of the words on the path to it, the hints on it, and its blocks.</summary>
    public struct NodeFacts
    {
        public float Sum, Min, Max, Near, Second;
        public Hints Hints;
        public int FirstBlock, EndBlock, Group, Depth;
        public uint Shape;

        public readonly int Blocks => EndBlock - FirstBlock;
    }

    private const int MaxWords = 24, MaxProbes = 32;
    private const float MaxOwn = 4, MinNear = 0.2f;

    private readonly PageTree _tree;
    private readonly PageBlock[] _blocks;
    private Group[] _groups = [];
    private int _groupCount;

    private PageOutline(PageTree tree, PageBlock[] blocks)
    {
        (_tree, _blocks) = (tree, blocks);
        Facts = ArrayPool<NodeFacts>.Shared.Rent(tree.Count);
        Facts.AsSpan(0, tree.Count).Clear();
        Sums = ArrayPool<Total>.Shared.Rent(blocks.Length + 1);
        Sums[0] = default;
    }

    public NodeFacts[] Facts { get; }

    public Total[] Sums { get; }

    /// <summary>The sums over all blocks.</summary>
    public Total All => Sums[_blocks.Length];

    public ReadOnlySpan<Group> Groups => _groups.AsSpan(0, _groupCount);

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

    public void Dispose()
    {
        ArrayPool<NodeFacts>.Shared.Return(Facts);
        ArrayPool<Total>.Shared.Return(Sums);
        ArrayPool<Group>.Shared.Return(_groups);
    }

    public Total Sum(int node)
    {
        var (s, e) = (Sums[Facts[node].FirstBlock], Sums[Facts[node].EndBlock]);
        return new(e.Chars - s.Chars, e.LinkChars - s.LinkChars, e.Prose - s.Prose, e.Words - s.Words, e.Terms - s.Terms);
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
            Sums[i + 1] = new(Sums[i].Chars + b.Chars, Sums[i].LinkChars + b.LinkChars, Sums[i].Prose + (b.IsProse ? b.Free : 0), Sums[i].Words + b.Words, Sums[i].Terms + b.Terms);
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
            if (node.Chars == 0 && i > 0)
            {
                // Nothing is asked about what holds no text.
                i = node.End - 1;
                continue;
            }
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
            facts.Shape = words.Add(_tree, node);
            foreach (var word in words.Words)
            {
                var score = model.Names[word];
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
        _groups = ArrayPool<Group>.Shared.Rent(nodes.Length + 1);
        _groups[0] = default;
        _groupCount = 1;
        // By parent and shape, the first node of the group; 0 is a free slot.
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)nodes.Length * 2);
        var first = ArrayPool<int>.Shared.Rent(slots);
        first.AsSpan(0, slots).Clear();
        for (var i = 1; i < nodes.Length; i++)
        {
            ref readonly var node = ref nodes[i];
            if (node.Role is Role.Text or Role.Break || node.Chars == 0)
                continue;
            ref var facts = ref Facts[i];
            var at = (int)((facts.Shape + (uint)node.Parent * 0x9E3779B9) * 0x85EBCA6B >> 8) & (slots - 1);
            for (var probes = 0; probes < MaxProbes && first[at] != 0 && (nodes[first[at]].Parent != node.Parent || Facts[first[at]].Shape != facts.Shape); probes++)
                at = (at + 1) & (slots - 1);
            if (first[at] == 0)
            {
                first[at] = i;
                _groups[_groupCount] = default;
                facts.Group = _groupCount++;
            }
            else
                facts.Group = Facts[first[at]].Group;
            var sum = Sum(i);
            ref var group = ref _groups[facts.Group];
            group = new(group.Count + 1, group.Chars + node.Chars, group.LinkChars + node.LinkChars, group.Prose + sum.Prose, group.Blocks + facts.Blocks, group.Words + sum.Words, group.Terms + sum.Terms);
        }
        ArrayPool<int>.Shared.Return(first);
    }

    private void FindBody()
    {
        var nodes = _tree.Nodes;
        var prose = ArrayPool<int>.Shared.Rent(nodes.Length);
        prose.AsSpan(0, nodes.Length).Clear();
        foreach (ref readonly var block in _blocks.AsSpan())
        {
            if (!block.IsProse || (Facts[block.Node].Hints & (Hints.Hidden | Hints.Comments | Hints.Dialog)) != 0)
                continue;
            var parent = Math.Max(0, nodes[block.Node].Parent);
            prose[parent] += block.Free;
            if (parent > 0)
                prose[nodes[parent].Parent] += block.Free / 2;
        }
        for (var i = 1; i < nodes.Length; i++)
            if (prose[i] > prose[Body])
                Body = i;
        BodyProse = prose[Body];
        ArrayPool<int>.Shared.Return(prose);
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
