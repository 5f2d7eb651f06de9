using System.Globalization;
using System.Text;
using CorpusForge.Clean.Content;
using CorpusForge.Clean.Html;

namespace CorpusForge.Clean;

/// <summary>Writes the main content of a page as Markdown: headings, nested lists, quotes, fenced code and pipe tables.</summary>
/// <remarks>CommonMark with the tables of GitHub. What would read as markup at the start of a line, and `&lt;` before a letter, is escaped; the rest of the text stays as it was.</remarks>
internal sealed class PageMarkdown
{
    private readonly PageTree _tree;
    private readonly MainContent _content;
    private readonly Uri? _base;
    private readonly bool _links, _emphasis;
    private readonly MarkdownLines _lines = new();

    /// <summary>By open list, the number of its next item; negative for bullets.</summary>
    private readonly Stack<int> _lists = new();

    private PageMarkdown(PageTree tree, MainContent content, Uri? page, bool links, bool emphasis) =>
        (_tree, _content, _base, _links, _emphasis) = (tree, content, page, links, emphasis);

    public static string Of(PageTree tree, MainContent content, Uri? page, bool links, bool emphasis)
    {
        var writer = new PageMarkdown(tree, content, page, links, emphasis);
        writer.Write(content.Root, tree.Nodes[content.Root].End);
        return writer._lines.ToString();
    }

    private void Write(int from, int end)
    {
        var open = new Stack<int>();
        for (var i = from; i < end; i++)
        {
            while (open.TryPeek(out var top) && i >= _tree.Nodes[top].End)
                Close(open.Pop());
            ref readonly var node = ref _tree.Nodes[i];
            if (_content.IsCut(i))
                _lines.Space();
            else if (node.Role == Role.Text)
            {
                _lines.Inline(_tree.TextOf(node));
                continue;
            }
            else if (node.Role == Role.Code)
                Code(i);
            else if (node.Role == Role.Table && PageTable.Of(_tree, _content, i) is { } table)
                Table(table);
            else
            {
                Open(i);
                open.Push(i);
                continue;
            }
            i = node.End - 1;
        }
        while (open.TryPop(out var last))
            Close(last);
    }

    private void Open(int index)
    {
        ref readonly var node = ref _tree.Nodes[index];
        switch (node.Role)
        {
            case Role.Break:
                _lines.Break(1);
                break;
            case Role.Heading:
                _lines.Break(2);
                _lines.Mark(new string('#', node.Tag - Tag.H1 + 1) + " ");
                break;
            case Role.List:
                _lines.Break(_lists.Count > 0 ? 1 : 2);
                _lists.Push(node.Tag != Tag.Ol ? -1 : int.TryParse(_tree.Attribute(node, "start"), NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 1);
                break;
            case Role.Item:
                _lines.Break(1);
                _lines.Item(Marker());
                break;
            case Role.Quote:
                _lines.Break(2);
                _lines.Indent("> ");
                break;
            case Role.Row or Role.Term:
                _lines.Break(1);
                break;
            case Role.Cell:
                _lines.Space();
                break;
            case Role.Link when _links && Target(node) is not null && node.Chars > 0:
                _lines.Mark("[");
                break;
            case Role.Inline when Delimiter(node) is { } delimiter:
                _lines.Mark(delimiter);
                break;
            case not (Role.Inline or Role.Link or Role.Image):
                _lines.Break(2);
                break;
        }
    }

    private void Close(int index)
    {
        ref readonly var node = ref _tree.Nodes[index];
        switch (node.Role)
        {
            case Role.List:
                _lists.Pop();
                _lines.Break(_lists.Count > 0 ? 1 : 2);
                break;
            case Role.Item:
                _lines.EndItem();
                break;
            case Role.Quote:
                _lines.Outdent();
                break;
            case Role.Row or Role.Term:
                _lines.Break(1);
                break;
            case Role.Link when _links && Target(node) is { } target && node.Chars > 0:
                _lines.EndMark("[", $"]({target})");
                break;
            case Role.Inline when Delimiter(node) is { } delimiter:
                _lines.EndMark(delimiter, delimiter);
                break;
            case not (Role.Inline or Role.Link or Role.Image or Role.Break or Role.Cell):
                _lines.Break(2);
                break;
        }
    }

    private string Marker()
    {
        if (!_lists.TryPop(out var number))
            return "- ";
        _lists.Push(number < 0 ? number : number + 1);
        return number < 0 ? "- " : string.Create(CultureInfo.InvariantCulture, $"{number}. ");
    }

    private string? Delimiter(in PageNode node) => node.Tag switch
    {
        Tag.Code or Tag.Kbd or Tag.Samp or Tag.Tt => "`",
        Tag.Em or Tag.I when _emphasis => "*",
        Tag.Strong or Tag.B when _emphasis => "**",
        _ => null,
    };

    private string? Target(in PageNode node)
    {
        var href = _tree.Attribute(node, "href")?.Trim();
        if (string.IsNullOrEmpty(href) || href[0] == '#')
            return null;
        return Uri.TryCreate(_base, href, out var url) && url.IsAbsoluteUri && url.Scheme is "http" or "https" or "mailto"
            ? url.AbsoluteUri.Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal)
            : null;
    }

    private void Code(int index)
    {
        var text = new StringBuilder();
        string? language = null;
        var end = _tree.Nodes[index].End;
        for (var i = index; i < end; i++)
        {
            ref readonly var node = ref _tree.Nodes[i];
            if (node.Role == Role.Text)
                text.Append(_tree.TextOf(node));
            else if (node.Role == Role.Break)
                text.Append('\n');
            else
                language ??= Language(_tree.Attribute(node, "class"));
        }
        var code = text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).Trim('\n').TrimEnd();
        if (code.Length == 0)
            return;
        var fence = "```";
        while (code.Contains(fence, StringComparison.Ordinal))
            fence += "`";
        _lines.Break(2);
        _lines.Verbatim(fence + language);
        foreach (var line in code.Split('\n'))
            _lines.Verbatim(line);
        _lines.Verbatim(fence);
        _lines.Break(2);
    }

    private static string? Language(string? names)
    {
        foreach (var name in (names ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            foreach (var prefix in (ReadOnlySpan<string>)["language-", "lang-", "highlight-source-"])
                if (name.StartsWith(prefix, StringComparison.Ordinal) && name.Length - prefix.Length is > 0 and < 20)
                    return name[prefix.Length..];
        return null;
    }

    private void Table(PageTable table)
    {
        _lines.Break(2);
        _lines.Inline(table.Caption);
        _lines.Break(2);
        for (var row = 0; row < table.Rows.Count; row++)
        {
            _lines.Verbatim($"| {string.Join(" | ", Enumerable.Range(0, table.Columns).Select(c => c < table.Rows[row].Count ? table.Rows[row][c].Replace("|", "\\|", StringComparison.Ordinal) : ""))} |");
            if (row == 0)
                _lines.Verbatim($"|{string.Concat(Enumerable.Repeat(" --- |", table.Columns))}");
        }
        _lines.Break(2);
    }
}
