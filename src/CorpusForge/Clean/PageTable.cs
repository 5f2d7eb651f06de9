using System.Text;
using CorpusForge.Clean.Content;

namespace CorpusForge.Clean;

/// <summary>A table that holds data: rows of cells, each a line of text.</summary>
internal sealed record PageTable(IReadOnlyList<IReadOnlyList<string>> Rows, int Columns, string? Caption)
{
    /// <summary>Longer cells make a table a layout.</summary>
    private const int MaxCellChars = 400;

    /// <summary>Null for a table that only lays a page out: one column or row, or blocks inside its cells.</summary>
    public static PageTable? Of(PageTree tree, MainContent content, int table)
    {
        var rows = new List<List<string>>();
        var cell = new StringBuilder();
        string? caption = null;
        var (inRow, inCell) = (-1, -1);
        for (var i = table + 1; i < tree.Nodes[table].End; i++)
        {
            ref readonly var node = ref tree.Nodes[i];
            if (i >= inCell)
                EndCell();
            if (content.IsCut(i))
            {
                i = node.End - 1;
                continue;
            }
            switch (node.Role)
            {
                case Role.Table or Role.List or Role.Heading or Role.Quote or Role.Code:
                    return null;
                case Role.Caption:
                    caption = Line(tree, content, i);
                    i = node.End - 1;
                    break;
                case Role.Row:
                    rows.Add([]);
                    inRow = node.End;
                    break;
                case Role.Cell when i < inRow:
                    if (node.Chars > MaxCellChars)
                        return null;
                    inCell = node.End;
                    break;
                case Role.Text when inCell > 0:
                    cell.Append(tree.TextOf(node));
                    break;
                case Role.Text when node.Chars > 0:
                    return null;
                case not (Role.Inline or Role.Link or Role.Image):
                    cell.Append(' ');
                    break;
            }
        }
        EndCell();
        rows.RemoveAll(r => r.TrueForAll(c => c.Length == 0));
        var columns = rows.Count == 0 ? 0 : rows.Max(r => r.Count);
        return rows.Count > 1 && columns > 1 ? new PageTable(rows, columns, caption) : null;

        void EndCell()
        {
            if (inCell > 0)
                rows[^1].Add(PageHead.Line(cell.ToString()) ?? "");
            cell.Clear();
            inCell = -1;
        }
    }
    private static string? Line(PageTree tree, MainContent content, int index)
    {
        var text = new StringBuilder();
        for (var i = index + 1; i < tree.Nodes[index].End; i++)
            if (tree.Nodes[i].Role != Role.Text)
                text.Append(' ');
            else if (!content.IsCut(i))
                text.Append(tree.TextOf(tree.Nodes[i]));
        return PageHead.Line(text.ToString());
    }
}
