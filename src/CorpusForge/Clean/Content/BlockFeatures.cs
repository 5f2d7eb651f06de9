using System.Buffers;
using System.Diagnostics;

namespace CorpusForge.Clean.Content;

/// <summary>Measures the blocks of a page for the <see cref="ContentModel"/>, some hundred at a time: a row a feature, a column a block.</summary>
/// <remarks>Shares run from 0 to 1, the rest are counts and lengths: trees ask only whether a value is above another. No feature depends on the language of the text.</remarks>
internal sealed class BlockFeatures : IDisposable
{
    /// <summary>So many blocks are read of a row at a time.</summary>
    public const int Step = 32;

    /// <summary>So many blocks are measured at a time; rows start so that a column is spread over the cache.</summary>
    public const int Chunk = 16 * Step;

    private const int Stride = Chunk + 16;

    private const int MinGroup = 3, Containers = 4, LongBlock = 80, Far = 99;

    /// <summary>The rows, in the order in which they are filled.</summary>
    public static List<string> Names => s_names;

    private static readonly List<string> s_names =
    [
        .. "chars free link words wordLength capitals role innerRole level titleShare descriptionShare minScore copies earlier seen terms termSum minTerm maxTerm".Split(' '),
        .. "charsBefore proseBefore index indexEnd fromTitle charsFromTitle blocksSinceProse sinceHeading charsSinceHeading headingLevel headingScore headingLink headingPath headingTerms headingTermSum sectionTerms sectionScore sectionBlocks sectionLevel".Split(' '),
        .. "pathSum pathMin pathMax near second depth inBoilerplate".Split(' '),
        .. "previousLink previousRole previousNear previousSum previousLast nextLink nextRole nextNear nextSum next3Link around10Chars around10Link".Split(' '),
        .. Enumerable.Range(1, Containers).SelectMany(i => "Blocks Mean Links Prose OfPage OfProse Near Place Terms".Split(' ').Select(n => $"up{i}{n}")),
        .. "groups nearGroupCount nearGroupItem nearGroupBlocks nearGroupOfPage bigGroupCount bigGroupItem bigGroupBlocks bigGroupLinks bigGroupProse bigGroupOfPage bigGroupTerms".Split(' '),
        .. "bodyUp bodyDown bodySide bodyShare bodyProse bodyChars bodyDistance bodyCommon inRuleRoot cutByRule".Split(' '),
        .. PageRow.Names.Split(' '),
    ];

    private readonly PageTree _tree;
    private readonly PageBlock[] _blocks;
    private readonly PageOutline _outline;
    private readonly ContentRules _rules;
    private readonly bool[] _cut;
    private readonly PageRow _page;
    private readonly Dictionary<uint, int> _copies, _earlier;
    private readonly float[] _values = ArrayPool<float>.Shared.Rent(Stride * s_names.Count);
    private int _row, _column, _heading = -1, _prose = -1, _section = -1;

    private BlockFeatures(PageTree tree, PageBlock[] blocks, PageOutline outline, PageFacts facts, ContentRules rules)
    {
        (_tree, _blocks, _outline, _rules) = (tree, blocks, outline, rules);
        (_cut, _page) = (Spread(rules.Cut), new PageRow(tree, blocks, outline, facts));
        (_copies, _earlier) = (new(blocks.Length), new(blocks.Length));
        foreach (ref readonly var block in blocks.AsSpan())
            _copies[block.Hash] = _copies.GetValueOrDefault(block.Hash) + 1;
        for (var i = 0; i < _page.Values.Length; i++)
            _values.AsSpan((s_names.Count - _page.Values.Length + i) * Stride, Chunk).Fill((float)_page.Values[i]);
    }

    public static BlockFeatures Of(PageTree tree, PageBlock[] blocks, PageFacts facts, ContentRules rules, ContentModel model) =>
        new(tree, blocks, PageOutline.Of(tree, blocks, model), facts, rules);

    public void Dispose()
    {
        ArrayPool<float>.Shared.Return(_values);
        _outline.Dispose();
    }

    /// <summary>The blocks that are measured now: the first one, and how many.</summary>
    public int First { get; private set; }

    public int Length { get; private set; }

    /// <summary>A measure of the blocks; what follows them can be read and means nothing.</summary>
    public ReadOnlySpan<float> Row(int feature) => _values.AsSpan(feature * Stride, Chunk);

