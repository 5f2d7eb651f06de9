namespace CorpusForge.Clean.Html;

/// <summary>Elements such as `b` and `a`, which go on in the next block when they were not closed.</summary>
internal sealed partial class TreeBuilder
{
    /// <summary>So many equal elements go on at most.</summary>
    private const int MaxEqual = 3;

    /// <summary>In characters: attributes as long as this weigh as much as an element when they are copied.</summary>
    private const int AttributeWeight = 64;

    private void InsertFormatting(Tag tag)
    {
        Reconstruct();
        var node = Insert(tag);
        var (equal, first) = (0, -1);
        for (var i = _formatting.Count - 1; i >= 0 && _formatting[i] != Marker; i--)
        {
            if (HtmlTag(_formatting[i]) != tag || !SameAttributes(_formatting[i], node))
                continue;
            equal++;
            first = i;
        }
        if (equal >= MaxEqual)
            _formatting.RemoveAt(first);
        _formatting.Add(node);
        Step(_formatting.Count / 8);
    }

    private bool SameAttributes(int one, int other)
    {
        var a = source[dom[one].Attributes];
        var b = source[dom[other].Attributes];
        if (a.Length != b.Length)
            return false;
        Step(a.Length);
        foreach (ref readonly var attribute in a)
        {
            var same = false;
            foreach (ref readonly var candidate in b)
                if (source.NameOf(attribute).Equals(source.NameOf(candidate), StringComparison.OrdinalIgnoreCase))
                {
                    same = source.RawValueOf(attribute).SequenceEqual(source.RawValueOf(candidate));
                    break;
                }
            if (!same)
                return false;
        }
        return true;
    }

    /// <summary>Opens the formatting elements again that were closed with the block around them.</summary>
    private void Reconstruct()
    {
        var last = _formatting.Count - 1;
        if (last < 0 || _formatting[last] == Marker || OpenIndex(_formatting[last]) >= 0)
            return;
        var first = last;
        while (first > 0 && _formatting[first - 1] != Marker && OpenIndex(_formatting[first - 1]) < 0)
            first--;
        for (var i = first; i <= last; i++)
        {
            var copy = Copy(_formatting[i]);
            Add(copy);
            _formatting[i] = copy;
        }
    }

    private int Copy(int node)
    {
        var length = 0;
        foreach (ref readonly var attribute in source[dom[node].Attributes])
            length += attribute.NameLength + attribute.ValueLength;
        Weigh(length / AttributeWeight);
        return dom.Add(new DomNode { Tag = dom[node].Tag, Slice = dom[node].Slice, Attributes = dom[node].Attributes });
    }

    private void ClearToMarker()
    {
        while (_formatting.Count > 0)
        {
            var last = _formatting[^1];
            _formatting.RemoveAt(_formatting.Count - 1);
            if (last == Marker)
                return;
        }
    }

    /// <summary>The index of the last formatting element of a tag since the last marker, -1 when there is none.</summary>
    private int FormattingIndex(Tag tag)
    {
        var at = _formatting.Count - 1;
        while (at >= 0 && _formatting[at] is var node && node != Marker && HtmlTag(node) != tag)
            at--;
        Step(_formatting.Count - 1 - at);
        return at >= 0 && _formatting[at] != Marker ? at : -1;
    }

    /// <summary>The adoption agency: closes a formatting element that other elements were opened in but not closed.</summary>
    private void Adopt(Tag tag)
    {
        if (CurrentTag == tag && !_formatting.Contains(Current))
        {
            Pop();
            return;
        }
        for (var round = 0; round < 8; round++)
        {
            var at = FormattingIndex(tag);
            if (at < 0)
            {
                if (round == 0)
                    AnyOtherEndTag(tag);
                return;
            }
            var formatting = _formatting[at];
            var open = OpenIndex(formatting);
            if (open < 0)
            {
                _formatting.RemoveAt(at);
                return;
            }
            if (!InScopeAt(open))
                return;
            var block = open + 1;
            while (block < _depth && !IsSpecial(_open[block]))
                block++;
            Step(block - open);
            if (block == _depth)
            {
                while (_depth > open)
                    Pop();
                _formatting.RemoveAt(at);
                return;
            }
            Adopt(at, open, block);
        }
    }

    /// <summary>One round: the furthest block leaves the formatting element, and holds a copy of it around its content.</summary>
    private void Adopt(int at, int open, int block)
    {
        var (formatting, furthest, ancestor) = (_formatting[at], _open[block], _open[open - 1]);
        var bookmark = at;
        var (node, last) = (block, furthest);
        for (var inner = 1; ; inner++)
        {
            node--;
            if (node == open)
                break;
            Step();
            var listed = _formatting.LastIndexOf(_open[node]);
            if (inner > 3 && listed >= 0)
            {
                _formatting.RemoveAt(listed);
                if (listed < bookmark)
                    bookmark--;
                listed = -1;
            }
            if (listed < 0)
            {
                RemoveOpenAt(node);
                continue;
            }
            Weigh(1);
            var copy = Copy(_open[node]);
            (_formatting[listed], _open[node]) = (copy, copy);
            if (last == furthest)
                bookmark = listed + 1;
            dom.Remove(last);
            dom.Insert(last, copy, 0);
            last = copy;
        }
        dom.Remove(last);
        var (parent, before) = Place(ancestor);
        dom.Insert(last, parent, before);

        Weigh(1);
        var around = Copy(formatting);
        Step(dom.MoveChildren(furthest, around) / 8);
        dom.Insert(around, furthest, 0);
        var listedNow = _formatting.IndexOf(formatting);
        _formatting.RemoveAt(listedNow);
        _formatting.Insert(Math.Min(bookmark > listedNow ? bookmark - 1 : bookmark, _formatting.Count), around);
        RemoveOpenAt(Array.LastIndexOf(_open, formatting, _depth - 1, _depth));
        InsertOpenAt(Array.LastIndexOf(_open, furthest, _depth - 1, _depth) + 1, around);
    }

    /// <summary>Whether no bound of a scope is above an open element.</summary>
    private bool InScopeAt(int open)
    {
        for (var i = _depth - 1; i > open; i--)
            if (dom[_open[i]].Space == Space.Html ? Tags.Is(dom[_open[i]].Tag, TagKind.Scope) : IsForeignScope(_open[i]))
                return false;
        Step(_depth - open);
        return true;
    }

    private bool IsSpecial(int node) => dom[node].Space == Space.Html ? Tags.Is(dom[node].Tag, TagKind.Special) : IsForeignScope(node);

    /// <summary>Whether an element of SVG or MathML holds HTML or bounds a scope.</summary>
    private bool IsForeignScope(int node) => dom[node].Space == Space.Svg
        ? dom[node].Tag is Tag.ForeignObject or Tag.Desc or Tag.Title
        : dom[node].Tag is Tag.Mi or Tag.Mo or Tag.Mn or Tag.Ms or Tag.Mtext or Tag.AnnotationXml;
}
