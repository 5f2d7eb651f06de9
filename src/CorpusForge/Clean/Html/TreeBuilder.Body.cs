namespace CorpusForge.Clean.Html;

/// <summary>Start tags in the insertion mode "in body".</summary>
internal sealed partial class TreeBuilder
{
    private void BodyStart(Tag tag)
    {
        var kind = Tags.Kind(tag);
        if ((kind & TagKind.Block) != 0)
        {
            CloseParagraph();
            Insert(tag);
            return;
        }
        if ((kind & TagKind.Head) != 0)
        {
            HeadStart(tag);
            return;
        }
        if ((kind & TagKind.Heading) != 0)
        {
            CloseParagraph();
            if (Tags.Is(CurrentTag, TagKind.Heading))
                Pop();
            Insert(tag);
            return;
        }
        switch (tag)
        {
            case Tag.A:
                if (FormattingIndex(Tag.A) is var at and >= 0)
                {
                    var link = _formatting[at];
                    Adopt(Tag.A);
                    _formatting.Remove(link);
                    if (OpenIndex(link) is var open and >= 0)
                        RemoveOpenAt(open);
                }
                InsertFormatting(tag);
                return;
            case Tag.Nobr:
                Reconstruct();
                if (InScope(Tag.Nobr))
                    Adopt(Tag.Nobr);
                InsertFormatting(tag);
                return;
            case Tag.P:
                CloseParagraph();
                Insert(tag);
                return;
            case Tag.Li:
                CloseItem(Tag.Li, Tag.Li);
                Insert(tag);
                return;
            case Tag.Dd or Tag.Dt:
                CloseItem(Tag.Dd, Tag.Dt);
                Insert(tag);
                return;
            case Tag.Html:
                if (!IsOpen(Tag.Template))
                    Merge(Root);
                return;
            case Tag.Body:
                if (Body == 0 || dom[Body].Tag != Tag.Body || _depth < 2 || _open[1] != Body || IsOpen(Tag.Template))
                    return;
                _framesetOk = false;
                Merge(Body);
                return;
            case Tag.Frameset:
                if (!_framesetOk || Body == 0 || _depth < 2 || _open[1] != Body)
                    return;
                dom.Remove(Body);
                while (_depth > 1)
                    Pop();
                (Body, _mode) = (Insert(tag), Mode.InFrameset);
                return;
            case Tag.Pre or Tag.Listing:
                CloseParagraph();
                Insert(tag);
                tokens.SkipLineFeed();
                _framesetOk = false;
                return;
            case Tag.Form:
                if (_form != 0 && !IsOpen(Tag.Template))
                    return;
                CloseParagraph();
                var form = Insert(tag);
                if (!IsOpen(Tag.Template))
                    _form = form;
                return;
            case Tag.Plaintext:
                CloseParagraph();
                Insert(tag);
                BodyText(tokens.Rest());
                return;
            case Tag.Button:
                if (InScope(Tag.Button))
                {
                    ImplyEndTags();
                    PopUntil(Tag.Button);
                }
                Reconstruct();
                Insert(tag);
                _framesetOk = false;
                return;
            case Tag.Applet or Tag.Marquee or Tag.Object:
                Reconstruct();
                Insert(tag);
                _formatting.Add(Marker);
                _framesetOk = false;
                return;
            case Tag.Table:
                if (!_quirks)
                    CloseParagraph();
                Insert(tag);
                (_framesetOk, _mode) = (false, Mode.InTable);
                return;
            case Tag.Area or Tag.Br or Tag.Embed or Tag.Img or Tag.Image or Tag.Keygen or Tag.Wbr:
                Reconstruct();
                InsertVoid(tag == Tag.Image ? Tag.Img : tag);
                _framesetOk = false;
                return;
            case Tag.Input:
                if (InScope(Tag.Select))
                    PopUntil(Tag.Select);
                Reconstruct();
                InsertVoid(tag);
                _framesetOk &= IsHiddenInput();
                return;
            case Tag.Param or Tag.Source or Tag.Track:
                InsertVoid(tag);
                return;
            case Tag.Hr:
                CloseParagraph();
                if (InScope(Tag.Select))
                    ImplyEndTags();
                InsertVoid(tag);
                _framesetOk = false;
                return;
            case Tag.Textarea:
                _framesetOk = false;
                InsertRaw(tag, references: true);
                return;
            case Tag.Xmp:
                CloseParagraph();
                Reconstruct();
                _framesetOk = false;
                InsertRaw(tag);
                return;
            case Tag.Iframe:
                _framesetOk = false;
                InsertRaw(tag);
                return;
            case Tag.Noembed:
                InsertRaw(tag);
                return;
            case Tag.Select:
                if (InScope(Tag.Select))
                {
                    PopUntil(Tag.Select);
                    return;
                }
                Reconstruct();
                Insert(tag);
                _framesetOk = false;
                return;
            case Tag.Optgroup or Tag.Option:
                if (InScope(Tag.Select))
                    ImplyEndTags(tag == Tag.Option ? Tag.Optgroup : Tag.Other);
                else if (CurrentTag == Tag.Option)
                    Pop();
                Reconstruct();
                Insert(tag);
                return;
            case Tag.Rb or Tag.Rtc or Tag.Rp or Tag.Rt:
                if (InScope(Tag.Ruby))
                    ImplyEndTags(tag is Tag.Rp or Tag.Rt ? Tag.Rtc : Tag.Other);
                Insert(tag);
                return;
            case Tag.Math or Tag.Svg:
                Reconstruct();
                Insert(tag, tag == Tag.Math ? Space.Math : Space.Svg);
                if (tokens.SelfClosing)
                    Pop();
                return;
            case Tag.Frame or Tag.Head:
                return;
        }
        if ((kind & TagKind.Table) != 0)
            return;
        if ((kind & TagKind.Formatting) != 0)
        {
            InsertFormatting(tag);
            return;
        }
        Reconstruct();
        Insert(tag);
    }

    /// <summary>Ends an item that is open in the same list.</summary>
    private void CloseItem(Tag one, Tag other)
    {
        _framesetOk = false;
        if (IsOpen(one) || IsOpen(other))
            for (var i = _depth - 1; i > 0; i--)
            {
                Step();
                var tag = HtmlTag(_open[i]);
                if (tag == one || tag == other)
                {
                    ImplyEndTags(tag);
                    PopUntil(tag);
                    break;
                }
                if (tag is not (Tag.Address or Tag.Div or Tag.P) && IsSpecial(_open[i]))
                    break;
            }
        CloseParagraph();
    }

    private bool IsHiddenInput()
    {
        foreach (ref readonly var attribute in source[tokens.Attributes])
            if (source.NameOf(attribute).Equals("type", StringComparison.OrdinalIgnoreCase))
                return source.RawValueOf(attribute).Equals("hidden", StringComparison.OrdinalIgnoreCase);
        return false;
    }
}
