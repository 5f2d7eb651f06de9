using System.Collections.Frozen;
using AngleSharp.Dom;

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

internal readonly record struct RegionWord(Hints Hint, string Word);

/// <summary>One element or text node of a <see cref="PageTree"/>.</summary>
internal struct PageNode
{
    public Role Role;
    public Hints Hints;
    public int Parent;

    /// <summary>One past the last node of the subtree.</summary>
    public int End;

    /// <summary>Characters of text without white space at the ends, and those of them inside links.</summary>
    public int Chars, LinkChars;

    /// <summary>Characters of the blocks that read like running text.</summary>
    public int Prose;

    /// <summary>The data of a text node.</summary>
    public string? Text;

    public IElement? Element;
}

/// <summary>A page's body as one array in document order: a subtree is a slice, sums go from the end to the start.</summary>
/// <remarks>Made in one pass over the DOM, so that choosing and rendering never touch it again.</remarks>
internal sealed class PageTree
{
    private static readonly FrozenDictionary<string, Role> s_roles = Roles();
    private static readonly FrozenDictionary<string, RegionWord> s_words = Words();
    private static readonly FrozenDictionary<string, RegionWord>.AlternateLookup<ReadOnlySpan<char>> s_wordLookup =
        s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    private PageNode[] _nodes = new PageNode[1024];

    private PageTree()
    {
    }

    public int Count { get; private set; }

    /// <summary>What elements call themselves, in document order.</summary>
    public List<RegionMark> Marks { get; } = [];

    /// <summary>Elements of the body that speak about the page: `meta`, `link`, `script`.</summary>
    public List<IElement> Declarations { get; } = [];

    public Span<PageNode> Nodes => _nodes.AsSpan(0, Count);

    public static PageTree Of(IElement body)
    {
        var tree = new PageTree();
        tree.Build(body);
        tree.Sum();
        return tree;
    }

    private void Build(IElement body)
    {
        var stack = new Stack<(INodeList Children, int Next, int Index)>();
        stack.Push((body.ChildNodes, 0, Add(new PageNode { Role = Role.Block, Parent = -1, Element = body })));
        while (stack.TryPop(out var top))
        {
            if (top.Next >= top.Children.Length)
            {
                _nodes[top.Index].End = Count;
                continue;
            }
            var child = top.Children[top.Next];
            stack.Push((top.Children, top.Next + 1, top.Index));
            if (child is IText text)
            {
                if (text.Data.Length > 0)
                    Add(new PageNode { Role = Role.Text, Parent = top.Index, Text = text.Data, End = Count + 1 });
            }
            else if (child is IElement element)
            {
                var role = s_roles.GetValueOrDefault(element.LocalName);
                // The heading of a fold-out section is a button.
                if (role == Role.Skip && !(element.LocalName == "button" && _nodes[top.Index].Role == Role.Heading))
                {
                    if (element.LocalName is "meta" or "link" or "script")
                        Declarations.Add(element);
                    continue;
                }
                var index = Add(new PageNode { Role = role, Parent = top.Index, Element = element });
                Mark(element, index, role);
                stack.Push((element.ChildNodes, 0, index));
            }
        }
    }

    private int Add(PageNode node)
    {
        if (Count == _nodes.Length)
            Array.Resize(ref _nodes, Count * 2);
        _nodes[Count] = node;
        return Count++;
    }

