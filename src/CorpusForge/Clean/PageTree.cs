using System.Text;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>What an element is to the text of a page.</summary>
internal enum Role : byte
{
    Inline,
    Link,
    Block,
    Paragraph,
    Heading,
    List,
    Item,
    Term,
    Quote,
    Code,
    Table,
    Row,
    Cell,
    Caption,
    Break,
    Image,
    Skip,
    Text,
}

/// <summary>What tag, role and the words of class and id say about an element.</summary>
[Flags]
internal enum Hints
{
    None = 0,
    Navigation = 1,
    Header = 2,
    Form = 4,
    Dialog = 8,
    Hidden = 16,
    Boilerplate = 32,
    Comments = 64,
    Main = 128,
    Article = 256,
}

/// <summary>An element calls itself by a word (of its tag, role, class or id) that hints at a region of the page.</summary>
internal readonly record struct RegionMark(int Node, Hints Hint, string Word);

/// <summary>One element or text node of a <see cref="PageTree"/>.</summary>
internal struct PageNode
{
    public Role Role;

    /// <summary><see cref="Tag.Other"/> for texts and for elements that no standard names.</summary>
    public Tag Tag;
    public Hints Hints;
    public int Parent;

    /// <summary>One past the last node of the subtree.</summary>
    public int End;

    /// <summary>Characters of text without white space at the ends, and those of them inside links.</summary>
    public int Chars, LinkChars;

    /// <summary>Characters of the blocks that read like running text.</summary>
    public int Prose;

    /// <summary>The data of a text node, or the name of an element that no standard names, to be read with the tree's `TextOf` and `NameOf`.</summary>
    public TextSlice Text;

    public AttributeRange Attributes;
}

/// <summary>A `title`, `meta`, `link`, `base` or `script`: what speaks about the page.</summary>
internal readonly record struct Declaration(Tag Tag, AttributeRange Attributes, TextSlice Text);

/// <summary>A page's body as one array in document order: a subtree is a slice, sums go from the end to the start.</summary>
/// <remarks>One tree a thread, whose buffers are used again: it holds until the thread reads the next page.</remarks>
internal sealed class PageTree
{
    private static readonly Role[] s_roles = Roles();
    /// <summary>In nodes: a larger buffer is given back after its page.</summary>
    private const int MaxKept = 1 << 18;

    [ThreadStatic]
    private static PageTree? t_tree;

    private readonly PageSource _source = new();
    private readonly PageDom _dom;
    private readonly TreeBuilder _builder;
    private PageNode[] _nodes = new PageNode[1024];
    private int[] _path = new int[64];
    private int _pathLength;

    private PageTree()
    {
        _dom = new PageDom(_source);
        _builder = new TreeBuilder(_source, new HtmlTokens(_source), _dom);
    }

    public int Count { get; private set; }

    /// <summary>What elements call themselves, in document order.</summary>
    public List<RegionMark> Marks { get; } = [];

    /// <summary>The children of the head, and `meta`, `link` and `script` of the body.</summary>
    public List<Declaration> Declarations { get; } = [];

    /// <summary>The language that the root element names.</summary>
    public string? Language { get; private set; }

    public Span<PageNode> Nodes => _nodes.AsSpan(0, Count);

    /// <exception cref="PageBudgetException">The page takes more elements, depth or steps than allowed.</exception>
    public static PageTree Of(ReadOnlySpan<byte> html, Encoding encoding, int maxElements, int maxDepth, bool xml = false)
    {
        var tree = t_tree ??= new PageTree();
        tree._source.Read(html, encoding);
        tree.Read(maxElements, maxDepth, xml);
        return tree;
    }

    public ReadOnlySpan<char> TextOf(in PageNode node) => _source[node.Text];

    public ReadOnlySpan<char> TextOf(in Declaration declaration) => _source[declaration.Text];

    /// <summary>The value of an attribute, its character references resolved; null when the element does not have it.</summary>
    public string? Attribute(in PageNode node, string name) => Attribute(node.Attributes, name);