    /// <summary>Measures the next blocks; false after the last one.</summary>
    public bool Next()
    {
        First += Length;
        Length = Math.Min(Chunk, _blocks.Length - First);
        for (_column = First; _column < First + Length; _column++)
        {
            _row = 0;
            ref readonly var block = ref _blocks[_column];
            var earlier = _earlier.GetValueOrDefault(block.Hash);
            _earlier[block.Hash] = earlier + 1;
            Own(block, _copies[block.Hash], earlier);
            Place(_heading, _prose, _section);
            Path(block);
            Neighbours();
            InContainers(block);
            InGroups(block);
            InBody(block);
            Add(block.First >= _rules.Root && block.First < _tree.Nodes[_rules.Root].End ? 1 : 0);
            Add(_cut[block.First] ? 1 : 0);
            Debug.Assert(_row + _page.Values.Length == s_names.Count, "every row has a name");
            var level = _outline.Level(block.Node);
            if (level > 0)
                _heading = _column;
            if (level is 1 or 2)
                _section = _column;
            if (block.IsProse && block.Chars >= LongBlock)
                _prose = _column;
        }
        return Length > 0;
    }

    private bool[] Spread(bool[] cut)
    {
        var inside = new bool[cut.Length];
        for (var i = 0; i < cut.Length; i++)
            if (cut[i] && !inside[i])
                inside.AsSpan(i, _tree.Nodes[i].End - i).Fill(true);
        return inside;
    }

    private void Add(double value) => _values[_row++ * Stride + _column - First] = (float)value;

    private void Own(in PageBlock block, int copies, int earlier)
    {
        Add(block.Chars);
        Add(block.Free);
        Add(Share(block.LinkChars, block.Chars));
        Add(block.Words);
        Add(Share(block.Chars, block.Words));
        Add(Share(block.Capitals, block.Words));
        Add((int)_tree.Nodes[block.Node].Role);
        Add((int)_tree.Nodes[_tree.Nodes[block.First].Parent].Role);
        Add(_outline.Level(block.Node));
        Add(Share(block.TitleWords, block.Words));
        Add(Share(block.DescriptionWords, block.Words));
        Add(block.MinScore);
        Add(copies);
        Add(earlier);
        Add(Share(block.Seen, block.Words));
        Add(Share(block.Terms, block.Words));
        Add(block.Terms);
        Add(block.MinTerm);
        Add(block.MaxTerm);
    }

    /// <summary>Where on the page, and how far from its title, the last heading and the last running text.</summary>
    private void Place(int heading, int prose, int section)
    {
        var (i, title, sums) = (_column, _outline.Title, _outline.Sums);
        Add(Share(sums[i].Chars, _outline.All.Chars));
        Add(Share(sums[i].Prose, _outline.All.Prose));
        Add(i);
        Add(_blocks.Length - 1 - i);
        Add(title < 0 ? -Far : i - title);
        Add(title < 0 ? -Far : sums[i].Chars - sums[title].Chars);
        Add(prose < 0 ? Far : (i - prose));
        Add(heading < 0 ? Far : (i - heading));
        Add(heading < 0 ? Far : (sums[i].Chars - sums[heading].Chars));
        Add(heading < 0 ? 0 : _outline.Level(_blocks[heading].Node));
        Add(heading < 0 ? 0 : _blocks[heading].MinScore);
        Add(heading < 0 ? 0 : Share(_blocks[heading].LinkChars, _blocks[heading].Chars));
        Add(heading < 0 ? 0 : _outline.Facts[_blocks[heading].Node].Sum);
        Add(heading < 0 ? 0 : Share(_blocks[heading].Terms, _blocks[heading].Words));
        Add(heading < 0 ? 0 : _blocks[heading].Terms);
        Add(section < 0 ? 0 : Share(_blocks[section].Terms, _blocks[section].Words));
        Add(section < 0 ? 0 : _blocks[section].MinScore);
        Add(section < 0 ? -1 : i - section);
        Add(section < 0 ? 0 : _outline.Level(_blocks[section].Node));
    }

    private void Path(in PageBlock block)
    {
        ref readonly var inner = ref _outline.Facts[_tree.Nodes[block.First].Parent];
        Add(inner.Sum);
        Add(inner.Min);
        Add(inner.Max);
        Add(inner.Near);
        Add(inner.Second);
        Add(_outline.Facts[block.Node].Depth);
        Add((_outline.Facts[block.Node].Hints & Hints.Boilerplate) != 0 ? 1 : 0);
    }

    private void Neighbours()
    {
        var i = _column;
        Neighbour(i - 1);
        Add(i == 0 ? -1 : Last(_blocks[i - 1].LastChar));
        Neighbour(i + 1);
        Add(LinksOf(i + 1, i + 4));
        var (from, to) = (Math.Max(0, i - 10), Math.Min(_blocks.Length, i + 11));
        Add((double)(_outline.Sums[to].Chars - _outline.Sums[from].Chars) / (to - from));
        Add(LinksOf(from, to));
    }

