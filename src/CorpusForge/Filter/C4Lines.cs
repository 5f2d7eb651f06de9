using System.Buffers;

namespace CorpusForge.Filter;

/// <summary>C4's edit of a document: removes lines that are no prose, and Wikipedia's citation marks from the others.</summary>
/// <remarks>
/// Raffel et al. 2020, arXiv:1910.10683, section 2.2. Lines lose the white space at their ends. Lines with `lorem ipsum` or `{` stay:
/// they speak against the whole document, which <see cref="C4Quality"/> then drops.
/// </remarks>
public sealed record C4Lines : ITransform
{
    public Kinds For => Kinds.Text;

    /// <summary>Lines must end with `.`, `?`, `!` or a quotation mark, and not with `...`.</summary>
    public bool TerminalPunctuation { get; init; } = true;

    /// <summary>Divided by white space.</summary>
    public int MinWordsPerLine { get; init; } = 3;

    /// <summary>In characters.</summary>
    public int MaxWordLength { get; init; } = 1000;

    private static readonly string[] s_changes = ["", "long-word", "no-terminal-punctuation", "few-words", "", "javascript", "", "policy"];

    public Document Apply(Document document, Changes changes)
    {
        var judge = new C4Line(TerminalPunctuation, MinWordsPerLine, MaxWordLength);
        var lines = new LineCounts();
        lines.Cut(document.Text);
        var copy = ArrayPool<char>.Shared.Rent(document.Text.Length + 1);
        var (length, citations) = (0, 0);
        foreach (var line in lines.Lines)
        {
            var content = document.Text.AsSpan(line.Start, line.Length).Trim();
            var fate = judge.Judge(content);
            if (s_changes[(int)fate] is { Length: > 0 } change)
            {
                changes.Count(change, line.IsFilled ? 1 : 0);
                continue;
            }
            length += C4Line.CopyWithoutCitations(content, copy.AsSpan(length), ref citations);
            copy[length++] = '\n';
        }
        var edited = copy.AsSpan(0, length).Trim();
        var result = edited.SequenceEqual(document.Text) ? document : document with { Text = edited.ToString() };
        ArrayPool<char>.Shared.Return(copy);
        changes.Count("citation", citations);
        return result;
    }
}