    /// <summary>The value of an attribute as it stands in the page, with character references; empty when the element does not have it.</summary>
    public ReadOnlySpan<char> RawAttribute(in PageNode node, string name)
    {
        foreach (ref readonly var attribute in _source[node.Attributes])
            if (Ascii.EqualsIgnoreCase(_source.NameOf(attribute), name))
                return _source.RawValueOf(attribute);
        return default;
    }

    public ReadOnlySpan<PageAttribute> AttributesOf(in PageNode node) => _source[node.Attributes];

    public ReadOnlySpan<char> NameOf(in PageAttribute attribute) => _source.NameOf(attribute);

    public ReadOnlySpan<char> RawValueOf(in PageAttribute attribute) => _source.RawValueOf(attribute);

    /// <summary>The name of an element in lower case.</summary>
    public string NameOf(in PageNode node) => node.Tag != Tag.Other ? Tags.Name(node.Tag) : _source[node.Text].ToString().ToLowerInvariant();

    public string? Attribute(AttributeRange attributes, string name)
    {
        foreach (ref readonly var attribute in _source[attributes])
            if (Ascii.EqualsIgnoreCase(_source.NameOf(attribute), name))
                return _source.ValueOf(attribute);
        return null;
    }

    private void Read(int maxElements, int maxDepth, bool xml)
    {
        (Count, Language, _pathLength) = (0, null, 0);
        Marks.Clear();
        Declarations.Clear();
        _builder.Build(maxElements, maxDepth, xml);
        Language = Attribute(_dom[_builder.Root].Attributes, "lang");
        for (var child = _dom[_builder.Head].First; _builder.Head != 0 && child != 0; child = _dom[child].Next)
            if (!_dom[child].IsText)
                Declare(child);
        if (_nodes.Length > MaxKept)
            _nodes = new PageNode[1024];
        Flatten(_builder.Body);
    }

    private void Declare(int element)
    {
        ref readonly var node = ref _dom[element];
        Declarations.Add(new Declaration(node.Tag, node.Attributes, node.First == 0 ? default : _dom[node.First].Slice));
    }

    /// <summary>Writes the body's nodes in document order, and sums of a subtree when it is left.</summary>
    private void Flatten(int body)
    {
        Add(new PageNode { Role = Role.Block, Tag = _dom[body].Tag, Parent = -1, Attributes = _dom[body].Attributes });
        var (parent, links) = (0, 0);
        for (var at = _dom[body].First; at != 0 || parent > 0;)
        {
            if (at == 0)
            {
                // The end of the children: back to the parent, and on to what follows it.
                at = _path[--_pathLength];
                links -= _nodes[parent].Role == Role.Link ? 1 : 0;
                parent = Leave(parent);
                continue;
            }
            ref readonly var node = ref _dom[at];
            var next = node.Next;
            if (node.IsText)
            {
                var chars = Visible(_source[node.Slice]);
                Add(new PageNode { Role = Role.Text, Parent = parent, End = Count + 1, Text = node.Slice, Chars = chars, LinkChars = links > 0 ? chars : 0 });
                _nodes[parent].Chars += chars;
                _nodes[parent].LinkChars += links > 0 ? chars : 0;
                at = next;
                continue;
            }
            var role = node.Space == Space.Html ? s_roles[(int)node.Tag] : node.Tag is Tag.Svg or Tag.Math ? Role.Skip : Role.Inline;
            // The heading of a fold-out section is a button.
            if (role == Role.Skip && !(node.Tag == Tag.Button && _nodes[parent].Role == Role.Heading))
            {
                if (node.Tag is Tag.Meta or Tag.Link or Tag.Script)
                    Declare(at);
                at = next;
                continue;
            }
            var index = Add(new PageNode { Role = role, Tag = node.Tag, Parent = parent, Text = node.Slice, Attributes = node.Attributes });
            Mark(node.Tag, node.Attributes, index, role);
            links += role == Role.Link ? 1 : 0;
            if (_pathLength == _path.Length)
                Array.Resize(ref _path, _pathLength * 2);
            _path[_pathLength++] = next;
            (parent, at) = (index, node.First);
        }
        _nodes[0].End = Count;
    }

