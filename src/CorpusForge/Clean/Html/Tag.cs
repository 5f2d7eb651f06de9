using System.Text;

namespace CorpusForge.Clean.Html;

/// <summary>The elements that the HTML standard names, and those of SVG and MathML that end foreign content.</summary>
internal enum Tag : byte
{
    Other,
    A, Abbr, Address, Applet, Area, Article, Aside, Audio, B, Base, Basefont, Bdi, Bdo, Bgsound, Big, Blockquote, Body, Br, Button,
    Canvas, Caption, Center, Cite, Code, Col, Colgroup, Data, Datalist, Dd, Del, Desc, Details, Dfn, Dialog, Dir, Div, Dl, Dt,
    Em, Embed, Fieldset, Figcaption, Figure, Font, Footer, Form, Frame, Frameset, H1, H2, H3, H4, H5, H6, Head, Header, Hgroup, Hr, Html,
    I, Iframe, Image, Img, Input, Ins, Kbd, Keygen, Label, Legend, Li, Link, Listing, Main, Map, Mark, Marquee, Math, Menu, Meta, Meter,
    Nav, Nobr, Noembed, Noframes, Noscript, Object, Ol, Optgroup, Option, Output, P, Param, Picture, Plaintext, Pre, Progress, Q,
    Rb, Rp, Rt, Rtc, Ruby, S, Samp, Script, Search, Section, Select, Slot, Small, Source, Span, Strike, Strong, Style, Sub, Summary, Sup, Svg,
    Table, Tbody, Td, Template, Textarea, Tfoot, Th, Thead, Time, Title, Tr, Track, Tt, U, Ul, Var, Video, Wbr, Xmp,
    ForeignObject, AnnotationXml, Mi, Mo, Mn, Ms, Mtext, Mglyph, Malignmark,
}

/// <summary>What the tree construction of the HTML standard asks about an element.</summary>
[Flags]
internal enum TagKind : ushort
{
    None = 0,
    Special = 1,
    Formatting = 2,
    Void = 4,

    /// <summary>Bounds every scope.</summary>
    Scope = 8,
    ListScope = 16,
    TableScope = 32,

    /// <summary>Its end tag may be left out.</summary>
    Implied = 64,
    Heading = 128,

    /// <summary>A block whose start ends a paragraph and whose end needs nothing but itself.</summary>
    Block = 256,

    /// <summary>Cannot stand in SVG or MathML and ends them.</summary>
    Breakout = 512,

    /// <summary>Belongs into the head wherever it stands.</summary>
    Head = 1024,

    /// <summary>A part of a table.</summary>
    Table = 2048,
}

/// <summary>Finds the tag of a name, and what is known about it.</summary>
internal static class Tags
{
    /// <summary>A power of two, at least four times the number of tags.</summary>
    private const int Slots = 1024;

    private static readonly string[] s_names = Names();
    private static readonly TagKind[] s_kinds = Kinds();
    private static readonly Tag[] s_slots = Table();

    public static string Name(Tag tag) => s_names[(int)tag];

    public static TagKind Kind(Tag tag) => s_kinds[(int)tag];

    public static bool Is(Tag tag, TagKind kind) => (s_kinds[(int)tag] & kind) != 0;

    /// <summary>The tag of a name in any case, <see cref="Tag.Other"/> when there is none.</summary>
    public static Tag Of(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Length > 14)
            return Tag.Other;
        for (var slot = Slot(name); s_slots[slot] is var tag and not Tag.Other; slot = (slot + 1) % Slots)
            if (Ascii.EqualsIgnoreCase(name, s_names[(int)tag]))
                return tag;
        return Tag.Other;
    }

    private static int Slot(ReadOnlySpan<char> name)
    {
        var hash = (uint)name.Length;
        foreach (var c in name)
            hash = hash * 31 + (uint)(c | 0x20);
        return (int)(hash * 2654435769 >> 22);
    }

    private static Tag[] Table()
    {
        var slots = new Tag[Slots];
        for (var tag = Tag.Other + 1; tag <= Tag.Malignmark; tag++)
        {
            var slot = Slot(s_names[(int)tag]);
            while (slots[slot] != Tag.Other)
                slot = (slot + 1) % Slots;
            slots[slot] = tag;
        }
        return slots;
    }

    private static string[] Names() =>
        [.. Enum.GetNames<Tag>().Select(n => n == nameof(Tag.AnnotationXml) ? "annotation-xml" : n == nameof(Tag.Other) ? "" : n.ToLowerInvariant())];

    private static TagKind[] Kinds()
    {
        var kinds = new TagKind[s_names.Length];
        Add(TagKind.Special, "address applet area article aside base basefont bgsound blockquote body br button caption center col colgroup dd details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li link listing main marquee menu meta nav noembed noframes noscript object ol p param plaintext pre script search section select source style summary table tbody td template textarea tfoot th thead title tr track ul wbr xmp");
        Add(TagKind.Formatting, "a b big code em font i nobr s small strike strong tt u");
        Add(TagKind.Void, "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr");
        Add(TagKind.Scope, "applet caption html table td th marquee object select template");
        Add(TagKind.ListScope, "applet caption html table td th marquee object select template ol ul");
        Add(TagKind.TableScope, "html table template");
        Add(TagKind.Implied, "dd dt li optgroup option p rb rp rt rtc");
        Add(TagKind.Heading, "h1 h2 h3 h4 h5 h6");
        Add(TagKind.Block, "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer header hgroup main menu nav ol search section summary ul");
        Add(TagKind.Breakout, "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var");
        Add(TagKind.Head, "base basefont bgsound link meta noframes script style template title");
        Add(TagKind.Table, "caption col colgroup tbody td tfoot th thead tr");
        return kinds;

        void Add(TagKind kind, string names)
        {
            foreach (var name in names.Split(' '))
                kinds[Array.IndexOf(s_names, name)] |= kind;
        }
    }
}
