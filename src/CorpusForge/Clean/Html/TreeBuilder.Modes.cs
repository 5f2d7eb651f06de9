namespace CorpusForge.Clean.Html;

/// <summary>Where a token goes: the insertion modes outside body and tables.</summary>
internal sealed partial class TreeBuilder
{
    private void StartTag(Tag tag)
    {
        if (IsForeign(Token.StartTag, tag) && ForeignStart(tag))
            return;
        var name = tokens.Slice;
        while (!Start(_mode, tag))
            Step();
        if (_xml && tokens.SelfClosing && tokens.Slice == name && _depth > 1 && dom[Current].Slice == name)
            EndTag(tag);
    }

    private void EndTag(Tag tag)
    {
        if (IsForeign(Token.EndTag, tag) && ForeignEnd(tag))
            return;
        while (!End(_mode, tag))
            Step();
    }

    private void Text(TextSlice text)
    {
        if (IsForeign(Token.Text, Tag.Other))
        {
            _framesetOk &= IsWhite(text);
            InsertText(source.WithoutNull(text, replace: true));
            return;
        }
        switch (_mode)
        {
            case Mode.Initial or Mode.BeforeHtml or Mode.BeforeHead:
                text = Rest(text, out _);
                break;
            case Mode.InHead or Mode.InHeadNoscript or Mode.AfterHead or Mode.InColumnGroup:
                text = Rest(text, out var white);
                InsertText(white);
                break;
            case Mode.InTable or Mode.InTableBody or Mode.InRow:
                TableText(text);
                return;
            case Mode.InFrameset or Mode.AfterFrameset:
                Rest(text, out var between);
                InsertText(between);
                return;
            case Mode.AfterBody or Mode.AfterAfterBody when !IsWhite(text):
                _mode = Mode.InBody;
                break;
        }
        if (text.Length == 0)
            return;
        if (_mode == Mode.InColumnGroup)
        {
            if (CurrentTag != Tag.Colgroup)
                return;
            Pop();
            _mode = Mode.InTable;
            TableText(text);
            return;
        }
        Advance(Mode.InBody);
        BodyText(text);
    }

    private void BodyText(TextSlice text)
    {
        text = source.WithoutNull(text, replace: false);
        if (text.Length == 0)
            return;
        Reconstruct();
        InsertText(text);
        if (_framesetOk)
            _framesetOk = IsWhite(text);
    }

    private bool IsWhite(TextSlice text) => !source[text].ContainsAnyExcept(" \n\t\f\r");

    /// <summary>What is behind the white space at the beginning.</summary>
    private TextSlice Rest(TextSlice text, out TextSlice white)
    {
        var first = source[text].IndexOfAnyExcept(" \n\t\f\r");
        first = first < 0 ? text.Length : first;
        white = text with { Length = first };
        return new TextSlice(text.Start >= 0 ? text.Start + first : text.Start - first, text.Length - first);
    }

    /// <summary>Handles a start tag by the rules of a mode; false when it is for the mode that is now.</summary>
    private bool Start(Mode mode, Tag tag)
    {
        switch (mode)
        {
            case Mode.InBody:
                BodyStart(tag);
                return true;
            case Mode.InTable:
                return TableStart(tag);
            case Mode.InCaption:
                return CaptionStart(tag);
            case Mode.InColumnGroup:
                return ColumnGroupStart(tag);
            case Mode.InTableBody:
                return TableBodyStart(tag);
            case Mode.InRow:
                return RowStart(tag);
            case Mode.InCell:
                return CellStart(tag);
            case Mode.InTemplate:
                return TemplateStart(tag);
        }
        if (tag == Tag.Html && mode is not (Mode.Initial or Mode.BeforeHtml))
            return Start(Mode.InBody, tag);
        switch (mode)
        {
            case Mode.BeforeHtml when tag == Tag.Html:
                (Root, _mode) = (Insert(tag), Mode.BeforeHead);
                return true;
            case Mode.BeforeHead when tag == Tag.Head:
                (_head, _mode) = (Insert(tag), Mode.InHead);
                return true;
            case Mode.InHead when tag == Tag.Noscript:
                Insert(tag);
                _mode = Mode.InHeadNoscript;
                return true;
            case Mode.InHead when Tags.Is(tag, TagKind.Head):
                HeadStart(tag);
                return true;
            case Mode.InHeadNoscript when tag is Tag.Basefont or Tag.Bgsound or Tag.Link or Tag.Meta or Tag.Noframes or Tag.Style:
                HeadStart(tag);
                return true;
            case Mode.InHead or Mode.AfterHead when tag == Tag.Head:
            case Mode.InHeadNoscript when tag is Tag.Head or Tag.Noscript:
                return true;
            case Mode.InHeadNoscript:
                Pop();
                _mode = Mode.InHead;
                return false;
            case Mode.AfterHead when tag == Tag.Body:
                (Body, _mode, _framesetOk) = (Insert(tag), Mode.InBody, false);
                return true;
            case Mode.AfterHead when tag == Tag.Frameset:
                (Body, _mode) = (Insert(tag), Mode.InFrameset);
                return true;
            case Mode.AfterHead when Tags.Is(tag, TagKind.Head):
                Push(_head);
                HeadStart(tag);
                if (OpenIndex(_head) is var head and >= 0)
                    RemoveOpenAt(head);
                return true;
            case Mode.InFrameset when tag == Tag.Frameset:
                Insert(tag);
                return true;
            case Mode.InFrameset when tag == Tag.Frame:
                InsertVoid(tag);
                return true;
            case Mode.InFrameset or Mode.AfterFrameset:
                if (tag == Tag.Noframes)
                    HeadStart(tag);
                return true;
            case Mode.AfterBody or Mode.AfterAfterBody:
                _mode = Mode.InBody;
                return false;
            default:
                Advance(mode == Mode.InHead ? Mode.AfterHead : mode + 1);
                return false;
        }
    }

