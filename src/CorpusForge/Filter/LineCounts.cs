using System.Buffers;
using System.Runtime.InteropServices;

namespace CorpusForge.Filter;

/// <summary>Where a line stands in the text, its break left out, and whether it has more than white space.</summary>
public readonly record struct Line(int Start, int End, bool IsFilled)
{
    public int Length => End - Start;
}

/// <summary>The lines of a text and what is counted of them while they are cut.</summary>
internal sealed class LineCounts
{
    /// <summary>Final punctuation of the scripts that have it; quotes and brackets are none.</summary>
    private static readonly SearchValues<char> s_terminal = SearchValues.Create(".!?…。！？｡．।॥؟۔։");

    private readonly List<Line> _lines = [];

    public ReadOnlySpan<Line> Lines => CollectionsMarshal.AsSpan(_lines);
    public int Filled { get; private set; }
    public int Bullets { get; private set; }
    public int Ellipses { get; private set; }
    public int Terminals { get; private set; }
    public int Newlines { get; private set; }

    public void Cut(ReadOnlySpan<char> text)
    {
        _lines.Clear();
        Filled = Bullets = Ellipses = Terminals = Newlines = 0;
        for (var start = 0; start < text.Length;)
        {
            var length = text[start..].IndexOf('\n');
            var end = length < 0 ? text.Length : start + length;
            var next = end + 1;
            if (length >= 0)
                Newlines++;
            if (length > 0 && text[end - 1] == '\r')
                end--;
            Add(text[start..end], start, end);
            start = next;
        }
    }

    private void Add(ReadOnlySpan<char> line, int start, int end)
    {
        var content = line.Trim();
        _lines.Add(new Line(start, end, !content.IsEmpty));
        if (content.IsEmpty)
            return;
        Filled++;
        if (content[0] is '•' or '-')
            Bullets++;
        if (content[^1] == '…' || content.EndsWith("..."))
            Ellipses++;
        if (s_terminal.Contains(line[^1]))
            Terminals++;
    }
}
