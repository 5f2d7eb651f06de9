namespace CorpusForge.Clean.Html;

/// <summary>The insertion modes of tables. What a table may not hold is put before it.</summary>
internal sealed partial class TreeBuilder
{
    private void TableText(TextSlice text)
    {
        text = source.WithoutNull(text, replace: false);
        if (text.Length == 0)
            return;
        if (CurrentTag is Tag.Table or Tag.Tbody or Tag.Template or Tag.Tfoot or Tag.Thead or Tag.Tr && IsWhite(text))
        {
            InsertText(text);
            return;
        }
        _foster = true;
        BodyText(text);
        _foster = false;
    }

    private void ClearTo(Tag one, Tag two = Tag.Other, Tag three = Tag.Other)
    {
        while (CurrentTag is var tag && tag is not (Tag.Html or Tag.Template) && (tag == Tag.Other || tag != one && tag != two && tag != three))
            Pop();
    }

    private void ClearToTable() => ClearTo(Tag.Table);

    private void ClearToTableBody() => ClearTo(Tag.Tbody, Tag.Tfoot, Tag.Thead);

    private bool TableStart(Tag tag)
    {
        switch (tag)
        {
            case Tag.Caption:
                ClearToTable();
                _formatting.Add(Marker);
                Insert(tag);
                _mode = Mode.InCaption;
                return true;
            case Tag.Colgroup:
                ClearToTable();
                Insert(tag);
                _mode = Mode.InColumnGroup;
                return true;
            case Tag.Col:
                ClearToTable();
                InsertImplied(Tag.Colgroup);
                _mode = Mode.InColumnGroup;
                return false;
            case Tag.Tbody or Tag.Tfoot or Tag.Thead:
                ClearToTable();
                Insert(tag);
                _mode = Mode.InTableBody;
                return true;
            case Tag.Td or Tag.Th or Tag.Tr:
                ClearToTable();
                InsertImplied(Tag.Tbody);
                _mode = Mode.InTableBody;
                return false;
            case Tag.Table:
                if (!InTableScope(Tag.Table))
                    return true;
                PopUntil(Tag.Table);
                ResetMode();
                return false;
            case Tag.Style or Tag.Script or Tag.Template:
                HeadStart(tag);
                return true;
            case Tag.Input when IsHiddenInput():
                InsertVoid(tag);
                return true;
            case Tag.Form:
                if (_form != 0 || IsOpen(Tag.Template))
                    return true;
                _form = Insert(tag);
                Pop();
                return true;
        }
        _foster = true;
        BodyStart(tag);
        _foster = false;
        return true;
    }

    private bool TableEnd(Tag tag)
    {
        switch (tag)
        {
            case Tag.Table:
                if (!InTableScope(Tag.Table))
                    return true;
                PopUntil(Tag.Table);
                ResetMode();
                return true;
            case Tag.Template:
                CloseTemplate();
                return true;
            case Tag.Body or Tag.Html:
                return true;
        }
        if (Tags.Is(tag, TagKind.Table))
            return true;
        _foster = true;
        var done = BodyEnd(tag);
        _foster = false;
        return done;
    }

    private bool CaptionStart(Tag tag)
    {
        if (!Tags.Is(tag, TagKind.Table))
            return Start(Mode.InBody, tag);
        return !CloseCaption();
    }

    private bool CaptionEnd(Tag tag)
    {
        if (tag == Tag.Caption)
            CloseCaption();
        else if (tag == Tag.Table)
            return !CloseCaption();
        else if (!Tags.Is(tag, TagKind.Table) && tag is not (Tag.Body or Tag.Html))
            return BodyEnd(tag);
        return true;
    }

    private bool CloseCaption()
    {
        if (!InTableScope(Tag.Caption))
            return false;
        ImplyEndTags();
        PopUntil(Tag.Caption);
        ClearToMarker();
        _mode = Mode.InTable;
        return true;
    }