    /// <summary>Sums of a subtree, taken from the last node to the first: children come after their parent.</summary>
    private void Sum()
    {
        var nodes = Nodes;
        // First mark what is inside links, from the top.
        var insideLink = new bool[Count];
        for (var i = 0; i < Count; i++)
        {
            ref var node = ref nodes[i];
            insideLink[i] = node.Role == Role.Link || node.Parent >= 0 && insideLink[node.Parent];
            if (node.Role != Role.Text)
                continue;
            node.Chars = Visible(node.Text);
            node.LinkChars = insideLink[i] ? node.Chars : 0;
        }
        for (var i = Count - 1; i > 0; i--)
        {
            ref var parent = ref nodes[nodes[i].Parent];
            parent.Chars += nodes[i].Chars;
            parent.LinkChars += nodes[i].LinkChars;
        }
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

    private void Mark(IElement element, int index, Role role)
    {
        // Words on a heading name its look, and its text what follows.
        var marked = role is Role.Block or Role.List or Role.Table or Role.Item or Role.Paragraph or Role.Link or Role.Inline;
        Add(index, TagHint(element.LocalName), element.LocalName, marked);
        foreach (var attribute in element.Attributes)
            switch (attribute.LocalName)
            {
                case "class" or "id":
                    MarkWords(attribute.Value, index, marked);
                    break;
                case "role":
                    Add(index, RoleHint(attribute.Value.Trim()), attribute.Value, marked);
                    break;
                case "itemprop" when attribute.Value == "articleBody":
                    Add(index, Hints.Article, "itemprop", marked);
                    break;
                case "aria-modal" when attribute.Value == "true":
                    Add(index, Hints.Dialog, "aria-modal", marked);
                    break;
                case "hidden" when attribute.Value != "until-found":
                case "style" when Hides(attribute.Value):
                    Add(index, Hints.Hidden, "hidden", marked: true);
                    break;
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

    private static bool Hides(string style)
    {
        if (style.Length > 500 || !style.Contains("none", StringComparison.OrdinalIgnoreCase) && !style.Contains("hidden", StringComparison.OrdinalIgnoreCase))
            return false;
        style = style.Replace(" ", "", StringComparison.Ordinal);
        return style.Contains("display:none", StringComparison.OrdinalIgnoreCase) || style.Contains("visibility:hidden", StringComparison.OrdinalIgnoreCase);
    }

    private static Hints TagHint(string tag) => tag switch
    {
        "nav" => Hints.Navigation,
        "header" => Hints.Header,
        "footer" or "aside" => Hints.Boilerplate,
        "form" => Hints.Form,
        "main" => Hints.Main,
        "article" => Hints.Article,
        "dialog" => Hints.Dialog,
        "noscript" => Hints.Hidden,
        _ => Hints.None,
    };

    private static Hints RoleHint(string role) => role switch
    {
        "main" => Hints.Main,
        "article" => Hints.Article,
        "navigation" or "menu" or "menubar" or "search" or "toolbar" or "tablist" or "tooltip" => Hints.Navigation,
        "contentinfo" or "complementary" => Hints.Boilerplate,
        "banner" => Hints.Header,
        "dialog" or "alertdialog" => Hints.Dialog,
        _ => Hints.None,
    };

    /// <summary>Marks by the words of a class or id: cut at what is no letter and where lower case meets upper case.</summary>
    private void MarkWords(ReadOnlySpan<char> value, int index, bool marked)
    {
        if (value.Length > 2000)
            return;
        Span<char> word = stackalloc char[32];
        var (length, lower) = (0, false);
        for (var i = 0; i <= value.Length; i++)
        {
            var c = i < value.Length ? value[i] : ' ';
            var letter = char.IsAsciiLetter(c);
            if (length > 0 && (!letter || lower && char.IsAsciiLetterUpper(c)))
            {
                if (s_wordLookup.TryGetValue(word[..length], out var known))
                    Add(index, known.Hint, known.Word, marked);
                length = 0;
            }
            lower = char.IsAsciiLetterLower(c);
            if (letter && length < word.Length)
                word[length++] = char.ToLowerInvariant(c);
        }
    }

    private static FrozenDictionary<string, Role> Roles()
    {
        var roles = new Dictionary<string, Role>(StringComparer.Ordinal);
        Set(Role.Skip, "script style template svg math iframe object embed applet canvas video audio map select option datalist input textarea head title meta link base frameset frame param source track progress meter button");
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
        return roles.ToFrozenDictionary(StringComparer.Ordinal);

        void Set(Role role, string names)
        {
            foreach (var name in names.Split(' '))
                roles[name] = role;
        }
    }

    private static FrozenDictionary<string, RegionWord> Words()
    {
        var words = new Dictionary<string, RegionWord>(StringComparer.Ordinal);
        Set(Hints.Navigation, "nav navbar navigation navigator menu menus submenu megamenu breadcrumb breadcrumbs pagination pager paginator paging skip skiplink toolbar topbar sitemap crumbs crumb navi subnav topnav mainnav pagenavi toc");
        Set(Hints.Boilerplate, "footer foot footers copyright colophon sidebar sidebars rail sidebarright sidebarleft widget widgets share sharing shares social socials sociable addtoany addthis sharedaddy related recommended recommendation recommendations recirc promo promos promotion sponsor sponsors sponsored advert adverts advertisement advertising ads ad adsense adslot banners cookie cookies consent gdpr newsletter newsletters subscribe subscription signup signin login popup popover modal modals lightbox toast tooltip trending popular outbrain taboola cta disclaimer masthead offcanvas byline postmeta taglist tagcloud authorbox livefyre printonly noprint upsell crosssell signature signatures postprofile userextras reactions");
        Set(Hints.Comments, "comment comments commentlist respond discussion replies disqus");
        Set(Hints.Header, "header");
        Set(Hints.Hidden, "visuallyhidden screenreader");
        return words.ToFrozenDictionary(StringComparer.Ordinal);

        void Set(Hints hints, string names)
        {
            foreach (var word in names.Split(' '))
                words[word] = new RegionWord(hints, word);
        }
    }
}