    private int Leave(int index)
    {
        ref var node = ref _nodes[index];
        node.End = Count;
        _nodes[node.Parent].Chars += node.Chars;
        _nodes[node.Parent].LinkChars += node.LinkChars;
        return node.Parent;
    }

    private int Add(in PageNode node)
    {
        if (Count == _nodes.Length)
            Array.Resize(ref _nodes, Count * 2);
        _nodes[Count] = node;
        return Count++;
    }

    /// <summary>Characters with runs of white space counted as one and none at the ends.</summary>
    private static int Visible(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        var (count, space) = (0, false);
        foreach (var c in text)
        {
            var isSpace = c <= ' ';
            count += isSpace && space ? 0 : 1;
            space = isSpace;
        }
        return count;
    }

    private void Mark(Tag tag, AttributeRange attributes, int index, Role role)
    {
        // Words on a heading name its look, and its text what follows.
        var marked = role is Role.Block or Role.List or Role.Table or Role.Item or Role.Paragraph or Role.Link or Role.Inline;
        Add(index, RegionWords.HintOfTag(tag), Tags.Name(tag), marked);
        foreach (ref readonly var attribute in _source[attributes])
        {
            var name = _source.NameOf(attribute);
            switch (name.Length)
            {
                case 2 when Ascii.EqualsIgnoreCase(name, "id"):
                case 5 when Ascii.EqualsIgnoreCase(name, "class"):
                    var words = _source.RawValueOf(attribute);
                    for (var at = 0; RegionWords.TryNext(words, ref at, out var known);)
                        Add(index, known.Hint, known.Word, marked);
                    break;
                case 4 when Ascii.EqualsIgnoreCase(name, "role"):
                    var value = _source.ValueOf(attribute);
                    Add(index, RegionWords.HintOfRole(value.Trim()), value, marked);
                    break;
                case 8 when Ascii.EqualsIgnoreCase(name, "itemprop") && _source.RawValueOf(attribute) is "articleBody":
                    Add(index, Hints.Article, "itemprop", marked);
                    break;
                case 10 when Ascii.EqualsIgnoreCase(name, "aria-modal") && _source.RawValueOf(attribute) is "true":
                    Add(index, Hints.Dialog, "aria-modal", marked);
                    break;
                case 6 when Ascii.EqualsIgnoreCase(name, "hidden") && _source.RawValueOf(attribute) is not "until-found":
                case 5 when Ascii.EqualsIgnoreCase(name, "style") && RegionWords.Hides(_source.RawValueOf(attribute)):
                    Add(index, Hints.Hidden, "hidden", marked: true);
                    break;
            }
        }
    }

    private void Add(int index, Hints hint, string word, bool marked)
    {
        if (hint == Hints.None)
            return;
        if ((hint & (Hints.Main | Hints.Article)) != 0)
            _nodes[index].Hints |= hint;
        else if (marked)
            Marks.Add(new RegionMark(index, hint, word));
    }

    private static Role[] Roles()
    {
        var roles = new Role[256];
        Set(Role.Skip, "script style template svg math iframe object embed applet noframes noembed canvas video audio map select option datalist input textarea head title meta link base frameset frame param source track progress meter button");
        Set(Role.Block, "div section article main header footer aside nav form fieldset details summary address center hgroup body figure dl dir menu search noscript");
        Set(Role.Paragraph, "p legend");
        Set(Role.Heading, "h1 h2 h3 h4 h5 h6");
        Set(Role.List, "ul ol");
        Set(Role.Item, "li");
        Set(Role.Term, "dt dd");
        Set(Role.Quote, "blockquote");
        Set(Role.Code, "pre listing xmp plaintext");
        Set(Role.Table, "table");
        Set(Role.Row, "tr");
        Set(Role.Cell, "td th");
        Set(Role.Block, "thead tbody tfoot colgroup");
        Set(Role.Caption, "figcaption caption");
        Set(Role.Break, "br hr");
        Set(Role.Image, "img");
        Set(Role.Link, "a");
        return roles;

        void Set(Role role, string names)
        {
            foreach (var name in names.Split(' '))
                roles[(int)Tags.Of(name)] = role;
        }
    }
}
