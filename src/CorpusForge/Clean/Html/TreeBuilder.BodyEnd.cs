namespace CorpusForge.Clean.Html;

/// <summary>End tags in the insertion mode "in body".</summary>
internal sealed partial class TreeBuilder
{
    private bool BodyEnd(Tag tag)
    {
        var kind = Tags.Kind(tag);
        if ((kind & TagKind.Formatting) != 0)
        {
            Adopt(tag);
            return true;
        }
        if ((kind & TagKind.Block) != 0 || tag is Tag.Button or Tag.Listing or Tag.Pre or Tag.Select)
        {
            Close(tag);
            return true;
        }
        switch (tag)
        {
            case Tag.Template:
                CloseTemplate();
                return true;
            case Tag.Body or Tag.Html:
                if (!InScope(Tag.Body))
                    return true;
                _mode = Mode.AfterBody;
                return tag == Tag.Body;
            case Tag.Form:
                CloseForm();
                return true;
            case Tag.P:
                if (!InButtonScope(Tag.P))
                    InsertImplied(Tag.P);
                ImplyEndTags(Tag.P);
                PopUntil(Tag.P);
                return true;
            case Tag.Li:
                if (InScope(Tag.Li, TagKind.ListScope))
                {
                    ImplyEndTags(Tag.Li);
                    PopUntil(Tag.Li);
                }
                return true;
            case Tag.Dd or Tag.Dt:
                if (InScope(tag))
                {
                    ImplyEndTags(tag);
                    PopUntil(tag);
                }
                return true;
            case Tag.H1 or Tag.H2 or Tag.H3 or Tag.H4 or Tag.H5 or Tag.H6:
                CloseHeading();
                return true;
            case Tag.Applet or Tag.Marquee or Tag.Object:
                if (InScope(tag))
                {
                    Close(tag);
                    ClearToMarker();
                }
                return true;
            case Tag.Br:
                Reconstruct();
                InsertImplied(Tag.Br);
                Pop();
                _framesetOk = false;
                return true;
            default:
                AnyOtherEndTag(tag);
                return true;
        }
    }

    private void Close(Tag tag)
    {
        if (!InScope(tag))
            return;
        ImplyEndTags();
        PopUntil(tag);
    }

    private void CloseForm()
    {
        if (IsOpen(Tag.Template))
        {
            Close(Tag.Form);
            return;
        }
        var form = _form;
        _form = 0;
        if (form == 0 || OpenIndex(form) is var open && (open < 0 || !InScopeAt(open)))
            return;
        ImplyEndTags();
        if (OpenIndex(form) is var at and >= 0)
            RemoveOpenAt(at);
    }

    private void CloseHeading()
    {
        for (var i = _depth - 1; i > 0; i--)
        {
            Step();
            if (Tags.Is(HtmlTag(_open[i]), TagKind.Heading))
            {
                ImplyEndTags();
                while (!Tags.Is(CurrentTag, TagKind.Heading))
                    Pop();
                Pop();
                return;
            }
            if (dom[_open[i]].Space == Space.Html ? Tags.Is(dom[_open[i]].Tag, TagKind.Scope) : IsForeignScope(_open[i]))
                return;
        }
    }

    private void AnyOtherEndTag(Tag tag)
    {
        if (tag != Tag.Other && !IsOpen(tag))
            return;
        for (var i = _depth - 1; i > 0; i--)
        {
            Step();
            var node = _open[i];
            if (dom[node].Space == Space.Html && IsNamed(node, tag))
            {
                // One of an unknown name is never implied.
                ImplyEndTags(tag);
                while (_depth > i)
                    Pop();
                return;
            }
            if (IsSpecial(node))
                return;
        }
    }
}
