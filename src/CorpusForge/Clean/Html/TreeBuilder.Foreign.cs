using System.Text;

namespace CorpusForge.Clean.Html;

/// <summary>SVG and MathML, and where HTML goes on inside them or ends them.</summary>
internal sealed partial class TreeBuilder
{
    /// <summary>Whether a token is for the rules of foreign content and not for the insertion mode.</summary>
    private bool IsForeign(Token token, Tag tag)
    {
        if (_depth == 0 || dom[Current].Space == Space.Html)
            return false;
        if (IsMathText(Current) && (token == Token.Text || token == Token.StartTag && tag is not (Tag.Mglyph or Tag.Malignmark)))
            return false;
        if (dom[Current] is { Space: Space.Math, Tag: Tag.AnnotationXml } && token == Token.StartTag && tag == Tag.Svg)
            return false;
        return token == Token.EndTag || !HoldsHtml(Current);
    }

    private bool IsMathText(int node) => dom[node] is { Space: Space.Math, Tag: Tag.Mi or Tag.Mo or Tag.Mn or Tag.Ms or Tag.Mtext };

    private bool HoldsHtml(int node)
    {
        if (dom[node].Space == Space.Svg)
            return dom[node].Tag is Tag.ForeignObject or Tag.Desc or Tag.Title;
        if (dom[node].Tag != Tag.AnnotationXml)
            return false;
        foreach (ref readonly var attribute in source[dom[node].Attributes])
            if (source.NameOf(attribute).Equals("encoding", StringComparison.OrdinalIgnoreCase))
                return source.RawValueOf(attribute) is var value
                    && (value.Equals("text/html", StringComparison.OrdinalIgnoreCase) || value.Equals("application/xhtml+xml", StringComparison.OrdinalIgnoreCase));
        return false;
    }

    /// <summary>Handles a start tag inside SVG or MathML; false when it ended them and is for the insertion mode now.</summary>
    private bool ForeignStart(Tag tag)
    {
        if (Tags.Is(tag, TagKind.Breakout) || tag == Tag.Font && HasFontAttribute())
        {
            LeaveForeign();
            return false;
        }
        Insert(tag, dom[Current].Space);
        if (tokens.SelfClosing)
            Pop();
        return true;
    }

    private void LeaveForeign()
    {
        while (_depth > 1 && dom[Current].Space != Space.Html && !IsMathText(Current) && !HoldsHtml(Current))
            Pop();
    }

    private bool HasFontAttribute()
    {
        foreach (ref readonly var attribute in source[tokens.Attributes])
            if (source.NameOf(attribute) is var name && (name.Equals("color", StringComparison.OrdinalIgnoreCase) || name.Equals("face", StringComparison.OrdinalIgnoreCase) || name.Equals("size", StringComparison.OrdinalIgnoreCase)))
                return true;
        return false;
    }

    /// <summary>Handles an end tag inside SVG or MathML; false when it is for the insertion mode.</summary>
    private bool ForeignEnd(Tag tag)
    {
        if (tag is Tag.Br or Tag.P)
        {
            LeaveForeign();
            return false;
        }
        for (var i = _depth - 1; i > 0; i--)
        {
            Step();
            if (dom[_open[i]].Space == Space.Html)
                return false;
            if (!IsNamed(_open[i], tag))
                continue;
            while (_depth > i)
                Pop();
            return true;
        }
        return true;
    }

    /// <summary>Whether an element has the name of the last tag.</summary>
    private bool IsNamed(int node, Tag tag) => dom[node].Tag == tag && (tag != Tag.Other || Ascii.EqualsIgnoreCase(source[dom[node].Slice], source[tokens.Slice]));
}