    private bool ColumnGroupStart(Tag tag)
    {
        switch (tag)
        {
            case Tag.Html:
                return Start(Mode.InBody, tag);
            case Tag.Col:
                InsertVoid(tag);
                return true;
            case Tag.Template:
                HeadStart(tag);
                return true;
        }
        if (CurrentTag != Tag.Colgroup)
            return true;
        Pop();
        _mode = Mode.InTable;
        return false;
    }

    private bool ColumnGroupEnd(Tag tag)
    {
        if (tag == Tag.Col)
            return true;
        if (tag == Tag.Template)
        {
            CloseTemplate();
            return true;
        }
        if (CurrentTag != Tag.Colgroup)
            return true;
        Pop();
        _mode = Mode.InTable;
        return tag == Tag.Colgroup;
    }

    private bool TableBodyStart(Tag tag)
    {
        switch (tag)
        {
            case Tag.Tr:
                ClearToTableBody();
                Insert(tag);
                _mode = Mode.InRow;
                return true;
            case Tag.Td or Tag.Th:
                ClearToTableBody();
                InsertImplied(Tag.Tr);
                _mode = Mode.InRow;
                return false;
        }
        return Tags.Is(tag, TagKind.Table) ? !CloseTableBody() : TableStart(tag);
    }

    private bool TableBodyEnd(Tag tag)
    {
        if (tag == Tag.Table)
            return !CloseTableBody();
        if (tag is not (Tag.Tbody or Tag.Tfoot or Tag.Thead))
            return TableEnd(tag);
        if (!InTableScope(tag))
            return true;
        ClearToTableBody();
        Pop();
        _mode = Mode.InTable;
        return true;
    }

    private bool CloseTableBody()
    {
        if (!InTableScope(Tag.Tbody) && !InTableScope(Tag.Thead) && !InTableScope(Tag.Tfoot))
            return false;
        ClearToTableBody();
        Pop();
        _mode = Mode.InTable;
        return true;
    }

    private bool RowStart(Tag tag)
    {
        if (tag is Tag.Td or Tag.Th)
        {
            ClearTo(Tag.Tr);
            Insert(tag);
            _formatting.Add(Marker);
            _mode = Mode.InCell;
            return true;
        }
        return Tags.Is(tag, TagKind.Table) ? !CloseRow() : TableStart(tag);
    }

    private bool RowEnd(Tag tag)
    {
        if (tag == Tag.Tr)
        {
            CloseRow();
            return true;
        }
        if (tag == Tag.Table)
            return !CloseRow();
        if (tag is Tag.Tbody or Tag.Tfoot or Tag.Thead)
            return !InTableScope(tag) || !CloseRow();
        return TableEnd(tag);
    }

    private bool CloseRow()
    {
        if (!InTableScope(Tag.Tr))
            return false;
        ClearTo(Tag.Tr);
        Pop();
        _mode = Mode.InTableBody;
        return true;
    }

    private bool CellStart(Tag tag) => Tags.Is(tag, TagKind.Table) ? !CloseCell() : Start(Mode.InBody, tag);

    private bool CellEnd(Tag tag)
    {
        if (tag is Tag.Td or Tag.Th)
        {
            if (!InTableScope(tag))
                return true;
            CloseCell(tag);
            return true;
        }
        if (tag is Tag.Table or Tag.Tbody or Tag.Tfoot or Tag.Thead or Tag.Tr)
            return !InTableScope(tag) || !CloseCell();
        return tag is Tag.Body or Tag.Caption or Tag.Col or Tag.Colgroup or Tag.Html || BodyEnd(tag);
    }

    private bool CloseCell()
    {
        var tag = InTableScope(Tag.Td) ? Tag.Td : InTableScope(Tag.Th) ? Tag.Th : Tag.Other;
        if (tag == Tag.Other)
            return false;
        CloseCell(tag);
        return true;
    }

    private void CloseCell(Tag tag)
    {
        ImplyEndTags();
        while (CurrentTag is not (Tag.Td or Tag.Th) && _depth > 1)
            Pop();
        Pop();
        ClearToMarker();
        _mode = Mode.InRow;
    }
}
