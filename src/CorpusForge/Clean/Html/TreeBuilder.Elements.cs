namespace CorpusForge.Clean.Html;

/// <summary>The open elements, where new ones go, and what is in scope.</summary>
internal sealed partial class TreeBuilder
{
    private Tag HtmlTag(int node) => dom[node].Space == Space.Html ? dom[node].Tag : Tag.Other;

    private bool IsOpen(Tag tag) => _openCount[(int)tag] > 0;

    private void Push(int node)
    {
        if (_depth == _maxDepth)
            throw new PageBudgetException("too-deep", _depth + 1, _maxDepth);
        if (_depth == _open.Length)
            Array.Resize(ref _open, _depth * 2);
        _open[_depth++] = node;
        if (dom[node].Space == Space.Html)
            _openCount[(int)dom[node].Tag]++;
    }

    private void Pop() => RemoveOpenAt(_depth - 1);

    private void RemoveOpenAt(int at)
    {
        var node = _open[at];
        if (dom[node].Space == Space.Html)
            _openCount[(int)dom[node].Tag]--;
        if (at < --_depth)
            Array.Copy(_open, at + 1, _open, at, _depth - at);
    }

    private void InsertOpenAt(int at, int node)
    {
        Push(node);
        Array.Copy(_open, at, _open, at + 1, _depth - 1 - at);
        _open[at] = node;
    }

    private int OpenIndex(int node)
    {
        var at = Array.LastIndexOf(_open, node, _depth - 1, _depth);
        Step((at < 0 ? _depth : _depth - at) / 8);
        return at;
    }

    /// <summary>Where a new node belongs: into the current one, or, where that is part of a table and may not hold it, before the table.</summary>
    private (int Parent, int Before) Place(int target)
    {
        if (!_foster || HtmlTag(target) is not (Tag.Table or Tag.Tbody or Tag.Tfoot or Tag.Thead or Tag.Tr))
            return (target, 0);
        for (var i = _depth - 1; i > 0; i--)
        {
            Step();
            var node = _open[i];
            var tag = HtmlTag(node);
            if (tag == Tag.Template)
                return (node, 0);
            if (tag == Tag.Table)
                return dom[node].Parent != 0 ? (dom[node].Parent, node) : (_open[i - 1], 0);
        }
        return (_open[0], 0);
    }

    /// <summary>Adds the element of the last start tag and opens it.</summary>
    private int Insert(Tag tag, Space space = Space.Html)
    {
        var node = dom.Add(new DomNode { Tag = tag, Space = space, Slice = tokens.Slice, Attributes = tokens.Attributes });
        Add(node);
        return node;
    }

    /// <summary>Adds an element that no tag of the page stands for.</summary>
    private int InsertImplied(Tag tag)
    {
        var node = dom.Add(new DomNode { Tag = tag });
        Add(node);
        return node;
    }

    private void Add(int node)
    {
        Weigh(1);
        // Whoever reads the tree may look up from every element.
        Step(_depth);
        var (parent, before) = _depth == 0 ? (0, 0) : Place(Current);
        dom.Insert(node, parent, before);
        Push(node);
    }

    private void InsertVoid(Tag tag)
    {
        Insert(tag);
        Pop();
    }

    /// <summary>Adds an element whose content is text to the end tag.</summary>
    private void InsertRaw(Tag tag, bool references = false)
    {
        var name = tokens.Slice;
        var node = Insert(tag);
        Pop();
        if (_xml && tokens.SelfClosing)
            return;
        if (tag == Tag.Textarea)
            tokens.SkipLineFeed();
        var text = tokens.RawText(name, references, tag == Tag.Script);
        if (text.Length > 0 && tag is not (Tag.Style or Tag.Noframes or Tag.Iframe or Tag.Noembed) && (tag != Tag.Script || IsJson(node)))
            dom.InsertText(text, node, 0);
    }

    private bool IsJson(int script)
    {
        foreach (ref readonly var attribute in source[dom[script].Attributes])
            if (source.NameOf(attribute).Equals("type", StringComparison.OrdinalIgnoreCase))
                return source.RawValueOf(attribute).Contains("json", StringComparison.OrdinalIgnoreCase);
        return false;
    }

    private void InsertText(TextSlice text)
    {
        if (text.Length == 0)
            return;
        Step();
        var (parent, before) = Place(Current);
        dom.InsertText(text, parent, before);
    }

    private void PopUntil(Tag tag)
    {
        while (_depth > 1)
        {
            var popped = CurrentTag;
            Pop();
            if (popped == tag)
                return;
        }
    }

    /// <summary>Whether the element is open with none of the bounds above it.</summary>
    private bool InScope(Tag tag, TagKind bounds = TagKind.Scope, Tag other = Tag.Other)
    {
        if (!IsOpen(tag))
            return false;
        for (var i = _depth - 1; i >= 0; i--)
        {
            var node = _open[i];
            if (dom[node].Space != Space.Html)
            {
                if (bounds != TagKind.TableScope && IsForeignScope(node))
                    return Step(_depth - i, false);
                continue;
            }
            if (dom[node].Tag == tag)
                return Step(_depth - i, true);
            if (Tags.Is(dom[node].Tag, bounds) || other != Tag.Other && dom[node].Tag == other)
                return Step(_depth - i, false);
        }
        return Step(_depth, false);
    }

    private bool Step(int steps, bool result)
    {
        Step(steps);
        return result;
    }

    private bool InButtonScope(Tag tag) => InScope(tag, TagKind.Scope, Tag.Button);

    private bool InTableScope(Tag tag) => InScope(tag, TagKind.TableScope);

    private void ImplyEndTags(Tag except = Tag.Other)
    {
        while (CurrentTag is var tag && tag != except && Tags.Is(tag, TagKind.Implied))
            Pop();
    }

    private void CloseParagraph()
    {
        if (!InButtonScope(Tag.P))
            return;
        ImplyEndTags(Tag.P);
        PopUntil(Tag.P);
    }

    /// <summary>Adds the attributes of a repeated `html` or `body` tag that its element does not have.</summary>
    private void Merge(int node)
    {
        var added = tokens.Attributes;
        ref var own = ref dom[node];
        if (added.Count == 0 || own.Attributes.Count + added.Count > HtmlTokens.MaxAttributes)
            return;
        var start = source.Attributes;
        for (var i = 0; i < own.Attributes.Count; i++)
            source.Add(source[own.Attributes][i]);
        // The first one of a name counts.
        for (var i = 0; i < added.Count; i++)
            source.Add(source[added][i]);
        Step(own.Attributes.Count + added.Count);
        own.Attributes = new AttributeRange(start, own.Attributes.Count + added.Count);
    }
}