    private void Neighbour(int i)
    {
        var none = i < 0 || i >= _blocks.Length;
        Add(none ? -1 : Share(_blocks[i].LinkChars, _blocks[i].Chars));
        Add(none ? -1 : (int)_tree.Nodes[_blocks[i].Node].Role);
        Add(none ? 0 : _outline.Facts[_blocks[i].Node].Near);
        Add(none ? 0 : _outline.Facts[_blocks[i].Node].Sum);
    }

    private double LinksOf(int from, int to)
    {
        to = Math.Min(to, _blocks.Length);
        if (from >= to)
            return -1;
        var (s, e) = (_outline.Sums[from], _outline.Sums[to]);
        return Share(e.LinkChars - s.LinkChars, e.Chars - s.Chars);
    }

    /// <summary>The ancestors, each with more blocks than the one before.</summary>
    private void InContainers(in PageBlock block)
    {
        var (node, size, all) = (block.Node, 1, _outline.All);
        for (var level = 0; level < Containers; level++)
        {
            while (node > 0 && _outline.Facts[node].Blocks <= size)
                node = _tree.Nodes[node].Parent;
            ref readonly var facts = ref _outline.Facts[node];
            size = facts.Blocks;
            var sum = _outline.Sum(node);
            Add(size);
            Add(Share(sum.Chars, size));
            Add(Share(sum.LinkChars, sum.Chars));
            Add(Share(sum.Prose, sum.Chars));
            Add(Share(sum.Chars, all.Chars));
            Add(Share(sum.Prose, all.Prose));
            Add(facts.Near);
            Add(Share(_column - facts.FirstBlock, size));
            Add(Share(sum.Terms, sum.Words));
        }
    }

    /// <summary>Groups of siblings of one shape that the block is in: the nearest, and the one with most text.</summary>
    private void InGroups(in PageBlock block)
    {
        PageOutline.Group near = default, big = default;
        var groups = 0;
        for (var node = block.Node; node > 0; node = _tree.Nodes[node].Parent)
        {
            var group = _outline.Groups[_outline.Facts[node].Group];
            if (group.Count < MinGroup)
                continue;
            if (groups++ == 0)
                near = group;
            if (group.Chars > big.Chars)
                big = group;
        }
        var all = _outline.All.Chars;
        Add(groups);
        Add(near.Count);
        Add(Share(near.Chars, near.Count));
        Add(Share(near.Blocks, near.Count));
        Add(Share(near.Chars, all));
        Add(big.Count);
        Add(Share(big.Chars, big.Count));
        Add(Share(big.Blocks, big.Count));
        Add(Share(big.LinkChars, big.Chars));
        Add(Share(big.Prose, big.Chars));
        Add(Share(big.Chars, all));
        Add(Share(big.Terms, big.Words));
    }

    /// <summary>Where the block stands to the node that most running text stands in.</summary>
    private void InBody(in PageBlock block)
    {
        var nodes = _tree.Nodes;
        var body = _outline.Body;
        var (common, up) = (block.Node, 0);
        while (common > 0 && (common > body || nodes[common].End <= body))
            (common, up) = (nodes[common].Parent, up + 1);
        var (start, end) = (_outline.Facts[body].FirstBlock, _outline.Facts[body].EndBlock);
        var (sums, all) = (_outline.Sums, _outline.All);
        var side = block.First < body ? -1 : block.First >= nodes[body].End ? 1 : 0;
        Add(up);
        Add(_outline.Facts[body].Depth - _outline.Facts[common].Depth);
        Add(side);
        Add(Share(_outline.BodyProse, all.Prose));
        Add(_outline.BodyProse);
        Add(Share(sums[end].Chars - sums[start].Chars, all.Chars));
        Add(side < 0 ? -(sums[start].Chars - sums[_column].Chars) : side > 0 ? (sums[_column].Chars - sums[end].Chars) : 0);
        Add(Share(_outline.Sum(common).Prose, all.Prose));
    }

    internal static double Share(double part, double whole) => whole <= 0 ? 0 : part / whole;

    private static int Last(char c) => c switch
    {
        '.' or '。' => 1,
        '!' or '?' or '！' or '？' or '؟' or '।' => 2,
        ':' or '：' => 3,
        ',' or ';' or '،' => 4,
        '…' or '»' or '›' or '→' or '>' => 5,
        ')' or ']' or '"' or '”' => 6,
        _ when char.IsDigit(c) => 7,
        _ => 0,
    };
}
