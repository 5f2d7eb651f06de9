using System.Buffers;
using CorpusForge.Filter.Parity;

namespace CorpusForge.Filter;

/// <summary>C4's edit of a document: removes lines that are no prose, and Wikipedia's citation marks from the others.</summary>
/// <remarks>
/// Raffel et al. 2020, arXiv:1910.10683, section 2.2. Lines lose the white space at their ends. Lines with `lorem ipsum` or `{` stay:
/// they speak against the whole document, which <see cref="C4Quality"/> then drops.
/// </remarks>
public sealed record C4Lines : ITransform
{
    public Kinds For => Kinds.Text;
    public int Version => 2;

    /// <summary>`parity` takes for lines and white space what datatrove does; see the guide for the differences.</summary>
    public Mode Mode { get; init; }

    /// <summary>Lines must end with `.`, `?`, `!` or a quotation mark, and not with `...`.</summary>
    public bool TerminalPunctuation { get; init; } = true;

    /// <summary>Divided by white space.</summary>
    public int MinWordsPerLine { get; init; } = 3;

    /// <summary>In characters.</summary>
    public int MaxWordLength { get; init; } = 1000;

    private static readonly string[] s_changes = ["", "long-word", "no-terminal-punctuation", "few-words", "", "javascript", "", "policy"];

    public Document Apply(Document document, Changes changes)
    {
        var judge = new C4Line(TerminalPunctuation, MinWordsPerLine, MaxWordLength, Mode);
        var copy = ArrayPool<char>.Shared.Rent(document.Text.Length + 1);
        var (length, citations) = (0, 0);
        if (Mode == Mode.Parity)
        {
            foreach (var line in new PythonLines(document.Text))
                Add(PythonLines.Trim(line));
        }
        else
        {
            var lines = new LineCounts();
            lines.Cut(document.Text);
            foreach (var line in lines.Lines)
                Add(document.Text.AsSpan(line.Start, line.Length).Trim());
        }
        var edited = Mode == Mode.Parity ? PythonLines.Trim(copy.AsSpan(0, length)) : copy.AsSpan(0, length).Trim();
        var result = edited.SequenceEqual(document.Text) ? document : document with { Text = edited.ToString() };
        ArrayPool<char>.Shared.Return(copy);
        changes.Count("citation", citations);
        return result;

        void Add(ReadOnlySpan<char> line)
        {
            var found = 0;
            var content = copy.AsSpan(length, C4Line.CopyWithoutCitations(line, copy.AsSpan(length), ref found));
            var fate = judge.Judge(line, content);
            if (s_changes[(int)fate] is { Length: > 0 } change)
            {
                changes.Count(change, line.IsEmpty ? 0 : 1);
                return;
            }
            citations += found;
            length += content.Length;
            copy[length++] = '\n';
        }
    }
}
