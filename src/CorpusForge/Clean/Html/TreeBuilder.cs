namespace CorpusForge.Clean.Html;

/// <summary>The insertion modes of the HTML standard; text and table text need none here.</summary>
internal enum Mode : byte
{
    Initial,
    BeforeHtml,
    BeforeHead,
    InHead,
    InHeadNoscript,
    AfterHead,
    InBody,
    InTable,
    InCaption,
    InColumnGroup,
    InTableBody,
    InRow,
    InCell,
    InTemplate,
    AfterBody,
    InFrameset,
    AfterFrameset,
    AfterAfterBody,
}

/// <summary>Builds the tree of a page as browsers do with scripts off, by section 13.2.6 of the HTML standard.</summary>
/// <remarks>
/// Left out is what no text depends on: comments, the doctype itself, parse errors, names and attributes of SVG and MathML in their own case.
/// The text of `style` and `noframes` is not kept, nor that of scripts but JSON-LD. Contents of a template are its children.
/// Budgets are counted, never timed: nodes, with a copied formatting element as heavy as its attributes are long, depth, and steps through the open elements.
/// </remarks>
internal sealed partial class TreeBuilder(PageSource source, HtmlTokens tokens, PageDom dom)
{
    private const int Marker = -1;

    /// <summary>How many steps through the open elements are allowed for each element that is.</summary>
    private const int StepsPerElement = 100;

    private readonly int[] _openCount = new int[256];
    private int[] _open = new int[64];
    private int _depth;
    private readonly List<int> _formatting = [];
    private readonly List<Mode> _templates = [];
    private Mode _mode;
    private int _head, _form;
    private bool _framesetOk, _foster, _quirks, _xml;
    private int _maxNodes, _maxDepth;
    private long _weight, _steps;

    /// <summary>The root element, and the body or frameset; 0 where there is none.</summary>
    public int Root { get; private set; }

    public int Body { get; private set; }

    public int Head => _head;

    private int Current => _open[_depth - 1];

    private Tag CurrentTag => _depth == 0 ? Tag.Other : HtmlTag(Current);

    /// <summary>Reads the whole page. In `xml`, that is XHTML that is sent as such, `&lt;x/&gt;` is a whole element.</summary>
    /// <exception cref="PageBudgetException">The page takes more elements, depth or steps than allowed.</exception>
    public void Build(int maxElements, int maxDepth, bool xml)
    {
        dom.Clear();
        tokens.Restart();
        Array.Clear(_openCount);
        _formatting.Clear();
        _templates.Clear();
        (_depth, _mode, _head, _form, Root, Body) = (0, Mode.Initial, 0, 0, 0, 0);
        (_framesetOk, _foster, _quirks, _xml, _weight, _steps) = (true, false, true, xml, 0, 0);
        (_maxNodes, _maxDepth) = (maxElements, maxDepth);
        while (true)
        {
            var foreign = _depth > 0 && dom[Current].Space != Space.Html;
            switch (tokens.Next(foreign || _xml))
            {
                case Token.Text:
                    Text(tokens.Slice);
                    break;
                case Token.StartTag:
                    StartTag(tokens.Tag);
                    break;
                case Token.EndTag:
                    EndTag(tokens.Tag);
                    break;
                case Token.Doctype:
                    if (_mode == Mode.Initial)
                        (_quirks, _mode) = (tokens.Quirks, Mode.BeforeHtml);
                    break;
                default:
                    EndOfPage();
                    return;
            }
        }
    }

    private void EndOfPage()
    {
        while (IsOpen(Tag.Template))
            CloseTemplate();
        // Head and body are there even on an empty page.
        Advance(Mode.InBody);
    }

    /// <summary>Adds what has to stand before a mode: `html`, `head`, `body`.</summary>
    private void Advance(Mode to)
    {
        while (_mode < to)
            switch (_mode)
            {
                case Mode.Initial:
                    _mode = Mode.BeforeHtml;
                    break;
                case Mode.BeforeHtml:
                    (Root, _mode) = (InsertImplied(Tag.Html), Mode.BeforeHead);
                    break;
                case Mode.BeforeHead:
                    (_head, _mode) = (InsertImplied(Tag.Head), Mode.InHead);
                    break;
                case Mode.InHeadNoscript:
                    Pop();
                    _mode = Mode.InHead;
                    break;
                case Mode.InHead:
                    Pop();
                    _mode = Mode.AfterHead;
                    break;
                case Mode.AfterHead:
                    (Body, _mode) = (InsertImplied(Tag.Body), Mode.InBody);
                    break;
            }
    }

    private void Step(int steps = 1)
    {
        _steps += steps;
        if (_steps > (long)_maxNodes * StepsPerElement)
            throw new PageBudgetException("too-many-steps", _steps, (double)_maxNodes * StepsPerElement);
    }

    private void Weigh(int weight)
    {
        _weight += weight;
        if (_weight > _maxNodes)
            throw new PageBudgetException("too-many-elements", _weight, _maxNodes);
    }

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

    /// <summary>The mode that the open elements imply.</summary>
    private void ResetMode()
    {
        for (var i = _depth - 1; i >= 0; i--)
        {
            Step();
            switch (HtmlTag(_open[i]))
            {
                case Tag.Td or Tag.Th when i > 0:
                    _mode = Mode.InCell;
                    return;
                case Tag.Tr:
                    _mode = Mode.InRow;
                    return;
                case Tag.Tbody or Tag.Thead or Tag.Tfoot:
                    _mode = Mode.InTableBody;
                    return;
                case Tag.Caption:
                    _mode = Mode.InCaption;
                    return;
                case Tag.Colgroup:
                    _mode = Mode.InColumnGroup;
                    return;
                case Tag.Table:
                    _mode = Mode.InTable;
                    return;
                case Tag.Template:
                    _mode = _templates[^1];
                    return;
                case Tag.Head when i > 0:
                    _mode = Mode.InHead;
                    return;
                case Tag.Body:
                    _mode = Mode.InBody;
                    return;
                case Tag.Frameset:
                    _mode = Mode.InFrameset;
                    return;
                case Tag.Html:
                    _mode = _head == 0 ? Mode.BeforeHead : Mode.AfterHead;
                    return;
            }
        }
        _mode = Mode.InBody;
    }
}