    private void HeadStart(Tag tag)
    {
        switch (tag)
        {
            case Tag.Title:
                InsertRaw(tag, references: true);
                break;
            case Tag.Noframes or Tag.Style or Tag.Script:
                InsertRaw(tag);
                break;
            case Tag.Template:
                Insert(tag);
                _formatting.Add(Marker);
                (_framesetOk, _mode) = (false, Mode.InTemplate);
                _templates.Add(_mode);
                break;
            default:
                InsertVoid(tag);
                break;
        }
    }

    /// <summary>Handles an end tag by the rules of a mode; false when it is for the mode that is now.</summary>
    private bool End(Mode mode, Tag tag)
    {
        switch (mode)
        {
            case Mode.InBody:
                return BodyEnd(tag);
            case Mode.InTable:
                return TableEnd(tag);
            case Mode.InCaption:
                return CaptionEnd(tag);
            case Mode.InColumnGroup:
                return ColumnGroupEnd(tag);
            case Mode.InTableBody:
                return TableBodyEnd(tag);
            case Mode.InRow:
                return RowEnd(tag);
            case Mode.InCell:
                return CellEnd(tag);
            case Mode.InTemplate:
                if (tag == Tag.Template)
                    CloseTemplate();
                return true;
            case Mode.InHead when tag == Tag.Head:
                Advance(Mode.AfterHead);
                return true;
            case Mode.InHeadNoscript when tag == Tag.Noscript:
                Pop();
                _mode = Mode.InHead;
                return true;
            case Mode.InHead or Mode.AfterHead when tag == Tag.Template:
                CloseTemplate();
                return true;
            case Mode.BeforeHtml or Mode.BeforeHead when tag is not (Tag.Head or Tag.Body or Tag.Html or Tag.Br):
            case Mode.InHead or Mode.AfterHead when tag is not (Tag.Body or Tag.Html or Tag.Br):
            case Mode.InHeadNoscript when tag != Tag.Br:
                return true;
            case Mode.InFrameset:
                if (tag == Tag.Frameset && _depth > 1)
                {
                    Pop();
                    _mode = CurrentTag == Tag.Frameset ? _mode : Mode.AfterFrameset;
                }
                return true;
            case Mode.AfterFrameset:
                return true;
            case Mode.AfterBody when tag == Tag.Html:
                _mode = Mode.AfterAfterBody;
                return true;
            case Mode.AfterBody or Mode.AfterAfterBody:
                _mode = Mode.InBody;
                return false;
            case Mode.InHeadNoscript:
                Pop();
                _mode = Mode.InHead;
                return false;
            default:
                Advance(mode == Mode.InHead ? Mode.AfterHead : mode + 1);
                return false;
        }
    }

    private bool TemplateStart(Tag tag)
    {
        if (Tags.Is(tag, TagKind.Head))
        {
            HeadStart(tag);
            return true;
        }
        _mode = tag switch
        {
            Tag.Caption or Tag.Colgroup or Tag.Tbody or Tag.Tfoot or Tag.Thead => Mode.InTable,
            Tag.Col => Mode.InColumnGroup,
            Tag.Tr => Mode.InTableBody,
            Tag.Td or Tag.Th => Mode.InRow,
            _ => Mode.InBody,
        };
        _templates[^1] = _mode;
        return false;
    }

    private void CloseTemplate()
    {
        if (!IsOpen(Tag.Template))
            return;
        while (Tags.Is(CurrentTag, TagKind.Implied) || Tags.Is(CurrentTag, TagKind.Table) && CurrentTag != Tag.Col)
            Pop();
        PopUntil(Tag.Template);
        ClearToMarker();
        _templates.RemoveAt(_templates.Count - 1);
        ResetMode();
    }
}
