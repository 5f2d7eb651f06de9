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
