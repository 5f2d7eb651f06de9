namespace CorpusForge.Clean.Html;

internal enum Space : byte
{
    Html,
    Svg,
    Math,
}

/// <summary>An element or a text, linked to its parent and neighbours by their indices; 0, the document, is none.</summary>
internal struct DomNode
{
    public Tag Tag;
    public Space Space;
    public bool IsText;
    public int Parent, First, Last, Next, Previous;

    /// <summary>The text, or the name of an element.</summary>
    public TextSlice Slice;

    public AttributeRange Attributes;
}

/// <summary>The tree of a page while it is built, in one array that is used again for the next page.</summary>
internal sealed class PageDom(PageSource source)
{
    private const int MaxKept = 1 << 18;

    private DomNode[] _nodes = new DomNode[1024];
    private int _copied;

    public int Count { get; private set; } = 1;

    public ref DomNode this[int node] => ref _nodes[node];

    public void Clear()
    {
        if (_nodes.Length > MaxKept)
            _nodes = new DomNode[1024];
        _nodes[0] = default;
        (Count, _copied) = (1, 0);
    }

    public int Add(in DomNode node)
    {
        if (Count == _nodes.Length)
            Array.Resize(ref _nodes, Count * 2);
        _nodes[Count] = node;
        return Count++;
    }

    /// <summary>Puts a node without a parent in front of another one, or, where that is 0, after the last child.</summary>
    public void Insert(int node, int parent, int before)
    {
        ref var own = ref _nodes[node];
        own.Parent = parent;
        own.Next = before;
        own.Previous = before == 0 ? _nodes[parent].Last : _nodes[before].Previous;
        (own.Previous == 0 ? ref _nodes[parent].First : ref _nodes[own.Previous].Next) = node;
        (before == 0 ? ref _nodes[parent].Last : ref _nodes[before].Previous) = node;
    }

    public void Remove(int node)
    {
        ref var own = ref _nodes[node];
        if (own.Parent == 0 && _nodes[0].First != node)
            return;
        (own.Previous == 0 ? ref _nodes[own.Parent].First : ref _nodes[own.Previous].Next) = own.Next;
        (own.Next == 0 ? ref _nodes[own.Parent].Last : ref _nodes[own.Next].Previous) = own.Previous;
        (own.Parent, own.Next, own.Previous) = (0, 0, 0);
    }

    /// <summary>Moves all children of a node into another one; returns how many.</summary>
    public int MoveChildren(int from, int to)
    {
        var moved = 0;
        for (var child = _nodes[from].First; child != 0; child = _nodes[child].Next, moved++)
            _nodes[child].Parent = to;
        if (moved == 0)
            return 0;
        var last = _nodes[to].Last;
        (last == 0 ? ref _nodes[to].First : ref _nodes[last].Next) = _nodes[from].First;
        _nodes[_nodes[from].First].Previous = last;
        _nodes[to].Last = _nodes[from].Last;
        (_nodes[from].First, _nodes[from].Last) = (0, 0);
        return moved;
    }

    /// <summary>Adds text, to the text that stands there already as far as that does not copy more than the page is long.</summary>
    public void InsertText(TextSlice text, int parent, int before)
    {
        var neighbour = before == 0 ? _nodes[parent].Last : _nodes[before].Previous;
        if (neighbour != 0 && _nodes[neighbour].IsText && (source.IsLastDecoded(_nodes[neighbour].Slice) || (_copied += _nodes[neighbour].Slice.Length) <= source.Length))
            _nodes[neighbour].Slice = source.Join(_nodes[neighbour].Slice, text);
        else
            Insert(Add(new DomNode { IsText = true, Slice = text }), parent, before);
    }
}
