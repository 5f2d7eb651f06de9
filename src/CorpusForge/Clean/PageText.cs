using System.Text;
using CorpusForge.Clean.Content;

namespace CorpusForge.Clean;

/// <summary>Writes the main content of a page as text: blocks apart by blank lines, items, rows and code by lines.</summary>
internal sealed class PageText
{
    private readonly StringBuilder _text = new();
    private int _breaks;
    private bool _space;

    public static string Of(PageTree tree, MainContent content)
    {
        var writer = new PageText();
        writer.Write(tree, content);
        return writer._text.ToString();
    }

    private void Write(PageTree tree, MainContent content)
    {
        var nodes = tree.Nodes;
        var open = new Stack<int>();
        var code = 0;
        var end = nodes[content.Root].End;
        for (var i = content.Root; i < end; i++)
        {
            while (open.TryPeek(out var top) && i >= nodes[top].End)
                Close(nodes[open.Pop()], ref code, open.TryPeek(out var outer) ? nodes[outer].Role : Role.Block);
            ref var node = ref nodes[i];
            if (content.IsCut(i))
            {
                _space = true;
                i = node.End - 1;
                continue;
            }
            if (node.Role == Role.Text)
            {
                if (code > 0)
                    Verbatim(tree.TextOf(node));
                else
                    Inline(tree.TextOf(node));
                continue;
            }
            Open(node, ref code, open.TryPeek(out var parent) ? nodes[parent].Role : Role.Block);
            open.Push(i);
        }
    }

    private void Open(in PageNode node, ref int code, Role parent)
    {
        switch (node.Role)
        {
            case Role.Break:
                Break(1);
                break;
            case Role.Item:
                Break(1);
                Bullet();
                break;
            case Role.Term:
                Break(1);
                break;
            case Role.Row:
                Break(1);
                break;
            case Role.Cell:
                if (_breaks == 0 && _text.Length > 0 && parent == Role.Row)
                    Cell();
                break;
            case Role.Code:
                Break(2);
                code++;
                break;
            case Role.Block or Role.Paragraph or Role.Heading or Role.List or Role.Quote or Role.Table or Role.Caption:
                // A block that opens an item stays on the line of its bullet.
                if (!_bullet)
                    Break(parent is Role.Item or Role.Cell or Role.Term ? 1 : 2);
                break;
        }
    }

    private bool _bullet, _cell;

    private void Bullet() => _bullet = true;

    private void Cell() => _cell = true;

    private void Close(in PageNode node, ref int code, Role parent)
    {
        switch (node.Role)
        {
            case Role.Item or Role.Term or Role.Row:
                Break(1);
                _bullet = false;
                break;
            case Role.Code:
                code--;
                Break(2);
                break;
            case Role.Block or Role.Paragraph or Role.Heading or Role.List or Role.Quote or Role.Table or Role.Caption:
                if (!_bullet)
                    Break(parent is Role.Item or Role.Cell or Role.Term ? 1 : 2);
                break;
        }
    }

    private void Break(int lines)
    {
        _breaks = Math.Max(_breaks, lines);
        _space = false;
    }

    private void Inline(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var word = 0;
            while (word < text.Length && IsSpace(text[word]))
                word++;
            if (word > 0)
            {
                _space = true;
                text = text[word..];
                continue;
            }
            while (word < text.Length && !IsSpace(text[word]))
                word++;
            Flush();
            _text.Append(text[..word]);
            text = text[word..];
        }
    }

    private void Verbatim(ReadOnlySpan<char> text)
    {
        if (_breaks > 0)
        {
            text = text.TrimStart('\n');
            if (text.IsWhiteSpace())
                return;
        }
        Flush();
        _text.Append(text);
    }

    private void Flush()
    {
        if (_breaks > 0 && _text.Length > 0)
        {
            while (_text.Length > 0 && _text[^1] is ' ' or '\n')
                _text.Length--;
            _text.Append('\n', _breaks);
        }
        else if (_cell && _text.Length > 0)
            _text.Append(" | ");
        else if (_space && _text.Length > 0 && _text[^1] is not (' ' or '\n'))
            _text.Append(' ');
        if (_bullet)
            _text.Append("- ");
        (_breaks, _space, _bullet, _cell) = (0, false, false, false);
    }

    private static bool IsSpace(char c) => c is ' ' or '\n' or '\t' or '\r' or '\f';
}
